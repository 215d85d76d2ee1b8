"""The states of a breaker: the rules, then the table (requirement CB2).

Rules
-----
* CLOSED lets work through and counts its failures. The failure that is one too many inside the window opens it.
* OPEN does not. Work that was under way may still end; how it ends moves nothing. After a time it is HALF_OPEN.
* HALF_OPEN lets through what probes it. Enough good ends in a row close it; one bad one opens it for another time.
* An operator opens and closes it whatever its state; what an operator opened has no time after which it is probed.

``TRANSITIONS[state][event]`` is the next state, for every state and every event.
"""

from enum import StrEnum
from typing import Final

from trader247.messages.breakers import BreakerState

__all__ = ["TRANSITIONS", "BreakerEvent"]


class BreakerEvent(StrEnum):
    """What can happen to a breaker."""

    FAILED = "failed"
    TOO_MANY_FAILED = "too_many_failed"
    WENT_WELL = "went_well"
    ENOUGH_WENT_WELL = "enough_went_well"
    TIME_IS_OVER = "time_is_over"
    OPERATOR_OPENED = "operator_opened"
    OPERATOR_CLOSED = "operator_closed"


_S = BreakerState
_E = BreakerEvent

TRANSITIONS: Final[dict[BreakerState, dict[BreakerEvent, BreakerState]]] = {
    _S.CLOSED: {
        _E.FAILED: _S.CLOSED,
        _E.TOO_MANY_FAILED: _S.OPEN,
        _E.WENT_WELL: _S.CLOSED,
        _E.ENOUGH_WENT_WELL: _S.CLOSED,
        _E.TIME_IS_OVER: _S.CLOSED,
        _E.OPERATOR_OPENED: _S.OPEN,
        _E.OPERATOR_CLOSED: _S.CLOSED,
    },
    _S.OPEN: {
        _E.FAILED: _S.OPEN,
        _E.TOO_MANY_FAILED: _S.OPEN,
        _E.WENT_WELL: _S.OPEN,
        _E.ENOUGH_WENT_WELL: _S.OPEN,
        _E.TIME_IS_OVER: _S.HALF_OPEN,
        _E.OPERATOR_OPENED: _S.OPEN,
        _E.OPERATOR_CLOSED: _S.CLOSED,
    },
    _S.HALF_OPEN: {
        _E.FAILED: _S.OPEN,
        _E.TOO_MANY_FAILED: _S.OPEN,
        _E.WENT_WELL: _S.HALF_OPEN,
        _E.ENOUGH_WENT_WELL: _S.CLOSED,
        _E.TIME_IS_OVER: _S.HALF_OPEN,
        _E.OPERATOR_OPENED: _S.OPEN,
        _E.OPERATOR_CLOSED: _S.CLOSED,
    },
}
