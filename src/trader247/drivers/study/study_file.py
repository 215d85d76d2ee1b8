"""A study's memory: a file of JSON lines, one per finished trial, which is only ever added to.

The first line says what is studied. A later run with the same file goes on where the earlier one ended; one over
other data, another configuration or another search is refused, with what differs. A line that a death tore is dropped,
and a file without a trial holds nobody to anything. One process writes at a time (flock).
"""

import fcntl
import json
import os
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from io import FileIO
from pathlib import Path
from typing import Any, Final, TypeGuard

from attrs import asdict

from trader247.drivers.study.scores import METRICS
from trader247.drivers.study.trial import Found, Task
from trader247.errors import AnotherInstanceRuns, ConfigurationInvalid

__all__ = ["FORMAT", "Memory", "StudyFile"]

FORMAT: Final = 1
_BYTES_MAX: Final = 512 * 1024 * 1024
"""Of a file: over a hundred thousand trials."""

_BEGINS: Final = b'{"study": '

_NUMBERS: Final = (*METRICS, "wins", "days")
_AMOUNTS: Final = ("opening", "closing", "gained", "lost")
"""Of a summary, what a study reckons with."""

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
        before = _head(self._path, head) if whole else {}
        begun = bool(lines) or before.get("format", FORMAT) != FORMAT
        keeps = len(whole) if begun else 0
        self._file.truncate(keeps)  # what a death left half written, and a beginning that nothing came of
        self._file.seek(keeps)
        if not begun:
            self._write({"study": {"format": FORMAT, **about}})
            return
        self._compare(before, json.loads(json.dumps({"format": FORMAT, **about})))
        for number, line in enumerate(lines, 2):
            key, found = _trial(self._path, number, line)
            self._found[key] = found

    def _compare(self, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
        for name in [*now, *(name for name in before if name not in now)]:
            was, is_now = before.get(name), now.get(name)
            if was != is_now:
                shown = f"it has {_short(was)} there, and {_short(is_now)} now"
                raise ConfigurationInvalid(
                    f"{self._path}: is a study of another {name}: {shown}; name a new file, or ask as before"
                )

    def add(self, task: Task, found: Found) -> None:
        """Keep a result, on the disk.

        Raises:
            ConfigurationInvalid: it cannot be written, or the file is not at its path any more.
        """
        super().add(task, found)
        if not self._is_there():
            raise ConfigurationInvalid(
                f"{self._path}: is gone or was replaced since the study began, so nothing more can be kept in it; "
                "put it back, or begin a new one"
            )
        self._write({"part": task.part, "params": dict(task.params), "found": asdict(found)})

    def _is_there(self) -> bool:
        try:
            return os.path.samestat(os.fstat(self._file.fileno()), self._path.stat())
        except OSError:
            return False

    def _write(self, record: Mapping[str, Any]) -> None:
        line = json.dumps(record, ensure_ascii=True).encode("ascii") + b"\n"
        try:
            while line:  # ends: each write takes a byte at least, or fails
                line = line[self._file.write(line) :]
            os.fsync(self._file.fileno())
        except OSError as fault:
            raise ConfigurationInvalid(
                f"{self._path}: cannot be written: {fault.strerror}; what was finished before is in it"
            ) from fault

    def close(self) -> None:
        """Let others have it."""
        self._file.close()


def _opened(path: Path) -> FileIO:
    """Without a buffer: what could not be written would be tried again when the file is closed."""
    try:
        if path.exists() and not path.is_file():
            raise ConfigurationInvalid(f"{path}: is no plain file")
        return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+b", buffering=0)
    except OSError as fault:
        raise ConfigurationInvalid(f"{path}: cannot be opened: {fault.strerror}") from fault


def _head(path: Path, line: bytes) -> Mapping[str, Any]:
    head = _object(path, 1, line).get("study")
    if not isinstance(head, dict):
        raise _no_line(path, 1)
    return head


def _trial(path: Path, number: int, line: bytes) -> tuple[Key, Found]:
    record = _object(path, number, line)
    part, params, told = record.get("part"), record.get("params"), record.get("found")
    if not isinstance(part, str) or not _are_texts(params) or not isinstance(told, dict):
        raise _no_line(path, number)
    try:
        found = Found(**told)
    except (TypeError, ValueError):
        raise _no_line(path, number) from None
    texts = (found.config_hash, found.refused, *(text for point in found.equity for text in point))
    summary = found.summary
    whole = all(isinstance(text, str) for text in texts) and (_is_summary(summary) if summary is not None else True)
    if not whole or (summary is None) != bool(found.refused):
        raise _no_line(path, number)
    return (part, tuple(sorted(params.items()))), found


def _are_texts(params: Any) -> TypeGuard[dict[str, str]]:
    return isinstance(params, dict) and all(isinstance(value, str) for value in params.values())


def _is_summary(summary: Any) -> bool:
    """Whether every figure that is ranked by or put together is there, and is a number or none, or an amount."""
    if not isinstance(summary, dict) or not {*_NUMBERS, *_AMOUNTS} <= summary.keys():
        return False
    numbers, amounts = ([summary[name] for name in names] for names in (_NUMBERS, _AMOUNTS))
    return all(value is None or type(value) in {int, float} for value in numbers) and all(map(_is_amount, amounts))


def _is_amount(value: Any) -> bool:
    try:
        return isinstance(value, str) and Decimal(value).is_finite()
    except InvalidOperation:
        return False


def _object(path: Path, number: int, line: bytes) -> dict[str, Any]:
    """Strict JSON, which knows no NaN: one would be ranked anywhere."""
    try:
        found = json.loads(line, parse_constant=_refused)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise _no_line(path, number)
    return found


def _refused(text: str) -> Any:
    raise ValueError(text)


def _no_line(path: Path, number: int) -> ConfigurationInvalid:
    return ConfigurationInvalid(f"{path}:{number}: is no line of a study; take the file from a backup, or a new one")


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 160 else f"{text[:157]}..."
