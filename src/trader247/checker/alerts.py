"""What a person hears: soon, once a minute at most, louder when nobody acts, and that it is over; at nobody's cost."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from trader247.checker.evidence import SECOND, AlertSeen, BreachSeen, Evidence
from trader247.checker.invariant import Violation, invariant
from trader247.checker.sent import Create
from trader247.checker.truth import alive, deaf

__all__ = ["TOLD_BY", "orders_wait_for_no_alert", "told_in_time"]

TOLD_BY: Final[dict[str, tuple[tuple[str, ...], float]]] = {
    "kill": (("kill_switch",), 5.0),
    "stale": (("staleness:{}",), 5.0),
    "disk_full": (("kill_switch",), 5.0),
    "clock_step": (("clock_step", "clock_drift"), 5.0),
    "market_stream_down": (("stream_down",), 20.0),  # a silent stream is known by two heartbeats that failed
    "user_stream_down": (("user_stream_down",), 20.0),
    "venue_down": (("venue_unreachable", "breaker:", "reconcile_failing", "api_errors"), 35.0),  # three looks missed
}
"""Which alert says which breach, and how soon after the breach began in truth. The source says 5 s for each."""
_LATE_S: Final = 5
_ORDER_DELAY_NS: Final = 50_000_000
_BLOCKED_S: Final = 30


@invariant("I-38", "breaches, delivered alerts", lambda evidence: len(evidence.alerts) + len(evidence.breaches))
def told_in_time(evidence: Evidence) -> Iterator[Violation]:
    """A breach is told soon after it is true, an alert at most once in 60 s, louder after 120 s, its end once.

    How soon is in ``TOLD_BY``: what shows itself only by silence needs longer than the 5 s of the source. A breach that
    is over before that needs no alert. Who restarts says again what stands. Where the channel hangs nothing is asked
    but that an alert is not said again too soon. Right after a pause one may be delivered twice.
    """
    by_key: dict[tuple[str, str], list[AlertSeen]] = {}
    for alert in evidence.alerts:
        by_key.setdefault((alert.channel, alert.key), []).append(alert)
    for breach in evidence.breaches:
        yield from _untold(evidence, breach)
    for (_channel, key), told in by_key.items():
        yield from _said_twice(evidence, key, told)
        yield from _never_louder(evidence, key, told)


def _untold(evidence: Evidence, breach: BreachSeen) -> Iterator[Violation]:
    keys, within_s = TOLD_BY.get(breach.kind, ((), 0.0))
    until = breach.at + round(within_s * SECOND)
    if not keys or not breach.holds(until) or not alive(evidence, breach.at, until):
        return
    if deaf(evidence, breach.at, until):
        return
    wanted = tuple(key.format(breach.subject) for key in keys)
    last = {alert.key: alert.state for alert in evidence.alerts if alert.at <= until and alert.key.startswith(wanted)}
    if all(state == "resolved" for state in last.values()):
        text = f"{breach.kind} {breach.subject}".rstrip() + f" is true for {within_s:g} s, and no alert says so"
        yield told_in_time.broken(text, breach.at, breach.kind)


def _said_twice(evidence: Evidence, key: str, told: Sequence[AlertSeen]) -> Iterator[Violation]:
    for before, after in pairwise(told):
        restarted = any(before.at < life.began <= after.at for life in evidence.lives)
        between_s = (after.so_from - before.so_from) / SECOND
        same = before.state == after.state and before.severity == after.severity
        if after.so_from == before.so_from and _woke(evidence, after.at):
            continue
        if same and after.state == "resolved" and not restarted:
            yield told_in_time.broken(f"that {key} is over is said twice", after.at, key)
        elif same and after.state == "raised" and between_s < evidence.limits.dedupe_s and not restarted:
            text = f"{key} is said again after {between_s:.1f} s, at least {evidence.limits.dedupe_s:g} lie between"
            yield told_in_time.broken(text, after.at, key)


def _woke(evidence: Evidence, at: int) -> bool:
    """Whether the process had just stood still: the record of a delivery is not waited for over a pause."""
    pauses = (each.until for each in evidence.breaches if each.kind == "frozen" and each.until is not None)
    return any(until <= at <= until + _LATE_S * SECOND for until in pauses)


def _never_louder(evidence: Evidence, key: str, told: Sequence[AlertSeen]) -> Iterator[Violation]:
    begun: AlertSeen | None = None
    for alert in [*told, None]:
        if begun is not None and begun.severity != "INFO":
            until = begun.at + round((evidence.limits.escalate_after_s + _LATE_S) * SECOND)
            over = alert is not None and alert.at <= until and alert.state != "raised"
            if not over and (alert is None or alert.at > until) and alive(evidence, begun.at, until):
                if until < evidence.ended and not deaf(evidence, begun.at, until):
                    text = f"{key} stands for {(until - begun.at) / SECOND:g} s and is not said louder"
                    yield told_in_time.broken(text, until, key)
                begun = None
        if alert is None or alert.state != "raised":
            begun = None
        elif begun is None:
            begun = alert


def _fails(evidence: Evidence, at: int) -> bool:
    """Whether the way of alerts fails at that time and nothing else was done lately that may hold an order up."""
    near = {fault.layer for fault in evidence.faults if fault.at <= at <= fault.at + _BLOCKED_S * SECOND}
    return near == {"alerts"}


def _beside(evidence: Evidence) -> list[Create]:
    return [create for create in evidence.creates if _fails(evidence, create.sent.at)]


@invariant("I-39", "requests for orders while alerts fail", lambda evidence: len(_beside(evidence)))
def orders_wait_for_no_alert(evidence: Evidence) -> Iterator[Violation]:
    """While the way of alerts fails, no order waits over 50 ms longer for its first byte than any other did.

    Asked where nothing else was done in the 30 s before.
    """
    waited = {
        c.client_order_id: c.sent.at - evidence.written.get(c.client_order_id, c.sent.at) for c in evidence.creates
    }
    beside = [create.client_order_id for create in _beside(evidence)]
    apart = max((wait for name, wait in waited.items() if name not in beside), default=0)
    for name in beside:
        wait = waited[name]
        if wait > apart + _ORDER_DELAY_NS:
            text = f"order {name} waited {wait / 1e6:.0f} ms to leave while alerts failed, others {apart / 1e6:.0f}"
            yield orders_wait_for_no_alert.broken(text, None, name)
