"""How much the daemon may do: the execution mode, the trading state, and the two grades of permit."""

from enum import StrEnum

__all__ = ["Grade", "Mode", "OrderKind", "TradingState"]


class Mode(StrEnum):
    """DRY_RUN decides and sends nothing; PAPER sends to a simulated exchange; LIVE sends real orders."""

    DRY_RUN = "DRY_RUN"
    PAPER = "PAPER"
    LIVE = "LIVE"


class TradingState(StrEnum):
    """ACTIVE: everything; REDUCING: exits and cancels; HALTED: cancels only, until an operator resumes."""

    ACTIVE = "ACTIVE"
    REDUCING = "REDUCING"
    HALTED = "HALTED"


class Grade(StrEnum):
    """The grade of a permit: an entry permit needs every guard, an exit permit the few that sending needs at all."""

    ENTRY = "entry"
    EXIT = "exit"


class OrderKind(StrEnum):
    """What a request to the venue is for: to open a position, to reduce one, or to cancel an order."""

    ENTRY = "entry"
    EXIT = "exit"
    CANCEL = "cancel"
