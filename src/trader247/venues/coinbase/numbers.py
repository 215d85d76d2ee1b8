"""How strictly text of the venue becomes numbers, times, symbols and words; all else is a ``WireFault``."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Final, TypeVar

import msgspec

from trader247.errors import Trader247Error
from trader247.model.instant import EPOCH, SECOND, Instant, instant
from trader247.model.instrument import Symbol, symbol_of
from trader247.model.money import ZERO, decimal_of
from trader247.venues.coinbase.wire import Number

__all__ = [
    "Timestamps",
    "WireFault",
    "count_of",
    "decoded",
    "epoch_second",
    "next_cursor",
    "number",
    "optional_number",
    "optional_time",
    "plain_number",
    "plain_numbers",
    "product_id_of",
    "quoted",
    "symbol_from",
    "time_of",
    "word",
]

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

_NUMBER_CHARS_MAX: Final = 64
"""Longer than any number seen (17 digits) by far; a longer text is an attack or a fault, and costs time to parse."""

_MAGNITUDE_MAX: Final = 30
"""Powers of ten: prices and sizes of every asset on earth lie within 1e-30 and 1e30."""

_QUOTE_CHARS_MAX: Final = 120

_YEAR_2100: Final = 4_102_444_800

_NAMES_KEPT: Final = 4096
"""Names whose symbol is remembered: several times the products there are (about 920)."""


class WireFault(Trader247Error):
    """The venue's answer is not what its interface promises: its fault or the network's, never the caller's."""


def quoted(text: object) -> str:
    """A text of the venue, printable and short enough for a message."""
    return repr(text)[:_QUOTE_CHARS_MAX]


def decoded(decoder: "msgspec.json.Decoder[T]", body: bytes | str | msgspec.Raw, what: str) -> T:
    """The body in the decoder's shape.

    Raises:
        WireFault: not JSON, nested too deeply, or of another shape.
    """
    try:
        return decoder.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError) as fault:
        raise WireFault(f"{what}: unreadable answer ({quoted(str(fault))})") from None


def number(text: Number, what: str) -> Decimal:
    """A finite number that is not negative.

    Raises:
        WireFault: it is missing, NaN, infinite, negative or absurdly large or small.
    """
    if text is None or text == "":
        raise WireFault(f"{what} is missing")
    spelled = text if isinstance(text, str) else repr(text)
    if len(spelled) > _NUMBER_CHARS_MAX:
        raise WireFault(f"{what} has {len(spelled)} characters; at most {_NUMBER_CHARS_MAX} are believed")
    try:
        value = decimal_of(spelled)
    except (ValueError, ArithmeticError):
        raise WireFault(f"{what} is not a plain finite number: {quoted(spelled)}") from None
    if value < 0 or (value and abs(value.adjusted()) > _MAGNITUDE_MAX):
        raise WireFault(f"{what} is negative or out of all proportion: {quoted(spelled)}")
    return value


def plain_number(text: Number, what: str) -> Decimal | None:
    """As ``optional_number``, three times as fast for the form that nearly all prices have: digits and one point."""
    if type(text) is str and len(text) <= _MAGNITUDE_MAX and text.isascii() and text.replace(".", "", 1).isdigit():
        return Decimal(text)
    return optional_number(text, what)


def plain_numbers(texts: Sequence[Number]) -> list[Decimal] | None:
    """All of the texts as ``plain_number`` reads them, checked together, or None where one is of another form."""
    try:
        joined = "".join(texts)  # type: ignore[arg-type]  # what is no text is of another form
        # digits and points only: no sign, exponent, underscore, blank, NaN or Infinity is left for Decimal to take
        if joined.replace(".", "").isdigit() and joined.isascii() and max(map(len, texts)) <= _MAGNITUDE_MAX:  # type: ignore[arg-type]
            return list(map(Decimal, texts))  # type: ignore[arg-type]
    except (TypeError, ArithmeticError):
        pass
    return None


def optional_number(text: Number, what: str) -> Decimal | None:
    """As ``number``, with None for what the venue leaves out (``""``, null and absent mean the same)."""
    return None if text is None or text == "" else number(text, what)


def count_of(text: Number, what: str) -> int:
    """A whole number that is not negative; 0 where the venue leaves it out."""
    value = optional_number(text, what) or ZERO
    if value != value.to_integral_value():
        raise WireFault(f"{what} is not a whole number: {quoted(text)}")
    return int(value)


def time_of(text: str, what: str) -> Instant:
    """The instant of a timestamp.

    Raises:
        WireFault: it is no RFC 3339 time, or the venue's zero time.
    """
    found = optional_time(text, what)
    if found is None:
        raise WireFault(f"{what} is not set: {quoted(text)}")
    return found


def optional_time(text: str | None, what: str) -> Instant | None:
    """As ``time_of``, with None for null, ``""`` and the zero time ``0001-01-01T00:00:00Z``."""
    if not text:
        return None
    try:
        found = instant(text)
    except (ValueError, OverflowError):
        raise WireFault(f"{what} is not an RFC 3339 time: {quoted(text)}") from None
    return found if found > EPOCH else None


_SCALES: Final = tuple(10 ** (9 - digits) for digits in range(10))


class Timestamps:
    """Reads a feed's timestamps, most of which share their second with the one before: as ``time_of``, ten times as
    fast.
    """

    __slots__ = ("_begins", "_second")

    def __init__(self) -> None:
        self._second = ""
        self._begins = 0

    def read(self, text: str) -> Instant:
        """The instant of the timestamp.

        Raises:
            WireFault: as ``time_of``.
        """
        fraction = text[20:-1]
        # a date, a time of day and a point are twenty characters; only one that was read in full is remembered
        digits = fraction.isdigit() and fraction.isascii() and len(fraction) <= 9
        if digits and text[:20] == self._second and text[-1] == "Z":
            return Instant(self._begins + int(fraction) * _SCALES[len(fraction)])
        found = time_of(text, "timestamp")
        if text[19:20] == "." and text[-1:] == "Z":
            self._second, self._begins = text[:20], found // SECOND * SECOND
        return found


def epoch_second(text: str | int, what: str) -> Instant:
    """The instant of unix seconds spelled as text, between 1970 and 2100."""
    spelled = str(text)
    if not (spelled.isascii() and spelled.isdigit() and len(spelled) <= len(str(_YEAR_2100))):
        raise WireFault(f"{what} is not unix seconds: {quoted(text)}")
    whole = int(spelled)
    if not 0 < whole < _YEAR_2100:
        raise WireFault(f"{what} is not between 1970 and 2100: {quoted(text)}")
    return Instant(whole * SECOND)


def word(kind: Callable[[str], E], text: str, what: str) -> E:
    """A value of a closed set of ours (a side); a word outside it is a fault, since guessing would cost money."""
    try:
        return kind(text.upper())
    except ValueError:
        raise WireFault(f"{what} is unknown: {quoted(text)}") from None


def product_id_of(symbol: Symbol) -> str:
    """The venue's name of an instrument."""
    return str(symbol)


@lru_cache(maxsize=_NAMES_KEPT)
def symbol_from(product_id: str) -> Symbol:
    """The instrument the venue's name means. The venue's names are canonical; another spelling is another product."""
    try:
        found = symbol_of(product_id)
    except ValueError:
        found = None
    if found != product_id:
        raise WireFault(f"product_id is not of the form BASE-QUOTE: {quoted(product_id)}")
    return found


def next_cursor(has_next: bool, cursor: str | None, what: str) -> str:
    """The cursor of the next page, ``""`` where this is the last; a promise without a cursor is a fault."""
    if has_next and not cursor:
        raise WireFault(f"{what}: the venue promises a next page and names none")
    return cursor or "" if has_next else ""
