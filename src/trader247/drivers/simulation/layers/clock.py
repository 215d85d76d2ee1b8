"""The host's wall clock: it steps, or it drifts."""

from collections.abc import Mapping
from typing import Any, Final

from trader247.drivers.simulation.layers.arguments import ANYWHERE, between, length
from trader247.drivers.simulation.plan import REQUIRED, KindRule
from trader247.drivers.simulation.scene import Scene
from trader247.model.instant import SECOND

__all__ = ["KINDS"]

_STEP_S_MAX: Final = 7_200.0
_NOTICED_NS: Final = 151_000_000
"""A smaller step is within what a host's clock may be off."""


def _step(scene: Scene, arguments: Mapping[str, Any]) -> None:
    by_ns, for_s = round(float(arguments["seconds"]) * SECOND), float(arguments["for_s"])
    scene.host.step(by_ns)
    if abs(by_ns) > _NOTICED_NS:
        scene.witness.breach("clock_step", scene.now, for_s)
    scene.later(for_s, lambda: None if scene.points.healed else scene.host.step(-by_ns))


def _drift(scene: Scene, arguments: Mapping[str, Any]) -> None:
    scene.host.drift(float(arguments["ppm"]))
    scene.witness.breach("clock_drift", scene.now, float(arguments["for_s"]))
    scene.later(float(arguments["for_s"]), lambda: None if scene.points.healed else scene.host.settle())


_FOR: Final = length(3_600.0, 30.0, "how long until somebody sets it right, in one step")
KINDS: Final[Mapping[str, KindRule]] = {
    "step": KindRule(
        ANYWHERE,
        "the wall clock jumps, and later jumps back",
        ("HC-01", "HC-02"),
        {"seconds": between(-_STEP_S_MAX, _STEP_S_MAX, REQUIRED, "how far ahead; negative is back"), "for_s": _FOR},
        _step,
    ),
    "drift": KindRule(
        ANYWHERE,
        "the wall clock gains or loses, and is set right later",
        ("HC-03",),
        {"ppm": between(-100_000, 100_000, REQUIRED, "microseconds gained per second"), "for_s": _FOR},
        _drift,
    ),
}
