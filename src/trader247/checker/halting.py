"""Halting: seen soon, said loudly, acted on until nothing rests, and ended by a person alone. And who may be LIVE."""

import json
from bisect import bisect_left
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from trader247.checker.evidence import SECOND, BreachSeen, Evidence, PermitSeen, VenueOrder
from trader247.checker.invariant import Violation, invariant
from trader247.checker.truth import alive, deaf, life_at, permit_at, permits_near

__all__ = [
    "halt_is_latched",
    "halt_reaches_every_order",
    "kill_acts_in_time",
    "live_needs_its_gates",
    "no_flapping",
    "no_trading_on_a_sick_store",
]

_DETECT_S: Final = 3
_FIRST_CANCEL_S: Final = 4
_ALERT_S: Final = 5
_ALL_OVER_S: Final = 10
_ANSWER_S: Final = 2
_FLAP_S: Final = 30
_SICK: Final = frozenset({"store_down", "disk_full"})
_SICK_S: Final = 3
_NOBODY: Final = frozenset(
    {"kill_file", "ledger", "reconcile", "journal", "risk_arbiter", "mailboxes", "memory", "crash_loop", "lost_journal"}
)
"""Those who halt by themselves; a resume in their name is nobody's."""
_HALT_KNOWN_S: Final = 2
_MEANT_MAX: Final = 6
"""A purchase and a sale of each of three instruments may be on their way to a slow disk when a halt begins."""

_HALT_GOES_BY: Final = frozenset({"kill_switch", "order_manager"})
"""By these the order manager learns of a halt: where one hangs it learns later, and nothing leaves meanwhile."""

_NAMED_S: Final = 30
"""An order turns up in a look at the account, and is then named by a cancel: a look every few seconds while halted."""


def _kills(evidence: Evidence) -> list[tuple[BreachSeen, int]]:
    """Kill files put where trading was not halted, each with the time from which a ready daemon had it before it."""
    found = []
    for breach in evidence.breaches:
        ready = [life.ready for life in evidence.lives if life.ready is not None]
        start = next(
            (max(breach.at, at) for at in ready if alive(evidence, max(breach.at, at), max(breach.at, at))), None
        )
        if breach.kind != "kill" or start is None:
            continue
        before = permit_at(evidence, breach.at)
        long_enough = alive(evidence, start, start + _ALL_OVER_S * SECOND) and breach.holds(start + _DETECT_S * SECOND)
        if long_enough and (before is None or not before.halted):
            found.append((breach, start))
    return found


def _lives(order: VenueOrder, at: int) -> bool:
    return order.created_at <= at and (order.ended_at is None or order.ended_at > at)


@invariant("I-20", "kill files", lambda evidence: len(_kills(evidence)))
def kill_acts_in_time(evidence: Evidence) -> Iterator[Violation]:
    """A kill file halts within 3 s, is told as CRITICAL within 5 s, and the first cancel leaves within 4 s.

    Where the venue answers within 2 s per call, no order of ours rests 10 s later; where it does not, a CRITICAL alert
    names by then what may be live. The halt is written down, unless the disk is what is broken. A daemon that starts
    beside the file is counted from when it is ready.
    """
    for breach, start in _kills(evidence):
        yield from _detected(evidence, start)
        resting = [order for order in evidence.own if _lives(order, start + _DETECT_S * SECOND)]
        first = start + _FIRST_CANCEL_S * SECOND
        if resting and not any(sent.cancels and breach.at <= sent.at <= first for sent in evidence.sent):
            text = f"{len(resting)} orders rest and no cancel leaves within {_FIRST_CANCEL_S} s of the kill file"
            yield kill_acts_in_time.broken(text, start, "cancel")
        yield from _all_over(evidence, start)


def _detected(evidence: Evidence, start: int) -> Iterator[Violation]:
    until = start + _DETECT_S * SECOND
    if not any(permit.halted for permit in permits_near(evidence, start, until)):
        yield kill_acts_in_time.broken(
            f"the kill file is there and {_DETECT_S} s later nothing is halted", start, "halt"
        )
        return
    told = [alert for alert in evidence.alerts if alert.key == "kill_switch" and alert.state != "resolved"]
    heard = any(alert.severity == "CRITICAL" and start <= alert.at <= start + _ALERT_S * SECOND for alert in told)
    if not heard and not deaf(evidence, start, start + _ALERT_S * SECOND):
        yield kill_acts_in_time.broken(f"the halt is not told as CRITICAL within {_ALERT_S} s", start, "alert")
    broken_disk = any(each.kind in _SICK and each.holds(until) for each in evidence.breaches)
    rows = evidence.journal.entries("halt_tripped")
    written = any(start - SECOND <= entry.row.told_at <= start + _ALERT_S * SECOND for entry in rows)
    if not written and not broken_disk:
        yield kill_acts_in_time.broken("no row of the journal has the halt and its reason", start, "journal")


def _all_over(evidence: Evidence, start: int) -> Iterator[Violation]:
    until = start + _ALL_OVER_S * SECOND
    left = [order for order in evidence.own if _lives(order, until) and order.created_at < until - _ANSWER_S * SECOND]
    if not left:
        return
    asked = [sent for sent in evidence.sent if start <= sent.at <= until]
    answers = all(sent.answered_at is not None and sent.answered_at - sent.at <= _ANSWER_S * SECOND for sent in asked)
    away = any(
        breach.kind == "venue_down" and breach.at <= until and breach.holds(until) for breach in evidence.breaches
    )
    if answers and not away:
        text = f"{len(left)} orders rest {_ALL_OVER_S} s after the kill file, and the venue answers: {left[0].order_id}"
        yield kill_acts_in_time.broken(text, until, left[0].client_order_id)
        return
    late = until + 2 * SECOND
    told = any(alert.severity == "CRITICAL" and start <= alert.at <= late for alert in evidence.alerts)
    if not told and not deaf(evidence, start, late):
        yield kill_acts_in_time.broken("orders may be live at a venue that is away, and nobody is told", until, "alert")


@invariant("I-21", "permits after a halt, over restarts", lambda e: sum(p.halted for p in e.permits))
def halt_is_latched(evidence: Evidence) -> Iterator[Violation]:
    """A halt ends where a person resumed and the journal says who: no restart and no recovery ends it.

    A resume that the disk did not take, or that a death overtook, is none: it holds for a second at most, and no order
    leaves in it.
    """
    cleared = _resumed(evidence)
    halted_at: int | None = None
    for number, permit in enumerate(evidence.permits):
        if permit.halted:
            halted_at = permit.at if halted_at is None else halted_at
        elif halted_at is not None and permit.state != "HALTED":
            place = bisect_left(cleared, halted_at - SECOND)
            told = place < len(cleared) and cleared[place] <= permit.at + SECOND
            if not told and not _taken_back(evidence, number):
                text = f"halted, and {permit.state} after {(permit.at - halted_at) / SECOND:.1f} s without a resume"
                yield halt_is_latched.broken(text, permit.at, "halt")
            halted_at = None


def _resumed(evidence: Evidence) -> list[int]:
    """When a person ended a halt."""
    rows = evidence.journal.entries("halt_cleared")
    return [entry.row.told_at for entry in rows if entry.body["by"] not in _NOBODY]


def _taken_back(evidence: Evidence, place: int) -> bool:
    """Whether it was halted again, or the run over, before that permit could be used."""
    since = evidence.permits[place].at
    until = next((each.at for each in evidence.permits[place:] if each.halted), evidence.ended)
    life = life_at(evidence, since)
    if life is not None and life.ended is not None:
        until = min(until, life.ended)
    return until - since <= SECOND and not any(since <= create.sent.at < until for create in evidence.creates)


@invariant("I-22", "orders that rest while halted", lambda e: sum(p.halted for p in e.permits))
def halt_reaches_every_order(evidence: Evidence) -> Iterator[Violation]:
    """What fails while halting stops nothing after it: an order that rests 30 s into a halt was named by a cancel.

    Nor is anything meant any more: once a halt is known, no order is written down, to be withheld and written again.
    """
    named: dict[str, list[int]] = {}
    for sent in evidence.sent:
        if sent.cancels:
            for order_id in json.loads(sent.body)["order_ids"]:
                named.setdefault(order_id, []).append(sent.at)
    for permit, following in _halts(evidence):
        until = permit.at + _NAMED_S * SECOND
        if following < until or not alive(evidence, permit.at, until):
            continue
        for order in evidence.own:
            asked = any(permit.at - 10 * SECOND <= at <= until for at in named.get(order.order_id, ()))
            if order.created_at <= permit.at and _lives(order, until) and not asked:
                text = f"order {order.order_id} rests {_NAMED_S} s into a halt, and no cancel ever named it"
                yield halt_reaches_every_order.broken(text, until, order.client_order_id)
    yield from _meant_while_halted(evidence)


def _meant_while_halted(evidence: Evidence) -> Iterator[Violation]:
    durable = sorted(evidence.written.values())
    deaf = [each for each in evidence.breaches if each.kind == "hung" and each.subject in _HALT_GOES_BY]
    for permit, following in _halts(evidence):
        if any(each.at < following and (each.until is None or each.until > permit.at) for each in deaf):
            continue
        since = permit.at + _HALT_KNOWN_S * SECOND
        within = durable[bisect_left(durable, since) : bisect_left(durable, following)]
        if len(within) > _MEANT_MAX:
            text = f"{len(within)} orders are written down in a halt, from {(within[0] - permit.at) / SECOND:.1f} s on"
            yield halt_reaches_every_order.broken(text, within[0], "meant")


def _halts(evidence: Evidence) -> Iterator[tuple[PermitSeen, int]]:
    """Each permit that began a halt, and when it ended."""
    before = False
    for place, permit in enumerate(evidence.permits):
        if permit.halted and not before:
            later = (each.at for each in evidence.permits[place:] if not each.halted)
            yield permit, next(later, evidence.ended)
        before = permit.halted


@invariant("I-45", "changes of the trading state", lambda evidence: len(evidence.permits))
def no_flapping(evidence: Evidence) -> Iterator[Violation]:
    """The trading state is entered anew at most once in 30 s: who reopens at once reopens into the trouble."""
    entered = [after.at for before, after in pairwise(evidence.permits) if before.state != after.state == "ACTIVE"]
    for first, second in pairwise(entered):
        if second - first < _FLAP_S * SECOND:
            text = f"ACTIVE was entered twice within {(second - first) / SECOND:.1f} s, at least {_FLAP_S} lie between"
            yield no_flapping.broken(text, second, "state")


@invariant("I-16", "starts", lambda evidence: len(evidence.journal.entries("daemon_started")))
def live_needs_its_gates(evidence: Evidence) -> Iterator[Violation]:
    """No run is LIVE: its gates are not built, so every LIVE is one without its evidence."""
    for entry in evidence.journal.entries("daemon_started"):
        if entry.body["mode"] == "LIVE":
            yield live_needs_its_gates.broken(
                f"run {entry.body['epoch']} is LIVE", entry.row.told_at, entry.body["epoch"]
            )


@invariant("I-17", "failures of the disk", lambda e: sum(b.kind in _SICK for b in e.breaches))
def no_trading_on_a_sick_store(evidence: Evidence) -> Iterator[Violation]:
    """Within 3 s of the journal's failure no entry is permitted, and none while it lasts.

    A failure that is over sooner lets no entries go on either: it halts all the same, unless somebody resumed. The
    source asks this of LIVE and its shared mode; here the journal is the only store, in every mode.
    """
    for breach in evidence.breaches:
        if breach.kind not in _SICK:
            continue
        since = breach.at + _SICK_S * SECOND
        until = evidence.ended if breach.until is None else breach.until
        if until <= since and any(breach.at <= at <= since for at in _resumed(evidence)):
            continue
        if since <= evidence.ended and alive(evidence, breach.at, since):
            for permit in permits_near(evidence, since, max(until - 1, since)):
                at = max(permit.at, since)
                if permit.enters(at) and alive(evidence, since, at):
                    text = f"entries are permitted {(at - breach.at) / SECOND:.1f} s after {breach.kind}"
                    yield no_trading_on_a_sick_store.broken(text, at, breach.kind)
                    break
