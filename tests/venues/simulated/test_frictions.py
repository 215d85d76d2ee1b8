"""What a taker pays beyond the touch and how a maker is filled in part."""

from decimal import Decimal

import pytest
from tests.drivers.backtest.worlds import exchange, made

from trader247.model.instant import SECOND, Instant
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.frictions import Friction, Frictions
from trader247.venues.simulated.idle_books import Level
from trader247.venues.simulated.order_record import ExchangeOrder

pytestmark = pytest.mark.req("BT5")


def rough(slippage_bps: float, partial_pct: float = 0.0) -> SimulatedExchange:
    """One instrument with these frictions, and a first price."""
    world = exchange([made("BTC-USD", 1)], 1.0)
    terms = {"BTC-USD": Friction(slippage_bps, partial_pct)}
    world.engine.frictions = Frictions(terms, world.products, world.candles, 7)
    world.advance(world.market.start)
    return world


def placed(world: SimulatedExchange, side: str, base: str, limit: Decimal, **more: object) -> ExchangeOrder:
    kind = "limit_limit_gtc" if more else "sor_limit_ioc"
    terms = {"base_size": base, "limit_price": f"{limit}", **more}
    now = Instant(world.market.start + 5 * SECOND)
    order, _ = world.place(world.portfolio_id, f"{side}{base}{more}", "BTC-USD", side, {kind: terms}, now=now)
    assert isinstance(order, ExchangeOrder), order
    return order


def touch(world: SimulatedExchange) -> tuple[Level, Level]:
    assert world.idle is not None
    return world.idle.touch("BTC-USD")


def mid_of(world: SimulatedExchange) -> Decimal:
    (bid, _), (ask, _) = touch(world)
    return (bid + ask) / 2


def bps_off(world: SimulatedExchange, order: ExchangeOrder, mid: Decimal) -> Decimal:
    return round((order.average_price / mid - 1) * 10_000, 1)


def test_a_taker_pays_its_tiers_slippage_off_the_mid_both_ways() -> None:
    world = rough(25.0)
    mid = mid_of(world)
    limit = round(mid * Decimal("1.01"), 2)
    assert bps_off(world, placed(world, "BUY", "0.01", limit), mid) == 25
    low = round(mid * Decimal("0.99"), 2)
    assert bps_off(world, placed(world, "SELL", "0.01", low), mid) == -25


def test_never_beyond_its_own_limit() -> None:
    world = rough(50.0)
    limit = round(mid_of(world) * Decimal("1.002"), 2)
    assert placed(world, "BUY", "0.01", limit).average_price == limit


@pytest.mark.parametrize(("notional", "factor"), [(9_999, 1.0), (20_000, 1.0602), (5_000_000, 1.2)])
def test_a_large_order_pays_for_its_size_up_to_a_fifth_more(notional: int, factor: float) -> None:
    world = rough(20.0)
    mid = mid_of(world)
    terms = Frictions({"BTC-USD": Friction(20.0)}, world.products, world.candles, 7)
    order = placed(world, "BUY", "0.01", round(mid * Decimal("1.01"), 2))
    paid = terms.taker_price(order, mid, mid, notional / mid)
    assert float(paid / mid - 1) * 10_000 == pytest.approx(20.0 * factor, abs=0.2)


def test_a_wild_market_costs_up_to_half_as_much_again() -> None:
    world = rough(20.0)
    mid = mid_of(world)
    hours = world.candles["BTC-USD"]._hours.bars
    for bar in hours[-30:]:
        bar[1], bar[2] = round(bar[3] * 1.06), round(bar[3] * 0.96)
    assert bps_off(world, placed(world, "BUY", "0.01", round(mid * Decimal("1.01"), 2)), mid) == 30


def test_the_books_of_the_exchange_bear_the_price_that_was_paid() -> None:
    world = rough(25.0)
    before = world.books().balances["USD"].total
    order = placed(world, "BUY", "0.01", round(mid_of(world) * Decimal("1.01"), 2))
    assert before - world.books().balances["USD"].total == order.filled_value + order.fees


def test_a_maker_is_filled_in_part_by_chance_and_the_rest_waits() -> None:
    world = rough(0.0, partial_pct=100.0)
    (bid, _), _ = touch(world)
    order = placed(world, "BUY", "0.01", bid, post_only=True)
    assert order.resting is not None
    assert Decimal("0.0050") <= order.resting.size < Decimal("0.0100")
    world.engine.take_for_house("BTC-USD", order.side.opposite, bid, Decimal(10**6), world.market.start)
    assert 0 < order.filled_size < Decimal("0.01")
    assert order.state.value == "OPEN"
    reason, _ = world.cancel(world.portfolio_id, order.order_id, Instant(world.market.start + 9 * SECOND))
    assert reason == ""
    assert order.hold == 0


def test_the_draw_is_the_orders_own() -> None:
    one, other = (rough(0.0, partial_pct=50.0) for _ in range(2))
    (bid, _), _ = touch(one)
    placed(other, "BUY", "0.02", bid, post_only=True)
    sizes = [placed(world, "BUY", "0.01", bid, post_only=True).resting for world in (one, other)]
    assert sizes[0] is not None
    assert sizes[1] is not None
    assert sizes[0].size == sizes[1].size


def test_a_product_without_terms_costs_what_its_book_asks() -> None:
    world = exchange([made("BTC-USD", 1)], 1.0)
    world.engine.frictions = Frictions({}, world.products, world.candles, 7)
    world.advance(world.market.start)
    _, (ask, _) = touch(world)
    assert placed(world, "BUY", "0.01", round(ask * Decimal("1.01"), 2)).average_price == ask
