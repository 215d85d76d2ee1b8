"""A bound in seconds on a block of this thread, and on nothing after it."""

import threading

import pytest

from trader247.config import few_seconds as bounded
from trader247.config.few_seconds import TookTooLong, few_seconds

pytestmark = [pytest.mark.req("STR5"), pytest.mark.fault("ST-08")]


def run(source: str) -> None:
    with few_seconds():
        exec(compile(source, "theirs.py", "exec"), {})  # noqa: S102 - the test's own source


@pytest.mark.parametrize(
    "source",
    [
        "while True:\n    pass\n",
        "while True: pass\n",
        "def ask():\n    return ask\nwhile True:\n    ask()\n",
        "found = [n for n in iter(int, 1) if n]\n",
        "while True:\n    try:\n        1 / 0\n    except Exception:\n        continue\n",
    ],
)
@pytest.mark.parametrize("apart", [False, True])
def test_a_loop_without_an_end_is_ended_in_any_thread_though_it_swallows_every_exception(
    monkeypatch: pytest.MonkeyPatch, source: str, apart: bool
) -> None:
    monkeypatch.setattr(bounded, "SECONDS_MAX", 0.05)
    ended: list[str] = []

    def attempt() -> None:
        with pytest.raises(TookTooLong) as raised:
            run(source)
        ended.append(str(raised.value))

    if apart:
        thread = threading.Thread(target=attempt)
        thread.start()
        thread.join()
    else:
        attempt()
    assert ended == ["it has not ended after 0.05 s"]


def test_what_ends_in_time_leaves_nothing_behind() -> None:
    before = threading.active_count()
    for _ in range(200):
        run("total = sum(n for n in range(100))\nassert total == 4950\n")
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.join()
    assert threading.active_count() <= before


def test_an_error_of_the_block_is_its_own() -> None:
    with pytest.raises(ZeroDivisionError):
        run("1 / 0\n")
