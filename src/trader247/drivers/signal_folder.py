"""The file drop of external signals: ``signals/STRATEGY/*.json`` in the data folder.

A sender writes the file under another name in the same file system and renames it to ``NAME.json``: a rename is one
step, so that what ends in ``.json`` is complete. What was taken is moved to ``done/``; what was not to ``rejected/``,
with the reason beside it in ``NAME.json.reason``. Both are the sender's to empty.
"""

import os
import re
import stat
from collections.abc import Sequence
from itertools import chain, count, islice
from pathlib import Path
from typing import Final

from trader247.actors.roster import Desk
from trader247.actors.signal_intake import DroppedFile, SignalDesk, SignalIntakeActor
from trader247.core.signal_intake import SIGNAL_BYTES_MAX
from trader247.errors import Trader247Error
from trader247.model.ids import StrategyName
from trader247.ports import Offload

__all__ = ["FILES_PER_LOOK_MAX", "DropFolder", "drop_desks"]

FILES_PER_LOOK_MAX: Final = 50
"""Files of one strategy taken up in one look; the others wait for the next, a second later."""

_SCANNED_MAX: Final = 10_000
"""Names read in one look; what is beyond waits until there are fewer."""

_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}\.json", re.ASCII)


def drop_desks(signals: SignalDesk, data_dir: Path, offload: Offload) -> dict[str, Desk]:
    """The desk of the actor who looks at the folders, where any strategy takes signals."""
    if not signals.decider.known():
        return {}
    folder = DropFolder(data_dir)
    return {"signal_intake": Desk(lambda: SignalIntakeActor(signals, folder, offload))}


class DropFolder:
    """Implements ``actors.signal_intake.SignalFolder``."""

    def __init__(self, data_dir: Path) -> None:
        """The folders are made at the first look, for their owner alone."""
        self._root = data_dir / "signals"

    def look(self, strategies: Sequence[StrategyName]) -> tuple[DroppedFile, ...]:
        """Complete files that wait, by strategy and name. Raises ``Trader247Error``: a folder cannot be read."""
        found: list[DroppedFile] = []
        for strategy in strategies:
            folder = self._root / strategy
            try:
                for made in (folder, folder / "done", folder / "rejected"):
                    made.mkdir(mode=0o700, parents=True, exist_ok=True)
                with os.scandir(folder) as entries:
                    names = [entry.name for entry in islice(entries, _SCANNED_MAX) if _NAME.fullmatch(entry.name)]
            except OSError as error:
                raise Trader247Error(f"signals cannot be read from {folder}: {error.strerror}") from error
            found += [_read(strategy, folder / name) for name in sorted(names)[:FILES_PER_LOOK_MAX]]
        return tuple(found)

    def settle(self, file: DroppedFile, refusal: str) -> None:
        """Move the file. Raises ``Trader247Error``: it cannot be moved, and will be found again."""
        folder = self._root / file.strategy
        try:
            target = _free(folder / ("rejected" if refusal else "done") / file.name)
            if refusal:
                target.with_name(f"{target.name}.reason").write_text(f"{refusal}\n", encoding="utf-8")
            (folder / file.name).rename(target)
        except FileNotFoundError:
            return  # its sender took it back; what was taken stays taken
        except OSError as error:
            raise Trader247Error(f"{folder / file.name} cannot be moved: {error.strerror}") from error


def _free(wanted: Path) -> Path:
    """The name, or the next that is free for the file and its reason: nothing that stands there is replaced."""
    numbered = (wanted.with_name(f"{wanted.stem}.{number}.json") for number in count(2))
    return next(path for path in chain([wanted], numbered) if not _taken(path))


def _taken(path: Path) -> bool:
    return os.path.lexists(path) or os.path.lexists(path.with_name(f"{path.name}.reason"))


def _read(strategy: StrategyName, path: Path) -> DroppedFile:
    """A link could lead anywhere and a pipe would hang: only a plain file is opened."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        return DroppedFile(strategy, path.name, b"", f"it cannot be opened: {error.strerror}")
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return DroppedFile(strategy, path.name, b"", "it is no plain file")
        content = os.read(handle, SIGNAL_BYTES_MAX + 1)
    except OSError as error:
        return DroppedFile(strategy, path.name, b"", f"it cannot be read: {error.strerror}")
    finally:
        os.close(handle)
    if len(content) > SIGNAL_BYTES_MAX:
        return DroppedFile(strategy, path.name, b"", f"it is longer than {SIGNAL_BYTES_MAX} bytes")
    return DroppedFile(strategy, path.name, content)
