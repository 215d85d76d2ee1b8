"""Files that a command may write: new ones, and in place of an earlier backup or report a newer. Nothing else is
ever replaced.

A mistyped name must not cost a journal, its head, the exchange's books or a device of the machine.
"""

import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO

import click

from trader247.errors import ConfigurationInvalid

__all__ = [
    "backup_target",
    "each_its_own",
    "folder_for",
    "new_text_file",
    "report_target",
    "write_report",
    "write_reports",
]

_SQLITE: Final = b"SQLite format 3\x00"


@contextmanager
def new_text_file(path: Path) -> Iterator[TextIO]:
    """A file that was not there before, readable by its owner alone; gone again where writing it failed.

    Raises:
        click.UsageError: something has that name, or no file can be made there.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise click.UsageError(
            f"{path} is there already, and nothing is replaced: give the name of a new file"
        ) from None
    except (OSError, ValueError) as error:
        raise click.UsageError(f"{path} cannot be made: {error}") from None
    whole = False
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        whole = True
    finally:
        if not whole:
            path.unlink(missing_ok=True)


def each_its_own(targets: Mapping[str, Path | None]) -> None:
    """Check that no two options name one file, by whatever path; pipes and terminals may be shared.

    Raises:
        click.UsageError: two do, and the later would be written over the earlier.
    """
    known: dict[str, str] = {}
    for option, path in targets.items():
        if path is None or (path.exists() and not path.is_file()):
            continue
        other = known.setdefault(os.path.realpath(path), option)
        if other != option:
            raise click.UsageError(f"{other} and {option} both name {path}: give them a file each")


def report_target(path: Path, begins: str) -> None:
    """Check, before the work is done, that a report may be written at ``path``. An earlier one is what so ``begins``.

    Raises:
        click.UsageError: there is something else, or no folder to write to.
    """
    if not path.name or not path.parent.is_dir():
        raise click.UsageError(f"{str(path)!r} cannot be made: there is no folder {str(path.parent)!r}")
    if path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
        raise click.UsageError(f"{path} cannot be written: give the name of a file that can")
    if not path.is_file():
        return  # new, or a pipe or terminal, where nothing is lost
    with path.open("rb") as file:
        found = file.read(len(begins.encode()))
    if found and found != begins.encode():
        raise click.UsageError(f"{path} is no earlier report, and nothing else is replaced: give another name")


def write_report(path: Path, text: str) -> None:
    """Write a report where ``report_target`` has agreed to.

    Raises:
        ConfigurationInvalid: it could not be written after all.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as fault:
        raise ConfigurationInvalid(f"{path}: cannot be written: {fault.strerror}") from fault


def write_reports(reports: Sequence[tuple[Path | None, Callable[[], str]]]) -> list[str]:
    """Write each that is wanted, and say what failed: to be told after the result was shown, not in its place."""
    faults = []
    for path, text_of in reports:
        if path is not None:
            try:
                write_report(path, text_of())
            except ConfigurationInvalid as fault:
                faults.append(str(fault))
    return faults


def folder_for(path: Path) -> None:
    """Make the folder where it is not there yet, and check that files can be made in it.

    Raises:
        click.UsageError: they cannot.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.UsageError(f"{path} cannot be made: {error.strerror}") from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise click.UsageError(f"{path.absolute()} cannot be written to; name another folder")


def backup_target(path: Path, beside: Path, live_name: str) -> None:
    """Check that a backup may be written at ``path`` and its head at ``beside``. A daemon names its own ``live_name``.

    Raises:
        click.UsageError: there is something that is no earlier backup, or no folder to write to.
    """
    if not path.name or not path.parent.is_dir():
        raise click.UsageError(f"{str(path)!r} cannot be made: there is no folder {str(path.parent)!r}")
    if not os.path.lexists(path):
        if os.path.lexists(beside):
            raise click.UsageError(f"{beside} is there already, and no backup with it: give another name")
        return
    if not stat.S_ISREG(path.lstat().st_mode):
        raise click.UsageError(f"{path} is no plain file: give the name of a new file or of an earlier backup")
    with path.open("rb") as file:
        if file.read(len(_SQLITE)) != _SQLITE:
            raise click.UsageError(f"{path} is no earlier backup, and nothing else is replaced: give another name")
    open_now = path.with_name(f"{path.name}-wal").exists()
    if open_now or path.name == live_name or not beside.is_file():
        raise click.UsageError(
            f"{path} may be a daemon's own, and is no earlier backup with its head: give another name"
        )
