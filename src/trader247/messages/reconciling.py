"""Messages about what our books and the venue's say differently, and what is done about it."""

from decimal import Decimal
from enum import StrEnum

from attrs import field, frozen

from trader247.model.ids import ClientOrderId, VenueOrderId
from trader247.model.instant import Instant
from trader247.model.instrument import Symbol
from trader247.model.money import Price, Quantity
from trader247.model.order import Fill, OrderStatus
from trader247.model.portfolio import Balance

__all__ = [
    "AcceptBalances",
    "AccountCompared",
    "AccountSeen",
    "BalancesAccepted",
    "Difference",
    "DifferenceFound",
    "DifferenceKind",
    "Subject",
    "VenueOrder",
]


class DifferenceKind(StrEnum):
    """How two books can differ; docs/how-to/reconcile.md says what each asks of a person."""

    MISSING = "missing"
    UNKNOWN = "unknown"
    SIZE = "size"
    PRICE = "price"
    EXTERNAL = "external"


class Subject(StrEnum):
    """What a difference is about."""

    ORDER = "order"
    FILL = "fill"
    BALANCE = "balance"


@frozen
class VenueOrder:
    """An order of the account as a complete listing showed it; terms the venue does not tell are None."""

    venue_order_id: VenueOrderId
    client_order_id: ClientOrderId
    symbol: Symbol
    status: OrderStatus
    filled: Quantity
    quantity: Quantity | None
    limit_price: Price | None


@frozen
class AccountSeen:
    """The whole account, every list read to its last page; ``asked_at`` is from before the first question."""

    orders: tuple[VenueOrder, ...] = field(repr=False)
    fills: tuple[Fill, ...] = field(repr=False)
    balances: tuple[Balance, ...]
    asked_at: Instant


@frozen
class Difference:
    """One thing that two books say differently, with both numbers.

    ``name`` is the venue's order id, the currency, or the symbol of orders that are not ours. What ``ours`` and
    ``theirs`` count depends on the kind: what is left of an order, what of it is filled, its size, its limit, how many
    orders, or a currency's total.
    """

    kind: DifferenceKind
    subject: Subject
    name: str
    ours: Decimal
    theirs: Decimal

    @property
    def mark(self) -> tuple[DifferenceKind, Subject, str, Decimal]:
        """The same for the same difference, while what both sides have in common moves on."""
        return self.kind, self.subject, self.name, self.theirs - self.ours


@frozen
class DifferenceFound:
    """Two passes in a row showed this difference."""

    difference: Difference


@frozen
class AccountCompared:
    """A pass is over. ``found`` was seen for the first time, ``standing`` is believed, ``external_orders`` are left
    alone.
    """

    found: tuple[Difference, ...]
    standing: tuple[Difference, ...]
    external_orders: int


@frozen
class AcceptBalances:
    """An operator's order: the balances that differ now are right, and our books are not."""

    reason: str
    by: str


@frozen
class BalancesAccepted:
    """The venue's word for these currencies is taken into the books, because a person said so and why."""

    differences: tuple[Difference, ...]
    reason: str
    by: str
