"""The network: no connection, lost requests, lost answers, silence, slowness, partition."""

from collections.abc import Mapping
from typing import Any, Final

from trader247.drivers.simulation.layers.arguments import ANYWHERE, ENDS, length, one_of
from trader247.drivers.simulation.plan import KindRule, Point
from trader247.drivers.simulation.scene import Scene
from trader247.venues.simulated.faults.desk import Hit
from trader247.venues.simulated.faults.plan import Kind

__all__ = ["KINDS"]

_CALL: Final = (Point.CALL,)


def _partition(scene: Scene, arguments: Mapping[str, Any]) -> None:
    for_s = float(arguments["for_s"])
    scene.line.cut(for_s)
    for kind in ("venue_down", "market_stream_down", "user_stream_down"):
        scene.witness.breach(kind, scene.now, for_s)


def _lost_before(arguments: Mapping[str, Any]) -> Hit:
    return Hit(Kind.LOST_BEFORE, {"ending": arguments["ending"]})


def _lost_after(arguments: Mapping[str, Any]) -> Hit:
    return Hit(Kind.LOST_AFTER, {"ending": arguments["ending"]})


def _slow(arguments: Mapping[str, Any]) -> Hit:
    return Hit(Kind.LATENCY, dict(arguments))


KINDS: Final[Mapping[str, KindRule]] = {
    "partition": KindRule(
        ANYWHERE,
        "nothing passes between daemon and venue",
        ("NW-01", "NW-02", "NW-10"),
        {"for_s": length(600.0, 10.0, "how long")},
        _partition,
    ),
    "request_lost": KindRule(_CALL, "the request is never processed", ("NW-02",), {"ending": ENDS}, hit=_lost_before),
    "answer_lost": KindRule(
        _CALL, "the request is processed, its answer lost", ("NW-03", "OL-01"), {"ending": ENDS}, hit=_lost_after
    ),
    "slow": KindRule(
        _CALL,
        "the request, or its answer, takes longer, perhaps longer than anybody waits",
        ("NW-04", "NW-05"),
        {
            "seconds": length(60.0, 3.0, "how much longer"),
            "side": one_of(("before", "after"), "before", "the way there, or the way back"),
        },
        hit=_slow,
    ),
}
