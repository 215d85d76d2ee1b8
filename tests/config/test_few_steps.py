"""A bound that counts instructions of one file, and of no other."""

import sys

import pytest

from trader247.config import few_steps as bounded
from trader247.config.few_steps import TooManySteps, few_steps

pytestmark = [pytest.mark.req("STR5"), pytest.mark.fault("ST-08")]


def run(source: str, filename: str = "theirs.py", watched: str = "theirs.py") -> None:
    code = compile(source, filename, "exec")
    with few_steps(watched):
        exec(code, {})  # noqa: S102 - the test's own source


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "STEPS_MAX", 10_000)


def test_what_ends_within_the_bound_runs_to_its_end_and_tracing_is_put_back() -> None:
    before = sys.gettrace()
    run("total = 0\nfor n in range(400):\n    total += n\nassert total == 79800\n")
    assert sys.gettrace() is before


@pytest.mark.parametrize(
    "source",
    [
        "while True:\n    pass\n",
        "while True: pass\n",
        "def ask():\n    return ask\nwhile True:\n    ask()\n",
        "found = [n for n in iter(int, 1)]\n",
        "while True:\n    try:\n        1 / 0\n    except Exception:\n        continue\n",
    ],
)
def test_a_loop_without_an_end_is_ended_though_it_swallows_every_exception(source: str) -> None:
    before = sys.gettrace()
    with pytest.raises(TooManySteps, match=r"line \d+: it has not ended after 10000 instructions"):
        run(source)
    assert sys.gettrace() is before


def test_instructions_of_another_file_do_not_count() -> None:
    run("for n in range(20_000):\n    n += 1\n", filename="a library.py")
