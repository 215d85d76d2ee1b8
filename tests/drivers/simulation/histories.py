"""Short histories for tests: run, judged, and looked at."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from attrs import frozen
from tests.config.loadable import SHIPPED

from trader247.checker.evidence import Evidence
from trader247.config.loading import Loaded
from trader247.drivers.simulation.configuring import loaded_for, rereading
from trader247.drivers.simulation.digest import lines
from trader247.drivers.simulation.evidence import evidence_of
from trader247.drivers.simulation.history import History, Past, room
from trader247.drivers.simulation.layers import RULES
from trader247.drivers.simulation.plan import REQUIRED, At, Fault, Layer, Plan, Point, Stage
from trader247.drivers.simulation.staging import Terms

MINUTES = 2.0


@cache
def busy() -> Loaded:
    return loaded_for(SHIPPED)


@frozen
class Lived:
    """What is left of a history whose folder is gone."""

    past: Past
    evidence: Evidence
    lines: tuple[str, ...]

    @property
    def struck(self) -> list[str]:
        return [f"{each.fault.layer}.{each.fault.kind}" for each in self.past.scene.witness.struck]

    def alerts(self, key: str) -> list[str]:
        return [alert.text for alert in self.evidence.alerts if alert.key.startswith(key)]

    def calls(self, path: str) -> list[Any]:
        return [call for call in self.evidence.sent if call.path.startswith(path)]


def fault(layer: str, kind: str, at: At | None = None, /, **arguments: Any) -> Fault:
    """A fault with the defaults of its kind; after 60 s unless said otherwise."""
    rule = RULES[Layer(layer)][kind]
    defaults = {name: each.default for name, each in rule.arguments.items() if each.default is not REQUIRED}
    return Fault(Layer(layer), kind, at or At(Point.TIME, after_s=60.0), {**defaults, **arguments})


def event(point: str, match: str = "*", nth: int = 1, after_s: float = 30.0, **more: Any) -> At:
    if "stage" in more:
        more["stage"] = Stage(more["stage"])
    return At(Point(point), nth, match, after_s, **more)


@contextmanager
def in_room() -> Iterator[Path]:
    with room() as name:
        yield Path(name)


def lived(*faults: Fault, minutes: float = MINUTES, seed: int = 1) -> Lived:
    """A short history of these faults."""
    terms = Terms(busy(), rereading(SHIPPED))
    with in_room() as folder:
        past = History(seed, minutes / 60, Plan(faults), terms, folder).run()
        return Lived(past, evidence_of(past, busy().configuration, terms.mode), tuple(lines(past)))


def required(rule_arguments: Mapping[str, Any]) -> list[str]:
    return [name for name, each in rule_arguments.items() if each.default is REQUIRED]
