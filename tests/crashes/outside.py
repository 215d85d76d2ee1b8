"""The exchange's side of the books from outside its process: over REST, or from the file it leaves behind."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from attrs import evolve
from tests.crashes.truth import Theirs
from tests.system.exchange_process import Served

from trader247.checker.evidence import VenueFill, VenueOrder
from trader247.model.instant import instant

_PAGES_MAX = 1_000
"""A hundred thousand rows: more than a night of killing leaves."""


def over_rest(exchange: Served) -> Theirs:
    """All of it, page by page."""
    orders = [_told_order(row) for row in _pages(exchange, "/orders/historical/batch", "orders")]
    fills = [_told_fill(row) for row in _pages(exchange, "/orders/historical/fills", "fills")]
    totals = {
        row["currency"]: Decimal(row["available_balance"]["value"]) + Decimal(row["hold"]["value"])
        for row in _pages(exchange, "/accounts", "accounts")
    }
    return Theirs(orders[::-1], fills[::-1], totals)


def _pages(exchange: Served, path: str, name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    cursor = ""
    for _ in range(_PAGES_MAX):
        page = exchange.ask("GET", path, query=f"?limit=100&cursor={cursor}").json()
        rows += page[name]
        cursor = page["cursor"]
        if not cursor:
            return rows
    raise AssertionError(f"{path} does not end after {_PAGES_MAX} pages")


def from_file(path: Path) -> Theirs:
    """What the lines of an exchange's books add up to; without a file, nothing was ever booked.

    The last line may be torn by the death it was written in: then nobody was told of it.
    """
    orders: dict[str, VenueOrder] = {}
    fills: dict[str, VenueFill] = {}
    totals: dict[str, Decimal] = {}
    lines = path.read_bytes().split(b"\n")[1:-1] if path.exists() else []
    for line in map(json.loads, lines):
        for row in line["orders"]:
            orders[row["order_id"]] = _kept_order(row)
        fills |= {row["entry_id"]: _fill(row, row["at"]) for row in line["fills"]}
        for _owner, currency, balance in line["balances"]:
            totals[currency] = Decimal(balance["available"]) + Decimal(balance["hold"])
    return Theirs([*orders.values()], [*fills.values()], totals)


def _told_order(row: dict[str, Any]) -> VenueOrder:
    (terms,) = row["order_configuration"].values()
    return _order(row, terms, row["status"], instant(row["created_time"]), instant(row["last_update_time"]))


def _kept_order(row: dict[str, Any]) -> VenueOrder:
    return _order(row, row["terms"], row["state"], row["created_at"], row["updated_at"])


def _order(row: dict[str, Any], terms: dict[str, Any], state: str, created_at: int, updated_at: int) -> VenueOrder:
    order = VenueOrder(
        order_id=row["order_id"],
        client_order_id=row["client_order_id"],
        symbol=row["product_id"],
        side=row["side"] if "side" in row else terms["side"],
        kind="",
        size=Decimal(terms.get("base_size") or row["filled_size"]),
        limit_price=None,
        stop_price=None,
        state=state,
        filled=Decimal(row["filled_size"]),
        created_at=created_at,
        ended_at=None,
    )
    return order if order.live else evolve(order, ended_at=updated_at)


def _told_fill(row: dict[str, Any]) -> VenueFill:
    return _fill(row, instant(row["trade_time"]))


def _fill(row: dict[str, Any], at: int) -> VenueFill:
    size, price, fee = (Decimal(row[name]) for name in ("size", "price", "commission"))
    return VenueFill(row["entry_id"], row["order_id"], row["product_id"], row["side"], size, price, fee, at)
