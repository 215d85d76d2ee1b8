"""The figures of a run, by hand."""

from decimal import Decimal

import pytest
from tests.drivers.backtest.worlds import START

from trader247.drivers.backtest.metrics import daily_returns, drawdown_days, outcome_of, ratios
from trader247.drivers.backtest.recorder import EquityPoint, RoundTrip
from trader247.model.ids import StrategyName
from trader247.model.instant import DAY, HOUR, Instant
from trader247.model.instrument import Symbol

pytestmark = pytest.mark.req("BT2")


def points(*levels: int, step: int = DAY) -> list[EquityPoint]:
    return [
        EquityPoint(Instant(START + step * (number + 1)), Decimal(level), ()) for number, level in enumerate(levels)
    ]


def trip(realised: int | None) -> RoundTrip:
    made = RoundTrip(Symbol("BTC-USD"), StrategyName("s"), START, "momentum: x", fees=Decimal(1))
    if realised is not None:
        made.realised, made.closed_at = Decimal(realised), START
    return made


def test_a_trade_that_came_out_even_was_no_win_and_an_open_one_is_none() -> None:
    outcome = outcome_of([trip(30), trip(-10), trip(0), trip(None)])
    assert (outcome.trades, outcome.wins) == (3, 1)
    assert outcome.win_rate_pct == Decimal(100) / 3
    assert (outcome.profit_factor, outcome.realised, outcome.fees) == (Decimal(3), Decimal(20), Decimal(3))


def test_what_cannot_be_told_is_none_and_not_zero() -> None:
    nothing = outcome_of([])
    assert (nothing.win_rate_pct, nothing.profit_factor) == (None, None)
    assert outcome_of([trip(5)]).profit_factor is None
    assert ratios(points(100, 101), Decimal(100), Decimal(0)) == (None, None, None)


def test_a_day_counts_with_its_last_hour() -> None:
    hours = points(*range(101, 149), step=HOUR)
    assert daily_returns(hours, Decimal(100)) == pytest.approx([0.24, 148 / 124 - 1])


def test_sharpe_sortino_and_calmar_are_annualised_over_365_days() -> None:
    levels, level = [], 1000.0
    for number in range(20):
        level *= 1.02 if number % 2 == 0 else 0.99
        levels.append(round(level * 1000))
    sharpe, sortino, calmar = ratios(points(*levels), Decimal(1_000_000), Decimal(1))
    assert sharpe == pytest.approx(0.005 / 0.015 * 365**0.5, rel=1e-3)
    assert sortino == pytest.approx(0.005 / (0.01**2 / 2) ** 0.5 * 365**0.5, rel=1e-3)
    assert calmar == pytest.approx(((levels[-1] / 1_000_000) ** (365 / 20) - 1) * 100, rel=1e-6)


def test_a_drawdown_lasts_until_the_high_is_reached_again_or_to_the_end() -> None:
    assert drawdown_days(points(10, 9, 8, 10, 11, 9)) == 2.0
    assert drawdown_days(points(10, 9, 8, 8)) == 3.0
    assert drawdown_days([]) == 0.0
