"""What a run keeps of what was said."""

from decimal import Decimal

import pytest
from tests.drivers.backtest.worlds import backtested, busy, exchange, made

from trader247.drivers.backtest.recorder import Recorder
from trader247.model.instant import HOUR

pytestmark = pytest.mark.req("BT2")


@pytest.fixture(scope="module")
def found() -> Recorder:
    recording = made("BTC-USD", 2)
    with busy() as config:
        return backtested(config, exchange([recording], 6.0), recording.end)


def test_the_round_trips_add_up_to_what_the_account_gained(found: Recorder) -> None:
    assert len(found.trips) > 10
    assert all(trip.closed_at is not None for trip in found.trips[:-1])
    closed = [trip for trip in found.trips if trip.closed_at is not None]
    for trip in closed:
        assert trip.bought == trip.sold
        assert trip.realised == trip.earned - trip.spent - trip.fees
    if len(closed) == len(found.trips):
        assert found.opening is not None
        assert found.nlv == found.opening + sum((trip.realised for trip in closed), Decimal(0))


def test_every_fill_belongs_to_an_order_and_every_order_to_a_verdict(found: Recorder) -> None:
    approved = sum(not verdict.rule for verdict in found.verdicts)
    entries = {order.intent.proposal_id for order in found.orders.values() if order.intent.kind.value == "entry"}
    assert approved >= len(entries) > 0
    assert sum((order.booked for order in found.orders.values()), Decimal(0)) == sum(
        (each.fill.quantity for each in found.fills), Decimal(0)
    )


def test_the_equity_is_kept_by_the_hour_with_the_drawdown_of_every_portfolio(found: Recorder) -> None:
    assert [point.at % HOUR for point in found.equity[:-1]] == [0] * 5
    lowest = min(point.nlv for point in found.equity)
    assert found.peak is not None
    assert found.drawdown_pct >= (found.peak - max(lowest, found.nlv)) / found.peak * 100 > 0


def test_a_trigger_that_goes_on_firing_is_counted_once(found: Recorder) -> None:
    assert 0 < sum(found.fired.values()) < found.cycles_with_triggers <= found.cycles
