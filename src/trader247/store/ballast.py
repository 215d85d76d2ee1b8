"""A file that does nothing but take up room, given back when the disk is full, so that the last words can be written.

Once SQLite has met a full disk, even small writes keep failing; a megabyte is room for the reason of a halt and for
what the cancelled orders became.
"""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from trader247.store.durable import make_durable
from trader247.store.faults import StorageFull
from trader247.store.journal import Entry, Journal, Written

__all__ = ["BALLAST_BYTES", "BALLAST_NAME", "Ballast"]

BALLAST_BYTES: Final = 1024 * 1024
"""Room for 256 pages of the write-ahead log: a few dozen commits."""

BALLAST_NAME: Final = "trader247.ballast"


class Ballast:
    """The ballast of one data folder."""

    def __init__(self, data_dir: Path) -> None:
        """Takes up nothing yet."""
        self.path = data_dir / BALLAST_NAME

    @property
    def standing(self) -> bool:
        """Whether the room is taken."""
        try:
            return self.path.stat().st_size == BALLAST_BYTES
        except FileNotFoundError:
            return False

    def take(self) -> bool:
        """Take up the room where it is not taken; False where there is not that much, and nothing is kept of it."""
        if self.standing:
            return True
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, BALLAST_BYTES)
            os.fsync(descriptor)
        except OSError:
            self.release()
            return False
        finally:
            os.close(descriptor)
        make_durable(self.path.parent)
        return True

    def release(self) -> bool:
        """Give the room back; answers whether there was any."""
        stood = self.standing
        with suppress(FileNotFoundError):
            self.path.unlink()
        return stood

    def append(self, journal: Journal, entries: Sequence[Entry]) -> list[Written]:
        """``journal.append``; on a full disk the room is given back and the entries are tried once more.

        Who calls this halts first, in memory: with the ballast gone there is no second time.

        Raises:
            StorageFull: there was no ballast left, or it was not enough.
        """
        try:
            return journal.append(entries)
        except StorageFull:
            if not self.release():
                raise
            return journal.append(entries)
