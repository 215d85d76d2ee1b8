"""Pages of orders and fills: one order, the listings with their filters, orders and cursors.

Where the exchange is told to lag (``Delays``), an order is in no page before its time, and a fill row comes later than
the status it made. Guesses: ``sort_by`` lists the largest or latest first; ``order_ids`` together with ``product_ids``
is no error on fills (one client believes it is); a status, type or time in force that does not exist matches nothing.
"""

import itertools
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Final, TypeVar

from trader247.model.instant import Instant
from trader247.model.money import ZERO
from trader247.venues.simulated.auth import KeyHolder
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.http_shapes import Params, failed
from trader247.venues.simulated.order_record import ExchangeOrder, FillRow
from trader247.venues.simulated.paging import page_of, position_of, time_of
from trader247.venues.simulated.wire import Json, booked_at, fill_object, order_object

__all__ = ["HistoryPages"]

Row = TypeVar("Row")

_ORDERS_PAGE: Final = 100
_ORDERS_MAX: Final = 250
_FILLS_PAGE: Final = 100
_FILLS_MAX: Final = 500
"""A longer page is asked for in vain: the cursor goes on. Encoding one of these takes some 5 ms of the event loop."""

_SORTED_MAX: Final = 5_000
"""So many of the newest rows take part in a listing sorted by anything else."""

_ORDER_KEYS: Final[Mapping[str, Callable[[ExchangeOrder], Decimal]]] = {
    "LIMIT_PRICE": lambda order: order.terms.limit_price or ZERO,
    "LAST_FILL_TIME": lambda order: Decimal(order.last_fill_at or 0),
    "LAST_UPDATE_TIME": lambda order: Decimal(order.updated_at),
}
_FILL_KEYS: Final[Mapping[str, Callable[[FillRow], Decimal]]] = {"PRICE": lambda fill: fill.price}
"""TRADE_TIME is the order they are listed in anyway."""


class HistoryPages:
    """What a key may know of its own orders and fills."""

    def __init__(self, exchange: SimulatedExchange) -> None:
        """Reads the exchange, changes nothing."""
        self._exchange = exchange

    def order(self, caller: KeyHolder, order_id: str, now: Instant) -> Json:
        """One order by the venue's id."""
        found = self._exchange.records.order(caller.portfolio_id, order_id)
        if found is None or not self._is_visible(found, now):
            raise failed(404, "NOT_FOUND", "order with this orderID was not found")
        return {"order": self._shown(found, now)}

    def orders(self, params: Params, caller: KeyHolder, now: Instant) -> Json:
        """Orders newest first. ``order_status=OPEN`` has to stand alone; singular id parameters are ignored."""
        limit = params.count("limit", _ORDERS_PAGE, _ORDERS_MAX)
        matches, since = _order_filter(params), time_of(params, "start_date")
        before, key = position_of(params.text("cursor")), _ORDER_KEYS.get(params.text("sort_by"))
        rows = self._order_rows(params, caller.portfolio_id, None if key else before)
        recent = itertools.takewhile(lambda row: since is None or row[1].created_at >= since, rows)
        page, cursor = _sorted_or_not(
            recent, lambda order: self._is_visible(order, now) and matches(order), limit, key, before
        )
        shown = [self._shown(order, now) for order in page]
        return {"orders": shown, "sequence": "0", "has_next": bool(cursor), "cursor": cursor}

    def _order_rows(self, params: Params, owner: str, before: int | None) -> Iterable[tuple[int, ExchangeOrder]]:
        ids, records = params.texts("order_ids"), self._exchange.records
        if ids:
            found = (records.order(owner, order_id) for order_id in dict.fromkeys(ids))
            return _newest_first((order for order in found if order is not None), before)
        if params.texts("order_status") == ["OPEN"]:
            # without a walk through all that ended
            mine = (each for each in self._exchange.engine.open_orders.values() if each.owner == owner)
            return _newest_first(mine, before)
        return records.orders(owner, before)

    def _is_visible(self, order: ExchangeOrder, now: Instant) -> bool:
        lag = self._exchange.delays.visible_ns
        return lag == 0 or order.created_at + lag <= now

    def _shown(self, order: ExchangeOrder, now: Instant) -> Json:
        lag = self._exchange.delays.fills_ns
        settled = lag == 0 or (order.last_fill_at or 0) + lag <= now
        return order_object(order, self._exchange.configuration_of(order), settled=settled)

    def fills(self, params: Params, caller: KeyHolder, now: Instant) -> Json:
        """Fills newest first; an empty cursor ends them."""
        limit = params.count("limit", _FILLS_PAGE, _FILLS_MAX)
        since, matches = time_of(params, "start_sequence_timestamp"), _fill_filter(params)
        before, key = position_of(params.text("cursor")), _FILL_KEYS.get(params.text("sort_by"))
        owner, ids, records = caller.portfolio_id, params.texts("order_ids"), self._exchange.records
        top = None if key else before
        rows = records.fill_rows_of(owner, ids, top) if ids else records.fill_rows(owner, top)
        recent = itertools.takewhile(lambda row: since is None or booked_at(row[1]) >= since, rows)
        lag = self._exchange.delays.fills_ns
        page, cursor = _sorted_or_not(
            recent, lambda fill: (lag == 0 or fill.at + lag <= now) and matches(fill), limit, key, before
        )
        return {"fills": [fill_object(fill) for fill in page], "cursor": cursor}


def _sorted_or_not(
    rows: Iterable[tuple[int, Row]],
    wanted: Callable[[Row], bool],
    limit: int,
    key: Callable[[Row], Decimal] | None,
    cursor: int | None,
) -> tuple[list[Row], str]:
    """A page in the usual order, or, by a key, of what is there now: such pages shift as rows come (documented)."""
    if key is None:
        return page_of(rows, wanted, limit)
    first = cursor or 0
    everything = sorted((row for _, row in itertools.islice(rows, _SORTED_MAX) if wanted(row)), key=key, reverse=True)
    more = first + limit < len(everything)
    return everything[first : first + limit], str(first + limit) if more else ""


def _newest_first(orders: Iterable[ExchangeOrder], before: int | None) -> list[tuple[int, ExchangeOrder]]:
    rows = ((order.position, order) for order in orders if before is None or order.position < before)
    return sorted(rows, key=lambda row: -row[0])


def _order_filter(params: Params) -> Callable[[ExchangeOrder], bool]:
    states, ids = set(params.texts("order_status")), set(params.texts("order_ids"))
    if "OPEN" in states and len(states) > 1:
        raise failed(400, "INVALID_ARGUMENT", "order_status OPEN cannot be combined with other statuses")
    products, assets = set(params.texts("product_ids")), set(params.texts("asset_filters"))
    types, times = set(params.texts("order_types")), set(params.texts("time_in_forces"))
    side, until = params.text("order_side"), time_of(params, "end_date")
    other_trade = params.text("product_type", "SPOT") not in {"SPOT", "UNKNOWN_PRODUCT_TYPE"}
    other_source = params.text("order_placement_source", "RETAIL_ADVANCED") == "RETAIL_SIMPLE"

    def wanted(order: ExchangeOrder) -> bool:
        return not (
            other_trade
            or other_source
            or (states and order.state.value not in states)
            or (ids and order.order_id not in ids)
            or (products and order.product_id not in products)
            or (assets and not assets & set(order.product_id.split("-")))
            or (types and order.order_type not in types)
            or (times and order.terms.kind.time_in_force not in times)
            or (side in {"BUY", "SELL"} and order.side.value != side)
            or (until is not None and order.created_at >= until)
        )

    return wanted


def _fill_filter(params: Params) -> Callable[[FillRow], bool]:
    ids, products = set(params.texts("order_ids")), set(params.texts("product_ids"))
    trades, until = set(params.texts("trade_ids")), time_of(params, "end_sequence_timestamp")

    def wanted(fill: FillRow) -> bool:
        return not (
            (ids and fill.order_id not in ids)
            or (products and fill.product_id not in products)
            or (trades and fill.trade_id not in trades)
            or (until is not None and booked_at(fill) > until)
        )

    return wanted
