"""Reading and writing fault plans as JSON. Strict: everything that is wrong is told at once, each with its place.

::

    {"version": 1, "seed": 7, "faults": [
        {"on": "request", "match": "POST /orders", "nth": 3, "kind": "lost_after", "ending": "reset"},
        {"on": "request", "rate": 0.01, "kind": "http_status", "code": 503, "body": "html"},
        {"on": "frame", "match": "user", "every": 50, "first": 10, "kind": "drop"},
        {"on": "time", "after_s": 60, "kind": "product_mode", "product": "BTC-USD", "mode": "cancel_only", "for_s": 30}
    ]}
"""

import json
from collections.abc import Sequence
from typing import Any, Final

from trader247.errors import ConfigurationInvalid
from trader247.venues.simulated.faults.kinds import KINDS, REQUIRED, is_count, is_number
from trader247.venues.simulated.faults.plan import Fault, FaultPlan, Kind, Point, When

__all__ = ["FaultPlanInvalid", "plan_text", "read_plan"]

_VERSION: Final = 1
_FAULTS_MAX: Final = 1_000
_NTH_MAX: Final = 1_000
_TEXT_MAX: Final = 200
_AFTER_S_MAX: Final = 366 * 86_400
_SHOWN_MAX: Final = 60
_WHENS: Final = ("nth", "every", "rate", "after_s")
_ADDRESS: Final = frozenset({"on", "match", "connection", "kind", "first", "times_max", "why", *_WHENS})


class FaultPlanInvalid(ConfigurationInvalid):
    """A fault plan cannot be used; ``faults`` holds every reason with its place."""

    def __init__(self, source: str, faults: Sequence[str]) -> None:
        """``source`` names the file."""
        self.faults = tuple(faults)
        noun = "fault" if len(faults) == 1 else "faults"
        lines = "\n".join(f"{source}: {each}" for each in faults)
        super().__init__(f"the fault plan has {len(faults)} {noun} of its own; nothing was started\n{lines}")


class _Complaints:
    """Collects what is wrong on the way."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def add(self, place: str, value: object, allowed: str) -> None:
        shown = json.dumps(value, default=str)
        shown = shown if len(shown) <= _SHOWN_MAX else shown[:_SHOWN_MAX] + ".."
        self.lines.append(f"{place}: {shown} is not allowed ({allowed})")

    def unknown(self, place: str, name: str, allowed: Sequence[str]) -> None:
        shown = json.dumps(name)[1:-1][:_SHOWN_MAX]
        self.lines.append(f"{place}.{shown}: there is no such key (allowed: {', '.join(allowed)})")

    def missing(self, place: str, name: str, meaning: str) -> None:
        self.lines.append(f"{place}.{name}: missing ({meaning})")


def read_plan(text: str, source: str = "fault plan") -> FaultPlan:
    """The plan a text says.

    Raises:
        FaultPlanInvalid: it is no JSON, or something in it is not allowed; all of it is told at once.
    """
    complaints = _Complaints()
    try:
        content = json.loads(text, object_pairs_hook=_without_repetition, parse_constant=_no_constant)
    except (ValueError, RecursionError) as wrong:
        raise FaultPlanInvalid(source, [f"it is no JSON: {wrong}"]) from None
    plan = _plan(content, complaints)
    if complaints.lines:
        raise FaultPlanInvalid(source, complaints.lines)
    return plan


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in pairs:
        if key in made:
            raise ValueError(f"the key {key!r} stands twice in one object")
        made[key] = value
    return made


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def _plan(content: object, complaints: _Complaints) -> FaultPlan:
    if not isinstance(content, dict):
        complaints.add("top level", content, 'an object like {"version": 1, "faults": []}')
        return FaultPlan()
    for name in content:
        if name not in {"version", "seed", "faults", "why"}:
            complaints.unknown("top level", name, ["version", "seed", "faults", "why"])
    if content.get("version") != _VERSION or isinstance(content["version"], bool):
        complaints.add("version", content.get("version"), f"this program reads {_VERSION}")
    seed = content.get("seed")
    if seed is not None and not is_count(seed, 0, 2**63 - 1):
        complaints.add("seed", seed, "a whole number from 0 to 2^63 - 1, or null")
    entries = content.get("faults")
    if not isinstance(entries, list) or len(entries) > _FAULTS_MAX:
        complaints.add("faults", entries, f"a list of at most {_FAULTS_MAX} faults")
        return FaultPlan()
    made = [_fault(each, f"faults[{number}]", complaints) for number, each in enumerate(entries)]
    return FaultPlan(tuple(each for each in made if each is not None), seed)


def _fault(entry: object, place: str, complaints: _Complaints) -> Fault | None:
    if not isinstance(entry, dict):
        complaints.add(place, entry, 'an object like {"on": "request", "nth": 1, "kind": "lost_after"}')
        return None
    before = len(complaints.lines)
    point = _enumerated(entry, "on", Point, place, complaints)
    kind = _enumerated(entry, "kind", Kind, place, complaints)
    match = entry.get("match", "*")
    if not isinstance(match, str) or not 0 < len(match) <= _TEXT_MAX:
        complaints.add(f"{place}.match", match, f"a text of 1 to {_TEXT_MAX} characters, * stands for any")
    connection = entry.get("connection")
    if connection is not None and not (point is Point.FRAME and is_count(connection)):
        complaints.add(f"{place}.connection", connection, "the number of a connection from 1, at frames only")
    when = _when(entry, point, place, complaints)
    arguments = _arguments(entry, kind, place, complaints)
    if point is not None and kind is not None and point not in KINDS[kind].points:
        complaints.add(f"{place}.kind", kind, f"{kind} may stand on: " + ", ".join(KINDS[kind].points))
    if point is None or kind is None or len(complaints.lines) > before:
        return None
    return Fault(point, kind, when, match, connection, arguments)


def _enumerated(entry: dict[str, Any], name: str, kind: Any, place: str, complaints: _Complaints) -> Any:
    allowed = "one of " + ", ".join(kind)
    if name not in entry:
        complaints.missing(place, name, allowed)
        return None
    value = entry[name]
    if not isinstance(value, str) or value not in list(kind):
        complaints.add(f"{place}.{name}", value, allowed)
        return None
    return kind(value)


def _when(entry: dict[str, Any], point: Point | None, place: str, complaints: _Complaints) -> When:
    said = [name for name in _WHENS if name in entry]
    if len(said) != 1:
        complaints.missing(place, "nth", f"say exactly one of {', '.join(_WHENS)}; here are {said or 'none'}")
    if point is not None and said and (point is Point.TIME) != (said == ["after_s"]):
        complaints.add(f"{place}.{said[0]}", entry[said[0]], "after_s stands with the point time, and only there")
    nth, every, rate, after_s = (entry.get(name) for name in _WHENS)
    several: list[Any] = nth if isinstance(nth, list) else [nth]
    rules = {
        "nth": (0 < len(several) <= _NTH_MAX and all(map(is_count, several)), "a number from 1, or a list of them"),
        "every": (is_count(every), "a whole number from 1"),
        "rate": (is_number(rate) and 0 < (rate or 0) <= 1, "a number above 0 up to 1"),
        "after_s": (is_number(after_s) and 0 <= (after_s or 0) <= _AFTER_S_MAX, f"seconds from 0 to {_AFTER_S_MAX}"),
    }
    for name in said:
        good, allowed = rules[name]
        if not good:
            complaints.add(f"{place}.{name}", entry[name], allowed)
    first, times_max = entry.get("first", 1), entry.get("times_max")
    if not is_count(first) or ("first" in entry and "nth" in entry):
        complaints.add(f"{place}.first", first, "a whole number from 1, beside every or rate")
    if times_max is not None and not is_count(times_max):
        complaints.add(f"{place}.times_max", times_max, "a whole number from 1, or null")
    return When(tuple(several) if nth is not None else (), every, rate, after_s, first, times_max)


def _arguments(entry: dict[str, Any], kind: Kind | None, place: str, complaints: _Complaints) -> dict[str, Any]:
    known = KINDS[kind].arguments if kind is not None else {}
    made: dict[str, Any] = {}
    for name in entry:
        if name not in _ADDRESS and name not in known and kind is not None:
            complaints.unknown(place, name, [*sorted(_ADDRESS), *known])
    for name, argument in known.items():
        value = entry.get(name, argument.default)
        if value is REQUIRED:
            complaints.missing(place, name, argument.meaning)
        elif wrong := argument.check(value):
            complaints.add(f"{place}.{name}", value, wrong)
        else:
            made[name] = value
    return made


def plan_text(plan: FaultPlan) -> str:
    """The plan as a text that reads back as the same plan."""
    return json.dumps({"version": _VERSION, "seed": plan.seed, "faults": [*map(_entry, plan.faults)]}, indent=2)


def _entry(fault: Fault) -> dict[str, Any]:
    when = fault.when
    entry: dict[str, Any] = {"on": fault.point.value, "match": fault.match}
    optional = {
        "connection": fault.connection,
        "nth": list(when.nth) or None,
        "every": when.every,
        "rate": when.rate,
        "after_s": when.after_s,
        "first": when.first if when.first != 1 else None,
        "times_max": when.times_max,
    }
    entry |= {name: value for name, value in optional.items() if value is not None}
    return entry | {"kind": fault.kind.value, **fault.arguments}
