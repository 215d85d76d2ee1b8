"""The options of ``exchange serve``; what a running one does stands in tests/system."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.cli.daemon_samples import call

from trader247.cli import exchanging
from trader247.drivers import standalone
from trader247.drivers.standalone import PERMISSIONS, Standalone


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[Standalone]:
    """What would be served."""
    wanted: list[Standalone] = []

    def note(each: Standalone, _say: Any) -> None:
        wanted.append(each)

    monkeypatch.setattr(standalone, "serve_alone", note)
    return wanted


def test_unless_told_otherwise_it_is_the_default_market_on_loopback_with_limits(served: list[Standalone]) -> None:
    assert call("exchange", "serve", "--port", "0").exit_code == 0
    (wanted,) = served
    assert (wanted.host, wanted.markets, wanted.speed) == ("127.0.0.1", ("generated",), 1.0)
    assert dict(wanted.funds) == {"USD": Decimal(100_000), "BTC": Decimal(1), "ETH": Decimal(10)}
    assert (wanted.key_text, wanted.plan, wanted.has_limits) == (None, None, True)
    assert wanted.permissions == ("view", "trade")


def test_every_option_reaches_the_exchange(served: list[Standalone], tmp_path: Path) -> None:
    (tmp_path / "faults.json").write_text('{"version": 1, "faults": []}')
    words = f"--port 28080 --host ::1 --write-key {tmp_path}/k.json --permissions view,transfer --balance USD=1.5"
    words += f" --balance SOL=3 --market replay:a.csv --market replay:b.csv --faults {tmp_path}/faults.json"
    done = call("exchange", "serve", *words.split(), "--seed", "9", "--speed", "2.5", "--no-rate-limits")
    assert done.exit_code == 0, done.output
    (wanted,) = served
    assert (wanted.host, wanted.port, wanted.seed, wanted.speed) == ("::1", 28080, 9, 2.5)
    assert wanted.markets == ("replay:a.csv", "replay:b.csv")
    assert dict(wanted.funds) == {"USD": Decimal("1.5"), "SOL": Decimal(3)}
    assert (wanted.permissions, wanted.has_limits) == (("view", "transfer"), False)
    assert wanted.key_text is not None
    assert wanted.plan is not None
    assert "PRIVATE" not in repr(wanted)


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("", "--port"),
        ("--port 0 --balance USD", "'USD'"),
        ("--port 0 --balance usd=1", "'usd=1'"),
        ("--port 0 --balance USD=-1", "'USD=-1'"),
        ("--port 0 --balance USD=NaN", "'USD=NaN'"),
        ("--port 0 --balance USD=1 --balance USD=2", "'USD=2'"),
        ("--port 0 --balance USD=\uff11\uff12", "'USD=\uff11\uff12'"),
        ("--port 0 --balance USD=1_000", "'USD=1_000'"),
        ("--port 0 --balance USD=1e3", "'USD=1e3'"),
        ("--port 0 --permissions view,steal", "'steal'"),
        ("--port 0 --permissions=", "view, trade, transfer"),
        ("--port 0 --permissions ,", "view, trade, transfer"),
        ("--port 0 --key-file a --write-key b", "--key-file"),
        ("--port 0 --speed 0", "--speed"),
        ("--port 0 --speed nan", "--speed"),
        ("--port 0 --seed -1", "--seed"),
    ],
)
def test_a_bad_option_is_a_usage_error_that_names_it(words: str, named: str, served: list[Standalone]) -> None:
    done = call("exchange", "serve", *words.split())
    assert (done.exit_code, served) == (2, [])
    assert named in done.stderr


def test_every_reason_against_a_start_is_told_at_once(served: list[Standalone], tmp_path: Path) -> None:
    (tmp_path / "key.json").write_text("{}")
    words = f"--port 99999 --balance USD=x --permissions= --speed nan --seed -1 --market nope --faults {tmp_path}/none"
    done = call("exchange", "serve", *words.split(), "--key-file", f"{tmp_path}/key.json")
    assert (done.exit_code, served) == (2, [])
    named = ("99999", "'USD=x'", "--permissions", "nan", "--seed", "'nope'", "/none cannot be read", "API key")
    assert [each for each in named if each not in done.stderr] == []


def test_what_is_wrong_with_files_and_market_is_told_at_once_too(served: list[Standalone], tmp_path: Path) -> None:
    words = f"--port 0 --key-file {tmp_path}/a --faults {tmp_path}/b --market nope"
    done = call("exchange", "serve", *words.split())
    assert (done.exit_code, served, done.stderr.count("\n")) == (2, [], 1)
    assert [done.stderr.count(each) for each in ("/a cannot be read", "/b cannot be read", "'nope'")] == [1, 1, 1]


@pytest.mark.parametrize("option", ["--key-file", "--faults"])
def test_a_file_that_is_not_there_is_one_line_and_exit_code_2(option: str, tmp_path: Path) -> None:
    done = call("exchange", "serve", "--port", "0", option, str(tmp_path / "none.json"))
    assert done.exit_code == 2
    assert done.stderr.count("\n") == 1
    assert "cannot be read: No such file" in done.stderr


def test_the_permissions_are_those_the_exchange_knows() -> None:
    assert exchanging._PERMISSIONS == PERMISSIONS
