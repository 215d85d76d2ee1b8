"""Two questions of whoever runs the daemon: is it alive, and is it ready to trade?

Alive: the face answers and the loop is not late, so restarting the process would not help. Ready: an entry permit can
be minted now. A daemon that is halted is alive and not ready.
"""

from typing import Final

from attrs import frozen

from trader247.core.status_board import StatusBoard
from trader247.model.instant import Moment
from trader247.model.mode import TradingState

__all__ = ["Verdict", "alive", "ready"]

LOOP_LAG_S_MAX: Final = 10.0
"""The same bound at which the watchdog of the runtime ends the process: past it nothing here is worth waiting for."""


@frozen
class Verdict:
    """``reasons`` are empty where the answer is yes."""

    yes: bool
    reasons: tuple[str, ...]


def alive(loop_lag_s: float) -> Verdict:
    """Whether the process still does its work; ``loop_lag_s`` is how late the loop's heartbeat is."""
    if loop_lag_s <= LOOP_LAG_S_MAX:
        return Verdict(yes=True, reasons=())
    return Verdict(yes=False, reasons=(f"the event loop is {loop_lag_s:.1f} s late, more than {LOOP_LAG_S_MAX:g} s",))


def ready(board: StatusBoard, now: Moment) -> Verdict:
    """Whether an entry could leave now as far as the daemon is concerned, with every reason why not."""
    facts = board.facts
    if facts.halt is not None:
        return Verdict(yes=False, reasons=(f"halted: {facts.halt.reason}",))
    if facts.permit is None:
        return Verdict(yes=False, reasons=("no permit was granted yet",))
    permit = facts.permit.fact
    if permit.state is not TradingState.ACTIVE:
        return Verdict(yes=False, reasons=(f"the trading state is {permit.state.value}",))
    noes = tuple(f"{line.guard.value}: {line.reason}" for line in permit.panel if not line.yes)
    if permit.entry_until is None or noes:
        return Verdict(yes=False, reasons=noes or ("no entry permit",))
    if now.mono >= permit.entry_until:
        return Verdict(yes=False, reasons=("the permit ran out and was not renewed",))
    return Verdict(yes=True, reasons=())
