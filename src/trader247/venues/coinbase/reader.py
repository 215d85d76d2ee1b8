"""The questions half of the venue port. Promises complete lists or an error, and the market's door that fits the key.

Without a key the public doors answer what they can (market data); everything else is ``VenueRejected``.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeVar

from trader247.errors import Failure, VenueRejected, VenueUnavailable
from trader247.model.ids import VenueOrderId
from trader247.model.instant import HOUR, MINUTE, SECOND, Instant, Mono, rfc3339, seconds
from trader247.model.instrument import Instrument, ProductStatus, Symbol
from trader247.model.market import Candle, Depth, Quote
from trader247.model.money import Price
from trader247.model.order import Fill
from trader247.model.portfolio import Balance
from trader247.model.venue import FeeRates, Found, OrderLookup, OrderReport, OrderReports, Undecided
from trader247.ports import Clock
from trader247.venues.coinbase import codec, order_codec
from trader247.venues.coinbase.answer_time import answered_at
from trader247.venues.coinbase.endpoints import Endpoint
from trader247.venues.coinbase.endpoints import Endpoints as At
from trader247.venues.coinbase.http_pool import Answer
from trader247.venues.coinbase.numbers import WireFault, product_id_of
from trader247.venues.coinbase.paging import every_page
from trader247.venues.coinbase.rest import Params, RestClient
from trader247.venues.coinbase.wire import PermissionBody

__all__ = ["GRANULARITIES", "CoinbaseReader"]

T = TypeVar("T")

GRANULARITIES: Final = {
    60: "ONE_MINUTE",
    300: "FIVE_MINUTE",
    900: "FIFTEEN_MINUTE",
    1800: "THIRTY_MINUTE",
    3600: "ONE_HOUR",
    7200: "TWO_HOUR",
    14400: "FOUR_HOUR",
    21600: "SIX_HOUR",
    86400: "ONE_DAY",
}

_WINDOW_CANDLES: Final = 300
"""The venue documents 350 and has refused 349; other clients stay at 300, which always worked."""

_WINDOWS_MAX: Final = 400
"""120,000 candles: 83 days of minutes. A longer history belongs in a file."""

_METADATA_LIFE: Final = 5 * MINUTE
_LAST_LIFE: Final = MINUTE
"""The last price is only shown, and the listing that renews it comes twice a minute: asked for with every quote it
would cost as many requests as the quotes."""
_IDS_PER_CALL: Final = 100
"""Keeps a URL under 2 kB."""

_DEPTH_LEVELS: Final = 250
"""Levels of a side that are read for its depth; where 20 bps hold more of them, there is depth enough."""
_PAGE_ROWS: Final = 250

_RECENT: Final = 6 * HOUR
"""The venue's OPEN filter hides orders that are PENDING or QUEUED; orders this young are listed unfiltered as well."""


class CoinbaseReader:
    """Implements ``ports.VenueReader`` on two clients: one for the market, one for the account."""

    def __init__(self, market: RestClient, account: RestClient, clock: Clock) -> None:
        """The clients stay the caller's to close."""
        self._market = market
        self._account = account
        self._clock = clock
        self._known: dict[Symbol, tuple[Instrument, Mono]] = {}
        self._last: dict[Symbol, tuple[Price, Mono]] = {}
        self._fees: tuple[FeeRates, Mono] | None = None

    # ---------------------------------------------------------------------------------------------------------- market
    async def server_time(self) -> Instant:
        """The venue's clock, to the millisecond; the way of the answer is not subtracted."""
        return await self._ask(self._market, At.TIME, codec.server_time)

    async def instruments(self, symbols: Sequence[Symbol], *, fresh_status: bool = False) -> tuple[Instrument, ...]:
        """The named instruments in the order asked; unknown ones are left out.

        Answered from memory for 5 minutes (requirement PM1), so a status may be that old; with ``fresh_status`` the
        venue is asked, one request for all.
        """
        now = self._clock.now().mono
        known = {} if fresh_status else self._known
        missing = [one for one in symbols if one not in known or now - known[one][1] > _METADATA_LIFE]
        for found, _price in await self._products(missing):
            self._known[found.symbol] = (found, now)
        fresh = {one for one in symbols if one in self._known and now - self._known[one][1] <= _METADATA_LIFE}
        return tuple(self._known[one][0] for one in symbols if one in fresh)

    async def _products(self, symbols: Sequence[Symbol]) -> list[tuple[Instrument, Price | None]]:
        found: list[tuple[Instrument, Price | None]] = []
        for first in range(0, len(symbols), _IDS_PER_CALL):
            params = _ids(symbols[first : first + _IDS_PER_CALL])
            if self._market.authenticated:
                params = [*params, ("get_tradability_status", "true")]
            endpoint = At.PRODUCTS if self._market.authenticated else At.PUBLIC_PRODUCTS
            found.extend(await self._ask(self._market, endpoint, codec.products, params=params))
        asked, now = set(symbols), self._clock.now().mono
        self._last.update((one.symbol, (price, now)) for one, price in found if price is not None)
        return [row for row in found if row[0].symbol in asked]

    async def product_status(self, symbol: Symbol) -> ProductStatus:
        """An instrument's trading status, freshly asked."""
        private = self._market.authenticated
        endpoint = At.PRODUCT if private else At.PUBLIC_PRODUCT
        params = [("get_tradability_status", "true")] if private else []
        found, _price = await self._ask(self._market, endpoint, codec.product, product_id_of(symbol), params)
        self._known[symbol] = (found, self._clock.now().mono)
        return found.status

    async def candles(self, symbol: Symbol, span_s: int, start: Instant, end: Instant) -> tuple[Candle, ...]:
        """Closed candles with ``start <= candle.start < end``, oldest first; a closed one ends before now.

        Raises:
            ValueError: the venue has no candles of that span, or the window holds more than 120,000.
        """
        if span_s not in GRANULARITIES:
            raise ValueError(f"no candles of {span_s} s at this venue; there are {sorted(GRANULARITIES)}")
        step = _WINDOW_CANDLES * span_s * SECOND
        if end - start > _WINDOWS_MAX * step:
            raise ValueError(f"{(end - start) // (span_s * SECOND)} candles in one question; at most 120,000")
        found: dict[Instant, Candle] = {}
        first = -(-start // (span_s * SECOND)) * span_s * SECOND
        for window in range(first, end, step):
            page = await self._window(symbol, span_s, window, min(window + step, end))
            found.update((candle.start, candle) for candle in page)
        closed_by = min(end, self._clock.now().utc - span_s * SECOND + 1)
        return tuple(found[at] for at in sorted(found) if start <= at < closed_by)

    async def _window(self, symbol: Symbol, span_s: int, start: int, end: int) -> tuple[Candle, ...]:
        # both ends are inclusive at the venue, in whole seconds
        params = [
            ("start", str(start // SECOND)),
            ("end", str((end - 1) // SECOND)),
            ("granularity", GRANULARITIES[span_s]),
            ("limit", str(_WINDOW_CANDLES)),
        ]
        endpoint = At.CANDLES if self._market.authenticated else At.PUBLIC_CANDLES
        return await self._ask(
            self._market, endpoint, lambda body: codec.candles(body, symbol, span_s), product_id_of(symbol), params
        )

    async def quotes(self, symbols: Sequence[Symbol]) -> tuple[Quote, ...]:
        """Best bid and ask of the named instruments, in the order asked; one with an empty side is left out."""
        if not symbols:
            return ()
        if self._market.authenticated:
            found = await self._best_bid_ask(symbols)
        else:
            found = [quote for symbol in symbols if (quote := await self._top_of_book(symbol)) is not None]
        by_symbol = {quote.symbol: quote for quote in found}
        return tuple(by_symbol[symbol] for symbol in symbols if symbol in by_symbol)

    async def _best_bid_ask(self, symbols: Sequence[Symbol]) -> list[Quote]:
        # the call for all instruments at once does not say the last price; the products do
        now = self._clock.now().mono
        kept = {one for one, (_, known_at) in self._last.items() if now - known_at <= _LAST_LIFE}
        await self._products([one for one in symbols if one not in kept])
        last = {one: price for one, (price, _) in self._last.items()}
        found: list[Quote] = []
        for first in range(0, len(symbols), _IDS_PER_CALL):
            params = _ids(symbols[first : first + _IDS_PER_CALL])
            decode: Callable[[Answer], tuple[Quote, ...]] = lambda said: codec.pricebooks(
                said.body, last, answered_at(said.headers)
            )
            found.extend(await self._ask_dated(self._market, At.BEST_BID_ASK, decode, params))
        return found

    async def _top_of_book(self, symbol: Symbol) -> Quote | None:
        params = [("product_id", product_id_of(symbol)), ("limit", "1")]
        decode: Callable[[Answer], Quote | None] = lambda said: codec.pricebook(said.body, answered_at(said.headers))
        return await self._ask_dated(self._market, At.PUBLIC_BOOK, decode, params)

    async def depth(self, symbol: Symbol) -> Depth | None:
        """What the book holds within 20 bps of its mid, from its best levels; None where a side is empty."""
        endpoint = At.BOOK if self._market.authenticated else At.PUBLIC_BOOK
        params = [("product_id", product_id_of(symbol)), ("limit", str(_DEPTH_LEVELS))]
        decode: Callable[[Answer], Depth | None] = lambda said: codec.depth(said.body, answered_at(said.headers))
        return await self._ask_dated(self._market, endpoint, decode, params)

    # --------------------------------------------------------------------------------------------------------- account
    async def balances(self) -> tuple[Balance, ...]:
        """All spendable balances, one per currency. An account list without any account is an error, not poverty."""
        pages = await self._pages(At.ACCOUNTS, codec.account_page, lambda row: row[0])
        if not pages:
            raise VenueUnavailable(
                "accounts: the venue listed none at all; if it stays so, the key belongs to another portfolio",
                failure=Failure.RETRYABLE,
            )
        return codec.merged_balances(balance for _account, balance in pages)

    async def fee_rates(self) -> FeeRates:
        """The account's fee tier, at most 5 minutes old: the venue decides it anew each hour.

        What is older is asked again, and an answer that does not come is an error: yesterday's rate is no rate.
        """
        now = self._clock.now().mono
        if self._fees is None or now - self._fees[1] > _METADATA_LIFE:
            found = await self._ask(self._account, At.FEES, codec.fee_rates, params=[("product_type", "SPOT")])
            self._fees = (found, now)
        return self._fees[0]

    def fee_rates_age_s(self) -> float | None:
        """Seconds since the fee tier was asked for, or None where it never was."""
        return seconds(self._clock.now().mono - self._fees[1]) if self._fees is not None else None

    def metadata_age_s(self, symbol: Symbol) -> float | None:
        """Seconds since the venue described the instrument, or None where it never did."""
        known = self._known.get(symbol)
        return seconds(self._clock.now().mono - known[1]) if known is not None else None

    async def key_permissions(self) -> PermissionBody:
        """What the key may do: the start-up probe that proves the key and the clock."""
        return await self._ask(self._account, At.PERMISSIONS, codec.permissions)

    # ---------------------------------------------------------------------------------------------------------- orders
    async def open_orders(self) -> OrderReports:
        """All working orders, ours and others': those the venue calls OPEN, and young ones it does not call so yet."""
        filtered = await self._orders(At.OPEN_ORDERS, [("order_status", "OPEN")])
        recent = await self._orders(At.ORDERS, [("start_date", self._ago(_RECENT))])
        # the second listing is the later word on whatever both hold
        found = {one.venue_order_id: one for one in (*filtered, *recent)}
        return OrderReports(tuple(one for one in found.values() if one.status.working), asked_from=None)

    async def orders_since(self, start: Instant) -> OrderReports:
        """All orders created at or after ``start``, whatever their status."""
        found = await self._orders(At.ORDERS, [("start_date", rfc3339(start))])
        return OrderReports(found, asked_from=start)

    async def _orders(self, endpoint: Endpoint, params: Params) -> tuple[OrderReport, ...]:
        asked = [*params, ("product_type", "SPOT"), ("limit", str(_PAGE_ROWS))]
        return await self._pages(endpoint, order_codec.order_page, lambda one: one.venue_order_id, asked)

    async def order(self, venue_order_id: VenueOrderId) -> OrderLookup:
        """One order by the venue's id; a 404 is ``Undecided``, since an order just made may not be visible yet."""
        try:
            return Found(await self._ask(self._account, At.ORDER, order_codec.order_body, venue_order_id))
        except VenueRejected as failed:
            if failed.failure is Failure.NOT_FOUND:
                return Undecided(str(failed))
            raise

    async def fills_since(self, start: Instant) -> tuple[Fill, ...]:
        """All fills with a time at or after ``start``, oldest first."""
        found = await self._fills([("start_sequence_timestamp", rfc3339(start))])
        return tuple(fill for fill in found if fill.at >= start)

    async def fills_of(self, venue_order_id: VenueOrderId) -> tuple[Fill, ...]:
        """All fills of one order so far, oldest first."""
        found = await self._fills([("order_ids", venue_order_id)])
        return tuple(fill for fill in found if fill.venue_order_id == venue_order_id)

    async def _fills(self, params: Params) -> tuple[Fill, ...]:
        asked = [*params, ("limit", str(_PAGE_ROWS))]
        found = await self._pages(At.FILLS, order_codec.fill_page, lambda fill: fill.fill_id, asked)
        return tuple(sorted(found, key=lambda fill: (fill.at, fill.fill_id)))

    # ---------------------------------------------------------------------------------------------------------- asking
    async def _pages(
        self,
        endpoint: Endpoint,
        decode: Callable[[bytes], tuple[Sequence[T], str]],
        key_of: Callable[[T], str],
        params: Params = (("limit", str(_PAGE_ROWS)),),
    ) -> tuple[T, ...]:
        async def page_at(cursor: str) -> tuple[Sequence[T], str]:
            return await self._ask(
                self._account, endpoint, decode, params=[*params, ("cursor", cursor)] if cursor else params
            )

        try:
            return await every_page(page_at, key_of)
        except WireFault as fault:
            raise VenueUnavailable(f"{endpoint.name}: {fault}", failure=Failure.RETRYABLE) from fault

    async def _ask(
        self,
        client: RestClient,
        endpoint: Endpoint,
        decode: Callable[[bytes], T],
        identifier: str = "",
        params: Params = (),
    ) -> T:
        body = await client.read(endpoint, identifier, params)
        try:
            return decode(body)
        except WireFault as fault:
            raise VenueUnavailable(f"{endpoint.name}: {fault}", failure=Failure.RETRYABLE) from fault

    async def _ask_dated(
        self, client: RestClient, endpoint: Endpoint, decode: Callable[[Answer], T], params: Params
    ) -> T:
        """As ``_ask``, where it matters when the venue answered."""
        said = await client.answer(endpoint, "", params)
        try:
            return decode(said)
        except WireFault as fault:
            raise VenueUnavailable(f"{endpoint.name}: {fault}", failure=Failure.RETRYABLE) from fault

    def _ago(self, span: int) -> str:
        return rfc3339(Instant(self._clock.now().utc - span))


def _ids(symbols: Iterable[Symbol]) -> list[tuple[str, str]]:
    return [("product_ids", product_id_of(symbol)) for symbol in symbols]
