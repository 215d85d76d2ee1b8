"""The table of fault kinds: at which points each makes sense, and its arguments with their bounds and defaults."""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from attrs import field, frozen

from trader247.venues.simulated.error_pages import BodyKind
from trader247.venues.simulated.faults.mispricing import MISPRICED
from trader247.venues.simulated.faults.plan import Ending, Kind, Point, Side
from trader247.venues.simulated.switches import Mode

__all__ = ["KINDS", "REQUIRED", "Argument", "KindRule", "is_count", "is_number"]

REQUIRED: Final = object()
"""Stands for a default where there is none."""

_SECONDS_MAX: Final = 86_400
_COUNT_MAX: Final = 1_000_000_000
_TEXT_MAX: Final = 100
_WHOLE_MAX: Final = 2**53


@frozen
class Argument:
    """``check`` gives what is allowed in words, or an empty text where the value is."""

    check: Callable[[Any], str]
    default: Any = REQUIRED
    meaning: str = ""


@frozen
class KindRule:
    """Where a kind may stand and what it takes."""

    points: tuple[Point, ...]
    meaning: str
    arguments: Mapping[str, Argument] = field(factory=dict)


def is_number(value: object) -> bool:
    """A finite JSON number; true and false are none."""
    if isinstance(value, int):
        return not isinstance(value, bool) and abs(value) <= _WHOLE_MAX  # a longer one fits no float
    return isinstance(value, float) and math.isfinite(value)


def is_count(value: object, low: int = 1, high: int = _COUNT_MAX) -> bool:
    """A whole JSON number within bounds."""
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _span(value: Any) -> str:
    """A length of time, or two between which one is drawn."""
    several = value if isinstance(value, list) and len(value) == 2 else [value]
    good = all(is_number(each) and 0 < each <= _SECONDS_MAX for each in several) and several == sorted(several)
    return "" if good else f"seconds above 0 up to {_SECONDS_MAX}, or [low, high] of them"


def _length(value: Any) -> str:
    good = value is None or (is_number(value) and 0 < value <= _SECONDS_MAX)
    return "" if good else f"seconds above 0 up to {_SECONDS_MAX}, or null for good"


def _skew(value: Any) -> str:
    good = is_number(value) and abs(value) <= _SECONDS_MAX
    return "" if good else f"seconds from -{_SECONDS_MAX} to {_SECONDS_MAX}"


def _count(low: int, high: int) -> Callable[[Any], str]:
    return lambda value: "" if is_count(value, low, high) else f"a whole number from {low} to {high}"


def _one_of(*allowed: str) -> Callable[[Any], str]:
    return lambda value: "" if isinstance(value, str) and value in allowed else "one of " + ", ".join(allowed)


def _optional(check: Callable[[Any], str]) -> Callable[[Any], str]:
    return lambda value: "" if value is None else check(value) and check(value) + ", or null"


def _product(value: Any) -> str:
    return "" if isinstance(value, str) and 0 < len(value) <= _TEXT_MAX else "a product like BTC-USD, or *"


_ENDING: Final = Argument(_one_of(*Ending), "close", "what the client sees: silence, an orderly close, a reset")
_FOR: Final = Argument(_length, None, "how long it lasts; null for good")
_EVERYWHERE: Final = (Point.REQUEST, Point.FRAME, Point.CONNECTION, Point.TIME)
_REQUEST: Final = (Point.REQUEST,)
_FRAME: Final = (Point.FRAME,)
_MODES: Final = tuple(Mode)

KINDS: Final[Mapping[Kind, KindRule]] = MappingProxyType(
    {
        Kind.LATENCY: KindRule(
            (Point.REQUEST, Point.FRAME, Point.CONNECTION),
            "a request, or its answer, takes longer; a frame and all behind it on its connection wait",
            {
                "seconds": Argument(_span, meaning="how much longer; of [low, high] one is drawn"),
                "side": Argument(_one_of(*Side), "before", "requests: before (it arrives late) or after processing"),
            },
        ),
        Kind.LOST_BEFORE: KindRule(_REQUEST, "the request is never processed", {"ending": _ENDING}),
        Kind.LOST_AFTER: KindRule(_REQUEST, "the request is processed, its answer lost", {"ending": _ENDING}),
        Kind.RESET: KindRule(
            (Point.REQUEST, Point.FRAME, Point.CONNECTION),
            "the connection is reset",
            {"side": Argument(_one_of(*Side), "before", "requests: before or after processing")},
        ),
        Kind.DUPLICATE: KindRule(
            (Point.REQUEST, Point.FRAME),
            "a request is processed twice and its second answer sent; a frame is sent twice, number and all",
        ),
        Kind.TRUNCATE: KindRule(
            (Point.REQUEST, Point.FRAME),
            "an answer's body ends early and the connection with it; a frame's text ends early",
            {"bytes": Argument(_count(0, 1_000_000), 20, "what is left of it")},
        ),
        Kind.GARBLE: KindRule(_REQUEST, "processed, then answered 200 with a body that is no JSON"),
        Kind.HTTP_STATUS: KindRule(
            (Point.REQUEST, Point.CONNECTION),
            "the answer is an error",
            {
                "code": Argument(_count(400, 599), meaning="the HTTP status"),
                "body": Argument(_one_of(*BodyKind), "json", "json, html (as a CDN's) or text"),
                "side": Argument(_one_of(*Side), "before", "requests: before or after processing"),
                "retry_after_s": Argument(_optional(_count(0, _SECONDS_MAX)), None, "a Retry-After header; null: none"),
            },
        ),
        Kind.LATE_ACCEPT: KindRule(
            _REQUEST,
            "POST /orders: the order enters the book later than it is answered",
            {"seconds": Argument(_span, meaning="how much later")},
        ),
        Kind.CANCEL_LOST_RACE: KindRule(
            _REQUEST, "POST /orders/batch_cancel: accepted, but what was to be cancelled fills first"
        ),
        Kind.DROP: KindRule(_FRAME, "the frame is lost; the next one's number shows it"),
        Kind.GAP: KindRule(
            _FRAME, "numbers jump though nothing is lost", {"by": Argument(_count(1, 1_000_000), 1, "numbers left out")}
        ),
        Kind.REORDER: KindRule(
            _FRAME, "the frame comes after those behind it", {"by": Argument(_count(1, 1_000), 1, "how many pass it")}
        ),
        Kind.STALL: KindRule(
            _FRAME,
            "this frame and those after it are never sent; the numbers show nothing, the socket stays open",
            {
                "for_s": _FOR,
                "scope": Argument(_one_of("connection", "channel"), "connection", "all channels, or the frame's own"),
            },
        ),
        Kind.CLOSE: KindRule(_FRAME, "the server closes the connection within a second, in order"),
        Kind.MISPRICE: KindRule(
            _FRAME,
            "every price in the frame is something else",
            {"price": Argument(_one_of(*MISPRICED), meaning="what: " + ", ".join(MISPRICED))},
        ),
        Kind.CLOCK_SKEW: KindRule(
            _EVERYWHERE,
            "the Date header and /time are wrong",
            {"seconds": Argument(_skew, meaning="how far ahead; negative is behind"), "for_s": _FOR},
        ),
        Kind.PRODUCT_MODE: KindRule(
            _EVERYWHERE,
            "a product is switched to a mode",
            {
                "product": Argument(_product, "*", "which; * is all"),
                "mode": Argument(_one_of(*_MODES), meaning="one of " + ", ".join(_MODES)),
                "for_s": _FOR,
            },
        ),
        Kind.STATUS_FLAP: KindRule(
            _EVERYWHERE,
            "a product goes to a mode and back, several times",
            {
                "product": Argument(_product, "*", "which; * is all"),
                "mode": Argument(_one_of(*_MODES), "cancel_only", "as above"),
                "times": Argument(_count(1, 1_000), 3, "how many times"),
                "period_s": Argument(_span, 10, "from one to the next; it is in the mode for the first half"),
            },
        ),
        Kind.MAINTENANCE: KindRule(_EVERYWHERE, "REST answers 503 to everything but /time", {"for_s": _FOR}),
    }
)
