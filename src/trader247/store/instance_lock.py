"""One daemon per data folder (requirement SI1): an advisory lock that the kernel frees whatever way its holder dies.

The lock is on the open file, not on what it says: pid, host and start instant are only there to name the holder, and
a pid that was reused, or a file left over from a crash, means nothing. The file is never deleted, since a deleted
name would let two holders lock two files.
"""

import fcntl
import json
import os
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from trader247.errors import AnotherInstanceRuns
from trader247.model.instant import Instant, rfc3339
from trader247.store.faults import DatabaseUnreadable

__all__ = ["LOCK_NAME", "InstanceLock"]

LOCK_NAME: Final = "trader247.lock"
_CONTENT_BYTES_MAX: Final = 4096


class InstanceLock:
    """Held from the making of the object to ``release`` or the end of the process. Not inherited by programs started.

    A child made by ``fork`` alone shares the lock and keeps it when its parent dies: start children by ``exec``.
    """

    def __init__(self, data_dir: Path, *, since: Instant, host: str) -> None:
        """Take the lock, or say who has it. Never waits.

        Raises:
            AnotherInstanceRuns: it is held; the text names pid, host and since when.
            DatabaseUnreadable: the folder or the file cannot be used.
        """
        self.path = data_dir / LOCK_NAME
        try:
            self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise DatabaseUnreadable(
                f"{self.path} cannot be opened ({error.strerror}). Check that data_dir exists and is yours."
            ) from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = _told(os.pread(self._descriptor, _CONTENT_BYTES_MAX, 0))
            os.close(self._descriptor)
            raise AnotherInstanceRuns(
                f"single-instance lock {self.path} is held by {holder}."
                " Stop that one first, or give this one its own data_dir."
            ) from error
        self._write({"pid": os.getpid(), "since": rfc3339(since), "host": host})

    def release(self) -> None:
        """Give the lock back. Safe to call twice."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        """The held lock."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Releases."""
        self.release()

    def _write(self, content: dict[str, Any]) -> None:
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, json.dumps(content).encode() + b"\n", 0)


def _told(content: bytes) -> str:
    """The holder in words; it may be in the middle of writing its name."""
    try:
        told = json.loads(content)
        return f"pid {told['pid']} on {told['host']} since {told['since']}"
    except (ValueError, KeyError, TypeError):
        return "a process that has not written its name yet"
