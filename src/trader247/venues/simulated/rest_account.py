"""Pages of one portfolio: wallets, permissions, fees, order and fill listings with their filters and cursors."""

import itertools
from collections.abc import Callable, Iterable
from typing import Final, TypeVar

from trader247.model.instant import Instant, instant
from trader247.model.money import ZERO, plain
from trader247.venues.simulated.auth import KeyHolder
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.http_shapes import Params, failed
from trader247.venues.simulated.ledger import Balance
from trader247.venues.simulated.order_record import ExchangeOrder, FillRow
from trader247.venues.simulated.wire import Json, account_object, booked_at, fill_object, order_object

__all__ = ["AccountPages"]

Row = TypeVar("Row")

_ACCOUNTS_PAGE: Final = 49
_ACCOUNTS_MAX: Final = 250
_ORDERS_PAGE: Final = 100
_ORDERS_MAX: Final = 250
_FILLS_PAGE: Final = 100
_FILLS_MAX: Final = 500
"""A longer page is asked for in vain: the cursor goes on. Encoding one of these takes some 5 ms of the event loop."""

_ROWS_LOOKED_AT_MAX: Final = 20_000
"""For one page, likewise 5 ms; a page may come back short, or empty, with a cursor."""

_CURSOR_DIGITS_MAX: Final = 12


class AccountPages:
    """What a key may know of its own portfolio."""

    def __init__(self, exchange: SimulatedExchange) -> None:
        """Reads the exchange, changes nothing."""
        self._exchange = exchange

    # ---------------------------------------------------------------------------------------------------- account
    def accounts(self, params: Params, caller: KeyHolder) -> Json:
        """Wallets, one per currency traded or held, in pages."""
        wallets = list(self._wallets(caller.portfolio_id).items())
        first = _position(params.text("cursor")) or 0
        limit = params.count("limit", _ACCOUNTS_PAGE, _ACCOUNTS_MAX)
        shown = wallets[first : first + limit]
        more = first + limit < len(wallets)
        return {
            "accounts": [account_object(self._exchange, caller.portfolio_id, *wallet) for wallet in shown],
            "has_next": more,
            "cursor": str(first + limit) if more else "",
            "size": len(shown),
        }

    def account(self, caller: KeyHolder, wallet_id: str) -> Json:
        """One wallet by its id."""
        for wallet in self._wallets(caller.portfolio_id).items():
            account = account_object(self._exchange, caller.portfolio_id, *wallet)
            if account["uuid"] == wallet_id:
                return {"account": account}
        raise failed(404, "NOT_FOUND", "account not found")

    def _wallets(self, portfolio_id: str) -> dict[str, Balance]:
        nothing = Balance(ZERO, ZERO)
        empty = dict.fromkeys(self._exchange.currencies(), nothing)
        return empty | dict(self._exchange.ledger.balances(portfolio_id))

    def key_permissions(self, caller: KeyHolder) -> Json:
        """What the key may do."""
        return {
            "can_view": caller.can_view,
            "can_trade": caller.can_trade,
            "can_transfer": caller.can_transfer,
            "portfolio_uuid": caller.portfolio_id,
            "portfolio_type": "DEFAULT",
        }

    def transaction_summary(self, caller: KeyHolder, now: Instant) -> Json:
        """Fee tier and the volume of thirty days; volumes and fees are JSON numbers here."""
        tier = self._exchange.fee_tier
        volume, fees = (float(each) for each in self._exchange.records.turnover(caller.portfolio_id, now))
        dollars = self._exchange.ledger.balance(caller.portfolio_id, "USD").total
        unused = dict.fromkeys(
            ("aop_from", "aop_to", "perps_vol_from", "perps_vol_to", "futures_vol_from", "futures_vol_to"), ""
        )
        return {
            "total_volume": volume,
            "total_fees": fees,
            "fee_tier": {
                "pricing_tier": tier.name,
                "usd_from": tier.usd_from,
                "usd_to": tier.usd_to,
                "taker_fee_rate": plain(tier.taker),
                "maker_fee_rate": plain(tier.maker),
                **unused,
                "volume_types_and_range": [],
            },
            "margin_rate": None,
            "goods_and_services_tax": None,
            "advanced_trade_only_volume": volume,
            "advanced_trade_only_fees": fees,
            "coinbase_pro_volume": 0,
            "coinbase_pro_fees": 0,
            "total_balance": plain(dollars),
            "has_promo_fee": False,
            "volume_breakdown": [{"volume_type": "VOLUME_TYPE_SPOT", "volume": volume}],
            "has_cost_plus_commission": False,
        }

    # ----------------------------------------------------------------------------------------------------- orders
    def order(self, caller: KeyHolder, order_id: str) -> Json:
        """One order by the venue's id."""
        found = self._exchange.records.order(caller.portfolio_id, order_id)
        if found is None:
            raise failed(404, "NOT_FOUND", "order with this orderID was not found")
        return {"order": self._shown(found)}

    def orders(self, params: Params, caller: KeyHolder) -> Json:
        """Orders newest first. ``order_status=OPEN`` has to stand alone; singular id parameters are ignored."""
        limit = params.count("limit", _ORDERS_PAGE, _ORDERS_MAX)
        wanted, since = _order_filter(params), _when(params, "start_date")
        before, records = _position(params.text("cursor")), self._exchange.records
        ids = params.texts("order_ids")
        if ids:
            rows: Iterable[tuple[int, ExchangeOrder]] = self._rows_of(caller.portfolio_id, ids, before)
        elif params.texts("order_status") == ["OPEN"]:
            rows = self._open_rows(caller.portfolio_id, before)
        else:
            rows = records.orders(caller.portfolio_id, before)
        recent = itertools.takewhile(lambda row: since is None or row[1].created_at >= since, rows)
        page, cursor = _page(recent, wanted, limit)
        shown = [self._shown(order) for order in page]
        return {"orders": shown, "sequence": "0", "has_next": bool(cursor), "cursor": cursor}

    def _open_rows(self, owner: str, before: int | None) -> list[tuple[int, ExchangeOrder]]:
        """Working orders newest first, without a walk through all that ended."""
        return _newest_first(
            (each for each in self._exchange.engine.open_orders.values() if each.owner == owner), before
        )

    def _rows_of(self, owner: str, order_ids: Iterable[str], before: int | None) -> list[tuple[int, ExchangeOrder]]:
        found = (self._exchange.records.order(owner, order_id) for order_id in dict.fromkeys(order_ids))
        return _newest_first((order for order in found if order is not None), before)

    def _shown(self, order: ExchangeOrder) -> Json:
        return order_object(order, self._exchange.configuration_of(order))

    def fills(self, params: Params, caller: KeyHolder) -> Json:
        """Fills newest first; an empty cursor ends them."""
        limit = params.count("limit", _FILLS_PAGE, _FILLS_MAX)
        since, wanted = _when(params, "start_sequence_timestamp"), _fill_filter(params)
        before, ids, records = _position(params.text("cursor")), params.texts("order_ids"), self._exchange.records
        rows = (
            records.fill_rows_of(caller.portfolio_id, ids, before)
            if ids
            else records.fill_rows(caller.portfolio_id, before)
        )
        recent = itertools.takewhile(lambda row: since is None or booked_at(row[1]) >= since, rows)
        page, cursor = _page(recent, wanted, limit)
        return {"fills": [fill_object(fill) for fill in page], "cursor": cursor}


def _newest_first(orders: Iterable[ExchangeOrder], before: int | None) -> list[tuple[int, ExchangeOrder]]:
    rows = ((order.position, order) for order in orders if before is None or order.position < before)
    return sorted(rows, key=lambda row: -row[0])


def _page(rows: Iterable[tuple[int, Row]], wanted: Callable[[Row], bool], limit: int) -> tuple[list[Row], str]:
    """The first ``limit`` rows wanted, and the cursor of the next page, which is empty after the last."""
    page: list[Row] = []
    for looked_at, (position, row) in enumerate(rows):
        if looked_at == _ROWS_LOOKED_AT_MAX:
            return page, str(position + 1)
        if wanted(row):
            if len(page) == limit:
                return page, str(position + 1)
            page.append(row)
    return page, ""


def _position(cursor: str) -> int | None:
    if not cursor:
        return None
    if not cursor.isascii() or not cursor.isdigit() or len(cursor) > _CURSOR_DIGITS_MAX:
        raise failed(400, "INVALID_ARGUMENT", "cursor argument is invalid")
    return int(cursor)


def _when(params: Params, name: str) -> Instant | None:
    text = params.text(name)
    if not text:
        return None
    try:
        return instant(text)
    except ValueError:
        raise failed(400, "INVALID_ARGUMENT", f'parsing field "{name}": "{text}" is not a valid value') from None


def _order_filter(params: Params) -> Callable[[ExchangeOrder], bool]:
    states, ids = set(params.texts("order_status")), set(params.texts("order_ids"))
    if "OPEN" in states and len(states) > 1:
        raise failed(400, "INVALID_ARGUMENT", "order_status OPEN cannot be combined with other statuses")
    products, assets = set(params.texts("product_ids")), set(params.texts("asset_filters"))
    types, times = set(params.texts("order_types")), set(params.texts("time_in_forces"))
    side, until = params.text("order_side"), _when(params, "end_date")
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
            or (types and order.terms.kind.order_type not in types)
            or (times and order.terms.kind.time_in_force not in times)
            or (side in {"BUY", "SELL"} and order.side.value != side)
            or (until is not None and order.created_at >= until)
        )

    return wanted


def _fill_filter(params: Params) -> Callable[[FillRow], bool]:
    ids, products = set(params.texts("order_ids")), set(params.texts("product_ids"))
    trades, until = set(params.texts("trade_ids")), _when(params, "end_sequence_timestamp")

    def wanted(fill: FillRow) -> bool:
        return not (
            (ids and fill.order_id not in ids)
            or (products and fill.product_id not in products)
            or (trades and fill.trade_id not in trades)
            or (until is not None and booked_at(fill) > until)
        )

    return wanted
