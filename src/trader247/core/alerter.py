"""Alerts a person can live with (requirement AL1): said at once, not said twice a minute, louder when nobody acts, and
taken back when it is over.

An alert is delivered when it is first raised, again when ``dedupe_s`` have passed since the last delivery and it is
still being raised, once more and one step louder when it was unresolved for ``escalate_after_s`` (unless it is only
INFO), and once when it is resolved. An alert nobody raises any more and nobody clears is resolved after ``FORGET_S``;
one that was raised CRITICAL stays until it is cleared.

Alerts that stood when the last run ended stand on: they are due again, so that one whose delivery nobody knows of is
made up for, and who repeats them within ``dedupe_s`` is not heard twice. One that nobody raises in this run is over
after ``FORGET_S``, whatever its severity: who watches its condition would have said it again. An alerter that follows
another within one run says again what stands, and counts on: otherwise, who falls often never grows louder.
"""

from collections.abc import Sequence
from typing import Final

from attrs import define, evolve

from trader247.messages.base import Tick
from trader247.messages.control import (
    AlertChanged,
    AlertCleared,
    AlertDue,
    AlertRaised,
    AlertState,
    PolicyChanged,
    Severity,
)
from trader247.model.ids import AlertKey
from trader247.model.instant import SECOND, Moment, Mono
from trader247.model.policy import AlertTerms

__all__ = ["Alerter", "AlerterIn", "AlerterOut"]

AlerterIn = AlertRaised | AlertCleared | PolicyChanged | Tick
AlerterOut = AlertChanged | AlertDue

FORGET_S: Final = 3600.0
"""A condition that was reported once and never again for an hour is over, whether or not somebody said so."""
OPEN_MAX: Final = 1_000
"""Open alerts kept apart; with more, something is wrong that the first thousand already say. A CRITICAL one is always
told, even where it is not kept."""


@define
class _Open:
    alert: AlertChanged
    raised_at: Mono
    delivered_at: Mono
    last_raised_at: Mono
    forgettable: bool
    escalated: bool = False


class Alerter:
    """The decider: every change is told to the journal and the board, what a person must hear to the channels."""

    ready = True

    def __init__(
        self, terms: AlertTerms, standing: Sequence[AlertChanged] = (), *, before: "Alerter | None" = None
    ) -> None:
        """``terms``: the dedupe and escalation times. ``standing``: as the last run left them. ``before``: the earlier
        incarnation in this run, if any, whose alerts and times go on.
        """
        self._terms = terms
        self._left = tuple(standing) if before is None else before.standing
        self._known: dict[AlertKey, _Open] = {} if before is None else before.kept
        self._open: dict[AlertKey, _Open] = {}

    @property
    def standing(self) -> tuple[AlertChanged, ...]:
        """Every alert that is open."""
        return tuple(found.alert for found in self._open.values()) or self._left

    @property
    def kept(self) -> dict[AlertKey, _Open]:
        """What stands, with its times, for the incarnation that follows."""
        return {**self._known, **self._open}

    def start(self, now: Moment) -> list[AlerterOut]:
        """Take up what stands."""
        out: list[AlerterOut] = []
        for alert in self._left[-OPEN_MAX:]:
            escalated = alert.state is AlertState.ESCALATED
            anew = _Open(alert, now.mono, now.mono, now.mono, forgettable=True, escalated=escalated)
            self._open[alert.key] = evolve(self._known.get(alert.key, anew), delivered_at=now.mono)
            out += self._say(alert)
        self._left, self._known = (), {}
        return out

    def handle(self, message: AlerterIn, now: Moment) -> list[AlerterOut]:
        """What follows from one message."""
        match message:
            case AlertRaised():
                return self._raised(message, now)
            case AlertCleared(key):
                found = self._open.pop(key, None)
                return self._say(evolve(found.alert, state=AlertState.RESOLVED, changed_at=now.utc)) if found else []
            case PolicyChanged(policy):
                self._terms = policy.alerts
                return []
            case Tick():
                return self._tick(now)

    def _raised(self, raised: AlertRaised, now: Moment) -> list[AlerterOut]:
        found = self._open.get(raised.key)
        if found is None:
            return self._first(raised, now)
        found.last_raised_at = now.mono
        found.forgettable &= raised.severity is not Severity.CRITICAL
        louder = _rank(raised.severity) > _rank(found.alert.severity)
        severity = raised.severity if louder else found.alert.severity
        found.alert = evolve(found.alert, count=found.alert.count + 1, text=raised.text, severity=severity)
        if not louder and now.mono - found.delivered_at < self._terms.dedupe_s * SECOND:
            return []
        found.delivered_at = now.mono
        found.alert = evolve(found.alert, changed_at=now.utc)
        return self._say(found.alert)

    def _first(self, raised: AlertRaised, now: Moment) -> list[AlerterOut]:
        critical = raised.severity is Severity.CRITICAL
        full = len(self._open) >= OPEN_MAX
        if full and not critical:
            return []
        alert = AlertChanged(
            key=raised.key,
            severity=raised.severity,
            text=raised.text,
            state=AlertState.RAISED,
            count=1,
            raised_at=now.utc,
            changed_at=now.utc,
        )
        if not full:
            self._open[raised.key] = _Open(alert, now.mono, now.mono, now.mono, forgettable=not critical)
        return self._say(alert)

    def _tick(self, now: Moment) -> list[AlerterOut]:
        out: list[AlerterOut] = []
        for key, found in list(self._open.items()):
            if found.forgettable and now.mono - found.last_raised_at >= FORGET_S * SECOND:
                del self._open[key]
                out += self._say(evolve(found.alert, state=AlertState.RESOLVED, changed_at=now.utc))
            elif self._is_neglected(found, now):
                found.escalated = True
                found.delivered_at = now.mono
                found.alert = evolve(
                    found.alert,
                    severity=found.alert.severity.louder,
                    state=AlertState.ESCALATED,
                    changed_at=now.utc,
                )
                out += self._say(found.alert)
        return out

    def _is_neglected(self, found: _Open, now: Moment) -> bool:
        """Unresolved for too long; what is INFO asks nobody to act, so it is never neglected."""
        asks = found.alert.severity is not Severity.INFO
        return asks and not found.escalated and now.mono - found.raised_at >= self._terms.escalate_after_s * SECOND

    @staticmethod
    def _say(alert: AlertChanged) -> list[AlerterOut]:
        return [alert, AlertDue(alert)]


def _rank(severity: Severity) -> int:
    return list(Severity).index(severity)
