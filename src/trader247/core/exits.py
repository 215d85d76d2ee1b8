"""When a position must be left: stop, then target, then time (requirement R3). Evaluated on every quote.

A long position is sold at the bid, so the bid decides. At the boundary the stop and the target act: a bid that equals
the stop price is a stop. Exits never ask about caps or cooldowns.
"""

from enum import StrEnum

from attrs import frozen

from trader247.model.instant import SECOND, Moment
from trader247.model.market import Quote
from trader247.model.portfolio import Position

__all__ = ["Exit", "ExitCause", "exit_for"]


class ExitCause(StrEnum):
    """Why a position is left, in order of priority."""

    STOP = "stop"
    TARGET = "target"
    MAX_HOLD = "max_hold"
    STRATEGY = "strategy"


@frozen
class Exit:
    """The position should be sold now."""

    cause: ExitCause
    text: str


def exit_for(position: Position, quote: Quote, now: Moment) -> Exit | None:
    """The exit this quote calls for, or None."""
    if position.stop_price is not None and quote.bid <= position.stop_price:
        return Exit(ExitCause.STOP, f"bid {quote.bid} is at or under the stop {position.stop_price}")
    if position.target_price is not None and quote.bid >= position.target_price:
        return Exit(ExitCause.TARGET, f"bid {quote.bid} is at or over the target {position.target_price}")
    if position.max_hold_s is not None:
        held_s = (now.utc - position.opened_at) // SECOND
        if held_s >= position.max_hold_s:
            return Exit(ExitCause.MAX_HOLD, f"held {held_s // 3600} h, at most {position.max_hold_s // 3600} h")
    return None
