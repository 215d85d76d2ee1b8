"""Prices, quantities and notionals as exact decimals; rounding is always spelled out at the call.

Floats never enter here: what comes from a statistic stays a float until it is rounded to an increment by name.
"""

import re
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import Final, NewType

__all__ = [
    "BPS",
    "CENT",
    "HUNDRED",
    "NO_NOTIONAL",
    "NO_QUANTITY",
    "ZERO",
    "Notional",
    "Price",
    "Quantity",
    "ceil_to",
    "decimal_of",
    "floor_to",
    "is_multiple",
    "nearest_to",
    "notional_of",
    "pct_of",
    "plain",
    "price_text",
]

Price = NewType("Price", Decimal)
"""Quote currency per one unit of the base asset."""

Quantity = NewType("Quantity", Decimal)
"""Units of the base asset; the sign is always carried by a side, never by the quantity."""

Notional = NewType("Notional", Decimal)
"""An amount of the quote currency (USD)."""

ZERO: Final = Decimal(0)
HUNDRED: Final = Decimal(100)
BPS: Final = Decimal(10_000)
NO_QUANTITY: Final = Quantity(ZERO)
NO_NOTIONAL: Final = Notional(ZERO)
CENT: Final = Decimal("0.01")

_PLAIN_NUMBER = re.compile(r"-?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)


def decimal_of(text: str) -> Decimal:
    """The decimal a text spells: digits, one point, an optional exponent; nothing else.

    ``Decimal`` itself would also take ``NaN``, ``Infinity``, ``1_000`` and surrounding blanks, none of which a venue
    may say about money.

    Raises:
        ValueError: the text is not a plain finite number.
    """
    if _PLAIN_NUMBER.fullmatch(text) is None:
        raise ValueError(f"not a plain finite number: {text!r}")
    return Decimal(text)


def plain(value: Decimal) -> str:
    """The value without exponent or trailing zeros, as a venue wants to read it (``1E-8`` is refused there)."""
    if value.is_zero():
        return "0"
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def notional_of(price: Price, quantity: Quantity) -> Notional:
    """Price times quantity, exact to the context's 28 digits."""
    return Notional(price * quantity)


def floor_to(value: Decimal, increment: Decimal) -> Decimal:
    """The largest multiple of ``increment`` that is not above ``value``."""
    return (value / increment).to_integral_value(ROUND_FLOOR) * increment


def ceil_to(value: Decimal, increment: Decimal) -> Decimal:
    """The smallest multiple of ``increment`` that is not below ``value``."""
    return (value / increment).to_integral_value(ROUND_CEILING) * increment


def nearest_to(value: Decimal, increment: Decimal) -> Decimal:
    """The nearest multiple of ``increment``, ties to the even one: for display and statistics, never for orders."""
    return (value / increment).to_integral_value(ROUND_HALF_EVEN) * increment


def is_multiple(value: Decimal, increment: Decimal) -> bool:
    """Whether ``value`` is a whole number of increments."""
    return value % increment == 0


def pct_of(part: Decimal, whole: Decimal) -> Decimal:
    """``part`` in percent of ``whole``; zero of nothing is zero, something of nothing is refused.

    Raises:
        ValueError: ``whole`` is not positive while ``part`` is not zero.
    """
    if part == 0:
        return ZERO
    if whole <= 0:
        raise ValueError(f"cannot take {part} as a percentage of {whole}")
    return part / whole * HUNDRED


PRICE_DIGITS: Final = 6
"""Significant digits of a price for reading: enough for the increments that venues have, few enough for a mean."""


def price_text(value: Decimal) -> str:
    """A price for reading: thousands grouped, six significant digits, two decimals at least. 61,234.50 and 0.16234."""
    shown = f"{value:,.{max(2, PRICE_DIGITS - 1 - value.adjusted())}f}"
    whole, _, part = shown.partition(".")
    return f"{whole}.{part.rstrip('0').ljust(2, '0')}"
