"""Whatever clients and the market do, in whatever order: the books balance exactly and nobody is treated unfairly."""

from decimal import Decimal
from typing import Any

from attrs import define, field
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.venues.simulated.rig import START, ScriptedMarket, at, quote

from trader247.model.instant import MILLISECOND
from trader247.model.money import ZERO
from trader247.venues.simulated.book import Side
from trader247.venues.simulated.delays import Delays
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.fee_tiers import VENUE_TIERS
from trader247.venues.simulated.ledger import HOUSE
from trader247.venues.simulated.market import MarketStep, TapeTrade
from trader247.venues.simulated.order_record import ExchangeOrder, FillRow, Kind, OrderState, Trigger
from trader247.venues.simulated.triggers import is_reached

OWNERS = ("aaaa", "bbbb")
SLOW = Delays(accept_ns=1_700 * MILLISECOND, cancel_ns=2_300 * MILLISECOND, edit_ns=1_100 * MILLISECOND)

sizes = st.integers(1, 30).map(lambda tenths: str(Decimal(tenths) / 10))
prices = st.sampled_from([60_000 + shift * Decimal("0.5") for shift in (-6, -3, -2, -1, 0, 1, 2, 3, 6)]).map(str)
directions = st.sampled_from(["STOP_DIRECTION_STOP_UP", "STOP_DIRECTION_STOP_DOWN"])
ends = st.integers(3, 30).map(lambda second: f"2026-09-27T10:00:{second:02}Z")


def configuration(kind: Kind) -> st.SearchStrategy[dict[str, Any]]:
    fields: dict[str, st.SearchStrategy[Any]] = {"base_size": sizes}
    if kind is Kind.MARKET_IOC:
        amounts = st.integers(1, 90_000).map(lambda dollars: f"{dollars}.37")
        sized = st.fixed_dictionaries(fields) | st.fixed_dictionaries({"quote_size": amounts})
        return sized.map(lambda chosen: {kind.value: chosen})
    fields["limit_price"] = prices
    if kind.has_end:
        fields["end_time"] = ends
    if kind in {Kind.LIMIT_GTC, Kind.LIMIT_GTD}:
        fields["post_only"] = st.booleans()
    if kind.has_stop:
        fields |= {"stop_trigger_price": prices} if kind.is_bracket else {"stop_price": prices}
        fields["stop_direction"] = directions
    return st.fixed_dictionaries(fields).map(lambda chosen: {kind.value: chosen})


resting = configuration(Kind.LIMIT_GTC) | configuration(Kind.LIMIT_GTC) | configuration(Kind.BRACKET_GTC)
"""What stays, and can be edited, comes more often than the rest."""

attachments = st.none() | st.builds(
    lambda profit, stop: {"trigger_bracket_gtc": {"limit_price": profit, "stop_trigger_price": stop}}, prices, prices
)
steps = st.one_of(
    st.tuples(st.just("quote"), st.integers(-6, 6), st.integers(1, 40), st.integers(1, 4)),
    st.tuples(st.just("flow"), st.sampled_from(Side), st.integers(-6, 6), st.integers(1, 60)),
)
requests = st.one_of(
    st.tuples(
        st.just("place"),
        st.sampled_from(OWNERS),
        st.sampled_from(["BUY", "SELL"]),
        st.sampled_from(Kind).flatmap(configuration),
        attachments,
    ),
    st.tuples(st.just("place"), st.sampled_from(OWNERS), st.sampled_from(["BUY", "SELL"]), resting, st.none()),
    st.tuples(st.just("cancel"), st.integers(0, 6)),
    st.tuples(st.just("edit"), st.integers(0, 6), sizes, st.none() | prices, st.none() | prices, st.booleans()),
)
scripts = st.lists(st.one_of(steps, requests, requests), min_size=1, max_size=40) | st.lists(
    st.one_of(steps, requests), min_size=20, max_size=40
)


def step_of(second: int, action: Any) -> MarketStep | None:
    match action:
        case ("quote", shift, tenths, ticks):
            mid = 60_000 + Decimal(shift) / 2
            return quote(second, str(mid), str(mid + Decimal(ticks) / 100), size=str(Decimal(tenths) / 10))
        case ("flow", taker, shift, tenths):
            return quote(second, "0", "1", TapeTrade(6_000_000 + shift * 50, tenths * 10_000_000, taker))
    return None


@define
class Witness:
    """Sees the exchange before and after each second."""

    exchange: SimulatedExchange
    totals: dict[str, Decimal] = field(init=False)
    fills_seen: dict[str, int] = field(factory=dict)
    lines: dict[str, tuple[int, Decimal, Side]] = field(factory=dict)
    limits: dict[str, Decimal | None] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self.totals = dict(self.exchange.ledger.totals())

    def orders(self) -> list[ExchangeOrder]:
        return [order for owner in OWNERS for _, order in self.exchange.records.orders(owner)]

    def look(self) -> None:
        """All that has to be true, now that one more thing has happened."""
        orders = self.orders()
        self.check_ledger(orders)
        self.check_book(orders)
        by_id = {order.order_id: order for order in orders}
        for owner in OWNERS:
            fills = self.exchange.records.fills(owner)
            for fill in fills[self.fills_seen.get(owner, 0) :]:
                self.check_fill(fill, by_id[fill.order_id])
            self.fills_seen[owner] = len(fills)
        for order in orders:
            self.check_order(order)
        self.limits = {order.order_id: order.limit_price for order in orders}
        self.lines = {
            order.order_id: (order.resting.arrival, order.resting.price, order.side)
            for order in orders
            if order.resting is not None
        }

    def check_ledger(self, orders: list[ExchangeOrder]) -> None:
        assert self.exchange.ledger.totals() == self.totals, "value was created or lost"
        held: dict[tuple[str, str], Decimal] = {}
        for owner, currency, balance in self.exchange.ledger.every():
            assert balance.available >= 0
            assert balance.hold >= 0
            held[owner, currency] = balance.hold
        for order in orders:
            held[order.owner, "BTC" if order.side is Side.SELL else "USD"] -= order.hold
        assert not any(held.values()), "holds are those of the open orders, to the last digit"

    def check_book(self, orders: list[ExchangeOrder]) -> None:
        book = self.exchange.engine.books["BTC-USD"]
        resting = {each.order_id: each for side in Side for each in book.queue(side) if each.owner != HOUSE}
        assert resting == {order.order_id: order.resting for order in orders if order.resting is not None}
        assert resting.keys() <= self.exchange.engine.open_orders.keys()
        bid, ask = (book.best_price(side) for side in Side)
        assert bid is None or ask is None or bid < ask, "the book is crossed"

    def check_order(self, order: ExchangeOrder) -> None:
        """Hold, fills and status of one order agree with one another."""
        rows = [fill for _, fill in self.exchange.records.fill_rows_of(order.owner, [order.order_id])]
        assert order.fill_count == len(rows)
        assert order.filled_size == sum((fill.size for fill in rows), ZERO)
        assert order.filled_value == sum((fill.size * fill.price for fill in rows), ZERO)
        assert order.fees == sum((fill.commission for fill in rows), ZERO)
        assert order.hold == self.needed(order)
        assert order.is_terminal == (order.order_id not in self.exchange.engine.open_orders)
        if order.terms.quote_size is not None:
            assert order.filled_value + order.fees <= order.terms.quote_size
        else:
            assert order.filled_size <= (order.terms.base_size or ZERO), "overfilled"
        if order.state is OrderState.FILLED and order.terms.base_size is not None:
            assert order.filled_size == order.terms.base_size
        if order.is_terminal and order.terms.kind is Kind.LIMIT_FOK:
            assert order.filled_size in {ZERO, order.terms.base_size}
        last = self.exchange.engine.triggers["BTC-USD"].last
        if order.trigger is Trigger.PENDING and not order.is_terminal and last is not None:
            stop = order.terms.stop_price
            assert stop is not None
            assert not is_reached(last, stop, upwards=order.terms.stop_upwards), "a stop slept"

    def needed(self, order: ExchangeOrder) -> Decimal:
        waits = order.is_attached and order.state is OrderState.PENDING
        if order.is_terminal or waits:
            return ZERO
        if order.side is Side.SELL:
            return order.workable
        if order.limit_price is None:
            return order.hold  # a market order on its way: what the book asked when it was answered
        return order.limit_price * order.workable * (1 + order.hold_rate)

    def check_fill(self, fill: FillRow, order: ExchangeOrder) -> None:
        """No worse than the limit, and nobody with an older right was passed over."""
        asked = [order.limit_price, self.limits.get(order.order_id, order.limit_price)]
        bounds = [each for each in asked if each is not None]
        if bounds and order.side is Side.BUY:
            assert fill.price <= max(bounds)
        elif bounds:
            assert fill.price >= min(bounds)
        assert fill.commission == fill.price * fill.size * (order.maker_rate if fill.is_maker else order.taker_rate)
        if order.terms.post_only:
            assert fill.is_maker
        mine = self.lines.get(order.order_id)
        if not fill.is_maker or mine is None or mine[1] != fill.price:
            return
        for other in self.exchange.engine.open_orders.values():
            line = self.lines.get(other.order_id)
            stayed = line is not None and other.resting is not None and other.resting.arrival == line[0]
            if other is order or not stayed or line is None or line[2] is not order.side:
                continue
            better = line[1] > fill.price if order.side is Side.BUY else line[1] < fill.price
            assert not better, "a better price was passed over"
            assert line[1] != fill.price or line[0] > mine[0], "an older order was passed over"


def play(script: list[Any], delays: Delays) -> Witness:
    """One second per action, with a look before and after each."""
    market = [quote(0, "59999", "60001")]
    market += [step for number, action in enumerate(script, 1) if (step := step_of(number, action)) is not None]
    exchange = SimulatedExchange(
        ScriptedMarket(market), funds={}, fee_tiers=VENUE_TIERS, portfolio_id=OWNERS[0], delays=delays
    )
    for owner in OWNERS:
        exchange.open_portfolio(owner, {"USD": Decimal(200_000), "BTC": Decimal(4)})
    exchange.advance(START)
    witness = Witness(exchange)
    made: list[ExchangeOrder] = []
    for number, action in enumerate(script, 1):
        now = at(number)
        exchange.advance(now)
        witness.look()
        match action:
            case ("place", owner, side, chosen, attached):
                placed, _ = exchange.place(owner, str(number), "BTC-USD", side, chosen, now=now, attached=attached)
                made += [placed] if isinstance(placed, ExchangeOrder) else []
            case ("cancel", back) if made:
                order = made[-1 - back % len(made)]
                exchange.cancel(order.owner, order.order_id, now)
            case ("edit", back, size, price, stop, detaches) if made:
                alive = [order for order in made if not order.is_terminal] or made
                order = alive[-1 - back % len(alive)]
                body = {"price": price or str(order.terms.limit_price), "size": size, "stop_price": stop}
                exchange.edit(order.owner, order.order_id, {**body, "cancel_attached_order": detaches}, now)
        witness.look()
    exchange.advance(at(100))
    witness.look()
    return witness


@given(scripts)
@settings(max_examples=250, deadline=None)
def test_the_books_balance_exactly_and_nobody_is_passed_over(script: list[Any]) -> None:
    play(script, Delays())


@given(scripts)
@settings(max_examples=100, deadline=None)
def test_they_do_so_where_everything_happens_later_than_it_was_answered(script: list[Any]) -> None:
    witness = play(script, SLOW)
    assert not any(order.state in {OrderState.CANCEL_QUEUED, OrderState.EDIT_QUEUED} for order in witness.orders())
