"""The kill file: its presence halts trading, whoever put it there and whatever it holds (requirement K1).

What cannot be looked at counts as there: a folder without permission, a dangling link, a file system that is gone.
"""

import os
import stat
from pathlib import Path
from typing import Final

from trader247.messages.control import KillFileSeen

__all__ = ["KILL_FILE_NAME", "KillFlag"]

KILL_FILE_NAME: Final = "KILL_SWITCH"

_TEXT_BYTES_MAX: Final = 200
"""As much of the file as becomes the reason of the halt."""


class KillFlag:
    """``data_dir/KILL_SWITCH``. ``look`` is one ``lstat`` while nothing is there: about two microseconds."""

    def __init__(self, data_dir: Path) -> None:
        """The folder need not exist yet."""
        self.path = data_dir / KILL_FILE_NAME

    def look(self) -> KillFileSeen:
        """Whether the file is there, and its first line."""
        try:
            found = os.lstat(self.path)
        except FileNotFoundError:
            return KillFileSeen(present=False)
        except OSError as error:
            return KillFileSeen(present=True, text=f"{self.path} cannot be looked at ({error.strerror})")
        return KillFileSeen(present=True, text=self._words(found.st_mode))

    def throw(self, reason: str) -> None:
        """Put the file there."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(f"{reason}\n", encoding="utf-8")

    def _words(self, mode: int) -> str:
        if not stat.S_ISREG(mode):
            return f"{self.path} is there and is no plain file"  # a pipe would block whoever opens it
        try:
            with self.path.open("rb") as file:
                first = file.read(_TEXT_BYTES_MAX).decode("utf-8", "replace").strip().partition("\n")[0]
        except OSError as error:
            return f"{self.path} cannot be read ({error.strerror})"
        return f"{first} ({self.path})" if first else str(self.path)
