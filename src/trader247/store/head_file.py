"""The journal's end, written a second time beside the database, so that a cut tail or an old copy is noticed.

Two slots of one disk sector each are written in turn, in place: a write that is torn by a loss of power leaves the
other slot whole. The file is written *after* the commit it tells of, so it may lag one batch behind the database when
the process is killed, and is never ahead of an honest one. It is flushed every ``FLUSH_EVERY`` writes and at the end,
so after a loss of power it may lag that many batches: flushing it each time would double what every order waits for.
"""

import os
from pathlib import Path
from typing import Final
from zlib import crc32

from trader247.store.chain import GENESIS, Head
from trader247.store.durable import make_durable
from trader247.store.faults import DatabaseUnreadable, StorageFailed

__all__ = ["FLUSH_EVERY", "HeadFile", "head_path"]

FLUSH_EVERY: Final = 32
"""A few minutes of a quiet day, a few seconds of a busy one."""

_SLOT_BYTES: Final = 512
_SLOTS: Final = 2


def head_path(database: Path) -> Path:
    """Where the head of a database is kept."""
    return database.with_name(f"{database.name}.head")


class HeadFile:
    """The head file of one database. Every method blocks on the disk."""

    def __init__(self, path: Path) -> None:
        """Opens nothing yet: a head that is only read leaves no trace."""
        self.path = path
        self._descriptor: int | None = None
        self._next_slot = 0
        self._unflushed = 0

    def read(self) -> Head | None:
        """The newest head of the two slots, None where the file is missing or holds no whole slot.

        Raises:
            DatabaseUnreadable: the file is there and cannot be read.
        """
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise DatabaseUnreadable(f"{self.path} cannot be read ({error.strerror}). Check who owns it.") from error
        slots = [_parsed(content[index * _SLOT_BYTES : (index + 1) * _SLOT_BYTES]) for index in range(_SLOTS)]
        whole = [(head.seq, index, head) for index, head in enumerate(slots) if head is not None]
        if not whole:
            return None
        _, index, head = max(whole, key=lambda found: found[:2])
        self._next_slot = (index + 1) % _SLOTS
        return head

    def write(self, head: Head) -> None:
        """Put the head into the older slot; every ``FLUSH_EVERY``-th time onto the disk.

        Raises:
            StorageFailed: the disk failed.
        """
        try:
            if self._descriptor is None:
                self._descriptor = self._opened()
            os.pwrite(self._descriptor, _spelled(head), self._next_slot * _SLOT_BYTES)
            self._unflushed += 1
            if self._unflushed >= FLUSH_EVERY:
                self._flush(self._descriptor)
        except OSError as error:
            raise self._failed(error) from error
        self._next_slot = (self._next_slot + 1) % _SLOTS

    def reset(self, head: Head) -> None:
        """Forget both slots and begin again from ``head``, which may be older than what stood there."""
        self.close()
        self.path.unlink(missing_ok=True)
        self._next_slot = 0
        self.write(head)

    def close(self) -> None:
        """Flush and free the descriptor. Safe to call twice.

        Raises:
            StorageFailed: the disk failed; the descriptor is free all the same.
        """
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            try:
                self._flush(descriptor)
            except OSError as error:
                raise self._failed(error) from error
            finally:
                os.close(descriptor)

    def _failed(self, error: OSError) -> StorageFailed:
        return StorageFailed(
            f"{self.path} cannot be written ({error.strerror}). Check the disk, then start again:"
            " the journal is checked on the way up."
        )

    def _flush(self, descriptor: int) -> None:
        os.fdatasync(descriptor)
        self._unflushed = 0

    def _opened(self) -> int:
        """The descriptor; a new file gets both its sectors and its name on the disk before it is relied on."""
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if os.fstat(descriptor).st_size < _SLOTS * _SLOT_BYTES:
            os.pwrite(descriptor, _spelled(GENESIS) * _SLOTS, 0)
            os.fsync(descriptor)
            make_durable(self.path.parent)
        return descriptor


def _spelled(head: Head) -> bytes:
    text = f"{head.seq} {head.hash}"
    return f"{text} {crc32(text.encode()):08x}".ljust(_SLOT_BYTES - 1).encode() + b"\n"


def _parsed(slot: bytes) -> Head | None:
    parts = slot.decode("ascii", errors="replace").split()
    if len(parts) != 3 or not parts[0].isdecimal():
        return None
    head = Head(int(parts[0]), parts[1])
    return head if _spelled(head) == slot else None
