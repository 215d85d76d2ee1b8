"""The daemon's deciders in one loop: permit, halt and the polls that a position needs."""

from decimal import Decimal

import pytest
from attrs import evolve
from tests.drivers.backtest.worlds import backtested, busy, exchange, made

from trader247.model.instant import SECOND
from trader247.model.order import OrderStatus
from trader247.venues.simulated.market import Bar
from trader247.venues.simulated.recorded_files import Recording

pytestmark = pytest.mark.req("BT4")


def falling(per_bar: float) -> Recording:
    """A market that is quiet until its last hour and then falls with every bar."""
    whole, bars = made("BTC-USD", 6, swing=0.0002), []
    for number, bar in enumerate(whole.bars):
        left = number - (len(whole.bars) - 60)
        factor = (1 - per_bar) ** max(left, 0)
        opened, high, low, close = (round(each * factor) for each in bar[1:5])
        bars.append(Bar(bar.start_s, opened, high, low, close, bar.volume))
    return evolve(whole, bars=bars)


def test_a_position_is_sold_at_its_stop_and_never_beyond_the_low_of_the_bar() -> None:
    recording = falling(0.004)
    with busy() as config:
        found = backtested(config, exchange([recording], 1.0), recording.end)
    stops = [trip for trip in found.trips if trip.exit_reason.startswith("stop")]
    assert stops
    lows = {bar.start_s: Decimal(bar.low).scaleb(-2) for bar in recording.bars}
    for trip in stops:
        assert trip.closed_at is not None
        minute = trip.closed_at // SECOND // 60 * 60
        assert trip.earned / trip.sold > lows[minute] * Decimal("0.999")


def test_a_breached_loss_limit_halts_and_nothing_is_bought_from_then_on() -> None:
    recording = falling(0.004)
    with busy() as config:
        limits = evolve(config.policy.loss_limits, daily_stop_pct=Decimal("0.01"))
        strict = evolve(config, policy=evolve(config.policy, loss_limits=limits))
        found = backtested(strict, exchange([recording], 1.0), recording.end)
    (halt,) = found.halts
    assert "daily stop" in halt.reason
    made_after = [order for order in found.orders.values() if order.intent.created_at > halt.at.utc]
    assert all(order.status is not OrderStatus.FILLED for order in made_after)


def test_a_position_that_was_held_long_enough_is_sold_within_seconds_of_that() -> None:
    recording = made("BTC-USD", 8, swing=0.00005)
    with busy() as config:
        found = backtested(config, exchange([recording], 1.0), recording.end)
    held = [
        (trip.closed_at - trip.opened_at) / SECOND
        for trip in found.trips
        if trip.closed_at is not None and trip.exit_reason.startswith("max_hold")
    ]
    assert held
    assert all(240 <= each <= 245 for each in held)
