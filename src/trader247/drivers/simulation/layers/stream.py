"""WebSocket: lost, doubled, reordered, late and broken frames, silence, closed and refused connections."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from trader247.drivers.simulation.layers.arguments import count, length, one_of
from trader247.drivers.simulation.plan import KindRule, Point
from trader247.venues.simulated.faults.desk import Hit
from trader247.venues.simulated.faults.plan import Kind

__all__ = ["KINDS"]

_FRAME: Final = (Point.FRAME,)


def _plain(kind: Kind, **fixed: Any) -> Callable[[Mapping[str, Any]], Hit]:
    return lambda arguments: Hit(kind, {**arguments, **fixed})


KINDS: Final[Mapping[str, KindRule]] = {
    "drop": KindRule(
        _FRAME, "the frame is lost; the next one's number shows it", ("WS-03", "WS-07"), {}, hit=_plain(Kind.DROP)
    ),
    "gap": KindRule(
        _FRAME,
        "numbers jump though nothing is lost",
        ("WS-03",),
        {"by": count(1, 1_000, 1, "numbers left out")},
        hit=_plain(Kind.GAP),
    ),
    "double": KindRule(_FRAME, "the frame is sent twice, number and all", ("WS-04",), {}, hit=_plain(Kind.DUPLICATE)),
    "reorder": KindRule(
        _FRAME,
        "the frame comes after those behind it",
        ("WS-05",),
        {"by": count(1, 50, 1, "how many pass it")},
        hit=_plain(Kind.REORDER),
    ),
    "late": KindRule(
        _FRAME,
        "the frame and all behind it on its connection wait",
        ("WS-11", "WS-16"),
        {"seconds": length(120.0, 3.0, "how long")},
        hit=_plain(Kind.LATENCY, side="before"),
    ),
    "stall": KindRule(
        _FRAME,
        "this frame and those after it are never sent; the socket stays open and the numbers show nothing",
        ("WS-01", "WS-09"),
        {
            "for_s": length(600.0, 20.0, "how long it lasts"),
            "scope": one_of(("connection", "channel"), "connection", "all channels, or the frame's own"),
        },
        hit=_plain(Kind.STALL),
    ),
    "cut_short": KindRule(
        _FRAME,
        "the frame's text ends early",
        ("WS-15",),
        {"bytes": count(0, 10_000, 20, "what is left of it")},
        hit=_plain(Kind.TRUNCATE),
    ),
    "close": KindRule(_FRAME, "the server closes the connection in order", ("WS-17",), {}, hit=_plain(Kind.CLOSE)),
    "reset": KindRule(_FRAME, "the connection is reset", ("WS-02",), {}, hit=_plain(Kind.RESET, side="before")),
    "refuse": KindRule(
        (Point.CONNECTION,),
        "the handshake is answered with an error",
        ("NW-11", "WS-12"),
        {"code": count(400, 599, 503, "the HTTP status")},
        hit=_plain(Kind.HTTP_STATUS, body="html", side="before", retry_after_s=None),
    ),
}
