"""What is wrong with a configuration, where, and how it is told: all faults at once, each with its file and line.

A fault reads ``config/policy.yaml:12:5: caps.total_pct: 250 is not allowed (0 < x <= 100)``. No fault ever shows a
value that may be a secret.
"""

from collections.abc import Sequence
from typing import Final, TypeAlias

from attrs import frozen

from trader247.errors import ConfigurationInvalid

__all__ = ["FAULTS_SHOWN_MAX", "ConfigurationFaults", "Fault", "KeyPath", "Place", "dotted"]

KeyPath: TypeAlias = tuple[str, ...]
"""The section (the file's name without ``.yaml``) and the keys below it."""

FAULTS_SHOWN_MAX: Final = 100
"""Faults printed at once; more than a terminal can scroll back to help nobody. The rest are counted."""


@frozen(order=True)
class Place:
    """Where a value was said: a file with line and column (from 1), or an override (line and column 0)."""

    source: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """``config/policy.yaml:12:5``, or the override's own name."""
        return f"{self.source}:{self.line}:{self.column}" if self.line else self.source


@frozen
class Fault:
    """One thing that is wrong. ``path`` names the key, section first; ``text`` says what is wrong, what is allowed."""

    place: Place
    path: KeyPath
    text: str

    def __str__(self) -> str:
        """One line: place, key, text."""
        key = dotted(self.path)
        return f"{self.place}: {key}: {self.text}" if key else f"{self.place}: {self.text}"


def dotted(path: KeyPath) -> str:
    """The key as it reads inside its file: the path without its section."""
    return ".".join(path[1:])


class ConfigurationFaults(ConfigurationInvalid):
    """The configuration cannot be used; ``faults`` holds every reason, the text the first hundred."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        """Orders the faults by place and drops repetitions."""
        self.faults = tuple(sorted(set(faults), key=lambda fault: (fault.place, fault.path, fault.text)))
        count = len(self.faults)
        lines = [str(fault) for fault in self.faults[:FAULTS_SHOWN_MAX]]
        if count > FAULTS_SHOWN_MAX:
            lines.append(f"... and {count - FAULTS_SHOWN_MAX} more")
        noun = "fault" if count == 1 else "faults"
        super().__init__(f"the configuration has {count} {noun}; nothing was started\n" + "\n".join(lines))
