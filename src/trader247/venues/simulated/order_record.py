"""One client order as the exchange keeps it, and one fill: cumulative amounts, status, hold.

Every status a client can see::

    PENDING | QUEUED -> OPEN | CANCELLED | FAILED          (only where acceptance is delayed, and of attached orders)
    OPEN -> FILLED | CANCELLED | EXPIRED                   (a market or immediate order passes OPEN unseen)
    OPEN -> EDIT_QUEUED -> OPEN | any end                  (only where edits are delayed)
    OPEN -> CANCEL_QUEUED -> CANCELLED | FILLED | EXPIRED  (only where cancels are delayed; it still trades meanwhile)

``workable`` is what may still trade. For an order sized in quote currency that is a budget including fees; for all
others a base size, shrunk by fills and by self-trade prevention.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from attrs import define, frozen

from trader247.model.instant import Instant
from trader247.model.money import HUNDRED, ZERO
from trader247.venues.simulated.book import Resting, Side

__all__ = ["TERMINAL", "Edit", "ExchangeOrder", "FillRow", "Kind", "OrderState", "Terms", "Trigger"]


class OrderState(StrEnum):
    """The statuses of section 10 of the wire that this exchange uses."""

    PENDING = "PENDING"
    QUEUED = "QUEUED"
    OPEN = "OPEN"
    CANCEL_QUEUED = "CANCEL_QUEUED"
    EDIT_QUEUED = "EDIT_QUEUED"
    FILLED = "FILLED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    FAILED = "FAILED"


TERMINAL: Final = frozenset({OrderState.FILLED, OrderState.CANCELLED, OrderState.EXPIRED, OrderState.FAILED})


class Trigger(StrEnum):
    """Where the stop of an order stands; the wire says ``INVALID_ORDER_TYPE`` of an order that has none."""

    NONE = "INVALID_ORDER_TYPE"
    PENDING = "STOP_PENDING"
    REACHED = "STOP_TRIGGERED"


class Kind(StrEnum):
    """The one key of ``order_configuration``, which names type and time in force together."""

    MARKET_IOC = "market_market_ioc"
    LIMIT_IOC = "sor_limit_ioc"
    LIMIT_GTC = "limit_limit_gtc"
    LIMIT_GTD = "limit_limit_gtd"
    LIMIT_FOK = "limit_limit_fok"
    STOP_GTC = "stop_limit_stop_limit_gtc"
    STOP_GTD = "stop_limit_stop_limit_gtd"
    BRACKET_GTC = "trigger_bracket_gtc"
    BRACKET_GTD = "trigger_bracket_gtd"

    @property
    def order_type(self) -> str:
        """As the REST listing calls it."""
        return _ORDER_TYPES.get(self, "LIMIT")

    @property
    def time_in_force(self) -> str:
        """As the REST listing calls it."""
        return _TIMES_IN_FORCE[self]

    @property
    def rests(self) -> bool:
        """Whether a remainder stays in the book."""
        return self in _RESTING

    @property
    def has_end(self) -> bool:
        """Whether it ends at a time of its own."""
        return self in _DATED

    @property
    def has_stop(self) -> bool:
        """Whether the last trade can trigger it."""
        return self in _STOPPED

    @property
    def is_bracket(self) -> bool:
        """Whether it works as a take-profit before its stop is reached."""
        return self in _BRACKETS


_ORDER_TYPES: Final = {
    Kind.MARKET_IOC: "MARKET",
    Kind.STOP_GTC: "STOP_LIMIT",
    Kind.STOP_GTD: "STOP_LIMIT",
    Kind.BRACKET_GTC: "BRACKET",
    Kind.BRACKET_GTD: "BRACKET",
}
_TIMES_IN_FORCE: Final = {
    Kind.MARKET_IOC: "IMMEDIATE_OR_CANCEL",
    Kind.LIMIT_IOC: "IMMEDIATE_OR_CANCEL",
    Kind.LIMIT_GTC: "GOOD_UNTIL_CANCELLED",
    Kind.LIMIT_GTD: "GOOD_UNTIL_DATE_TIME",
    Kind.LIMIT_FOK: "FILL_OR_KILL",
    Kind.STOP_GTC: "GOOD_UNTIL_CANCELLED",
    Kind.STOP_GTD: "GOOD_UNTIL_DATE_TIME",
    Kind.BRACKET_GTC: "GOOD_UNTIL_CANCELLED",
    Kind.BRACKET_GTD: "GOOD_UNTIL_DATE_TIME",
}
_BRACKETS: Final = frozenset({Kind.BRACKET_GTC, Kind.BRACKET_GTD})
_STOPPED: Final = _BRACKETS | {Kind.STOP_GTC, Kind.STOP_GTD}
_DATED: Final = frozenset({Kind.LIMIT_GTD, Kind.STOP_GTD, Kind.BRACKET_GTD})
_RESTING: Final = _STOPPED | {Kind.LIMIT_GTC, Kind.LIMIT_GTD}


@frozen
class Terms:
    """What an order asks for, read from the wire and checked against its product's increments and bounds.

    Exactly one of ``base_size`` and ``quote_size`` is set; ``limit_price`` is None for market orders only. Of a bracket
    it is the take-profit. ``stop_price`` is set for the kinds with a stop, which is reached by a last trade at or above
    it (``stop_upwards``) or at or below it.
    """

    kind: Kind
    side: Side
    base_size: Decimal | None = None
    quote_size: Decimal | None = None
    limit_price: Decimal | None = None
    post_only: bool = False
    end_time: Instant | None = None
    stop_price: Decimal | None = None
    stop_upwards: bool = False


@frozen
class Edit:
    """What a working order is to become: ``size`` is the new total in base, fills included."""

    price: Decimal
    size: Decimal
    stop_price: Decimal | None
    at: Instant


@define(eq=False)
class ExchangeOrder:
    """The order and all that happened to it. Amounts: sizes in base, values, fees and holds in quote currency.

    ``hold`` is bound in the quote currency for a buy and in the base currency for a sell. ``stop_leg`` is the limit
    price of a bracket once its stop was reached. ``edits`` are the latest, oldest first; ``pending_edit`` is the one
    that is queued. An attached order waits as PENDING, without a hold, for the first fill of the order in
    ``originating_order_id``, and grows with the later ones; it may be OPEN with nothing workable meanwhile.
    """

    order_id: str
    client_order_id: str
    owner: str
    product_id: str
    terms: Terms
    configuration: Mapping[str, Any]
    maker_rate: Decimal
    taker_rate: Decimal
    created_at: Instant
    workable: Decimal
    updated_at: Instant
    state: OrderState = OrderState.PENDING
    filled_size: Decimal = ZERO
    filled_value: Decimal = ZERO
    fees: Decimal = ZERO
    fill_count: int = 0
    hold: Decimal = ZERO
    last_fill_at: Instant | None = None
    cancel_message: str = ""
    resting: Resting | None = None
    position: int = 0
    """Its place in its owner's history, given by the records."""
    trigger: Trigger = Trigger.NONE
    stop_leg: Decimal | None = None
    originating_order_id: str = ""
    attached_order_id: str = ""
    attached_configuration: Mapping[str, Any] | None = None
    reject_reason: str = "REJECT_REASON_UNSPECIFIED"
    reject_message: str = ""
    edits: tuple[Edit, ...] = ()
    pending_edit: Edit | None = None

    @property
    def side(self) -> Side:
        """Buy or sell."""
        return self.terms.side

    @property
    def is_terminal(self) -> bool:
        """Whether nothing more can happen to it."""
        return self.state in TERMINAL

    @property
    def is_attached(self) -> bool:
        """Whether another order brings it to life."""
        return self.originating_order_id != ""

    @property
    def order_type(self) -> str:
        """As the REST listing calls it."""
        return "TAKE_PROFIT_STOP_LOSS" if self.originating_order_id else self.terms.kind.order_type

    @property
    def limit_price(self) -> Decimal | None:
        """The worst price it may trade at now; None for a market order."""
        return self.terms.limit_price if self.stop_leg is None else self.stop_leg

    @property
    def hold_rate(self) -> Decimal:
        """The fee rate the hold of a buy includes: the dearest it can be charged."""
        return self.maker_rate if self.terms.post_only else self.taker_rate

    @property
    def average_price(self) -> Decimal:
        """Value over size; zero before the first fill."""
        return self.filled_value / self.filled_size if self.filled_size else ZERO

    @property
    def completion_pct(self) -> Decimal:
        """The part filled, in percent of what was asked (of the budget for an order sized in quote)."""
        if self.state is OrderState.FILLED:
            return HUNDRED
        if not self.filled_size:
            return ZERO
        if self.terms.base_size is not None:
            return self.filled_size / self.terms.base_size * HUNDRED
        return (self.filled_value + self.fees) / (self.terms.quote_size or self.filled_value) * HUNDRED

    @property
    def value_after_fees(self) -> Decimal:
        """Cost of a buy, proceeds of a sell; for an open buy the cost if it fills at its limit (filled plus held)."""
        if self.side is Side.SELL:
            return self.filled_value - self.fees
        return self.filled_value + self.fees + self.hold


@frozen
class FillRow:
    """One execution of one client order. ``size`` is base; ``commission`` is in quote currency and never rounded."""

    entry_id: str
    trade_id: str
    order_id: str
    owner: str
    product_id: str
    side: Side
    price: Decimal
    size: Decimal
    commission: Decimal
    is_maker: bool
    at: Instant
    size_in_quote: bool
    number: int
