"""The folder of the five files: which one it is, a file's text, and the secrets that stand in it in plain."""

import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from trader247.config.faults import Fault, Place
from trader247.config.secrets import PLAIN_TEXT_REFUSED, Likeness, likeness
from trader247.errors import ConfigurationInvalid

__all__ = ["FILE_BYTES_MAX", "REFUSALS", "folder_of", "plain_secrets", "shipped_folder", "text_of"]

FILE_BYTES_MAX: Final = 1024 * 1024
"""A hundred times the shipped files; a larger one is no configuration."""

REFUSALS: Final = frozenset(PLAIN_TEXT_REFUSED.format(kind=kind) for kind in Likeness)
"""Every text a plain secret can be refused with."""

_KEY: Final = re.compile(r"[\s\-#]*([A-Za-z][A-Za-z0-9_]{0,39})\s*:", re.ASCII)


def shipped_folder() -> Path:
    """The folder of complete, commented files that came with the program."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "_config"
    return installed if installed.is_dir() else package.parent.parent / "config"


def folder_of(given: Path | None, working: Path) -> Path:
    """The folder to load: the one that was given, else ``config`` in the working folder, else the shipped one.

    A folder that was given is taken at its word; whether it is there shows when it is loaded.
    """
    if given is not None:
        return given
    local = working / "config"
    return local if local.is_dir() else shipped_folder()


def text_of(path: Path) -> str:
    """The file's text.

    Raises:
        ConfigurationInvalid: it is missing, unreadable, too large or not UTF-8; the text says what to do.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise ConfigurationInvalid("is not a regular file")
        raw = path.read_bytes() if status.st_size <= FILE_BYTES_MAX else None
    except FileNotFoundError:
        raise ConfigurationInvalid(
            f"the file is missing from {path.parent}; all five must be there, an empty one means its defaults "
            f"(complete, commented files to copy: {shipped_folder()})"
        ) from None
    except OSError as error:
        raise ConfigurationInvalid(f"the file cannot be read ({error.strerror})") from None
    if raw is None:
        raise ConfigurationInvalid(f"the file is larger than {FILE_BYTES_MAX} bytes; that is no configuration")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ConfigurationInvalid(f"line {line} is not UTF-8 text") from None


def plain_secrets(text: str, source: str, section: str) -> Iterator[Fault]:
    """Every line that seems to hold a secret, comments included; the value is never shown (requirement SEC1)."""
    inside_block = False
    for number, line in enumerate(text.splitlines(), start=1):
        kind = None if inside_block else likeness(line)
        # the lines of a PEM block are one secret, told once
        inside_block = "-----END" not in line and (inside_block or "-----BEGIN" in line)
        if kind:
            key = _KEY.match(line)
            path = (section, key.group(1)) if key else (section,)
            column = len(line) - len(line.lstrip()) + 1
            yield Fault(Place(source, number, column), path, PLAIN_TEXT_REFUSED.format(kind=kind))
