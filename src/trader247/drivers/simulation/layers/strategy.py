"""The code of strategies: it raises, floods, talks nonsense, answers in wrong types, takes its time."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from trader247.drivers.simulation.layers.arguments import ANYWHERE, length
from trader247.drivers.simulation.plan import KindRule
from trader247.drivers.simulation.scene import Scene

__all__ = ["KINDS"]


def _arm(how: str, scene: Scene, arguments: Mapping[str, Any]) -> None:
    scene.strategies.arm(how, float(arguments.get("for_s", 0.0)))


KINDS: Final[Mapping[str, KindRule]] = {
    "raises": KindRule(ANYWHERE, "the next strategy that is asked raises", ("ST-01",), {}, partial(_arm, "raises")),
    "flood": KindRule(ANYWHERE, "it answers with 10,000 proposals", ("ST-06",), {}, partial(_arm, "flood")),
    "absurd": KindRule(
        ANYWHERE,
        "it answers with numbers that are none, negative, far too large, and an instrument that is not traded",
        ("ST-05",),
        {},
        partial(_arm, "absurd"),
    ),
    "wrong_types": KindRule(
        ANYWHERE, "it answers with things that are no proposals", ("ST-05", "ST-07"), {}, partial(_arm, "wrong_types")
    ),
    "slow": KindRule(
        ANYWHERE,
        "it holds up the loop for so long, as inline code can",
        ("ST-02", "ST-03"),
        {"for_s": length(60.0, 2.0, "how long")},
        partial(_arm, "slow"),
    ),
}
