"""Plans and replays as JSON, read strictly: an unknown key or a bad value is refused, all of them at once.

A *replay* is a plan with everything else that a history depends on: seed, hours, overrides of the configuration and
its fingerprint, the version of the program, and what was violated.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from attrs import evolve, field, frozen

from trader247 import __version__
from trader247.drivers.simulation.layers import RULES
from trader247.drivers.simulation.plan import REQUIRED, At, Fault, KindRule, Layer, Plan, Point, Stage
from trader247.errors import ConfigurationInvalid
from trader247.venues.simulated.faults.kinds import is_count, is_number

__all__ = ["REPLAY_BEGINS", "VERSION", "Replay", "plan_of", "plan_plain", "read_plan", "read_replay", "replay_text"]

VERSION: Final = 1
REPLAY_BEGINS: Final = '{\n "version": '
"""How the text of every replay begins that was written here."""
_FILE_BYTES_MAX: Final = 16 * 1024 * 1024
"""A hundred thousand faults."""

_SECONDS_MAX: Final = 10_000_000
_COUNT_MAX: Final = 1_000_000_000
_TEXT_MAX: Final = 200
_AT: Final = frozenset({"point", "nth", "match", "after_s", "stage", "delta_s"})


@frozen
class Replay:
    """A history to be had again. ``fingerprint``: of the configuration it ran with; another one is another history."""

    seed: int
    hours: float
    plan: Plan
    sets: Sequence[str] = ()
    busy: bool = True
    fingerprint: str = ""
    version: str = __version__
    violated: Sequence[str] = field(factory=tuple)
    story: str = ""


class _Reading:
    """One file on its way, with what is wrong in it."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.wrong: list[str] = []

    def refuse(self, place: str, value: Any, allowed: str) -> None:
        self.wrong.append(f"{place} is {json.dumps(value, default=str)[:100]}: {allowed}")

    def finish(self) -> None:
        if self.wrong:
            raise ConfigurationInvalid(f"{self.where}: " + "; ".join(self.wrong))


def read_plan(path: Path) -> Plan:
    """The plan in a file; a replay's where it is one.

    Raises:
        ConfigurationInvalid: it cannot be read, or anything in it is wrong; all of it is told.
    """
    content = _json(path)
    if isinstance(content, dict) and "plan" in content:
        return read_replay(path).plan
    return plan_of(content, str(path))


def read_replay(path: Path) -> Replay:
    """The replay in a file.

    Raises:
        ConfigurationInvalid: as ``read_plan``.
    """
    content, reading = _json(path), _Reading(str(path))
    if not isinstance(content, dict):
        reading.refuse("top level", content, "an object with seed, hours and plan")
        reading.finish()
    known = {"version", "seed", "hours", "sets", "busy", "fingerprint", "program", "violated", "story", "plan"}
    for name in content:
        if name not in known:
            reading.refuse(name, content[name], "no such key; there are " + ", ".join(sorted(known)))
    checks: tuple[tuple[str, bool, str], ...] = (
        ("version", content.get("version") == VERSION, f"this program reads {VERSION}"),
        ("seed", is_count(content.get("seed"), 0, 2**63 - 1), "a whole number from 0"),
        ("hours", is_number(content.get("hours")) and 0 < content["hours"] <= _SECONDS_MAX, "hours above 0"),
        ("sets", _is_texts(content.get("sets", [])), "a list of texts"),
        ("violated", _is_texts(content.get("violated", [])), "a list of texts"),
        ("busy", isinstance(content.get("busy", True), bool), "true or false"),
    )
    for name, good, allowed in checks:
        if not good:
            reading.refuse(name, content.get(name), allowed)
    reading.finish()
    return Replay(
        content["seed"],
        float(content["hours"]),
        plan_of(content.get("plan"), str(path)),
        tuple(content.get("sets", ())),
        content.get("busy", True),
        str(content.get("fingerprint", "")),
        str(content.get("program", "")),
        tuple(content.get("violated", ())),
        str(content.get("story", "")),
    )


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def replay_text(replay: Replay) -> str:
    """As ``read_replay`` reads it."""
    content = {
        "version": VERSION,
        "program": replay.version,
        "seed": replay.seed,
        "hours": replay.hours,
        "busy": replay.busy,
        "sets": list(replay.sets),
        "fingerprint": replay.fingerprint,
        "violated": list(replay.violated),
        "story": replay.story,
        "plan": plan_plain(replay.plan),
    }
    return json.dumps(content, indent=1) + "\n"


def plan_plain(plan: Plan) -> dict[str, Any]:
    """The plan as JSON has it; reads back as the same plan."""
    return {"version": VERSION, "faults": [_entry(fault) for fault in plan.faults]}


def _entry(fault: Fault) -> dict[str, Any]:
    at, plain = fault.at, At()
    where = {
        "nth": at.nth,
        "match": at.match,
        "after_s": at.after_s,
        "stage": at.stage.value,
        "delta_s": at.delta_s,
    }
    said = {name: value for name, value in where.items() if value != getattr(plain, name)}
    entry: dict[str, Any] = {"layer": fault.layer.value, "kind": fault.kind, "at": {"point": at.point.value, **said}}
    return entry | dict(fault.arguments)


def plan_of(content: Any, where: str) -> Plan:
    """The plan that JSON says.

    Raises:
        ConfigurationInvalid: naming ``where`` and everything that is wrong.
    """
    reading = _Reading(where)
    faults: list[Fault] = []
    if not isinstance(content, dict) or set(content) != {"version", "faults"} or content["version"] != VERSION:
        reading.refuse("plan", content, f'an object {{"version": {VERSION}, "faults": [...]}}')
    elif not isinstance(content["faults"], list):
        reading.refuse("faults", content["faults"], "a list")
    else:
        made = [_fault(entry, f"faults[{at}]", reading) for at, entry in enumerate(content["faults"])]
        faults = [fault for fault in made if fault is not None]
    reading.finish()
    return Plan(tuple(faults))


def _fault(entry: Any, place: str, reading: _Reading) -> Fault | None:
    if not isinstance(entry, dict):
        reading.refuse(place, entry, "an object with layer, kind and at")
        return None
    before = len(reading.wrong)
    layer = entry.get("layer")
    if layer not in list(Layer):
        reading.refuse(f"{place}.layer", layer, "one of " + ", ".join(Layer))
        return None
    rules = RULES[Layer(layer)]
    kind = entry.get("kind")
    rule = rules.get(kind) if isinstance(kind, str) else None
    if rule is None:
        reading.refuse(f"{place}.kind", kind, f"of {layer} there are " + ", ".join(rules))
        return None
    at = _at(entry.get("at"), rule, f"{place}.at", reading)
    arguments = _arguments(entry, rule, place, reading)
    if at is None or len(reading.wrong) > before:
        return None
    return Fault(Layer(layer), entry["kind"], at, arguments)


def _at(said: Any, rule: KindRule, place: str, reading: _Reading) -> At | None:
    if not isinstance(said, dict) or said.get("point") not in list(Point):
        reading.refuse(place, said, "an object with a point: one of " + ", ".join(Point))
        return None
    at = At(Point(said["point"]))
    checks = {
        "nth": (is_count(said.get("nth", 1), 1, _COUNT_MAX), "a whole number from 1"),
        "match": (isinstance(said.get("match", "*"), str) and 0 < len(said.get("match", "*")) <= _TEXT_MAX, "a text"),
        "after_s": (_is_seconds(said.get("after_s", 0)), "seconds from 0"),
        "stage": (said.get("stage", "before") in list(Stage), "before or after"),
        "delta_s": (_is_seconds(said.get("delta_s", 0)), "seconds from 0"),
    }
    for name in said:
        if name not in _AT:
            reading.refuse(f"{place}.{name}", said[name], "no such key; there are " + ", ".join(sorted(_AT)))
    for name, (good, allowed) in checks.items():
        if not good:
            reading.refuse(f"{place}.{name}", said[name], allowed)
            return None
    if at.point not in rule.points:
        reading.refuse(f"{place}.point", at.point, "this kind stands at " + ", ".join(rule.points))
    if rule.hit is not None and (said.get("delta_s") or said.get("stage", "before") != "before"):
        reading.refuse(place, said, "this kind strikes the event itself: no delta_s, and no stage but before")
    known = {name: said[name] for name in ("nth", "match", "after_s", "delta_s") if name in said}
    return evolve(at, **known, stage=Stage(said.get("stage", "before")))


def _is_seconds(value: Any) -> bool:
    return is_number(value) and 0 <= value <= _SECONDS_MAX


def _arguments(entry: Mapping[str, Any], rule: KindRule, place: str, reading: _Reading) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name in entry:
        if name not in {"layer", "kind", "at"} and name not in rule.arguments:
            reading.refuse(
                f"{place}.{name}", entry[name], "this kind takes " + (", ".join(rule.arguments) or "nothing")
            )
    for name, argument in rule.arguments.items():
        value = entry.get(name, argument.default)
        if value is REQUIRED:
            reading.refuse(f"{place}.{name}", None, f"say it: {argument.meaning}")
        elif wrong := argument.check(value):
            reading.refuse(f"{place}.{name}", value, wrong)
        else:
            made[name] = value
    return made


def _json(path: Path) -> Any:
    try:
        if path.exists() and not path.is_file():  # a pipe would be waited for, a device read for ever
            raise ConfigurationInvalid(f"{path} is no plain file")
        raw = path.read_bytes() if path.stat().st_size <= _FILE_BYTES_MAX else b""
        return json.loads(raw)
    except OSError as error:
        raise ConfigurationInvalid(f"{path} cannot be read ({error.strerror})") from None
    except (ValueError, RecursionError):
        raise ConfigurationInvalid(f"{path} is no JSON of at most {_FILE_BYTES_MAX} bytes") from None
