"""The exchange's side of the books from outside its process: over REST, or from the file it leaves behind."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.crashes.truth import TheirFill, TheirOrder, Theirs
from tests.system.exchange_process import Served

_PAGES_MAX = 1_000
"""A hundred thousand rows: more than a night of killing leaves."""


def over_rest(exchange: Served) -> Theirs:
    """All of it, page by page."""
    orders = [
        TheirOrder(row["client_order_id"], row["status"], Decimal(row["filled_size"]))
        for row in _pages(exchange, "/orders/historical/batch", "orders")
    ]
    fills = _pages(exchange, "/orders/historical/fills", "fills")
    totals = {
        row["currency"]: Decimal(row["available_balance"]["value"]) + Decimal(row["hold"]["value"])
        for row in _pages(exchange, "/accounts", "accounts")
    }
    return Theirs(orders, {row["entry_id"]: _fill(row) for row in fills}, totals)


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
    orders: dict[str, TheirOrder] = {}
    fills: dict[str, TheirFill] = {}
    totals: dict[str, Decimal] = {}
    lines = path.read_bytes().split(b"\n")[1:-1] if path.exists() else []
    for line in map(json.loads, lines):
        for row in line["orders"]:
            orders[row["order_id"]] = TheirOrder(row["client_order_id"], row["state"], Decimal(row["filled_size"]))
        fills |= {row["entry_id"]: _fill(row) for row in line["fills"]}
        for _owner, currency, balance in line["balances"]:
            totals[currency] = Decimal(balance["available"]) + Decimal(balance["hold"])
    return Theirs([*orders.values()], fills, totals)


def _fill(row: dict[str, Any]) -> TheirFill:
    amounts = (Decimal(row[name]) for name in ("size", "price", "commission"))
    return TheirFill(row["product_id"], row["side"], *amounts)
