"""When the venue gave an answer, by the answer's own headers. Pure."""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final

from trader247.model.instant import SECOND, Instant

__all__ = ["answered_at"]

_AGE_S_MAX: Final = 86_400
"""A longer ``Age`` is no age of an answer that anybody keeps."""


def answered_at(headers: Mapping[str, str]) -> Instant | None:
    """The venue's clock when the answer was made, cut to the second, or None where it does not say.

    That is ``Date``, less the ``Age`` that a cache on the way says the answer has: an answer kept is no new answer.
    """
    try:
        said = parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError, OverflowError):
        return None
    age = headers.get("age", "0").strip()
    if said.tzinfo is None or not (age.isascii() and age.isdigit() and len(age) <= len(str(_AGE_S_MAX))):
        return None
    return Instant((int(said.timestamp()) - int(age)) * SECOND)
