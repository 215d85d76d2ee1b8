"""Where a run keeps its state.

``data_dir`` holds what belongs to the installation: the lock, the kill file, the control socket, the web token, and
the journal and books of the account. A replay of recorded data is another world with another time; each one gets a
folder of its own under ``data_dir/replays``, so that it never mixes with the account and nothing of it is lost.
"""

import os
from pathlib import Path
from typing import Final

from trader247.errors import ConfigurationInvalid

__all__ = ["data_folder", "replay_folder"]

_REPLAYS_MAX: Final = 100_000


def data_folder(path: Path) -> Path:
    """The folder, made if need be, for this user only.

    Raises:
        ConfigurationInvalid: it cannot be made or written to.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationInvalid(f"data_dir {path} cannot be made: {error.strerror}; choose another") from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise ConfigurationInvalid(f"data_dir {path} cannot be written to by this user; choose another, or chown it")
    return path


def replay_folder(data_dir: Path) -> Path:
    """A new folder for one replay: the first free number."""
    parent = data_dir / "replays"
    parent.mkdir(mode=0o700, exist_ok=True)
    taken = [int(entry.name) for entry in parent.iterdir() if entry.name.isdecimal()]
    for number in range(max(taken, default=0) + 1, _REPLAYS_MAX):
        folder = parent / f"{number:05d}"
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            continue
        return folder
    raise ConfigurationInvalid(f"{parent} holds {_REPLAYS_MAX} replays; move some away")
