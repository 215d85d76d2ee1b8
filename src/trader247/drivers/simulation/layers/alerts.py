"""The way of alerts to people: it hangs."""

from collections.abc import Mapping
from typing import Any, Final

from trader247.drivers.simulation.layers.arguments import ANYWHERE, length
from trader247.drivers.simulation.plan import KindRule
from trader247.drivers.simulation.scene import Scene

__all__ = ["KINDS"]


def _hang(scene: Scene, arguments: Mapping[str, Any]) -> None:
    for_s = float(arguments["for_s"])
    scene.hearing.cut(for_s)
    scene.witness.breach("alerts_down", scene.now, for_s)


KINDS: Final[Mapping[str, KindRule]] = {
    "hangs": KindRule(
        ANYWHERE,
        "the channel takes an alert and does not come back from it",
        ("OP-06",),
        {"for_s": length(120.0, 10.0, "how long")},
        _hang,
    ),
}
