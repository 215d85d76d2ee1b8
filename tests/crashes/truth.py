"""What must be true of the daemon's books once it was drained, read with sqlite3 alone beside the exchange's memory.

No line here comes from the code under test: tables are read as text, sums are made anew. Numbers are the invariants'.
"""

import hashlib
import json
import sqlite3
from collections import Counter
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

from trader247.venues.simulated.exchange import SimulatedExchange

_OVER = {"FILLED", "CANCELLED", "EXPIRED", "FAILED"}
_OURS = {"FILLED": "FILLED", "CANCELLED": "CANCELED", "EXPIRED": "EXPIRED", "FAILED": "FAILED"}


def violations(world: SimulatedExchange, folder: Path, halted: str = "") -> list[str]:
    """Every violated invariant, in words; empty where all hold."""
    with closing(sqlite3.connect(folder / "trader247.db")) as books:
        books.row_factory = sqlite3.Row
        theirs = list(world.records._orders.values())
        found = [
            *_identity(books, theirs),
            *_fills(books, world),
            *_money(books, world),
            *_ends(books, theirs),
            *_evidence(books, theirs),
            *_chain(books),
        ]
    if halted:
        found.append(f"I-40: the second life halted: {halted}")
    return found


def _identity(books: sqlite3.Connection, theirs: list[Any]) -> list[str]:
    known = {row["client_order_id"]: row["intent_id"] for row in books.execute("SELECT * FROM orders")}
    written = _intents(books)
    nameless = [order.client_order_id for order in theirs if order.client_order_id not in known]
    times = Counter(order.client_order_id for order in theirs)
    return [
        *(f"I-06/I-10: the exchange has {client_id}, which no row of ours names" for client_id in nameless),
        *(f"I-01: {count} orders at the exchange under {client_id}" for client_id, count in times.items() if count > 1),
        *(f"I-10: {client_id} is in no row of the journal" for client_id in sorted(known.keys() - written)),
    ]


def _intents(books: sqlite3.Connection) -> set[str]:
    rows = books.execute("SELECT body FROM journal WHERE kind = 'order_changed'")
    return {client_id for row in rows for client_id in _client_ids(json.loads(row["body"]))}


def _client_ids(body: Any) -> list[str]:
    if isinstance(body, dict):
        own = [body["client_order_id"]] if "client_order_id" in body else []
        return own + [found for value in body.values() for found in _client_ids(value)]
    return []


def _fills(books: sqlite3.Connection, world: SimulatedExchange) -> list[str]:
    ours = Counter(row["fill_id"] for row in books.execute("SELECT fill_id FROM fills"))
    told = Counter(
        json.loads(row["body"])["fill"]["fill_id"]
        for row in books.execute("SELECT body FROM journal WHERE kind = 'fill_booked'")
    )
    theirs = Counter(fill.entry_id for fill in world.records._fills.get(world.portfolio_id, ()))
    found = []
    if missing := sorted((theirs - ours).keys()):
        found.append(f"I-32: {len(missing)} fills of the exchange are not in our books: {missing[:3]}")
    if invented := sorted((ours - theirs).keys()):
        found.append(f"I-04: {len(invented)} fills in our books are not the exchange's: {invented[:3]}")
    if told != ours:
        found.append("I-04: the journal tells other fills than the fills table")
    return found


def _money(books: sqlite3.Connection, world: SimulatedExchange) -> list[str]:
    opened = [
        json.loads(row["body"])["balances"]
        for row in books.execute("SELECT body FROM journal WHERE kind = 'account_opened' ORDER BY seq LIMIT 1")
    ]
    have = {entry["currency"]: Decimal(entry["available"]) + Decimal(entry["held"]) for entry in (opened or [[]])[0]}
    positions: dict[str, Decimal] = {}
    for row in books.execute("SELECT * FROM fills"):
        base, quote = row["symbol"].split("-")
        sign = 1 if row["side"] == "BUY" else -1
        quantity, price, fee = Decimal(row["quantity"]), Decimal(row["price"]), Decimal(row["fee"])
        have[base] = have.get(base, Decimal(0)) + sign * quantity
        have[quote] = have.get(quote, Decimal(0)) - sign * quantity * price - fee
        positions[row["symbol"]] = positions.get(row["symbol"], Decimal(0)) + sign * quantity
    found = []
    for currency, balance in world.ledger.balances(world.portfolio_id).items():
        total = balance.available + balance.hold
        if opened and have.get(currency, Decimal(0)) != total:
            found.append(f"I-07: {currency} is {have.get(currency)} by our fills and {total} at the exchange")
    kept = {row["symbol"]: Decimal(row["quantity"]) for row in books.execute("SELECT * FROM positions")}
    for symbol in sorted(positions.keys() | kept.keys()):
        if positions.get(symbol, Decimal(0)) != kept.get(symbol, Decimal(0)):
            found.append(f"I-03: position {symbol} is {kept.get(symbol)}, its fills say {positions.get(symbol)}")
        if positions.get(symbol, Decimal(0)) < 0:
            found.append(f"I-09: short of {symbol}: {positions[symbol]}")
    return found


def _ends(books: sqlite3.Connection, theirs: list[Any]) -> list[str]:
    rows = {row["client_order_id"]: row for row in books.execute("SELECT * FROM orders")}
    found = [
        f"I-23: {order.client_order_id} is {order.state.value} at the exchange after the drain"
        for order in theirs
        if order.state.value not in _OVER
    ]
    at_venue = {order.client_order_id: order for order in theirs}
    for client_id, row in rows.items():
        order = at_venue.get(client_id)
        if order is None:
            if row["status"] not in {"CANCELED", "REJECTED", "EXPIRED", "FAILED"}:
                found.append(f"I-24: {client_id} is {row['status']} in our books and unknown to the exchange")
            continue
        if Decimal(row["filled"]) != order.filled_size:
            found.append(f"I-05: {client_id} filled {row['filled']} by our books, {order.filled_size} at the exchange")
        if not order.filled_size and row["status"] != _OURS[order.state.value]:
            found.append(f"I-30: {client_id} is {row['status']} in our books, {order.state.value} at the exchange")
    return found


def _evidence(books: sqlite3.Connection, theirs: list[Any]) -> list[str]:
    accepted = {order.client_order_id for order in theirs}
    given_up = {
        order["intent"]["client_order_id"]
        for row in books.execute("SELECT body FROM journal WHERE kind = 'order_changed'")
        for order in (json.loads(row["body"])["order"],)
        if order["status"] in {"FAILED", "REJECTED"}
    }
    return [f"I-24: {lost} was given up as never made, and the exchange has it" for lost in sorted(given_up & accepted)]


def _chain(books: sqlite3.Connection) -> list[str]:
    last = ""
    rows = books.execute("SELECT seq, prev_hash, hash FROM journal ORDER BY seq")
    for number, row in enumerate(rows, start=1):
        if row["seq"] != number:
            return [f"I-26: row {row['seq']} stands where {number} belongs"]
        if last and row["prev_hash"] != last:
            return [f"I-26: row {number} does not follow its predecessor"]
        if len(row["hash"]) != hashlib.sha256().digest_size * 2:
            return [f"I-26: row {number} has no SHA-256"]
        last = row["hash"]
    return []
