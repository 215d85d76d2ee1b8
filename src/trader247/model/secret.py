"""Where a secret is to be found: a noun that a policy may carry, since it is no secret itself.

What a reference may say and how it is followed stands in ``config/secrets.py``.
"""

from enum import StrEnum

from attrs import frozen

__all__ = ["SecretReference", "Source"]


class Source(StrEnum):
    """Where a reference points."""

    ENV = "env"
    FILE = "file"
    CRED = "cred"


@frozen
class SecretReference:
    """Where a secret is to be found. The reference itself is no secret and may be printed."""

    source: Source
    name: str

    def __str__(self) -> str:
        """As it stands in the file, ``env:NAME``."""
        return f"{self.source}:{self.name}"
