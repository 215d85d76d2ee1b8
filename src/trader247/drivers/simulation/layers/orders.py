"""The venue's order engine: late acceptance, races lost, partial fills, listings that lag behind."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from attrs import evolve

from trader247.drivers.simulation.layers.arguments import ANYWHERE, SYMBOL, length
from trader247.drivers.simulation.plan import KindRule, Point
from trader247.drivers.simulation.scene import Scene
from trader247.model.instant import SECOND, Instant
from trader247.venues.simulated.delays import Delays
from trader247.venues.simulated.faults.desk import Hit
from trader247.venues.simulated.faults.plan import Kind

__all__ = ["KINDS"]


def _late_accept(arguments: Mapping[str, Any]) -> Hit:
    return Hit(Kind.LATE_ACCEPT, dict(arguments))


def _lost_race(arguments: Mapping[str, Any]) -> Hit:
    return Hit(Kind.CANCEL_LOST_RACE, dict(arguments))


def _lag(which: Callable[[Delays, int], Delays], scene: Scene, arguments: Mapping[str, Any]) -> None:
    def put(by_ns: int) -> None:
        scene.exchange.take_delays(which(scene.exchange.delays, by_ns))

    put(round(float(arguments["seconds"]) * SECOND))
    scene.later(float(arguments["for_s"]), lambda: put(0))


def _thin(scene: Scene, arguments: Mapping[str, Any]) -> None:
    scene.market.thin(arguments["symbol"], Instant(scene.now + round(float(arguments["for_s"]) * SECOND)))


_FOR: Final = length(600.0, 60.0, "how long it is so")
KINDS: Final[Mapping[str, KindRule]] = {
    "late_accept": KindRule(
        (Point.CALL,),
        "POST /orders: the order enters the book later than it is answered",
        ("NW-04", "RA-11"),
        {"seconds": length(120.0, 5.0, "how much later")},
        hit=_late_accept,
    ),
    "cancel_lost_race": KindRule(
        (Point.CALL,),
        "POST /orders/batch_cancel: accepted, but what was to be cancelled fills first",
        ("OL-04",),
        {},
        hit=_lost_race,
    ),
    "slow_cancel": KindRule(
        ANYWHERE,
        "cancels take effect later than they are answered",
        ("OL-10",),
        {"seconds": length(60.0, 5.0, "how much later"), "for_s": _FOR},
        partial(_lag, lambda delays, by_ns: evolve(delays, cancel_ns=by_ns)),
    ),
    "unseen": KindRule(
        ANYWHERE,
        "new orders are in no listing, and not found, for a while",
        ("RA-11", "OL-11"),
        {"seconds": length(60.0, 4.0, "how long an order is not seen"), "for_s": _FOR},
        partial(_lag, lambda delays, by_ns: evolve(delays, visible_ns=by_ns)),
    ),
    "late_fills": KindRule(
        ANYWHERE,
        "rows of fills come later than the fills",
        ("WS-16", "OL-26"),
        {"seconds": length(60.0, 4.0, "how much later"), "for_s": _FOR},
        partial(_lag, lambda delays, by_ns: evolve(delays, fills_ns=by_ns)),
    ),
    "thin": KindRule(
        ANYWHERE,
        "the books hold a thousandth of their sizes: partial fills",
        ("OL-05", "OL-17"),
        {"symbol": SYMBOL, "for_s": _FOR},
        _thin,
    ),
}
