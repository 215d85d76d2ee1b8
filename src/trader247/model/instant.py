"""Time: UTC instants and monotonic readings as integer nanoseconds, and the one parser and printer of RFC 3339.

An ``Instant`` says when something was, on everybody's calendar; differences of instants are no durations, because a
wall clock may step. A ``Mono`` reading is only good for differences. A ``Moment`` carries both, read together.
"""

import re
from datetime import UTC, datetime
from typing import Final, NamedTuple, NewType

__all__ = [
    "DAY",
    "EPOCH",
    "HOUR",
    "MILLISECOND",
    "MINUTE",
    "SECOND",
    "Instant",
    "Moment",
    "Mono",
    "from_seconds",
    "instant",
    "rfc3339",
    "seconds",
]

Instant = NewType("Instant", int)
"""Nanoseconds since 1970-01-01T00:00:00Z, leap seconds not counted."""

Mono = NewType("Mono", int)
"""Nanoseconds of a clock that never goes back; its zero means nothing."""

EPOCH: Final = Instant(0)
MILLISECOND: Final = 1_000_000
SECOND: Final = 1_000_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR


class Moment(NamedTuple):
    """One reading of both clocks. Ages and deadlines use ``mono``; records and comparisons with a venue use ``utc``."""

    utc: Instant
    mono: Mono


_RFC3339 = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(Z|z|[+-](?:[01]\d|2[0-3]):[0-5]\d)",
    re.ASCII,
)

_FIRST_S: Final = int(datetime(1, 1, 1, tzinfo=UTC).timestamp())
_LAST_S: Final = int(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp())
"""Seconds of the calendar's first and last second, as ``rfc3339`` can print them."""


def instant(text: str) -> Instant:
    """The instant an RFC 3339 text names, exact to the nanosecond (0 to 9 fraction digits).

    Raises:
        ValueError: the text is not RFC 3339 with a zone, or names no real date of the years 1 to 9999 in UTC.
    """
    found = _RFC3339.fullmatch(text)
    if found is None:
        raise ValueError(f"not an RFC 3339 time with a zone: {text!r}")
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    fraction, zone = found.group(7), found.group(8)
    whole = int(datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp())
    if zone not in {"Z", "z"}:
        sign = -1 if zone[0] == "+" else 1
        whole += sign * (int(zone[1:3]) * 3600 + int(zone[4:6]) * 60)
        if not _FIRST_S <= whole <= _LAST_S:
            # the zone has moved it out of the calendar, and nothing could print it
            raise ValueError(f"not a time of the years 1 to 9999 in UTC: {text!r}")
    return Instant(whole * SECOND + (int(fraction.ljust(9, "0")) if fraction else 0))


def rfc3339(at: Instant, digits: int = 6) -> str:
    """The instant as ``2026-09-27T10:15:30.123456Z``, cut (never rounded) to ``digits`` of 0 to 9."""
    whole, rest = divmod(at, SECOND)
    # isoformat, since strftime leaves a year under 1000 unpadded, and 0001-01-01 is what a venue says for "never"
    text = datetime.fromtimestamp(whole, tz=UTC).isoformat()[:19]
    return f"{text}.{rest:09d}"[: 20 + digits] + "Z" if digits else f"{text}Z"


def from_seconds(unix_s: float) -> Instant:
    """The instant of a unix time in seconds; exact for integers."""
    return Instant(unix_s * SECOND if isinstance(unix_s, int) else round(unix_s * SECOND))


def seconds(nanoseconds: int) -> float:
    """A difference of two readings, in seconds."""
    return nanoseconds / SECOND
