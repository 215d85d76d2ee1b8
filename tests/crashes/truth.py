"""What must be true of the daemon's books once it was drained, read with sqlite3 alone beside the exchange's own.

No line here comes from the code under test: tables are read as text, sums are made anew. Numbers are the invariants'.
"""

import hashlib
import json
import sqlite3
from collections import Counter
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from trader247.venues.simulated.exchange import SimulatedExchange

_OVER = {"FILLED", "CANCELLED", "EXPIRED", "FAILED"}
_OURS = {"FILLED": "FILLED", "CANCELLED": "CANCELED", "EXPIRED": "EXPIRED", "FAILED": "FAILED"}


class TheirOrder(NamedTuple):
    """An order as the exchange has it; ``state`` in the exchange's words."""

    client_order_id: str
    state: str
    filled: Decimal


class TheirFill(NamedTuple):
    """A fill as the exchange booked it."""

    symbol: str
    side: str
    quantity: Decimal
    price: Decimal
    fee: Decimal


class Theirs(NamedTuple):
    """The exchange's side, from wherever it can be had. ``fills`` by their id, ``totals`` with what is held."""

    orders: list[TheirOrder]
    fills: dict[str, TheirFill]
    totals: dict[str, Decimal]


_HASHED = ("prev_hash", "seq", "at_utc_ns", "kind", "cause", "config_hash", "epoch", "body")
"""The preimage of a row's hash, as docs/reference/journal.md has it."""


def in_memory(world: SimulatedExchange) -> Theirs:
    """The side of an exchange in this process."""
    records, ours = world.records, world.portfolio_id
    return Theirs(
        [TheirOrder(each.client_order_id, each.state.value, each.filled_size) for each in records._orders.values()],
        {
            each.entry_id: TheirFill(each.product_id, each.side.value, each.size, each.price, each.commission)
            for each in records._fills.get(ours, ())
        },
        {name: balance.available + balance.hold for name, balance in world.ledger.balances(ours).items()},
    )


def violations(world: SimulatedExchange, folder: Path, halted: str = "") -> list[str]:
    """Every violated invariant, in words; empty where all hold."""
    return judged(in_memory(world), folder, halted)


def judged(theirs: Theirs, folder: Path, halted: str = "") -> list[str]:
    """The same, of an exchange that is elsewhere."""
    with closing(sqlite3.connect(folder / "trader247.db")) as books:
        books.row_factory = sqlite3.Row
        found = [
            *_identity(books, theirs.orders),
            *_fills(books, theirs.fills),
            *_money(books, theirs.totals),
            *_ends(books, theirs.orders),
            *_oversold_at_the_venue(books, theirs.orders),
            *_evidence(books, theirs.orders),
            *_chain(books),
        ]
    if halted:
        found.append(f"I-40: the second life halted: {halted}")
    return found


def judged_in_flight(theirs: Theirs, folder: Path) -> list[str]:
    """What must be true at every moment, with orders working and fills not yet told."""
    with closing(sqlite3.connect(folder / "trader247.db")) as books:
        books.row_factory = sqlite3.Row
        ours = {row["fill_id"] for row in books.execute("SELECT fill_id FROM fills")}
        invented = sorted(ours - theirs.fills.keys())
        return [
            *_identity(books, theirs.orders),
            *(f"I-04: {fill_id} is in our books and not in the exchange's" for fill_id in invented),
            *_chain(books),
        ]


def _identity(books: sqlite3.Connection, theirs: list[TheirOrder]) -> list[str]:
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


def _fills(books: sqlite3.Connection, theirs: dict[str, TheirFill]) -> list[str]:
    rows = books.execute("SELECT * FROM fills").fetchall()
    ours = Counter(row["fill_id"] for row in rows)
    told = Counter(
        json.loads(row["body"])["fill"]["fill_id"]
        for row in books.execute("SELECT body FROM journal WHERE kind = 'fill_booked'")
    )
    found = []
    if missing := sorted(theirs.keys() - ours.keys()):
        found.append(f"I-32: {len(missing)} fills of the exchange are not in our books: {missing[:3]}")
    if invented := sorted((ours - Counter(theirs.keys())).keys()):
        found.append(f"I-04: {len(invented)} fills in our books are not the exchange's: {invented[:3]}")
    if told != ours:
        found.append("I-04: the journal tells other fills than the fills table")
    for row in rows:
        amounts = (Decimal(row[name]) for name in ("quantity", "price", "fee"))
        booked = TheirFill(row["symbol"], row["side"], *amounts)
        if (told_us := theirs.get(row["fill_id"], booked)) != booked:
            found.append(f"I-04: fill {row['fill_id']} is {booked} in our books and {told_us} in the exchange's")
    return found


def _money(books: sqlite3.Connection, totals: dict[str, Decimal]) -> list[str]:
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
    for currency, total in totals.items():
        if opened and have.get(currency, Decimal(0)) != total:
            found.append(f"I-07: {currency} is {have.get(currency)} by our fills and {total} at the exchange")
    kept = {row["symbol"]: Decimal(row["quantity"]) for row in books.execute("SELECT * FROM positions")}
    for symbol in sorted(positions.keys() | kept.keys()):
        if positions.get(symbol, Decimal(0)) != kept.get(symbol, Decimal(0)):
            found.append(f"I-03: position {symbol} is {kept.get(symbol)}, its fills say {positions.get(symbol)}")
        if positions.get(symbol, Decimal(0)) < 0:
            found.append(f"I-09: short of {symbol}: {positions[symbol]}")
    return found


def _ends(books: sqlite3.Connection, theirs: list[TheirOrder]) -> list[str]:
    rows = {row["client_order_id"]: row for row in books.execute("SELECT * FROM orders")}
    found = [
        f"I-23: {order.client_order_id} is {order.state} at the exchange after the drain"
        for order in theirs
        if order.state not in _OVER and not _protects(rows.get(order.client_order_id), order)
    ]
    at_venue = {order.client_order_id: order for order in theirs}
    for client_id, row in rows.items():
        order = at_venue.get(client_id)
        if order is None:
            if row["status"] not in {"CANCELED", "REJECTED", "EXPIRED", "FAILED"}:
                found.append(f"I-24: {client_id} is {row['status']} in our books and unknown to the exchange")
            continue
        if Decimal(row["filled"]) != order.filled:
            found.append(f"I-05: {client_id} filled {row['filled']} by our books, {order.filled} at the exchange")
        if not order.filled and order.state in _OVER and row["status"] != _OURS[order.state]:
            found.append(f"I-30: {client_id} is {row['status']} in our books, {order.state} at the exchange")
    return found


def _protects(row: sqlite3.Row | None, order: TheirOrder) -> bool:
    """What sells a position at its stop is left by a drain, known for what it is."""
    if row is None or row["side"] != "SELL" or row["style"] not in {"stop_limit", "bracket"}:
        return False
    return order.state == "OPEN" and row["status"] in {"OPEN", "PARTIAL_FILL"}


def _oversold_at_the_venue(books: sqlite3.Connection, theirs: list[TheirOrder]) -> list[str]:
    """What still rests to sell is never more than is held, and one order per instrument."""
    resting = {order.client_order_id: order for order in theirs if order.state not in _OVER}
    left: dict[str, list[Decimal]] = {}
    for row in books.execute("SELECT * FROM orders WHERE side = 'SELL'"):
        order = resting.get(row["client_order_id"])
        if order is not None:
            left.setdefault(row["symbol"], []).append(Decimal(row["quantity"]) - order.filled)
    held = {row["symbol"]: Decimal(row["quantity"]) for row in books.execute("SELECT * FROM positions")}
    return [
        f"I-09: {sizes} of {symbol} rest to be sold, {held.get(symbol, Decimal(0))} are held"
        for symbol, sizes in left.items()
        if len(sizes) > 1 or sum(sizes) > held.get(symbol, Decimal(0))
    ]


def _evidence(books: sqlite3.Connection, theirs: list[TheirOrder]) -> list[str]:
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
    rows = books.execute("SELECT * FROM journal ORDER BY seq")
    for number, row in enumerate(rows, start=1):
        if row["seq"] != number:
            return [f"I-26: row {row['seq']} stands where {number} belongs"]
        if last and row["prev_hash"] != last:
            return [f"I-26: row {number} does not follow its predecessor"]
        said = json.dumps([row[name] for name in _HASHED], separators=(",", ":"), ensure_ascii=False)
        if row["hash"] != hashlib.sha256(said.encode()).hexdigest():
            return [f"I-26: the content of row {number} is not what its hash is of"]
        last = row["hash"]
    return []
