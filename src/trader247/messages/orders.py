"""Messages about orders: requests to the gateway, its answers, what the venue reported, and what we made of it."""

from decimal import Decimal
from enum import StrEnum

from attrs import field, frozen

from trader247.errors import Failure
from trader247.model.ids import ClientOrderId, IntentId, VenueOrderId
from trader247.model.instant import Instant, Moment
from trader247.model.instrument import Symbol
from trader247.model.money import Notional, Price, Quantity
from trader247.model.order import Fill, Order, OrderIntent, OrderStatus, Side, Style
from trader247.model.portfolio import Balance, EquityMarks, Position, TapedFill, Trade

__all__ = [
    "Accepted",
    "AccountOpened",
    "BalancesSeen",
    "BooksLoaded",
    "CancelAll",
    "CancelFinished",
    "CancelOrders",
    "DrainOrders",
    "Drained",
    "EquityMarked",
    "Exposure",
    "FetchFills",
    "FillBooked",
    "FillsFetched",
    "InDoubt",
    "IntentDurable",
    "LoadBooks",
    "LookUpOrder",
    "NotSent",
    "OrderChanged",
    "OrderLookedUp",
    "OrderReported",
    "OrderWithheld",
    "PassFailed",
    "PlaceFinished",
    "PlaceOrder",
    "PlaceOutcome",
    "PortfolioChanged",
    "ReconcileFinished",
    "ReconcileNow",
    "ReconcilePass",
    "Rejected",
    "ResumeOrders",
    "StopRaised",
    "TrimEnded",
    "TrimOutcome",
]


# ------------------------------------------------------------------------------------- to the gateway and back
@frozen
class PlaceOrder:
    """Request: send this durable intent, if the permit still allows it at the last moment."""

    intent: OrderIntent
    expires_at: Moment


@frozen
class CancelOrders:
    """Request: cancel these orders at the venue. Needs no permit."""

    orders: tuple[VenueOrderId, ...]
    reason: str


@frozen
class Accepted:
    """The venue took the order under this id."""

    venue_order_id: VenueOrderId


@frozen
class Rejected:
    """The venue said no; nothing happened."""

    failure: Failure
    text: str


@frozen
class NotSent:
    """No byte left: the gate was closed, or the venue could not be reached."""

    text: str


@frozen
class InDoubt:
    """Sent, outcome not known."""

    text: str


PlaceOutcome = Accepted | Rejected | NotSent | InDoubt


@frozen
class PlaceFinished:
    """The one answer to a ``PlaceOrder``. ``sent_at`` is None where no byte left."""

    intent_id: IntentId
    outcome: PlaceOutcome
    sent_at: Instant | None


@frozen
class CancelFinished:
    """The one answer to a ``CancelOrders``: which the venue took, which it refused and why; or that it failed."""

    accepted: tuple[VenueOrderId, ...]
    refused: tuple[tuple[VenueOrderId, str], ...]
    failed: tuple[VenueOrderId, ...] = ()
    text: str = ""


# ------------------------------------------------------------------------------------- what the venue reported
@frozen
class OrderReported:
    """An order's cumulative state, from the user stream or a listing. ``status`` is already one of ours.

    ``side``, ``quantity``, the prices and ``style`` are what was asked for, None where the venue did not tell.
    """

    venue_order_id: VenueOrderId
    client_order_id: ClientOrderId
    symbol: Symbol
    status: OrderStatus
    filled: Quantity
    at: Instant
    reason: str = ""
    side: Side | None = None
    quantity: Quantity | None = None
    limit_price: Price | None = None
    style: Style | None = None
    stop_price: Price | None = None
    edited: bool = False


@frozen
class FetchFills:
    """Request to the reconciler: read the fills of this order."""

    venue_order_id: VenueOrderId


@frozen
class FillsFetched:
    """All fills of an order, or of the account since a time, as the venue's ledger has them."""

    fills: tuple[Fill, ...]


@frozen
class LookUpOrder:
    """Request to the reconciler: find out about an intent whose fate is not known."""

    intent_id: IntentId
    client_order_id: ClientOrderId
    venue_order_id: VenueOrderId | None
    created_at: Instant


@frozen
class OrderLookedUp:
    """Answer to ``LookUpOrder`` where no order was found: ``absent`` only after a complete listing, else nobody knows.

    An order that was found comes as ``OrderReported``.
    """

    intent_id: IntentId
    absent: bool
    text: str


@frozen
class ReconcileNow:
    """Request to the reconciler: do not wait for the next turn."""

    why: str


@frozen
class ReconcilePass:
    """Request to the reconciler's reader: orders and fills since ``since``, open orders, balances, every page."""

    since: Instant


@frozen
class PassFailed:
    """A pass did not reach the end of every list; what it read is not used."""

    why: str


@frozen
class ReconcileFinished:
    """A complete look at the venue ended: every open order, every order since the oldest unsettled one, their fills and
    the balances were read to the last page and told before this message.
    """

    at: Instant


@frozen
class BalancesSeen:
    """All balances of the account at the venue, with the instant they were asked."""

    balances: tuple[Balance, ...]
    asked_at: Instant


# --------------------------------------------------------------------------------------- what we made of it
@frozen
class OrderChanged:
    """An order has a new state. ``await_durable`` asks the journal to answer ``IntentDurable`` once it is on disk."""

    order: Order
    event: str
    await_durable: bool = False


@frozen
class IntentDurable:
    """The intent is on disk; it may be sent."""

    intent_id: IntentId


@frozen
class FillBooked:
    """A fill was applied, once, to its order, its position and the cash."""

    fill: Fill
    order: Order
    position: Position
    realised: Notional
    cash: Decimal


@frozen
class StopRaised:
    """The trailing stop of a position went up: the position as it is now, and the bid it followed."""

    position: Position
    bid: Price


class TrimOutcome(StrEnum):
    """What came of one attempt to sell a part of a position: some was sold, nothing was, or it is too small to sell."""

    TRIMMED = "trimmed"
    FAILED = "failed"
    DUST = "dust"


@frozen
class TrimEnded:
    """An attempt to bring an exposure back under its cap is over."""

    symbol: Symbol
    outcome: TrimOutcome
    text: str


@frozen
class OrderWithheld:
    """DRY_RUN: this is what would have been sent."""

    intent: OrderIntent


@frozen
class AccountOpened:
    """The balances this journal starts from, as the venue gave them at the first start."""

    balances: tuple[Balance, ...]


@frozen
class EquityMarked:
    """The levels that losses are measured from have moved; kept so that a restart measures from the same ones."""

    marks: EquityMarks


@frozen
class Exposure:
    """What one instrument could cost at worst: its position at mid and its working buys at their limit, fees in."""

    symbol: Symbol
    position: Notional
    working: Notional

    @property
    def total(self) -> Notional:
        """Position and working orders together."""
        return Notional(self.position + self.working)


@frozen
class PortfolioChanged:
    """The whole portfolio at one moment; the newest one is the only one that counts.

    ``approvals_seen`` is the serial of the last approval this snapshot includes. ``totals`` is what our books expect
    the venue to hold of each currency. ``books_loaded``: the journal was read; ``books_ready``: the venue confirmed it
    too. ``working`` are the orders that are not settled. ``trades`` and ``adds_24h``: see ``core/trade_tape.py``.
    """

    at: Moment
    cash: Decimal
    nlv: Notional
    positions: tuple[Position, ...]
    exposures: tuple[Exposure, ...]
    working: tuple[Order, ...] = field(repr=False)
    in_doubt: int
    approvals_seen: int
    realised_today: Notional
    unrealised: Notional
    entries_24h: tuple[tuple[Symbol, Instant], ...]
    stop_outs_24h: tuple[tuple[Symbol, Instant], ...]
    marks: EquityMarks
    totals: tuple[tuple[str, Decimal], ...]
    books_ready: bool
    books_loaded: bool
    trades: tuple[Trade, ...] = field(default=(), repr=False)
    adds_24h: tuple[tuple[Symbol, Instant], ...] = ()


# ----------------------------------------------------------------------------------------------- control of orders
@frozen
class LoadBooks:
    """Request to the journal: give back everything the order manager needs to go on."""


@frozen
class BooksLoaded:
    """From the journal: orders not settled and the newest that are, positions, all fill ids, and the account's opening
    balances.

    ``flows`` are the sums of all fills per currency; ``intents_made`` how many intents this run has made so far;
    ``tape`` are the newest fills, oldest first.
    """

    orders: tuple[Order, ...]
    positions: tuple[Position, ...]
    fill_ids: frozenset[str] = field(repr=False)
    opening: tuple[Balance, ...] | None
    flows: tuple[tuple[str, Decimal], ...]
    realised_today: Notional
    entries_24h: tuple[tuple[Symbol, Instant], ...]
    stop_outs_24h: tuple[tuple[Symbol, Instant], ...]
    marks: EquityMarks | None
    intents_made: int
    tape: tuple[TapedFill, ...] = field(default=(), repr=False)


@frozen
class CancelAll:
    """Request: cancel every working order of ours, and let no waiting intent out."""

    reason: str


@frozen
class ResumeOrders:
    """An operator resumed: new orders may be made again, as far as everything else allows."""


@frozen
class DrainOrders:
    """Request: no new entries; cancel all but what protects positions; say ``Drained`` when nothing else works."""


@frozen
class Drained:
    """No order of ours is working, or the ones ``left`` could not be cancelled in time. ``resting`` stay on purpose."""

    left: tuple[Order, ...]
    resting: tuple[Order, ...] = ()
