"""What faults take, with bounds: lengths of time, factors, names."""

from collections.abc import Callable
from typing import Any, Final

from trader247.drivers.simulation.plan import Argument, Point
from trader247.venues.simulated.faults.kinds import is_count, is_number

__all__ = ["ANYWHERE", "ENDS", "SYMBOL", "between", "count", "length", "one_of"]

ANYWHERE: Final = (Point.TIME, Point.WRITE, Point.CALL, Point.FRAME, Point.TAKE)
"""Where what is done to the whole scene may be addressed to."""

_TEXT_MAX: Final = 100


def between(low: float, high: float, default: Any, meaning: str) -> Argument:
    """A number within bounds, both included."""

    def check(value: Any) -> str:
        return "" if is_number(value) and low <= value <= high else f"a number from {low:g} to {high:g}"

    return Argument(check, default, meaning)


def length(high_s: float, default: Any, meaning: str) -> Argument:
    """Seconds above 0."""

    def check(value: Any) -> str:
        return "" if is_number(value) and 0 < value <= high_s else f"seconds above 0 up to {high_s:g}"

    return Argument(check, default, meaning)


def count(low: int, high: int, default: Any, meaning: str) -> Argument:
    """A whole number within bounds, both included."""

    def check(value: Any) -> str:
        return "" if is_count(value, low, high) else f"a whole number from {low} to {high}"

    return Argument(check, default, meaning)


def one_of(allowed: tuple[str, ...], default: Any, meaning: str) -> Argument:
    """One of some words."""

    def check(value: Any) -> str:
        return "" if isinstance(value, str) and value in allowed else "one of " + ", ".join(allowed)

    return Argument(check, default, meaning)


def _name(what: str) -> Callable[[Any], str]:
    return lambda value: "" if isinstance(value, str) and 0 < len(value) <= _TEXT_MAX else what


SYMBOL: Final = Argument(_name("a symbol like BTC-USD, or *"), "*", "which; * is all")
ENDS: Final = one_of(("silence", "close", "reset"), "reset", "what the client sees: nothing, an orderly close, a reset")
