"""When no order may begin to leave: without a permit, while something is wrong, and with what is older than a pause."""

from collections.abc import Iterator
from typing import Final

from attrs import frozen

from trader247.checker.evidence import SECOND, BreachSeen, Evidence, LifeSeen
from trader247.checker.invariant import Violation, invariant
from trader247.checker.sent import Create
from trader247.checker.truth import alive, life_at, permits_near

__all__ = ["GATES", "VOTERS", "Gate", "nothing_leaves_a_closed_gate", "nothing_old_after_a_pause"]

VOTERS: Final = frozenset(
    {"breakers", "clock_guard", "journal", "kill_switch", "market_feed", "order_manager", "reconciler", "risk_arbiter"}
    | {"user_feed"}
)
"""Actors whose vote an entry needs: one that hangs does not vote."""

_VOTE_S: Final = 5
"""A vote is good for 2 s and comes every second; so long after the last one nobody may count on it."""

_LAG_NS: Final = SECOND // 10
"""From the desk that closes a permit to the gateway that holds it: one message, a mailbox perturbed or not."""

_SAID_S: Final = 1
"""From the alert to the last order that was approved before it."""

_OVER_S: Final = 1
"""What is over is known with the first quote, and said with the next tick: an entry may leave in between."""


@frozen
class Gate:
    """From ``seen_s`` after a breach began, for at most ``lasts_s``, no order leaves, or no entry where only those."""

    seen_s: float
    entries_only: bool
    lasts_s: float | None = None


GATES: Final[dict[str, Gate]] = {
    "kill": Gate(3.0, entries_only=False),  # K1: seen within 3 s
    "store_down": Gate(1.0, entries_only=False),  # what was durable before may be on its way
    "disk_full": Gate(1.0, entries_only=False),
    "frozen": Gate(1e-9, entries_only=False),  # in its very instant left what it is addressed to, or came before it
    "stale": Gate(2.0, entries_only=True),  # an approval is younger than that when its order leaves
    "product_mode": Gate(35.0, entries_only=True),  # the venue is asked every 30 s
    "user_stream_down": Gate(20.0, entries_only=True),  # a silent stream is known by two heartbeats that failed
    "clock_step": Gate(2.0, entries_only=True, lasts_s=8.0),  # after 10 quiet seconds time is trusted again
}
"""What closes the gate in truth, and how soon the daemon must have noticed. Cancels are exempt from all of them."""


@invariant("I-13", "requests for orders, permits, breaches", lambda evidence: len(evidence.creates))
def nothing_leaves_a_closed_gate(evidence: Evidence) -> Iterator[Violation]:
    """No order begins to leave without a permit of its kind, nor while a breach in truth forbids it.

    Entries need the entry permit, sales the exit permit. How soon each kind of breach must have been noticed is in
    ``GATES``. Nor does an entry leave a second after the daemon itself said, by an alert that stands, that the user
    stream is down or the instrument's word is stale, unless it says within a second that this is over. While an actor
    hangs whose vote an entry needs, none is permitted from 5 s on, whether or not one leaves. Tolerance: 100 ms from
    the desk that closes a permit to the gateway that holds it; none for a halt, which is one variable that both read.
    """
    breaches = [breach for breach in evidence.breaches if breach.kind in GATES]
    for create in evidence.creates:
        at, name = create.sent.at, create.client_order_id
        near = permits_near(evidence, at - _LAG_NS, at)
        enters = create.side == "BUY"
        granted = [permit for permit in near if (permit.entry if enters else permit.exit)]
        if not any(permit.until is None or at < permit.until for permit in granted):
            lapsed = "its lease had run out" if granted else ""
            why = lapsed or (f"{near[-1].state} without {near[-1].missing}" if near else "none was ever given")
            text = f"{create.side} {create.symbol} {name} left without a permit: {why}"
            yield nothing_leaves_a_closed_gate.broken(text, at, name)
        elif all(permit.state == "HALTED" for permit in permits_near(evidence, at, at)):
            yield nothing_leaves_a_closed_gate.broken(f"{create.side} {create.symbol} {name} left halted", at, name)
        said = _said(evidence, create) if enters else ""
        if said:
            yield nothing_leaves_a_closed_gate.broken(f"BUY {create.symbol} {name} left while {said} stands", at, name)
        for breach in breaches:
            if _closes(breach, create):
                after_s = (at - breach.at) / SECOND
                text = f"{create.side} {create.symbol} {name} left {after_s:.3f} s after {breach.kind} {breach.subject}"
                yield nothing_leaves_a_closed_gate.broken(text.rstrip(), at, name)
    yield from _permitted_without_a_vote(evidence)


def _permitted_without_a_vote(evidence: Evidence) -> Iterator[Violation]:
    for breach in evidence.breaches:
        since = breach.at + _VOTE_S * SECOND
        until = evidence.ended if breach.until is None else breach.until
        if (
            breach.kind != "hung"
            or breach.subject not in VOTERS
            or since >= until
            or not alive(evidence, breach.at, since)
        ):
            continue
        for permit in permits_near(evidence, since, until - 1):
            at = max(permit.at, since)
            if permit.enters(at) and alive(evidence, since, at):
                text = f"entries are permitted {(at - breach.at) / SECOND:.1f} s after {breach.subject} hangs"
                yield nothing_leaves_a_closed_gate.broken(text, at, breach.subject)
                break


def _said(evidence: Evidence, create: Create) -> str:
    """The alert that stands, for a second at least, and forbids the entry."""
    for key in ("user_stream_down", f"staleness:{create.symbol}"):
        of_it = [alert for alert in evidence.alerts if alert.key == key]
        told = [alert for alert in of_it if alert.so_from <= create.sent.at]
        later = [alert for alert in of_it if 0 < alert.so_from - create.sent.at <= _OVER_S * SECOND]
        if told and told[-1].state != "resolved" and not (later and later[0].state == "resolved"):
            began = next(a.at for a in reversed(told) if a.state == "raised" or a is told[0])
            if create.sent.at - began >= _SAID_S * SECOND:
                return key
    return ""


def _closes(breach: BreachSeen, create: Create) -> bool:
    gate, at = GATES[breach.kind], create.sent.at
    if gate.entries_only and create.side != "BUY":
        return False
    if breach.subject and breach.subject != create.symbol:
        return False
    since_s = (at - breach.at) / SECOND
    return since_s >= gate.seen_s and (gate.lasts_s is None or since_s < gate.lasts_s) and breach.holds(at)


def _long_pauses(evidence: Evidence) -> list[tuple[BreachSeen, int, LifeSeen]]:
    """Pauses that outlast the lease, when each was over, and the run that stood still."""
    found = []
    for breach in evidence.breaches:
        life = life_at(evidence, breach.at)
        if breach.kind != "frozen" or breach.until is None or life is None:
            continue
        if breach.until - breach.at > evidence.limits.lease_s * SECOND:
            found.append((breach, breach.until, life))
    return found


@invariant("I-34", "requests after pauses of the process", lambda evidence: len(_long_pauses(evidence)))
def nothing_old_after_a_pause(evidence: Evidence) -> Iterator[Violation]:
    """After a pause longer than the lease no order leaves that was meant before it: the market has moved on."""
    intended = evidence.journal.meant()
    for breach, until, life in _long_pauses(evidence):
        paused_s = (until - breach.at) / SECOND
        for create in evidence.creates:
            meant = intended.get(create.client_order_id, create.sent.at)
            if create.sent.at >= until and meant < breach.at and life_at(evidence, create.sent.at) is life:
                text = f"order {create.client_order_id} is from before a pause of {paused_s:.1f} s, and left after it"
                yield nothing_old_after_a_pause.broken(text, create.sent.at, create.client_order_id)
