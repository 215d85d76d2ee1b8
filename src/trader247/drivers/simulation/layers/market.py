"""Market data and the market itself: silence, quotes that stand, spikes, crashes, closed products."""

from collections.abc import Mapping
from typing import Any, Final

from trader247.drivers.simulation.layers.arguments import ANYWHERE, SYMBOL, between, length, one_of
from trader247.drivers.simulation.plan import REQUIRED, KindRule, Point
from trader247.drivers.simulation.scene import Scene
from trader247.model.instant import SECOND, Instant
from trader247.venues.simulated.faults.desk import Hit
from trader247.venues.simulated.faults.plan import Kind
from trader247.venues.simulated.switches import Mode

__all__ = ["KINDS"]


def _until(scene: Scene, arguments: Mapping[str, Any]) -> Instant:
    return Instant(scene.now + round(float(arguments["for_s"]) * SECOND))


def _gap(scene: Scene, arguments: Mapping[str, Any]) -> None:
    scene.market.go(arguments["symbol"], _until(scene, arguments))


def _frozen(scene: Scene, arguments: Mapping[str, Any]) -> None:
    scene.market.stick(arguments["symbol"], _until(scene, arguments))


def _spike(scene: Scene, arguments: Mapping[str, Any]) -> None:
    for symbol in _named(scene, arguments):
        scene.market.spike(symbol, float(arguments["factor"]))


def _crash(scene: Scene, arguments: Mapping[str, Any]) -> None:
    for symbol in _named(scene, arguments):
        scene.market.crash(symbol, float(arguments["factor"]))


def _named(scene: Scene, arguments: Mapping[str, Any]) -> tuple[str, ...]:
    every = tuple(scene.symbols())
    return every if arguments["symbol"] == "*" else tuple(each for each in every if each == arguments["symbol"])


def _mode(scene: Scene, arguments: Mapping[str, Any]) -> None:
    if not (names := _named(scene, arguments)):
        return
    which = "*" if arguments["symbol"] == "*" else names[0]
    scene.throw(Hit(Kind.PRODUCT_MODE, {"product": which, "mode": arguments["mode"], "for_s": arguments["for_s"]}))
    for symbol in names:
        scene.witness.breach("product_mode", scene.now, float(arguments["for_s"]), symbol)


def _maintenance(scene: Scene, arguments: Mapping[str, Any]) -> None:
    scene.throw(Hit(Kind.MAINTENANCE, dict(arguments)))
    scene.witness.breach("venue_down", scene.now, float(arguments["for_s"]))


def _skew(scene: Scene, arguments: Mapping[str, Any]) -> None:
    scene.throw(Hit(Kind.CLOCK_SKEW, dict(arguments)))
    scene.witness.breach("venue_clock", scene.now, float(arguments["for_s"]))


_FOR: Final = length(900.0, 30.0, "how long")
_MODES: Final = tuple(mode.value for mode in Mode if mode is not Mode.ONLINE)
KINDS: Final[Mapping[str, KindRule]] = {
    "gap": KindRule(ANYWHERE, "no quote and no trade", ("MD-01", "MD-06"), {"symbol": SYMBOL, "for_s": _FOR}, _gap),
    "frozen": KindRule(
        ANYWHERE,
        "the same quote with fresh times, and no trade",
        ("MD-02", "MD-11"),
        {"symbol": SYMBOL, "for_s": _FOR},
        _frozen,
    ),
    "spike": KindRule(
        ANYWHERE,
        "one quote and its trades at so many times the price",
        ("MD-03",),
        {"symbol": SYMBOL, "factor": between(0.0001, 10_000, REQUIRED, "times the price")},
        _spike,
    ),
    "crash": KindRule(
        ANYWHERE,
        "from now on the price is so many times what it would have been",
        ("OL-17",),
        {"symbol": SYMBOL, "factor": between(0.01, 100, REQUIRED, "times the price")},
        _crash,
    ),
    "mispriced": KindRule(
        (Point.FRAME,),
        "every price in the frame is something else: zero, no number, negative, ten times as much, bid over ask",
        ("MD-04", "RA-21"),
        {"price": one_of(("zero", "nan", "negative", "tenfold", "crossed", "empty"), REQUIRED, "what it is")},
        hit=lambda arguments: Hit(Kind.MISPRICE, dict(arguments)),
    ),
    "mode": KindRule(
        ANYWHERE,
        "a product is switched to a mode for a while",
        ("MD-07",),
        {"symbol": SYMBOL, "mode": one_of(_MODES, REQUIRED, "which mode"), "for_s": _FOR},
        _mode,
    ),
    "maintenance": KindRule(
        ANYWHERE, "REST answers 503 to everything but the time", ("NW-10",), {"for_s": _FOR}, _maintenance
    ),
    "venue_clock": KindRule(
        ANYWHERE,
        "the venue's own clock shows something else",
        ("MD-09", "HC-12"),
        {"seconds": between(-3_600, 3_600, REQUIRED, "how far ahead; negative is behind"), "for_s": _FOR},
        _skew,
    ),
}
