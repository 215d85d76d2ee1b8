"""What a mutant is: a deliberate defect as a patch of the source, and the short histories that must find it."""

from pathlib import Path
from typing import Any

from attrs import frozen

__all__ = ["Edit", "Fault", "Mutant", "Patched", "at", "call", "mutated"]

SOURCE = Path(__file__).parents[2] / "src" / "trader247"


class Patched(Exception):
    """An edit does not fit the source exactly once: the source has moved on, and the mutant has to."""


@frozen
class Edit:
    """``old`` becomes ``new`` in ``file`` (below ``src/trader247``), where it stands exactly once."""

    file: str
    old: str
    new: str

    def of(self, text: str) -> str:
        """The text with the defect.

        Raises:
            Patched: ``old`` is not there exactly once.
        """
        if text.count(self.old) != 1:
            raise Patched(f"{self.file}: {text.count(self.old)} times, once is meant: {self.old!r}")
        return text.replace(self.old, self.new)


Fault = dict[str, Any]


@frozen
class Mutant:
    """``about``: the dangerous fault. ``faults``: the plan; ``seeds`` are tried in turn until one history finds it.

    ``sets`` override the configuration; ``busy`` False keeps the configuration's own patience.
    """

    name: str
    about: str
    edits: tuple[Edit, ...]
    faults: tuple[Fault, ...] = ()
    sets: tuple[str, ...] = ()
    minutes: float = 4.0
    seeds: tuple[int, ...] = (1, 2, 3)
    busy: bool = True

    def replay(self, seed: int) -> dict[str, Any]:
        """What ``trader247 simulate --replay`` reads."""
        return {
            "version": 1,
            "seed": seed,
            "hours": self.minutes / 60,
            "busy": self.busy,
            "sets": list(self.sets),
            "plan": {"version": 1, "faults": list(self.faults)},
        }


def mutated(mutant: Mutant, source: Path) -> dict[str, str]:
    """Each edited file's text with the defect in it, by its path below ``source``.

    Raises:
        Patched: an edit does not fit exactly once.
    """
    texts: dict[str, str] = {}
    for edit in mutant.edits:
        text = texts.get(edit.file) or (source / edit.file).read_text(encoding="utf-8")
        texts[edit.file] = edit.of(text)
    return texts


def at(after_s: float, layer: str, kind: str, /, **arguments: Any) -> Fault:
    """A fault so many seconds after the beginning."""
    return {"layer": layer, "kind": kind, "at": {"point": "time", "after_s": after_s}} | arguments


def call(
    match: str, nth: int, layer: str, kind: str, /, *, stage: str = "before", later_s: float = 0.0, **arguments: Any
) -> Fault:
    """A fault at the n-th request of a name, counted from ``later_s`` on."""
    place: dict[str, Any] = {"point": "call", "match": match, "nth": nth, "after_s": later_s}
    if stage != "before":
        place["stage"] = stage
    return {"layer": layer, "kind": kind, "at": place} | arguments
