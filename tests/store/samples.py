"""Orders, fills and positions for the tests of the store: one plain one of each, and drawn ones of every shape."""

from decimal import Decimal
from typing import Any

from attrs import evolve
from hypothesis import strategies as st

from trader247.messages.control import AlertChanged
from trader247.messages.orders import FillBooked
from trader247.model.ids import FillId, IntentId, RunEpoch, StrategyName, VenueOrderId, client_order_id
from trader247.model.instant import SECOND, Instant, instant
from trader247.model.instrument import Symbol
from trader247.model.mode import OrderKind
from trader247.model.money import NO_NOTIONAL, Notional, Price, Quantity
from trader247.model.order import Fill, Liquidity, Order, OrderIntent, OrderStatus, Side, Style
from trader247.model.portfolio import Position
from trader247.store.journal import Entry

EPOCH = RunEpoch("0123456789")
CONFIG = "00112233aabbccdd"
NOON = instant("2026-10-01T12:00:00Z")
BTC = Symbol("BTC-USD")


def after(seconds: int) -> Instant:
    """So long after noon."""
    return Instant(NOON + seconds * SECOND)


def entry(number: int = 1, **rest: Any) -> Entry:
    return Entry("test.happened", {"number": number, "text": f"the {number}th"}, after(number), **rest)


def order(number: int = 1, **changed: Any) -> Order:
    """An order; keywords name fields of the order or, where it has none of that name, of its intent."""
    name = IntentId(f"{EPOCH}-i{number}")
    intent = OrderIntent(
        intent_id=name,
        client_order_id=client_order_id(name),
        proposal_id=None,
        strategy=StrategyName("rules"),
        symbol=BTC,
        kind=OrderKind.ENTRY,
        side=Side.BUY,
        style=Style.POST_ONLY,
        quantity=Quantity(Decimal("0.5")),
        limit_price=Price(Decimal("60000.01")),
        notional_max=Notional(Decimal("30180.005")),
        reason="breakout",
        created_at=after(number),
    )
    of_order = {"status", "changed_at", "venue_order_id", "filled", "booked", "fees", "fill_ids"}
    own = {key: value for key, value in changed.items() if key in of_order}
    intent = evolve(intent, **{key: value for key, value in changed.items() if key not in of_order})
    return evolve(Order(intent=intent, status=OrderStatus.NEW, changed_at=after(number)), **own)


def fill(number: int = 1, **changed: Any) -> Fill:
    made = Fill(
        fill_id=FillId(f"fill-{number}"),
        venue_order_id=VenueOrderId("venue-1"),
        symbol=BTC,
        side=Side.BUY,
        price=Price(Decimal("60000.01")),
        quantity=Quantity(Decimal("0.25")),
        fee=Notional(Decimal("60.00001")),
        liquidity=Liquidity.MAKER,
        at=after(number),
    )
    return evolve(made, **changed)


def position(**changed: Any) -> Position:
    made = Position(
        symbol=BTC,
        quantity=Quantity(Decimal("0.25")),
        average_entry=Price(Decimal("60000.01")),
        entry_fees=Notional(Decimal("60.00001")),
        opened_at=NOON,
        strategy=StrategyName("rules"),
    )
    return evolve(made, **changed)


def booked(number: int = 1, **changed: Any) -> FillBooked:
    """A booking; keywords ``order``, ``position``, ``realised``, or fields of the fill."""
    own = {key: changed.pop(key) for key in ("order", "position", "realised") if key in changed}
    made = fill(number, **changed)
    return FillBooked(
        fill=made,
        order=own.get("order", order()),
        position=own.get("position", position(symbol=made.symbol)),
        realised=own.get("realised", NO_NOTIONAL),
        cash=Decimal(0),
    )


# ------------------------------------------------------------------------------------------------------ drawn ones
decimals = st.builds(
    lambda digits, places: Decimal(digits).scaleb(-places),
    st.integers(min_value=-(10**27), max_value=10**27),
    st.integers(min_value=-3, max_value=18),
)
instants = st.integers(min_value=0, max_value=2**62).map(Instant)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
whole = st.none() | st.integers(min_value=0, max_value=2**62)


def _fields(**more: st.SearchStrategy[Any]) -> dict[str, st.SearchStrategy[Any]]:
    return more


intents = st.builds(
    OrderIntent,
    **_fields(
        intent_id=texts,
        client_order_id=texts,
        proposal_id=st.none() | texts,
        strategy=texts,
        symbol=texts,
        quantity=decimals,
        limit_price=decimals,
        notional_max=decimals,
        reason=texts,
        created_at=instants,
        stop_price=st.none() | decimals,
        target_price=st.none() | decimals,
        max_hold_s=whole,
    ),
)
orders = st.builds(
    Order,
    **_fields(
        intent=intents,
        changed_at=instants,
        venue_order_id=st.none() | texts,
        filled=decimals,
        booked=decimals,
        booked_notional=decimals,
        fees=decimals,
        reason=texts,
        fill_ids=st.lists(texts, max_size=4).map(tuple),
    ),
)
fills = st.builds(
    Fill,
    **_fields(
        fill_id=texts,
        venue_order_id=texts,
        symbol=texts,
        price=decimals,
        quantity=decimals,
        fee=decimals,
        at=instants,
    ),
)
positions = st.builds(
    Position,
    **_fields(
        symbol=texts,
        quantity=decimals.filter(bool),
        average_entry=decimals,
        entry_fees=decimals,
        opened_at=instants,
        strategy=texts,
        realised_pnl=decimals,
        stop_price=st.none() | decimals,
        target_price=st.none() | decimals,
        max_hold_s=whole,
        raised_from=st.none() | decimals,
    ),
)
alerts = st.builds(
    AlertChanged,
    **_fields(key=texts, text=texts, count=instants, raised_at=instants, changed_at=instants),
)
