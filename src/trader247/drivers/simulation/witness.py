"""What a history saw: every request, alert, permit, breach, life and fault, in the order in which it happened.

A witness believes nobody: requests are noted where they cross the wire, breaches where the simulation makes them.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from attrs import Factory, define, field, frozen

from trader247.drivers.simulation.plan import Fault
from trader247.messages.control import AlertChanged, PermitRenewed
from trader247.model.instant import SECOND, Instant, Mono
from trader247.ports import Recorded
from trader247.runtime.channels import Mailbox

__all__ = ["Breach", "Call", "Lived", "Told", "Witness"]

_TEXTS_MAX: Final = 200_000
"""Texts kept for the search for secrets: some 50 MB."""


@define
class Call:
    """A request on its way; see ``checker.evidence.Sent``."""

    at: Instant
    method: str
    path: str
    query: str
    body: str
    client: str
    processed_at: Instant | None = None
    answered_at: Instant | None = None
    status: int | None = None
    answer: str = ""


@frozen
class Told:
    """An alert as a person got it."""

    at: Instant
    alert: AlertChanged


@define
class PermitChange:
    """The permit from here on; ``until`` is when the lease of its last renewal runs out, monotonic."""

    at: Instant
    state: str
    entry: bool
    exit: bool
    missing: tuple[str, ...]
    halt_reason: str
    until: Mono | None = None


@define
class Breach:
    """Something that is wrong in truth, from ``at`` until ``until`` (None: to the end)."""

    at: Instant
    until: Instant | None
    kind: str
    subject: str = ""


@define
class Lived:
    """One run of the daemon."""

    epoch: str
    began: Instant
    ready: Instant | None = None
    ended: Instant | None = None
    how: str = "running"


@frozen
class Struck:
    """A fault of the plan that happened."""

    at: Instant
    number: int
    fault: Fault


@define
class Witness:
    """Everything of one history, to be digested and judged when it is over."""

    calls: list[Call] = Factory(list)
    alerts: list[Told] = Factory(list)
    permits: list[PermitChange] = Factory(list)
    breaches: list[Breach] = Factory(list)
    lives: list[Lived] = Factory(list)
    struck: list[Struck] = Factory(list)
    marks: list[tuple[Instant, str, Decimal]] = Factory(list)
    texts: list[str] = Factory(list)
    written: dict[str, Instant] = Factory(dict)
    external: list[str] = Factory(list)
    """The client order ids of orders that other hands made."""

    fullest: dict[str, tuple[int, int]] = Factory(dict)
    """The most messages that ever waited in each mailbox, and its bound."""

    refused: int = 0
    """Acts of the plan that were refused by the daemon or met nothing to act on."""

    _permit: tuple[object, ...] = field(init=False, default=())

    def saw_permit(self, permit: PermitRenewed, at: Instant, halt_reason: str) -> None:
        """Note a permit that differs from the one before, or that this one was renewed."""
        missing = tuple(sorted(line.guard.value for line in permit.panel if not line.yes))
        entry, leave = permit.entry_until is not None, permit.exit_until is not None
        said = (permit.state.value, entry, leave, missing, halt_reason)
        if said != self._permit:
            self._permit = said
            self.permits.append(PermitChange(at, permit.state.value, entry, leave, missing, halt_reason))
        self.permits[-1].until = permit.entry_until if entry else permit.exit_until

    def saw_no_permit(self, at: Instant, why: str) -> None:
        """Nobody may send: there is no daemon."""
        if self._permit != (why,):
            self._permit = (why,)
            state = self.permits[-1].state if self.permits else "ACTIVE"  # it is the lease that is gone, not the state
            self.permits.append(PermitChange(at, state, entry=False, exit=False, missing=(why,), halt_reason=""))

    def saw_alert(self, alert: AlertChanged, at: Instant) -> None:
        """Note an alert where it reached a person."""
        self.alerts.append(Told(at, alert))
        self.say(alert.text)

    def saw_written(self, facts: Sequence[Recorded], at: Instant) -> None:
        """Note which client order ids are durable now."""
        for recorded in facts:
            order = getattr(recorded.fact, "order", None)
            if order is not None:
                self.written.setdefault(str(order.intent.client_order_id), at)

    def saw_mailboxes(self, boxes: Sequence[Mailbox[Any]]) -> None:
        """Note at the end of a life how full its mailboxes were."""
        for box in boxes:
            most, _bound = self.fullest.get(box.name, (0, 0))
            self.fullest[box.name] = (max(most, box.high_water), box.capacity)

    def say(self, text: str) -> None:
        """Keep a text that people or files got."""
        if len(self.texts) < _TEXTS_MAX:
            self.texts.append(text)

    def breach(self, kind: str, at: Instant, for_s: float | None, subject: str = "") -> Breach:
        """Note what is wrong from now on, for so long."""
        until = None if for_s is None else Instant(at + round(for_s * SECOND))
        found = Breach(at, until, kind, subject)
        self.breaches.append(found)
        return found
