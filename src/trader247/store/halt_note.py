"""A halt that the journal could not take, kept in a file of its own until the journal has it (requirement K1).

A disk that fails a database may still take a line of text; a start that finds the line begins halted.
"""

import json
from pathlib import Path
from typing import Final

from attrs import frozen

from trader247.model.instant import Instant
from trader247.store.durable import make_durable

__all__ = ["NOTE_NAME", "HaltNote", "NotedHalt"]

NOTE_NAME: Final = "trader247.halted"


@frozen
class NotedHalt:
    """Why trading was halted, who said so, and when."""

    reason: str
    by: str
    at: Instant


class HaltNote:
    """The note of one data folder."""

    def __init__(self, data_dir: Path) -> None:
        """Nothing is looked at yet."""
        self.path = data_dir / NOTE_NAME

    def write(self, halt: NotedHalt) -> None:
        """Durable at return, whole or not at all.

        Raises:
            OSError: the disk takes not even this.
        """
        fresh = self.path.with_suffix(".new")
        fresh.write_text(json.dumps({"reason": halt.reason, "by": halt.by, "at": halt.at}), encoding="utf-8")
        make_durable(fresh)
        fresh.replace(self.path)
        make_durable(self.path.parent)

    def read(self) -> NotedHalt | None:
        """The note, or None. One that cannot be read is a halt as well: somebody had a reason to leave it."""
        try:
            said = json.loads(self.path.read_text(encoding="utf-8"))
            return NotedHalt(str(said["reason"]), str(said["by"]), Instant(int(said["at"])))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            return NotedHalt(f"{self.path.name} is there and cannot be read", "halt_note", Instant(0))

    def remove(self) -> None:
        """The journal has it."""
        self.path.unlink(missing_ok=True)
