"""A study's memory: a file of JSON lines, one per finished trial, which is only ever added to.

The first line says what is studied. A later run with the same file goes on where the earlier one ended; one over
other data, another configuration or another search is refused, with what differs. A line that a death tore is dropped.
One process writes at a time (flock).
"""

import fcntl
import json
import os
from collections.abc import Mapping, Sequence
from io import BufferedRandom
from pathlib import Path
from typing import Any, Final

from attrs import asdict

from trader247.drivers.study.trial import Found, Task
from trader247.errors import AnotherInstanceRuns, ConfigurationInvalid

__all__ = ["FORMAT", "Memory", "StudyFile"]

FORMAT: Final = 1
_BYTES_MAX: Final = 512 * 1024 * 1024
"""Of a file: over a hundred thousand trials."""

_BEGINS: Final = b'{"study": '

Key = tuple[str, tuple[tuple[str, str], ...]]


class Memory:
    """Results that live as long as the process: a study without a file."""

    def __init__(self) -> None:
        """Nothing was found yet."""
        self._found: dict[Key, Found] = {}

    def get(self, task: Task) -> Found | None:
        """The task's result, where it is known."""
        return self._found.get(task.key)

    def add(self, task: Task, found: Found) -> None:
        """Keep a result."""
        self._found[task.key] = found

    def close(self) -> None:
        """Nothing more will be added."""


class StudyFile(Memory):
    """The same in a file; every result is on the disk when ``add`` returns."""

    def __init__(self, path: Path, about: Mapping[str, Any]) -> None:
        """Opens or makes it; ``about`` is what is studied.

        Raises:
            ConfigurationInvalid: it cannot be read or made, is no study, or one of something else.
            AnotherInstanceRuns: another process writes it.
        """
        super().__init__()
        self._path = path
        self._file = _opened(path)
        try:
            self._begin(dict(about))
        except (ConfigurationInvalid, AnotherInstanceRuns):
            self._file.close()
            raise

    def _begin(self, about: dict[str, Any]) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AnotherInstanceRuns(f"{self._path}: another process is at work on this study") from None
        raw = self._file.read(_BYTES_MAX + 1)
        if len(raw) > _BYTES_MAX:
            raise ConfigurationInvalid(f"{self._path}: is larger than any study, {_BYTES_MAX // 1024**2} MiB")
        whole = raw[: raw.rfind(b"\n") + 1]
        head, *lines = whole.splitlines() or [b""]
        if raw[: len(_BEGINS)] != _BEGINS[: len(raw)]:
            raise ConfigurationInvalid(f"{self._path}: is no study, and is left as it is; give the name of a new file")
        self._file.truncate(len(whole))  # what a death left half written
        self._file.seek(len(whole))
        if not whole:
            self._write({"study": {"format": FORMAT, **about}})
            return
        self._compare(_record(self._path, 1, head)["study"], json.loads(json.dumps({"format": FORMAT, **about})))
        for number, line in enumerate(lines, 2):
            record = _record(self._path, number, line)
            try:
                key = (record["part"], tuple(sorted(record["params"].items())))
                self._found[key] = Found(**record["found"])
            except (AttributeError, TypeError, ValueError):
                raise _no_line(self._path, number) from None

    def _compare(self, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
        for name in [*now, *(name for name in before if name not in now)]:
            was, is_now = before.get(name), now.get(name)
            if was != is_now:
                shown = f"it has {_short(was)} there, and {_short(is_now)} now"
                raise ConfigurationInvalid(
                    f"{self._path}: is a study of another {name}: {shown}; name a new file, or ask as before"
                )

    def add(self, task: Task, found: Found) -> None:
        """Keep a result, on the disk."""
        super().add(task, found)
        self._write({"part": task.part, "params": dict(task.params), "found": asdict(found)})

    def _write(self, record: Mapping[str, Any]) -> None:
        try:
            self._file.write(json.dumps(record, ensure_ascii=True).encode("ascii") + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as fault:
            raise ConfigurationInvalid(f"{self._path}: cannot be written: {fault.strerror}") from fault

    def close(self) -> None:
        """Let others have it."""
        self._file.close()


def _opened(path: Path) -> BufferedRandom:
    if path.exists() and not path.is_file():
        raise ConfigurationInvalid(f"{path}: is no plain file")
    try:
        return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+b")
    except OSError as fault:
        raise ConfigurationInvalid(f"{path}: cannot be opened: {fault.strerror}") from fault


def _record(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        found = None
    wanted: Sequence[str] = ("study",) if number == 1 else ("part", "params", "found")
    if not isinstance(found, dict) or any(name not in found for name in wanted):
        raise _no_line(path, number)
    return found


def _no_line(path: Path, number: int) -> ConfigurationInvalid:
    return ConfigurationInvalid(f"{path}:{number}: is no line of a study; take the file from a backup, or a new one")


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 160 else f"{text[:157]}..."
