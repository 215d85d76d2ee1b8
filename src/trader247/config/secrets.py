"""Secrets by reference only: what a reference may say, how it is followed, and what a secret in plain text looks like.

===============  ==========================================================================================
reference        meaning
===============  ==========================================================================================
``env:NAME``     the environment variable NAME
``file:PATH``    a regular file of ours (or root's) that nobody else may read (0600 or 0400); no symbolic link
``cred:NAME``    the file NAME in ``$CREDENTIALS_DIRECTORY`` (systemd's LoadCredential)
===============  ==========================================================================================

No error and no repr of this module shows a secret or a part of one.
"""

import os
import re
import stat
from collections.abc import Mapping
from enum import StrEnum
from itertools import pairwise
from typing import Final, NoReturn

from trader247.errors import ConfigurationInvalid
from trader247.model.secret import SecretReference, Source

__all__ = [
    "PLAIN_TEXT_REFUSED",
    "SECRET_BYTES_MAX",
    "Likeness",
    "Secret",
    "SecretReference",
    "Source",
    "likeness",
    "read_secret",
    "reference_of",
]

SECRET_BYTES_MAX: Final = 64 * 1024
"""No key file of a venue comes near; a larger one is a wrong path."""

_HOW: Final = "write env:NAME, file:PATH or cred:NAME"


_NAMES: Final = {
    Source.ENV: re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}", re.ASCII),
    Source.FILE: re.compile(r"[^\0\n]{1,4096}"),
    Source.CRED: re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}", re.ASCII),
}


def reference_of(text: str) -> SecretReference:
    """The reference a text spells.

    Raises:
        ValueError: it spells none; the message does not repeat the text, which may be the secret itself.
    """
    source, colon, name = text.partition(":")
    if not colon or source not in {known.value for known in Source}:
        raise ValueError(f"is not a reference to a secret ({_HOW}; the value is not shown)")
    if _NAMES[Source(source)].fullmatch(name) is None:
        raise ValueError(f"the name after {source}: is not one ({_HOW}; the value is not shown)")
    return SecretReference(Source(source), name)


class Secret:
    """A secret value. It prints as ``***``, cannot be pickled, and is compared without early exit."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        """Keeps the value for ``reveal``."""
        self._value = value

    def reveal(self) -> str:
        """The value itself: for the one call that needs it, never for a message."""
        return self._value

    def __repr__(self) -> str:
        """Three stars."""
        return "***"

    __str__ = __repr__

    def __format__(self, _spec: str) -> str:
        """Three stars, whatever the format asks."""
        return "***"

    def __reduce__(self) -> NoReturn:
        """Refuses to be pickled or copied into another process.

        Raises:
            TypeError: always.
        """
        raise TypeError("a secret is not pickled; pass its reference and read it where it is needed")


def read_secret(reference: SecretReference, environ: Mapping[str, str]) -> Secret:
    """The secret a reference points to, without its final line break.

    Blocks for the time of one small local read; call it at start, not on the trading path.

    Raises:
        ConfigurationInvalid: it is not there, empty, too large, or others may read it; the text names the reference.
    """
    if reference.source is Source.ENV:
        text = environ.get(reference.name, "")
        if not text:
            raise ConfigurationInvalid(f"secret {reference}: the environment variable is not set or empty; set it")
    elif reference.source is Source.FILE:
        text = _read(reference, reference.name, own=True)
    else:
        folder = environ.get("CREDENTIALS_DIRECTORY", "")
        if not folder:
            raise ConfigurationInvalid(
                f"secret {reference}: $CREDENTIALS_DIRECTORY is not set; start under systemd with LoadCredential="
            )
        text = _read(reference, os.path.join(folder, reference.name), own=False)  # noqa: PTH118 (os.open takes text)
    value = text.strip("\r\n")
    if not value.strip():
        raise ConfigurationInvalid(f"secret {reference}: it is empty; write the secret into it")
    return Secret(value)


def _read(reference: SecretReference, path: str, *, own: bool) -> str:
    """``own``: whether to insist on our ownership and mode 0600; systemd guards its credentials by other means."""
    try:
        # O_NONBLOCK: a named pipe in the file's place must not hang the start
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a path"
        raise ConfigurationInvalid(
            f"secret {reference}: cannot open the file ({reason}); it must exist and be no symbolic link"
        ) from None
    try:
        _check_guarded(reference, os.fstat(handle), own=own)
        raw = os.read(handle, SECRET_BYTES_MAX + 1)
    except OSError as error:
        raise ConfigurationInvalid(f"secret {reference}: cannot read the file ({error.strerror})") from None
    finally:
        os.close(handle)
    if len(raw) > SECRET_BYTES_MAX:
        raise ConfigurationInvalid(f"secret {reference}: larger than {SECRET_BYTES_MAX} bytes; that is no key file")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise ConfigurationInvalid(f"secret {reference}: the file is not UTF-8 text") from None


def _check_guarded(reference: SecretReference, status: os.stat_result, *, own: bool) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise ConfigurationInvalid(f"secret {reference}: not a regular file")
    open_to = status.st_mode & (0o077 if own else 0o007)
    if open_to:
        raise ConfigurationInvalid(
            f"secret {reference}: others may use the file (mode {stat.S_IMODE(status.st_mode):04o}); chmod 600 it"
        )
    if own and status.st_uid not in {os.geteuid(), 0}:
        raise ConfigurationInvalid(
            f"secret {reference}: the file belongs to user {status.st_uid}, not to this one ({os.geteuid()}); chown it"
        )


# ------------------------------------------------------------------------------- what a secret in plain looks like
_PEM: Final = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}(PRIVATE KEY|CERTIFICATE|SECRET)", re.ASCII)
_JWT: Final = re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.", re.ASCII)
_HEX: Final = re.compile(r"(?<![0-9A-Za-z])[0-9a-fA-F]{32,}(?![0-9A-Za-z])", re.ASCII)
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{40,}={0,2}", re.ASCII)
_URL_PASSWORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s/@:]*:[^\s/@]+@", re.ASCII)
_CHANGES_MIN: Final = 0.35
"""Share of neighbours of different kinds (upper, lower, digit): 0.64 in random base64, under 0.3 in names and paths."""


class Likeness(StrEnum):
    """What kind of secret a text seems to hold, in the words of a message."""

    PEM = "a PEM block"
    SIGNED = "a signed token"
    URL = "a URL with a password"
    HEX = "a long hexadecimal token"
    BASE64 = "a long base64 token"


PLAIN_TEXT_REFUSED: Final = (
    "seems to hold a secret in plain text ({kind}, not shown); write env:NAME, file:PATH or cred:NAME instead"
)
"""What a message says of a value that seems to be a secret; ``kind`` is a ``Likeness``."""


def likeness(text: str) -> Likeness | None:
    """What kind of secret the text seems to hold, or None where it seems harmless.

    A reference (``env:NAME``) is harmless. Errs on the side of refusing: a long random-looking text is a secret.
    """
    if _PEM.search(text):
        return Likeness.PEM
    if _JWT.search(text):
        return Likeness.SIGNED
    if _URL_PASSWORD.search(text):
        return Likeness.URL
    if _HEX.search(text):
        return Likeness.HEX
    if any(_random_looking(found.group()) for found in _BASE64.finditer(text)):
        return Likeness.BASE64
    return None


def _random_looking(token: str) -> bool:
    kinds = [(character.isdigit(), character.isupper()) for character in token if character.isalnum()]
    changes = sum(one != next_one for one, next_one in pairwise(kinds))
    return len(set(kinds)) == 3 and changes >= _CHANGES_MIN * len(kinds)
