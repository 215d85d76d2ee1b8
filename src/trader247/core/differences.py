"""What our books and the venue's say differently (requirement REC1): the comparison, and each difference in words.

=========  ===========================================================  ==============================================
kind       it is                                                        what is done
=========  ===========================================================  ==============================================
missing    an order that we hold as working and the venue does not; a   its end is taken from the venue's history, the
           fill of ours that we have not booked                         fill is fetched and booked
unknown    an order of ours that is over for us and works at the venue  it is cancelled
size       an order's size was edited; a currency of which less is      a person is told; no entries while it stands
           there than our books say
price      an order's limit was edited                                  a person is told; no entries while it stands
external   an order that is not ours; a currency of which more is       counted, told, left alone
           there than our books say
=========  ===========================================================  ==============================================

The comparison is of one look with the books of that moment. Either may be the older by a message or two, so one look
proves nothing: the reconciler believes what two looks in a row show.
"""

from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import Final

from trader247.messages.orders import PortfolioChanged
from trader247.messages.reconciling import AccountSeen, Difference, DifferenceKind, Subject, VenueOrder
from trader247.model.ids import VenueOrderId
from trader247.model.instant import SECOND
from trader247.model.money import ZERO, plain
from trader247.model.order import Order, OrderStatus
from trader247.model.portfolio import Balance

__all__ = ["balance_differences", "balances_are_quiet", "in_words", "order_differences"]

LAG_S: Final = 10
"""A listing may trail an order's creation by so long; a younger order that is not in it is not missed yet."""

_RESTING: Final = frozenset({OrderStatus.OPEN, OrderStatus.PARTIAL_FILL})
_AT_VENUE: Final = _RESTING | {OrderStatus.PENDING_CANCEL}

_K = DifferenceKind


def order_differences(
    books: PortfolioChanged, seen: AccountSeen, over: Collection[VenueOrderId]
) -> tuple[Difference, ...]:
    """Every difference in orders and their fills; ``over`` are the orders of ours that have ended."""
    listed = {order.venue_order_id: order for order in seen.orders}
    by_client = {order.client_order_id: order for order in seen.orders}
    ours: dict[VenueOrderId, Order] = {}
    found: list[Difference] = []
    for order in books.working:
        theirs = listed.get(order.venue_order_id) if order.venue_order_id else None
        theirs = theirs or by_client.get(order.intent.client_order_id)
        venue_id = theirs.venue_order_id if theirs else order.venue_order_id
        if venue_id is None:
            continue  # in flight or in doubt: its own timers ask
        ours[venue_id] = order
        found += _of_order(order, venue_id, theirs, seen)
    found += _of_fills(ours, seen)
    strangers: dict[str, int] = {}
    for theirs in seen.orders:
        if not theirs.status.working or theirs.venue_order_id in ours:
            continue
        if theirs.venue_order_id in over:
            left = (theirs.quantity or ZERO) - theirs.filled
            found.append(Difference(_K.UNKNOWN, Subject.ORDER, theirs.venue_order_id, ZERO, max(left, ZERO)))
        else:
            strangers[theirs.symbol] = strangers.get(theirs.symbol, 0) + 1
    found += (Difference(_K.EXTERNAL, Subject.ORDER, symbol, ZERO, Decimal(n)) for symbol, n in strangers.items())
    return tuple(sorted(found, key=lambda d: (d.kind, d.subject, d.name)))


def _of_order(
    order: Order, venue_id: VenueOrderId, theirs: VenueOrder | None, seen: AccountSeen
) -> Iterator[Difference]:
    if theirs is None or theirs.status.terminal:
        settled_in = order.changed_at < seen.asked_at - LAG_S * SECOND
        if order.status in _AT_VENUE and settled_in:
            yield Difference(_K.MISSING, Subject.ORDER, venue_id, order.remaining, ZERO)
        return
    intent = order.intent
    if theirs.quantity is not None and theirs.quantity != intent.quantity:
        yield Difference(_K.SIZE, Subject.ORDER, venue_id, intent.quantity, theirs.quantity)
    if theirs.limit_price is not None and theirs.limit_price != intent.limit_price:
        yield Difference(_K.PRICE, Subject.ORDER, venue_id, intent.limit_price, theirs.limit_price)


def _of_fills(ours: dict[VenueOrderId, Order], seen: AccountSeen) -> Iterator[Difference]:
    told: dict[VenueOrderId, Decimal] = {}
    for fill in seen.fills:
        order = ours.get(fill.venue_order_id)
        if order is not None and fill.fill_id not in order.fill_ids:
            told[fill.venue_order_id] = told.get(fill.venue_order_id, ZERO) + fill.quantity
    for venue_id, quantity in told.items():
        booked = ours[venue_id].booked
        yield Difference(_K.MISSING, Subject.FILL, venue_id, booked, booked + quantity)


def balances_are_quiet(books: PortfolioChanged, seen: AccountSeen) -> bool:
    """Whether no fill is on its way into either side; before that balances cannot be told apart."""
    listed = {order.venue_order_id: order.filled for order in seen.orders}
    return bool(books.totals) and all(
        order.status in _RESTING
        and order.filled == order.booked
        and order.venue_order_id is not None
        and listed.get(order.venue_order_id) == order.booked
        for order in books.working
    )


def balance_differences(
    expected: tuple[tuple[str, Decimal], ...], balances: tuple[Balance, ...]
) -> tuple[Difference, ...]:
    """Every currency whose total differs, by name. A currency only one side knows counts as zero on the other.

    More than expected, and of no currency less, is money that came from outside. Where something is short as well,
    somebody traded with what is ours, or we have missed it: then all of it is of the size.
    """
    ours = dict(expected)
    theirs = {balance.currency: balance.total for balance in balances}
    names = sorted(ours.keys() | theirs.keys())
    pairs = [(name, ours.get(name, ZERO), theirs.get(name, ZERO)) for name in names]
    short = any(venue < mine for _, mine, venue in pairs)
    kind = _K.SIZE if short else _K.EXTERNAL
    return tuple(Difference(kind, Subject.BALANCE, name, mine, venue) for name, mine, venue in pairs if mine != venue)


def in_words(difference: Difference) -> str:
    """For a person, with both numbers."""
    ours, theirs, name = plain(difference.ours), plain(difference.theirs), difference.name
    match difference.kind, difference.subject:
        case DifferenceKind.MISSING, Subject.FILL:
            return f"missing: order {name} has {theirs} filled at the venue, {ours} in our books"
        case DifferenceKind.MISSING, _:
            return f"missing: order {name} works in our books ({ours} left), and the venue does not have it working"
        case DifferenceKind.UNKNOWN, _:
            return f"unknown: order {name} is over in our books, and {theirs} of it work at the venue"
        case DifferenceKind.SIZE, Subject.ORDER:
            return f"size: order {name} was made for {ours}, the venue has it for {theirs}"
        case DifferenceKind.PRICE, _:
            return f"price: order {name} was made at {ours}, the venue has it at {theirs}"
        case DifferenceKind.EXTERNAL, Subject.ORDER:
            return f"external: {theirs} working on {name} not ours"
        case kind, _:
            return f"{kind.value}: {name}: ours {ours}, venue {theirs}"
