"""The tests of all windows as one account."""

from decimal import Decimal

import pytest
from tests.drivers.study.study_samples import found

from trader247.drivers.study.out_of_sample import joined
from trader247.drivers.study.trial import Found

pytestmark = pytest.mark.req("BT6")

SUMMARY = {"trades": 2, "wins": 1, "gained": "30", "lost": "10", "max_drawdown_pct": 2.0, "days": 1.0}


def window(day: int, opening: str, *levels: str, **more: object) -> Found:
    rows = [(f"2026-10-{day:02d}T{hour:02d}:00:00Z", nlv) for hour, nlv in enumerate(levels, 1)]
    return Found("c", {**SUMMARY, "opening": opening, "closing": levels[-1], **more}, rows)


def test_each_window_goes_on_where_the_one_before_ended() -> None:
    whole = joined([window(1, "1000", "1050", "1100"), window(2, "1000", "900", "950")], Decimal(1000))
    assert [row[1] for row in whole["equity"]] == ["1050", "1100", "990", "1045"]
    assert [row[2] for row in whole["equity"]] == [0.0, 0.0, 10.0, 5.0]
    assert whole["summary"] == {
        "trades": 4,
        "win_rate_pct": 50.0,
        "profit_factor": 3.0,
        "pnl_pct": 4.5,
        "max_drawdown_pct": 10.0,
        "longest_drawdown_days": pytest.approx(1.0, abs=1e-6),
        "sharpe": None,
        "sortino": None,
        "calmar": None,
        "days": 2.0,
    }


def test_a_drawdown_inside_a_window_counts_though_no_hour_shows_it() -> None:
    whole = joined([window(1, "1000", "1000", "1000", max_drawdown_pct=7.5)], Decimal(1000))
    assert whole["summary"]["max_drawdown_pct"] == 7.5


def test_without_a_test_there_is_nothing_to_say() -> None:
    whole = joined([], Decimal(1000))
    assert whole["equity"] == []
    assert (whole["summary"]["trades"], whole["summary"]["profit_factor"], whole["summary"]["pnl_pct"]) == (
        0,
        None,
        0.0,
    )
    assert found(1.0).equity == ()
