"""One client order as the exchange keeps it, and one fill: cumulative amounts, status, hold.

Every status a client can see::

    OPEN -> FILLED | CANCELLED | EXPIRED        (a market or immediate order passes OPEN unseen)

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

__all__ = ["TERMINAL", "ExchangeOrder", "FillRow", "Kind", "OrderState", "Terms"]


class OrderState(StrEnum):
    """The statuses of section 10 of the wire that this exchange uses."""

    PENDING = "PENDING"
    OPEN = "OPEN"
    FILLED = "FILLED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    FAILED = "FAILED"


TERMINAL: Final = frozenset({OrderState.FILLED, OrderState.CANCELLED, OrderState.EXPIRED, OrderState.FAILED})


class Kind(StrEnum):
    """The one key of ``order_configuration``, which names type and time in force together."""

    MARKET_IOC = "market_market_ioc"
    LIMIT_IOC = "sor_limit_ioc"
    LIMIT_GTC = "limit_limit_gtc"
    LIMIT_GTD = "limit_limit_gtd"
    LIMIT_FOK = "limit_limit_fok"

    @property
    def order_type(self) -> str:
        """As the REST listing calls it."""
        return "MARKET" if self is Kind.MARKET_IOC else "LIMIT"

    @property
    def time_in_force(self) -> str:
        """As the REST listing calls it."""
        return _TIMES_IN_FORCE[self]

    @property
    def rests(self) -> bool:
        """Whether a remainder stays in the book."""
        return self in {Kind.LIMIT_GTC, Kind.LIMIT_GTD}


_TIMES_IN_FORCE: Final = {
    Kind.MARKET_IOC: "IMMEDIATE_OR_CANCEL",
    Kind.LIMIT_IOC: "IMMEDIATE_OR_CANCEL",
    Kind.LIMIT_GTC: "GOOD_UNTIL_CANCELLED",
    Kind.LIMIT_GTD: "GOOD_UNTIL_DATE_TIME",
    Kind.LIMIT_FOK: "FILL_OR_KILL",
}


@frozen
class Terms:
    """What an order asks for, read from the wire and checked against its product's increments and bounds.

    Exactly one of ``base_size`` and ``quote_size`` is set; ``limit_price`` is None for market orders only.
    """

    kind: Kind
    side: Side
    base_size: Decimal | None = None
    quote_size: Decimal | None = None
    limit_price: Decimal | None = None
    post_only: bool = False
    end_time: Instant | None = None


@define(eq=False)
class ExchangeOrder:
    """The order and all that happened to it. Amounts: sizes in base, values, fees and holds in quote currency.

    ``hold`` is bound in the quote currency for a buy and in the base currency for a sell.
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

    @property
    def side(self) -> Side:
        """Buy or sell."""
        return self.terms.side

    @property
    def is_terminal(self) -> bool:
        """Whether nothing more can happen to it."""
        return self.state in TERMINAL

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
