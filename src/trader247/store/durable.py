"""Making a file or a folder survive a loss of power."""

import os
from pathlib import Path

__all__ = ["make_durable"]


def make_durable(path: Path) -> None:
    """Flush a file's content, or a folder's names, to the disk. A name made or changed is durable only with its folder.

    Raises:
        OSError: the disk failed; what it holds is then not known.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
