"""The client and the simulated exchange, written apart from one reference, understand each other over real sockets."""

import itertools
import random
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from decimal import Decimal
from typing import Any, cast

import pytest
import trio
from attrs import frozen
from tests.venues.coinbase.wire_samples import BTC, ETH, SEED, START, intent

from trader247.errors import Failure, VenueRejected
from trader247.model.ids import IntentId, VenueOrderId, client_order_id
from trader247.model.instant import HOUR, MINUTE, SECOND, Instant
from trader247.model.instrument import ProductStatus, Symbol
from trader247.model.money import Price, Quantity, floor_to
from trader247.model.order import OrderIntent, OrderStatus, Side, Style
from trader247.model.venue import Found, Undecided
from trader247.ports import StreamUp
from trader247.runtime.clock import PacedClock
from trader247.venues.coinbase.auth import ApiKey
from trader247.venues.coinbase.stream import CoinbaseMarketStream, CoinbaseUserStream
from trader247.venues.coinbase.venue import CoinbaseVenue, coinbase_venue
from trader247.venues.simulated.auth import KeyRing, make_key
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.generated_market import GeneratedMarket
from trader247.venues.simulated.server import serve


@frozen
class Rig:
    venue: CoinbaseVenue
    market: CoinbaseMarketStream
    user: CoinbaseUserStream
    clock: PacedClock


def against_exchange(check: Callable[[Rig], Awaitable[None]], *, edwards: bool = False) -> None:
    """Run the check beside an exchange on a loopback port, at a hundred times real speed."""
    clock = PacedClock(START, 100.0)
    text = make_key(random.Random(SEED), edwards=edwards)

    async def main() -> None:
        exchange = SimulatedExchange(GeneratedMarket(START, products=["BTC-USD", "ETH-USD"]))
        ring = KeyRing()
        ring.add_file(text, exchange.portfolio_id)
        listeners = cast("Any", await trio.open_tcp_listeners(0, host="127.0.0.1"))
        host = f"127.0.0.1:{listeners[0].socket.getsockname()[1]}"
        key = ApiKey.from_json_text(text)
        async with trio.open_nursery() as nursery:
            await nursery.start(serve, exchange, ring, clock, listeners)
            venue = coinbase_venue(f"http://{host}", key, clock, random.Random(SEED))
            market = CoinbaseMarketStream(f"ws://{host}/ws", clock, random.Random(SEED))
            user = CoinbaseUserStream(f"ws://{host}/ws", key, clock, random.Random(SEED))
            await check(Rig(venue, market, user, clock))
            await venue.aclose()
            nursery.cancel_scope.cancel()

    trio.run(main, clock=clock)


def order(number: int, side: Side, style: Style, quantity: str, price: Decimal) -> OrderIntent:
    name = IntentId(f"00ff00ff00-i{number}")
    sample = intent(style)
    return OrderIntent(
        intent_id=name,
        client_order_id=client_order_id(name),
        proposal_id=None,
        strategy=sample.strategy,
        symbol=BTC,
        kind=sample.kind,
        side=side,
        style=style,
        quantity=Quantity(Decimal(quantity)),
        limit_price=Price(floor_to(price, Decimal("0.01"))),
        notional_max=sample.notional_max,
        reason="test",
        created_at=START,
    )


def gate() -> None:
    return None


@pytest.mark.parametrize("edwards", [False, True])
@pytest.mark.req("PM1")
def test_every_question_is_answered(edwards: bool) -> None:
    async def check(rig: Rig) -> None:
        venue = rig.venue
        assert abs(await venue.server_time() - rig.clock.now().utc) < 5 * SECOND
        found = await venue.instruments([ETH, Symbol("NOPE-USD"), BTC])
        assert [one.symbol for one in found] == [ETH, BTC]
        assert await venue.product_status(BTC) is ProductStatus.ONLINE
        assert [quote.symbol for quote in await venue.quotes([BTC, ETH])] == [BTC, ETH]
        candles = await venue.candles(BTC, 60, Instant(START - 12 * HOUR), START)
        assert len(candles) > 600
        assert all(b.start - a.start >= MINUTE for a, b in itertools.pairwise(candles))
        held = {one.currency: one.available for one in await venue.balances()}
        assert held["USD"] == 100_000
        assert (await venue.fee_rates()).taker == Decimal("0.006")
        assert (await venue.key_permissions()).can_trade
        assert (await venue.open_orders()).orders == ()
        assert (await venue.fills_since(START)) == ()
        assert isinstance(await venue.order(VenueOrderId("11111111-0000-4000-8000-000000000000")), Undecided)

    against_exchange(check, edwards=edwards)


@pytest.mark.req("OM2")
def test_an_order_lives_and_ends_as_the_reports_say() -> None:
    async def check(rig: Rig) -> None:
        venue = rig.venue
        (quote,) = await venue.quotes([BTC])
        resting = order(1, Side.BUY, Style.POST_ONLY, "0.01", quote.bid * Decimal("0.9"))
        placed = await venue.place(resting, gate)
        again = await venue.place(resting, gate)
        assert again.venue_order_id == placed.venue_order_id
        looked = await venue.order(placed.venue_order_id)
        assert isinstance(looked, Found)
        assert (looked.report.client_order_id, looked.report.quantity) == (resting.client_order_id, Decimal("0.01"))
        listed = await venue.open_orders()
        assert [one.venue_order_id for one in listed.orders] == [placed.venue_order_id]
        ghost = VenueOrderId("22222222-0000-4000-8000-000000000000")
        answers = await venue.cancel([ghost, placed.venue_order_id])
        assert [one.accepted for one in answers] == [False, True]
        taken = await venue.place(order(2, Side.BUY, Style.TAKER_IOC, "0.01", quote.ask * Decimal("1.01")), gate)
        await trio.sleep(2)
        since = {one.venue_order_id: one for one in (await venue.orders_since(START)).orders}
        assert since[placed.venue_order_id].status is OrderStatus.CANCELED
        assert since[taken.venue_order_id].status is OrderStatus.FILLED
        fills = await venue.fills_of(taken.venue_order_id)
        assert sum(fill.quantity for fill in fills) == Decimal("0.01")
        assert sum(fill.fee for fill in fills) == since[taken.venue_order_id].fees
        with pytest.raises(VenueRejected) as refused:
            await venue.place(order(3, Side.BUY, Style.POST_ONLY, "100", quote.bid), gate)
        assert refused.value.failure is Failure.INSUFFICIENT_FUNDS
        with pytest.raises(VenueRejected) as crossed:
            await venue.place(order(4, Side.BUY, Style.POST_ONLY, "0.01", quote.ask * Decimal("1.05")), gate)
        assert crossed.value.failure is Failure.INVALID_ORDER

    against_exchange(check)


@pytest.mark.req("D1")
def test_both_streams_come_up_and_tell_what_happens() -> None:
    async def check(rig: Rig) -> None:
        seen: dict[str, Any] = {}
        (quote,) = await rig.venue.quotes([BTC])

        async def watch(name: str, events: Any, count: int, task_status: Any = trio.TASK_STATUS_IGNORED) -> None:
            seen[name] = []
            async with aclosing(events) as closing:
                async for event in closing:
                    seen[name].append(event)
                    if isinstance(event, StreamUp):
                        task_status.started()
                    if len(seen[name]) >= count:
                        return

        with trio.fail_after(60):
            async with trio.open_nursery() as nursery:
                await nursery.start(watch, "market", rig.market.events([BTC, ETH]), 8)
                await nursery.start(watch, "user", rig.user.events(), 3)
                resting = order(1, Side.BUY, Style.POST_ONLY, "0.01", quote.bid * Decimal("0.9"))
                placed = await rig.venue.place(resting, gate)
                await trio.sleep(1)
                await rig.venue.cancel([placed.venue_order_id])
        assert {event.symbol for event in seen["market"][1:]} == {BTC, ETH}
        assert all(abs(event.at - rig.clock.now().utc) < MINUTE for event in seen["market"][1:])
        reports = seen["user"][1:]
        assert [one.status for one in reports] in (
            [OrderStatus.OPEN, OrderStatus.CANCELED],
            [OrderStatus.OPEN, OrderStatus.OPEN],
            [OrderStatus.OPEN, OrderStatus.PENDING_CANCEL],
        )
        assert {one.client_order_id for one in reports} == {resting.client_order_id}

    against_exchange(check)
