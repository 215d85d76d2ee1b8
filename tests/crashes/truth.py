"""What must be true of the daemon's books, asked by the checker's own invariants of what a life left behind.

The database and the exchange's records are all that a killed process leaves: its wire, its alerts and its permits are
gone. So only those invariants are asked that need no more. What they cannot say for want of the wire is said here.
"""

from decimal import Decimal
from pathlib import Path
from typing import Final, NamedTuple

from attrs import evolve

from trader247.checker import audit, ends, identity, money, recovery
from trader247.checker.evidence import (
    Evidence,
    LifeSeen,
    Limits,
    VenueFill,
    VenueOrder,
    read_books,
    read_rows,
)
from trader247.checker.invariant import Invariant
from trader247.drivers.simulation.evidence import venue_fills, venue_orders
from trader247.venues.simulated.exchange import SimulatedExchange

ASKED: Final[tuple[Invariant, ...]] = (
    identity.one_order_per_intent,
    identity.one_id_per_intent,
    money.positions_are_their_fills,
    money.fills_once,
    ends.only_forward,
    identity.attributable,
    money.cash_conserved,
    money.fees_and_profit,
    money.never_short,
    ends.reach_an_end,
    audit.chain_holds,
    audit.everything_explained,
    recovery.books_are_the_venues,
    recovery.recovery_repeats_nothing,
    recovery.no_fill_lost,
)
_NEVER_MADE: Final = {"CANCELED", "REJECTED", "EXPIRED", "FAILED"}
_GIVEN_UP: Final = {"REJECTED", "FAILED"}


class Theirs(NamedTuple):
    """The exchange's side, from wherever it can be had. ``totals`` with what is held; empty: not to be had at once."""

    orders: list[VenueOrder]
    fills: list[VenueFill]
    totals: dict[str, Decimal]


def in_memory(world: SimulatedExchange) -> Theirs:
    """The side of an exchange in this process."""
    balances = world.ledger.balances(world.portfolio_id).items()
    return Theirs(
        venue_orders(world), venue_fills(world), {name: held.available + held.hold for name, held in balances}
    )


def violations(world: SimulatedExchange, folder: Path, halted: str = "") -> list[str]:
    """Every violated invariant, in words, after a drain; empty where all hold."""
    return judged(in_memory(world), folder, halted)


def judged(theirs: Theirs, folder: Path, halted: str = "") -> list[str]:
    """The same, of an exchange that is elsewhere."""
    evidence = _evidence(theirs, folder, "drained")
    found = [
        *_asked(evidence),
        *_given_up_and_made(evidence),
        *_unknown_to_the_exchange(evidence),
        *_two_at_rest(evidence),
    ]
    if halted:
        found.append(f"I-40: the second life halted: {halted}")
    return found


def judged_in_flight(theirs: Theirs, folder: Path) -> list[str]:
    """What must be true at every moment, with orders working, fills not yet told, and balances that move meanwhile."""
    return _asked(_evidence(theirs._replace(totals={}), folder, "crashed"))


def _asked(evidence: Evidence) -> list[str]:
    return [f"{found.invariant}: {found.text}" for each in ASKED for found in each(evidence)]


def _evidence(theirs: Theirs, folder: Path, how: str) -> Evidence:
    rows = read_rows(folder)
    times = [row.at for row in rows] + [order.created_at for order in theirs.orders] + [f.at for f in theirs.fills]
    began, ended = min(times, default=0), max(times, default=0)
    evidence = Evidence(
        seed=0,
        began=began,
        healed=None,
        ended=ended,
        sent=(),
        orders=theirs.orders,
        fills=theirs.fills,
        funds={},
        totals={},
        marks=(),
        rows=rows,
        books=read_books(folder),
        alerts=(),
        permits=(),
        breaches=(),
        lives=[LifeSeen("", began, began, ended, how)],
        faults=(),
        limits=_NO_LIMITS,
        written={},
    )
    opened = evidence.journal.entries("account_opened")
    if not opened:
        return evidence
    funds = {
        each["currency"]: Decimal(each["available"]) + Decimal(each["held"]) for each in opened[0].body["balances"]
    }
    return evolve(evidence, funds=funds, totals=theirs.totals)


_NO_LIMITS: Final = Limits("PAPER", Decimal(0), Decimal(0), Decimal(0), Decimal(0), 0, {})


def _given_up_and_made(evidence: Evidence) -> list[str]:
    """I-24 in truth; whether the evidence was enough is on the wire."""
    accepted = {order.client_order_id for order in evidence.orders}
    rows = evidence.journal.entries("order_changed")
    given_up = {entry.client_order_id for entry in rows if entry.body["order"]["status"] in _GIVEN_UP}
    return [f"I-24: {lost} was given up as never made, and the exchange has it" for lost in sorted(given_up & accepted)]


def _unknown_to_the_exchange(evidence: Evidence) -> list[str]:
    known = {order.client_order_id for order in evidence.orders}
    return [
        f"I-24: {client_id} is {row['status']} in our books and unknown to the exchange"
        for client_id, row in evidence.books.orders.items()
        if client_id not in known and row["status"] not in _NEVER_MADE
    ]


def _two_at_rest(evidence: Evidence) -> list[str]:
    """Of what protects, one order rests per instrument."""
    ours = evidence.books.orders
    resting: dict[str, int] = {}
    for order in evidence.orders:
        if order.live and order.side == "SELL" and order.client_order_id in ours:
            resting[order.symbol] = resting.get(order.symbol, 0) + 1
    return [f"I-09: {count} orders rest to sell {symbol}" for symbol, count in resting.items() if count > 1]
