"""The actors: one is struck down with a message in hand, one is ended, one hangs."""

from collections.abc import Mapping
from typing import Any, Final

from trader247.drivers.simulation.layers.arguments import ANYWHERE, length, one_of
from trader247.drivers.simulation.plan import REQUIRED, KindRule, Point
from trader247.drivers.simulation.scene import Scene
from trader247.drivers.simulation.troubles import ActorStruck

__all__ = ["ACTORS", "KINDS"]

ACTORS: Final = (
    "journal",
    "alerter",
    "permit_desk",
    "breakers",
    "order_gateway",
    "order_manager",
    "user_feed",
    "reconciler",
    "kill_switch",
    "clock_guard",
    "market_feed",
    "cycle",
    "risk_arbiter",
)


def _strike(scene: Scene, _arguments: Mapping[str, Any]) -> None:
    scene.actors.strike()


def _end(scene: Scene, arguments: Mapping[str, Any]) -> None:
    if scene.life is not None and scene.life.is_up:
        scene.life.daemon.running.inject_crash(arguments["actor"], ActorStruck("ended by the plan"))


def _hang(scene: Scene, arguments: Mapping[str, Any]) -> None:
    scene.actors.hang(arguments["actor"], float(arguments["for_s"]))


_ACTOR: Final = one_of(ACTORS, REQUIRED, "whose name")
KINDS: Final[Mapping[str, KindRule]] = {
    "struck": KindRule(
        (Point.TAKE,), "the actor that has just taken the message ends with it in hand", ("AR-01",), {}, _strike
    ),
    "ended": KindRule(
        ANYWHERE, "an actor ends as by a crash, wherever it is", ("AR-02", "AR-05", "AR-11"), {"actor": _ACTOR}, _end
    ),
    "hangs": KindRule(
        ANYWHERE,
        "an actor takes no message",
        ("AR-03", "AR-10"),
        {"actor": _ACTOR, "for_s": length(600.0, 5.0, "how long")},
        _hang,
    ),
}
