"""What an order has to pass before it enters: market state, post-only, stops, liquidity, and what it has to hold. Pure.

Stop prices are judged by the last trade: a stop that it has reached already is refused, for it would trigger at once.
Before the first trade of a product no stop is refused for that (guess).

Limit prices far from the market are refused. The venue's reasons are documented, its distances are not: a client
reports that 1 USD for a bitcoin is too far and half of its price is not. Those chosen here are guesses.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from attrs import frozen

from trader247.model.money import ZERO
from trader247.venues.simulated.book import Book, Side
from trader247.venues.simulated.order_record import ExchangeOrder, Kind, Terms
from trader247.venues.simulated.order_terms import Refusal
from trader247.venues.simulated.products import Product, TradingFlags
from trader247.venues.simulated.settlement import held_for
from trader247.venues.simulated.triggers import is_reached

__all__ = [
    "INSUFFICIENT_FUND",
    "NO_LIQUIDITY",
    "Standing",
    "fillable",
    "flag_refusal",
    "needed_hold",
    "post_only_refusal",
    "price_refusal",
    "reach",
    "refusal_of",
    "stop_refusal",
    "worst_price",
]

INSUFFICIENT_FUND: Final = Refusal(
    "INSUFFICIENT_FUND", "PREVIEW_INSUFFICIENT_FUND", "Insufficient balance in source account"
)
NO_LIQUIDITY: Final = Refusal("INVALID_NO_LIQUIDITY", "PREVIEW_INVALID_NO_LIQUIDITY")

_ONE: Final = Decimal(1)
_TOO_FAR: Final = Decimal(10)
"""A limit that waits may be this factor away from the last trade."""

_BAND: Final = Decimal(2)
"""A limit that takes may be this factor through the market."""

_PROTECTION: Final = {"BTC": Decimal("0.02"), "ETH": Decimal("0.02")}
_PROTECTION_ELSEWHERE: Final = Decimal("0.03")


@frozen
class Standing:
    """The market of one product as an order meets it; ``last`` is its last trade's price, None before the first."""

    product: Product
    flags: TradingFlags
    book: Book
    last: Decimal | None


def worst_price(order: ExchangeOrder, book: Book) -> Decimal | None:
    """The worst price the order may trade at, or None for a market order in an empty book."""
    limit, kind = order.limit_price, order.terms.kind
    if kind.rests or kind is Kind.LIMIT_FOK:
        return limit
    best = book.best_price(order.side.opposite)
    if best is None:
        return limit
    guard = _PROTECTION.get(order.product_id.partition("-")[0], _PROTECTION_ELSEWHERE)
    if order.side is Side.BUY:
        worst = best * (_ONE + guard)
        return worst if limit is None else min(worst, limit)
    worst = best * (_ONE - guard)
    return worst if limit is None else max(worst, limit)


def refusal_of(order: ExchangeOrder, market: Standing) -> Refusal | None:
    """Why a product does not take an order just now, funds aside."""
    closed = flag_refusal(market.flags, order)
    if closed is not None:
        return closed
    terms = order.terms
    if terms.post_only:
        crossing = post_only_refusal(order, market.book)
        if crossing is not None:
            return crossing
    far = price_refusal(terms, market)
    if far is not None:
        return far
    if terms.kind is Kind.MARKET_IOC and terms.base_size is not None:
        touch = market.book.best_price(order.side.opposite)
        if touch is not None and touch * terms.base_size < market.product.quote_min_size:
            return Refusal("UNKNOWN_FAILURE_REASON", "PREVIEW_INVALID_QUOTE_SIZE_TOO_SMALL")
    if terms.stop_price is not None:
        return stop_refusal(terms.stop_price, market.last, upwards=terms.stop_upwards)
    return None


def flag_refusal(flags: TradingFlags, order: ExchangeOrder) -> Refusal | None:
    """What the market's state forbids."""
    blocked = "PREVIEW_NOT_ALLOWED_BY_MARKET_STATE"
    if not flags.takes_orders:
        reason = "TRADING_DISABLED" if flags.trading_disabled else "ORDER_ENTRY_DISABLED"
        return Refusal(reason, blocked, "target is not enabled for trading")
    if flags.limit_only and order.terms.kind is Kind.MARKET_IOC:
        return Refusal("ORDER_ENTRY_DISABLED", blocked, "limit only")
    if (flags.post_only or flags.auction_mode) and not order.terms.post_only:
        return Refusal("ORDER_ENTRY_DISABLED", blocked, "post only")
    return None


def post_only_refusal(order: ExchangeOrder, book: Book) -> Refusal | None:
    """A post-only order that would take is refused whole."""
    limit = order.terms.limit_price
    if order.terms.post_only and limit is not None and book.crosses(order.side, limit):
        return Refusal("INVALID_LIMIT_PRICE_POST_ONLY", "PREVIEW_INVALID_LIMIT_PRICE_POST_ONLY")
    return None


def price_refusal(terms: Terms, market: Standing) -> Refusal | None:
    """A limit price that is not meant: judged by the last trade, of a stop-limit order by its own stop."""
    limit, meant = terms.limit_price, market.last
    if limit is None or meant is None:
        return None
    if terms.stop_price is not None and not terms.kind.is_bracket:
        meant = terms.stop_price
    side = "BUY" if terms.side is Side.BUY else "SELL"
    through = limit > meant * _BAND if terms.side is Side.BUY else limit * _BAND < meant
    if through:
        return Refusal(f"LIMIT_ORDER_PRICE_EXCEEDS_PRICE_BAND_ON_{side}", "PREVIEW_BREACHED_PRICE_LIMIT")
    if limit * _TOO_FAR < meant or limit > meant * _TOO_FAR:
        return Refusal("LIMIT_PRICE_TOO_FAR_FROM_MARKET", "PREVIEW_LIMIT_PRICE_TOO_FAR_FROM_MARKET")
    return None


def stop_refusal(stop: Decimal, last: Decimal | None, *, upwards: bool) -> Refusal | None:
    """A stop has to lie on the far side of the last trade. The first of the two reasons is a guess."""
    if last is None or not is_reached(last, stop, upwards=upwards):
        return None
    where = "BELOW" if upwards else "ABOVE"
    return Refusal("STOP_ALREADY_TRIGGERED", f"PREVIEW_STOP_PRICE_{where}_LAST_TRADE_PRICE")


def needed_hold(order: ExchangeOrder, book: Book) -> Decimal | None:
    """What the order has to hold: base for a sell, quote for a buy; None for a market order without a counterpart."""
    limit = order.limit_price
    if limit is not None:
        return order.workable if order.side is Side.SELL else held_for(order, limit, order.workable)
    worst = worst_price(order, book)
    if worst is None:
        return None
    if order.side is Side.SELL:
        return order.workable
    if order.terms.quote_size is not None:
        return order.terms.quote_size
    value = sum((price * quantity for price, quantity in reach(order, book, worst)), ZERO)
    return value * (_ONE + order.taker_rate)


def reach(order: ExchangeOrder, book: Book, limit: Decimal) -> Iterator[tuple[Decimal, Decimal]]:
    """Price and size of what an order sized in base would meet at once, best first."""
    left = order.workable
    for resting in book.queue(order.side.opposite):
        if left <= 0 or not _within(order.side, resting.price, limit):
            return
        quantity = min(left, resting.size)
        left -= quantity
        yield resting.price, quantity


def fillable(order: ExchangeOrder, book: Book, limit: Decimal) -> Decimal:
    """How much an order could trade at once. An own order in the way ends it: the two would shrink each other."""
    found = ZERO
    for resting in book.queue(order.side.opposite):
        mine = resting.owner == order.owner
        if mine or found >= order.workable or not _within(order.side, resting.price, limit):
            break
        found += resting.size
    return found


def _within(side: Side, price: Decimal, limit: Decimal) -> bool:
    return price <= limit if side is Side.BUY else price >= limit
