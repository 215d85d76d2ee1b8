"""After a start: books that are the venue's before anything leaves, nothing lost, one writer, and work again."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Final

from trader247.checker.ends import OVER
from trader247.checker.evidence import SECOND, Evidence, LifeSeen
from trader247.checker.invariant import Violation, invariant
from trader247.checker.truth import alive, permit_at, permits_near, settled_until

__all__ = [
    "back_to_work",
    "books_are_the_venues",
    "crash_loop_halts",
    "no_fill_lost",
    "one_writer",
    "recovery_repeats_nothing",
]

_ENDS: Final = {"FILLED": "FILLED", "CANCELLED": "CANCELED", "EXPIRED": "EXPIRED", "FAILED": "FAILED"}
_HALT_S: Final = 1
_BACK_S: Final = 60


@invariant("I-30", "orders at the end, requests after starts", lambda evidence: len(evidence.own))
def books_are_the_venues(evidence: Evidence) -> Iterator[Violation]:
    """No order leaves before a run is ready; and at the end each order is in our books as it is at the venue.

    Amounts are exact. A run that still goes on may be 15 s behind, and is not asked while the venue or the disk is away
    or was so in the last minute. A part-filled order that was cancelled may be told by its fills alone.
    """
    for create in evidence.creates:
        for life in evidence.lives:
            began = life.began <= create.sent.at and (life.ended is None or create.sent.at < life.ended)
            if began and (life.ready is None or create.sent.at < life.ready):
                text = f"order {create.client_order_id} left before run {life.epoch} was ready"
                yield books_are_the_venues.broken(text, create.sent.at, create.client_order_id)
    settled = settled_until(evidence)
    if settled is None:
        return
    changed = {order.order_id: max(order.created_at, order.ended_at or 0) for order in evidence.own}
    for fill in evidence.own_fills:
        changed[fill.order_id] = max(changed.get(fill.order_id, 0), fill.at)
    for order in evidence.own:
        row = evidence.books.orders.get(order.client_order_id)
        if row is None or changed[order.order_id] > settled:
            continue
        name = order.client_order_id
        if Decimal(row["filled"]) != order.filled:
            text = f"order {name} filled {row['filled']} by our books and {order.filled} at the venue"
            yield books_are_the_venues.broken(text, settled, name)
        elif order.live == (row["status"] in OVER) or (
            not order.live and not order.filled and row["status"] != _ENDS[order.state]
        ):
            text = f"order {name} is {row['status']} in our books and {order.state} at the venue"
            yield books_are_the_venues.broken(text, settled, name)


@invariant("I-31", "rows about orders, over runs", lambda evidence: max(len(evidence.lives) - 1, 0))
def recovery_repeats_nothing(evidence: Evidence) -> Iterator[Violation]:
    """A recovery, and one after one that died, makes nothing anew: no order begins twice, the account opens once.

    That two recoveries in a row leave the same books as one is for two histories: ``pairs.recovered_alike``.
    """
    opened = evidence.journal.entries("account_opened")
    for entry in opened[1:]:
        yield recovery_repeats_nothing.broken("the account is opened a second time", entry.row.told_at, "account")
    for client_id, told in evidence.journal.orders().items():
        begun = [entry for entry in told if entry.row.kind == "order_changed" and entry.body["event"] == "new"]
        for entry in begun[1:]:
            text = f"order {client_id} begins anew in run {entry.row.epoch}"
            yield recovery_repeats_nothing.broken(text, entry.row.told_at, client_id)


@invariant("I-32", "the venue's fills", lambda evidence: len(evidence.own_fills))
def no_fill_lost(evidence: Evidence) -> Iterator[Violation]:
    """Every fill of an order of ours is booked, whatever died meanwhile; a run that goes on may be 15 s behind."""
    settled = settled_until(evidence)
    if settled is None:
        return
    for fill in evidence.own_fills:
        if fill.at <= settled and fill.entry_id not in evidence.books.fills:
            text = f"fill {fill.entry_id} of {fill.side} {fill.size} {fill.symbol} is in none of our books"
            yield no_fill_lost.broken(text, fill.at, fill.entry_id)


@invariant("I-33", "runs, rows", lambda evidence: len(evidence.rows))
def one_writer(evidence: Evidence) -> Iterator[Violation]:
    """Two runs never overlap, each row is of the run that was up, and a run that was followed writes no more."""
    for before, after in pairwise(sorted(evidence.lives, key=lambda life: life.began)):
        if before.ended is None or before.ended > after.began:
            text = f"run {after.epoch} began while {before.epoch} was up"
            yield one_writer.broken(text, after.began, after.epoch)
    over: set[str] = set()
    writing = ""
    for row in evidence.rows:
        if row.epoch in over:
            yield one_writer.broken(
                f"row {row.seq} is of run {row.epoch}, which {writing} had followed", row.told_at, row.epoch
            )
        elif row.epoch != writing:
            over |= {writing} if writing else set()
            writing = row.epoch


def _after_deaths(evidence: Evidence) -> list[tuple[LifeSeen, int, int]]:
    """Runs that begin after so many deaths that they must halt: when each was ready, and how many deaths."""
    limits, found = evidence.limits, []
    resumed = [entry.row.told_at for entry in evidence.journal.entries("halt_cleared")]
    for place, life in enumerate(evidence.lives):
        seen = max((at for at in resumed if at < life.began), default=0)
        since = max(life.began - round(limits.crash_loop_s * SECOND), seen)
        died = sum(_died(each) and each.began > since for each in evidence.lives[:place])
        up = life.ready is not None and alive(evidence, life.ready, life.ready + SECOND)
        if died >= limits.crash_loop_starts and life.ready is not None and up:
            found.append((life, life.ready, died))
    return found


@invariant("I-35", "runs that follow deaths", lambda evidence: len(_after_deaths(evidence)))
def crash_loop_halts(evidence: Evidence) -> Iterator[Violation]:
    """A run that begins after three within 600 s that did not end in order is halted within 1 s of being ready.

    Who resumes has seen what came before: it counts no more. How often actors are restarted inside a run is its
    supervisor's, and ends in a run that ends by itself.
    """
    for life, ready, died in _after_deaths(evidence):
        if not any(permit.halted for permit in permits_near(evidence, ready, ready + _HALT_S * SECOND)):
            text = f"run {life.epoch} trades after {died} that died within {evidence.limits.crash_loop_s:.0f} s"
            yield crash_loop_halts.broken(text, life.began, life.epoch)


def _died(life: LifeSeen) -> bool:
    return life.how == "crashed"


@invariant("I-40", "the end after the last fault", lambda evidence: int(evidence.healed is not None))
def back_to_work(evidence: Evidence) -> Iterator[Violation]:
    """60 s after the last fault entries are permitted again and no order is in doubt; a halt waits for a person."""
    if evidence.healed is None or not evidence.lives:
        return
    until = evidence.healed + _BACK_S * SECOND
    life = evidence.lives[-1]
    if life.ready is None or life.how == "crashed":
        yield back_to_work.broken(f"run {life.epoch} never came up again after the last fault", life.began, life.epoch)
        return
    since = max(evidence.healed, life.ready)
    if max(until, since + _BACK_S * SECOND) > evidence.ended or not alive(evidence, since, since + _BACK_S * SECOND):
        return
    until = since + _BACK_S * SECOND
    near = permits_near(evidence, since, until)
    last = permit_at(evidence, until)
    if last is not None and last.state == "ACTIVE" and not any(permit.entry for permit in near):
        text = f"{_BACK_S} s after the last fault entries wait for {', '.join(last.missing)}"
        yield back_to_work.broken(text, until, "permit")
    for client_id, row in evidence.books.orders.items():
        doubted_s = (evidence.ended - row["changed_at_utc_ns"]) / SECOND
        if row["status"] == "UNKNOWN" and doubted_s > _BACK_S:
            text = f"order {client_id} is in doubt for {doubted_s:.0f} s, and the venue has answered for {_BACK_S}"
            yield back_to_work.broken(text, until, client_id)
