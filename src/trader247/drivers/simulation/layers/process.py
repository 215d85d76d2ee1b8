"""The process: it dies, dies again, or stands still."""

from collections.abc import Mapping
from typing import Any, Final

from trader247.drivers.simulation.layers.arguments import ANYWHERE, length
from trader247.drivers.simulation.plan import KindRule
from trader247.drivers.simulation.scene import Scene

__all__ = ["KINDS"]

_AGAIN_S_MAX: Final = 60.0


def _crash(scene: Scene, _arguments: Mapping[str, Any]) -> None:
    scene.crash()


def _crash_twice(scene: Scene, arguments: Mapping[str, Any]) -> None:
    scene.crash()
    scene.later(float(arguments["again_s"]), scene.crash)


def _pause(scene: Scene, arguments: Mapping[str, Any]) -> None:
    scene.pause(float(arguments["for_s"]))


KINDS: Final[Mapping[str, KindRule]] = {
    "crash": KindRule(
        ANYWHERE,
        "the process is gone at that point, with no cleanup; another starts soon",
        ("PR-01", "PR-02"),
        {},
        _crash,
    ),
    "crash_twice": KindRule(
        ANYWHERE,
        "it is gone, and whatever runs so many seconds later is gone, too",
        ("PR-04", "PR-10"),
        {"again_s": length(_AGAIN_S_MAX, 6.0, "seconds between the two deaths")},
        _crash_twice,
    ),
    "pause": KindRule(
        ANYWHERE,
        "the process stands still while the world goes on: SIGSTOP, a machine that is suspended",
        ("PR-12", "HC-08"),
        {"for_s": length(600.0, 5.0, "how long")},
        _pause,
    ),
}
