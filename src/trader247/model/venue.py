"""What a venue answers: fees, what became of a request, and orders as it describes them."""

from decimal import Decimal

from attrs import frozen

from trader247.model.ids import ClientOrderId, VenueOrderId
from trader247.model.instant import Instant
from trader247.model.instrument import Symbol
from trader247.model.money import Notional, Price, Quantity
from trader247.model.order import OrderStatus, Side, Style

__all__ = [
    "Absent",
    "CancelAnswer",
    "FeeRates",
    "Found",
    "OrderLookup",
    "OrderReport",
    "OrderReports",
    "PlaceAnswer",
    "Undecided",
]


@frozen
class FeeRates:
    """The account's own fee rates, as fractions (0.006 is 60 bps)."""

    maker: Decimal
    taker: Decimal
    tier: str


@frozen
class PlaceAnswer:
    """The venue accepted the request for processing; the order may still fail."""

    venue_order_id: VenueOrderId
    client_order_id: ClientOrderId


@frozen
class CancelAnswer:
    """What the venue said of one order of a cancel request. ``accepted`` is not yet cancelled."""

    venue_order_id: VenueOrderId
    accepted: bool
    reason: str = ""


@frozen
class OrderReport:
    """An order as the venue describes it, cumulative, from a listing, a lookup or the user stream.

    ``status`` is already ours: the venue's PENDING and QUEUED are OPEN, CANCEL_QUEUED is PENDING_CANCEL, an order with
    a partial fill is PARTIAL_FILL; a status nobody knows is UNKNOWN. ``style`` is None for a kind of order that we
    never send, and where the venue does not say; ``stop_price`` is what triggers the order at the venue.
    """

    venue_order_id: VenueOrderId
    client_order_id: ClientOrderId
    symbol: Symbol
    side: Side
    status: OrderStatus
    filled: Quantity
    filled_notional: Notional
    fees: Notional
    fill_count: int
    at: Instant
    created_at: Instant | None = None
    quantity: Quantity | None = None
    limit_price: Price | None = None
    style: Style | None = None
    stop_price: Price | None = None
    reason: str = ""


@frozen
class OrderReports:
    """A listing that reached its last page; an incomplete one is never given out, it raises."""

    orders: tuple[OrderReport, ...]
    asked_from: Instant | None


@frozen
class Found:
    """The order exists at the venue."""

    report: OrderReport


@frozen
class Absent:
    """A complete listing from before the intent did not hold the order. ``evidence`` says which listing."""

    evidence: str


@frozen
class Undecided:
    """Nobody knows: the question failed. An error is never evidence of absence."""

    why: str


OrderLookup = Found | Absent | Undecided
