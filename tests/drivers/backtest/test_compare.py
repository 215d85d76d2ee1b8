"""The regression gate: five figures, two percent either way."""

import json
from pathlib import Path
from typing import Any

import pytest

from trader247.drivers.backtest.compare import compared, read_report
from trader247.errors import ConfigurationInvalid

pytestmark = pytest.mark.req("BT3")

FIGURES = {"trades": 200, "win_rate_pct": 50.0, "pnl_pct": -4.0, "max_drawdown_pct": 6.0, "profit_factor": 1.5}


def report(**changed: Any) -> dict[str, Any]:
    return {"format": 1, "partial": False, "summary": FIGURES | changed}


def failing(**changed: Any) -> list[str]:
    return [each.name for each in compared(report(), report(**changed), 2.0) if not each.passes]


def test_the_same_report_passes() -> None:
    assert failing() == []


@pytest.mark.parametrize(("name", "inside", "outside"), [("trades", 204, 205), ("pnl_pct", -4.08, -4.09)])
def test_the_tolerance_itself_passes_and_a_step_beyond_fails(name: str, inside: float, outside: float) -> None:
    assert failing(**{name: inside}) == []
    assert failing(**{name: outside}) == [name]


def test_a_figure_that_appears_or_goes_fails_and_so_does_any_change_from_zero() -> None:
    assert failing(profit_factor=None) == ["profit_factor"]
    zero = compared(report(trades=0), report(trades=1), 2.0)
    assert [each.name for each in zero if not each.passes] == ["trades"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "cannot be read as a report"),
        ("[" * 100_000, "cannot be read as a report"),
        ("[]", "is no backtest report"),
        (json.dumps(report() | {"summary": {}}), "has no number as trades"),
        (json.dumps(report(pnl_pct="9")), "has no number as pnl_pct"),
        (json.dumps(report(pnl_pct=True)), "has no number as pnl_pct"),
        (json.dumps(report(win_rate_pct=float("nan"))), "has no number as win_rate_pct"),
        (json.dumps(report(trades=10**400)), "has no number as trades"),
        (json.dumps(report() | {"format": 9}), "is of format 9, not 1"),
        (json.dumps(report() | {"partial": True}), "is partial"),
    ],
)
def test_what_cannot_be_compared_is_told_by_file(text: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text(text)
    with pytest.raises(ConfigurationInvalid, match=told):
        read_report(path)


def test_a_device_is_not_read() -> None:
    with pytest.raises(ConfigurationInvalid, match="no plain file"):
        read_report(Path("/dev/zero"))


def test_a_report_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid, match=r"nothing\.json"):
        read_report(tmp_path / "nothing.json")
