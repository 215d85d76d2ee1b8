"""The database: locked, full, failing, slow, or telling a failure of what it has done."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from trader247.drivers.simulation.layers.arguments import ANYWHERE, length
from trader247.drivers.simulation.plan import KindRule, Point
from trader247.drivers.simulation.scene import Scene

__all__ = ["KINDS"]

_BREACH: Final = {"locked": "store_down", "failed": "store_down", "full": "disk_full"}


def _fail(how: str, scene: Scene, arguments: Mapping[str, Any]) -> None:
    scene.disk.on_refused = lambda what, for_s: _note(scene, what, for_s)
    scene.disk.fail(how, float(arguments["for_s"]))


def _note(scene: Scene, how: str, for_s: float) -> None:
    scene.witness.breach(_BREACH[how], scene.now, for_s)


def _lie(scene: Scene, _arguments: Mapping[str, Any]) -> None:
    scene.disk.lie()


def _slow(scene: Scene, arguments: Mapping[str, Any]) -> None:
    scene.disk.slow(float(arguments["seconds"]), float(arguments["for_s"]))


def _failing(how: str, meaning: str, *catalogue: str) -> KindRule:
    act: Callable[[Scene, Mapping[str, Any]], None] = partial(_fail, how)
    return KindRule(ANYWHERE, meaning, catalogue, {"for_s": length(600.0, 3.0, "how long")}, act)


KINDS: Final[Mapping[str, KindRule]] = {
    "locked": _failing("locked", "another connection holds the database; nothing is written", "DB-02"),
    "full": _failing("full", "there is no space left; nothing is written", "DB-01"),
    "failed": _failing("failed", "reads and writes of the disk fail; nothing is written", "DB-03"),
    "failed_after": KindRule(
        (Point.TIME, Point.WRITE), "the next commit happens, and is told as failed", ("DB-03", "DB-15"), {}, _lie
    ),
    "slow": KindRule(
        ANYWHERE,
        "every write takes longer",
        ("DB-10",),
        {
            "seconds": length(30.0, 2.0, "how much longer"),
            "for_s": length(600.0, 20.0, "how long it is so"),
        },
        _slow,
    ),
}
