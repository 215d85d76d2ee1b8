"""Orders and fills as nouns. What may happen to an order stands in ``core/order_state.py``; here is only what it is."""

from decimal import Decimal
from enum import StrEnum

from attrs import field, frozen

from trader247.model.ids import ClientOrderId, FillId, IntentId, ProposalId, StrategyName, VenueOrderId
from trader247.model.instant import Instant
from trader247.model.instrument import Symbol
from trader247.model.mode import OrderKind
from trader247.model.money import NO_NOTIONAL, NO_QUANTITY, ZERO, Notional, Price, Quantity

__all__ = ["Fill", "Liquidity", "Order", "OrderIntent", "OrderStatus", "Side", "Style"]


class Side(StrEnum):
    """Spot only: BUY opens or adds, SELL reduces."""

    BUY = "BUY"
    SELL = "SELL"


class Style(StrEnum):
    """How an order meets the book: rest as a maker or be refused; or take what is there at the limit or better.

    The last two wait at the venue for the last trade to reach their stop: a stop-limit order outside the book, a
    bracket in it at its take-profit.
    """

    POST_ONLY = "post_only"
    TAKER_IOC = "taker_ioc"
    STOP_LIMIT = "stop_limit"
    BRACKET = "bracket"


class OrderStatus(StrEnum):
    """Where an order stands, as far as we know. The last five are terminal."""

    NEW = "NEW"
    SUBMITTED = "SUBMITTED"
    OPEN = "OPEN"
    PARTIAL_FILL = "PARTIAL_FILL"
    PENDING_CANCEL = "PENDING_CANCEL"
    UNKNOWN = "UNKNOWN"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"
    REJECTED = "REJECTED"
    FAILED = "FAILED"

    @property
    def terminal(self) -> bool:
        """Whether nothing more is expected of the order (a late fill may still come)."""
        return self in _TERMINAL

    @property
    def working(self) -> bool:
        """Whether the order is, or may be, live at the venue."""
        return not self.terminal and self is not OrderStatus.NEW


_TERMINAL = frozenset(
    {OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.EXPIRED, OrderStatus.REJECTED, OrderStatus.FAILED}
)


class Liquidity(StrEnum):
    """Which side of a trade a fill was."""

    MAKER = "MAKER"
    TAKER = "TAKER"
    UNKNOWN = "UNKNOWN"


@frozen
class OrderIntent:
    """What we mean to do, fixed and durable before its first byte leaves.

    ``limit_price`` bounds every fill (of a bracket it is the take-profit, and the venue bounds what its stop sells at);
    ``notional_max`` is what the order can cost at worst, fees included. ``stop_price`` and ``target_price`` of an entry
    become the position's exits; ``stop_price`` of an order that ``protects`` is what triggers it at the venue.
    """

    intent_id: IntentId
    client_order_id: ClientOrderId
    proposal_id: ProposalId | None
    strategy: StrategyName
    symbol: Symbol
    kind: OrderKind
    side: Side
    style: Style
    quantity: Quantity
    limit_price: Price
    notional_max: Notional
    reason: str
    created_at: Instant
    stop_price: Price | None = None
    target_price: Price | None = None
    max_hold_s: int | None = None

    @property
    def protects(self) -> bool:
        """Whether the order rests at the venue to sell what is held, with or without a daemon."""
        return self.style in {Style.STOP_LIMIT, Style.BRACKET}


@frozen
class Fill:
    """One execution, as the venue's ledger says it. ``fee`` is in the quote currency."""

    fill_id: FillId
    venue_order_id: VenueOrderId
    symbol: Symbol
    side: Side
    price: Price
    quantity: Quantity
    fee: Notional
    liquidity: Liquidity
    at: Instant


@frozen
class Order:
    """An intent and what has become of it. ``filled`` is the venue's cumulative word, ``booked`` what fills have told.

    An order whose ``booked`` is behind its ``filled`` is not settled and still counts as exposure.
    """

    intent: OrderIntent
    status: OrderStatus
    changed_at: Instant
    venue_order_id: VenueOrderId | None = None
    filled: Quantity = NO_QUANTITY
    booked: Quantity = NO_QUANTITY
    booked_notional: Notional = NO_NOTIONAL
    fees: Notional = NO_NOTIONAL
    reason: str = ""
    fill_ids: tuple[FillId, ...] = field(default=(), repr=False)

    @property
    def remaining(self) -> Quantity:
        """What could still fill."""
        return Quantity(max(self.intent.quantity - self.filled, ZERO))

    @property
    def settled(self) -> bool:
        """Whether the order is over and every fill of it is booked."""
        return self.status.terminal and self.booked >= self.filled

    @property
    def at_rest(self) -> bool:
        """Whether the order protects a position at the venue and nothing about it is under way."""
        works = self.status in {OrderStatus.OPEN, OrderStatus.PARTIAL_FILL}
        return self.intent.protects and works and self.booked >= self.filled

    @property
    def average_price(self) -> Decimal | None:
        """Booked notional per booked unit, or None while nothing is booked."""
        return self.booked_notional / self.booked if self.booked else None
