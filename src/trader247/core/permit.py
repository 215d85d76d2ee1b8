"""The trading permit: a lease minted only while every guard has said yes recently, and the one predicate that lets an
order out.

Who stops voting stops the trading: a guard that is dead, hung or slow has no fresh vote, and no vote counts as no.
The entry permit needs every guard. The exit permit, for orders that reduce a position, needs only the few without
which sending makes no sense at all, so that losing the deciding side never takes protection away.

State x kind of order (``ALLOWED``), beside the lease:

========  =====  ====  ======
state     entry  exit  cancel
========  =====  ====  ======
ACTIVE    lease  lease always
REDUCING  never  lease always
HALTED    never  never always
========  =====  ====  ======
"""

from collections.abc import Iterable
from typing import Final

from attrs import frozen

from trader247.messages.base import Tick
from trader247.messages.control import Guard, GuardVoted, PanelLine, PermitRenewed, SetTradingState
from trader247.model.instant import SECOND, Moment, Mono, seconds
from trader247.model.mode import Mode, OrderKind, TradingState
from trader247.model.policy import PermitTerms

__all__ = ["ALLOWED", "EXIT_GUARDS", "DeskIn", "DeskOut", "HaltSeen", "PermitDesk", "why_not"]

EXIT_GUARDS: Final = frozenset({Guard.MODE, Guard.KILL_SWITCH, Guard.JOURNAL, Guard.VENUE})
"""What even an exit needs: the mode to send at all, no kill switch, a journal to write it down, a venue to send it to.
The price it is sent at is checked where the exit is decided, against that instrument's own quote."""

ALLOWED: Final[dict[TradingState, frozenset[OrderKind]]] = {
    TradingState.ACTIVE: frozenset(OrderKind),
    TradingState.REDUCING: frozenset({OrderKind.EXIT, OrderKind.CANCEL}),
    TradingState.HALTED: frozenset({OrderKind.CANCEL}),
}


@frozen
class HaltSeen:
    """What the halt latch says, told to the desk with every tick of its shell."""

    tripped: bool


DeskIn = GuardVoted | SetTradingState | HaltSeen | Tick
DeskOut = PermitRenewed


def why_not(kind: OrderKind, *, mode: Mode, halted: bool, permit: PermitRenewed | None, now: Moment) -> str | None:
    """Why an order of this kind must not leave now, or None: the one predicate that lets an order out.

    It is pure and is asked in the same step in which the request starts, so nothing can come between.
    """
    if mode is Mode.DRY_RUN:
        return "mode is DRY_RUN: nothing is sent"
    if kind is OrderKind.CANCEL:
        return None
    if halted:
        return "halted"
    if permit is None:
        return "no permit was ever granted"
    if kind not in ALLOWED[permit.state]:
        return f"trading state is {permit.state.value}"
    until = permit.entry_until if kind is OrderKind.ENTRY else permit.exit_until
    if until is None:
        return f"no {kind.value} permit: {_first_no(permit, kind)}"
    if now.mono >= until:
        return f"the {kind.value} permit ran out {seconds(now.mono - until):.2f} s ago"
    return None


def _first_no(permit: PermitRenewed, kind: OrderKind) -> str:
    for line in permit.panel:
        if not line.yes and (kind is OrderKind.ENTRY or line.guard in EXIT_GUARDS):
            return f"{line.guard.value}: {line.reason}"
    return "no guard says no; the lease was not renewed"


class PermitDesk:
    """Collects votes and mints the lease, once per tick.

    ``guards`` are those this installation has; a guard that is not listed is not asked.
    """

    ready = True

    def __init__(
        self, guards: tuple[Guard, ...], terms: PermitTerms, state: TradingState, *, halted: bool = False
    ) -> None:
        """``state``: ACTIVE or REDUCING, as the operator left it; ``halted``: what the latch says at the start."""
        self._guards = guards
        self._terms = terms
        self._state = state
        self._halted = halted
        self._votes: dict[Guard, tuple[bool, str, Mono]] = {}
        self._told: dict[Guard, PanelLine] = {}
        self._serial = 0

    @property
    def state(self) -> TradingState:
        """ACTIVE or REDUCING, as last ordered."""
        return self._state

    def start(self, now: Moment) -> list[DeskOut]:
        """The first permit: it says that nobody has voted yet."""
        return [self._mint(now)]

    def handle(self, message: DeskIn, now: Moment) -> list[DeskOut]:
        """A vote is noted, and one that turned mints at once, as a tick, a halt or a change of state does."""
        match message:
            case GuardVoted(guard, yes, reason):
                before = self._votes.get(guard)
                self._votes[guard] = (yes, reason, now.mono)
                if before is None or before[0] == yes:
                    return []
            case HaltSeen(tripped):
                if tripped == self._halted:
                    return []
                self._halted = tripped
            case SetTradingState(state=state):
                self._state = state
            case Tick():
                pass
        return [self._mint(now)]

    def vouch(self, guards: Iterable[Guard], now: Moment) -> None:
        """A yes of each of these guards, which never say anything else: nothing follows before the next tick."""
        vote = (True, "", now.mono)
        for guard in guards:
            self._votes[guard] = vote

    def _mint(self, now: Moment) -> PermitRenewed:
        panel = tuple(self._line(guard, now) for guard in self._guards)
        until = Mono(now.mono + round(self._terms.lease_s * SECOND))
        entry = all(line.yes for line in panel)
        leave = all(line.yes for line in panel if line.guard in EXIT_GUARDS)
        state = TradingState.HALTED if self._halted else self._state
        self._serial += 1
        return PermitRenewed(
            serial=self._serial,
            state=state,
            entry_until=until if entry and OrderKind.ENTRY in ALLOWED[state] else None,
            exit_until=until if leave and OrderKind.EXIT in ALLOWED[state] else None,
            panel=panel,
        )

    def _line(self, guard: Guard, now: Moment) -> PanelLine:
        vote = self._votes.get(guard)
        if vote is None:
            return PanelLine(guard, yes=False, reason="has not voted yet", age_s=None)
        yes, reason, at = vote
        age_s = seconds(now.mono - at)
        told = self._told.get(guard)
        if told is not None and told.yes and yes and told.age_s == age_s and told.reason == reason:
            return told
        if age_s > self._terms.vote_max_age_s:
            return PanelLine(guard, yes=False, reason=f"last vote is {age_s:.1f} s old", age_s=age_s)
        line = self._told[guard] = PanelLine(guard, yes=yes, reason=reason, age_s=age_s)
        return line
