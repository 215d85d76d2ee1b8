"""Market and account facts from REST bodies. Pure; the only faults that come out are ``WireFault``.

Readers answer all or nothing: one unreadable row condemns the body, because a listing with a hole reads as absence.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final

import msgspec

from trader247.model.instant import MILLISECOND, SECOND, Instant
from trader247.model.instrument import Instrument, Symbol
from trader247.model.market import DEPTH_BPS, Candle, Depth, Quote
from trader247.model.money import BPS, ZERO, Notional, Price, Quantity
from trader247.model.portfolio import Balance
from trader247.model.venue import FeeRates
from trader247.venues.coinbase import wire
from trader247.venues.coinbase.numbers import (
    WireFault,
    decoded,
    epoch_second,
    next_cursor,
    number,
    optional_number,
    symbol_from,
    time_of,
)
from trader247.venues.coinbase.statuses import product_status

__all__ = [
    "BOOK_VOUCHED_S_MAX",
    "account_page",
    "candles",
    "fee_rates",
    "merged_balances",
    "permissions",
    "pricebook",
    "pricebooks",
    "product",
    "products",
    "server_time",
]

_time = msgspec.json.Decoder(wire.TimeBody)
_product = msgspec.json.Decoder(wire.ProductRow)
_products = msgspec.json.Decoder(wire.ProductBody)
_pricebook = msgspec.json.Decoder(wire.PricebookBody)
_pricebooks = msgspec.json.Decoder(wire.PricebooksBody)
_candles = msgspec.json.Decoder(wire.CandleBody)
_accounts = msgspec.json.Decoder(wire.AccountPage)
_fees = msgspec.json.Decoder(wire.FeeBody)
_permissions = msgspec.json.Decoder(wire.PermissionBody)

_SPENDABLE: Final = frozenset({"CRYPTO", "FIAT", ""})
_SPOT_PLATFORMS: Final = frozenset({"CONSUMER", "UNSPECIFIED", ""})


# ------------------------------------------------------------------------------------------------------------- market
def server_time(body: bytes) -> Instant:
    """The venue's clock, to the millisecond."""
    found = decoded(_time, body, "time")
    spelled = str(found.epochMillis)
    if spelled.isascii() and spelled.isdigit() and len(spelled) <= len("4102444800000"):
        return Instant(int(spelled) * MILLISECOND)
    return time_of(found.iso, "time.iso")


def products(body: bytes) -> tuple[tuple[Instrument, Price | None], ...]:
    """Every product of a listing with its last price, where the venue says one."""
    return tuple(_instrument(row) for row in decoded(_products, body, "products").products)


def product(body: bytes) -> tuple[Instrument, Price | None]:
    """One product, which comes without an envelope."""
    return _instrument(decoded(_product, body, "product"))


def _instrument(row: wire.ProductRow) -> tuple[Instrument, Price | None]:
    symbol = symbol_from(row.product_id)
    base, quote = symbol.split("-")
    price_increment = optional_number(row.price_increment, "price_increment")
    found = Instrument(
        symbol=symbol,
        base=base,
        quote=quote,
        price_increment=price_increment or _step(row.quote_increment, "quote_increment"),
        base_increment=_step(row.base_increment, "base_increment"),
        base_min_size=Quantity(number(row.base_min_size, "base_min_size")),
        base_max_size=Quantity(number(row.base_max_size, "base_max_size")),
        quote_min_size=Notional(number(row.quote_min_size, "quote_min_size")),
        status=product_status(row),
    )
    price = optional_number(row.price, "price")
    return found, Price(price) if price else None


def _step(text: wire.Number, what: str) -> Decimal:
    value = number(text, what)
    if not value:
        raise WireFault(f"{what} is zero; every size would be a multiple of it")
    return value


BOOK_VOUCHED_S_MAX: Final = 60
"""For how long the venue's answer that a book still stands is believed. The makers of an instrument worth trading move
their quotes many times a minute, trades or not: a book older than this is more likely stuck than quiet."""


def pricebooks(body: bytes, last: Mapping[Symbol, Price], answered_at: Instant | None = None) -> tuple[Quote, ...]:
    """Best bid and ask per product; one with an empty side, or without a last price in ``last``, is left out.

    A quote's time is the book's or, where the venue says by ``answered_at`` that the book still stands, the later time
    of that answer.
    """
    rows = (
        (row, last.get(symbol_from(row.product_id))) for row in decoded(_pricebooks, body, "best_bid_ask").pricebooks
    )
    return tuple(quote for row, price in rows if (quote := _quote(row, price, answered_at)) is not None)


def pricebook(body: bytes, answered_at: Instant | None = None) -> Quote | None:
    """Best bid and ask of one product from its book, or None where a side is empty; its time as in ``pricebooks``."""
    found = decoded(_pricebook, body, "product_book")
    price = optional_number(found.last, "last")
    return _quote(found.pricebook, Price(price) if price else None, answered_at)


def depth(body: bytes, answered_at: Instant | None = None) -> Depth | None:
    """What one product's book holds near its mid, or None where a side is empty; its time as in ``pricebooks``."""
    row = decoded(_pricebook, body, "product_book").pricebook
    if not row.bids or not row.asks:
        return None
    bids, asks = (_levels(side) for side in (row.bids, row.asks))
    mid = (bids[0][0] + asks[0][0]) / 2
    reach = mid * DEPTH_BPS / BPS
    return Depth(
        symbol=symbol_from(row.product_id),
        at=_vouched(time_of(row.time, "pricebook.time"), answered_at),
        bids=Notional(sum((price * size for price, size in bids if price >= mid - reach), ZERO)),
        asks=Notional(sum((price * size for price, size in asks if price <= mid + reach), ZERO)),
    )


def _levels(side: list[wire.BookLevel]) -> list[tuple[Decimal, Decimal]]:
    return [(number(level.price, "price"), number(level.size, "size")) for level in side]


def _quote(row: wire.PricebookRow, last: Price | None, answered_at: Instant | None) -> Quote | None:
    if not row.bids or not row.asks or last is None:
        return None
    bid, ask = row.bids[0], row.asks[0]
    quote = Quote(
        symbol=symbol_from(row.product_id),
        at=_vouched(time_of(row.time, "pricebook.time"), answered_at),
        bid=Price(number(bid.price, "bid")),
        ask=Price(number(ask.price, "ask")),
        bid_size=Quantity(number(bid.size, "bid size")),
        ask_size=Quantity(number(ask.size, "ask size")),
        last=last,
    )
    if fault := quote.fault():
        raise WireFault(f"{row.product_id}: {fault}")
    return quote


def _vouched(book_at: Instant, answered_at: Instant | None) -> Instant:
    if answered_at is None or not 0 < answered_at - book_at <= BOOK_VOUCHED_S_MAX * SECOND:
        return book_at
    return answered_at


def candles(body: bytes, symbol: Symbol, span_s: int) -> tuple[Candle, ...]:
    """The candles of a body, oldest first, whatever order they came in; a repeated start counts once."""
    found = {
        row.start: row for row in (_candle(raw, symbol, span_s) for raw in decoded(_candles, body, "candles").candles)
    }
    return tuple(found[start] for start in sorted(found))


def _candle(row: wire.CandleRow, symbol: Symbol, span_s: int) -> Candle:
    start = epoch_second(row.start, "candle.start")
    if start % (span_s * SECOND):
        raise WireFault(f"candle.start {row.start} is not a multiple of {span_s} s")
    low, high = number(row.low, "low"), number(row.high, "high")
    first, last = number(row.open, "open"), number(row.close, "close")
    if not 0 < low <= min(first, last) <= max(first, last) <= high:
        raise WireFault(f"candle {row.start}: low {low}, open {first}, close {last}, high {high} contradict each other")
    volume = number(row.volume, "volume")
    return Candle(symbol, start, span_s, float(first), float(high), float(low), float(last), float(volume))


# ------------------------------------------------------------------------------------------------------------ account
def account_page(body: bytes) -> tuple[tuple[tuple[str, Balance], ...], str]:
    """The spendable balances of one page by account, and the cursor of the next (``""`` after the last)."""
    page = decoded(_accounts, body, "accounts")
    rows = [row for row in page.accounts if _is_spot(row)]
    return tuple((row.uuid, _balance(row)) for row in rows), next_cursor(page.has_next, page.cursor, "accounts")


def _is_spot(row: wire.AccountRow) -> bool:
    # older answers leave the prefixes out
    kind, platform = row.type.removeprefix("ACCOUNT_TYPE_"), row.platform.removeprefix("ACCOUNT_PLATFORM_")
    return kind in _SPENDABLE and platform in _SPOT_PLATFORMS


def _balance(row: wire.AccountRow) -> Balance:
    available = number(row.available_balance.value, f"{row.currency} available")
    held = optional_number(row.hold.value, f"{row.currency} hold") if row.hold else None
    return Balance(currency=row.currency, available=available, held=held or ZERO)


def merged_balances(found: Iterable[Balance]) -> tuple[Balance, ...]:
    """One balance per currency, by name; several accounts of one currency are added up."""
    sums: dict[str, Balance] = {}
    for one in found:
        before = sums.get(one.currency)
        sums[one.currency] = (
            Balance(one.currency, before.available + one.available, before.held + one.held) if before else one
        )
    return tuple(sums[currency] for currency in sorted(sums))


def fee_rates(body: bytes) -> FeeRates:
    """The account's fee tier; a rate of one or more is refused."""
    tier = decoded(_fees, body, "transaction_summary").fee_tier
    maker, taker = number(tier.maker_fee_rate, "maker_fee_rate"), number(tier.taker_fee_rate, "taker_fee_rate")
    if maker >= 1 or taker >= 1:
        raise WireFault(f"fee rates are fractions, not {maker} and {taker}")
    return FeeRates(maker=maker, taker=taker, tier=tier.pricing_tier)


def permissions(body: bytes) -> wire.PermissionBody:
    """What the key may do."""
    return decoded(_permissions, body, "key_permissions")
