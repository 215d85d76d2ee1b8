"""Prices in a frame's text made into something else: nothing, no number, too much, bid over ask. Pure."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Final

__all__ = ["MISPRICED", "mispriced"]

_PRICE: Final = re.compile(r'"(price|best_bid|best_ask|price_level)":"([^"]*)"')
_OTHER_SIDE: Final = {"best_bid": "best_ask", "best_ask": "best_bid"}


def _tenfold(text: str) -> str:
    try:
        return str(Decimal(text) * 10)
    except InvalidOperation:
        return text


_MADE: Final[Mapping[str, Callable[[str], str]]] = {
    "zero": lambda _text: "0",
    "nan": lambda _text: "NaN",
    "negative": lambda text: f"-{text}",
    "tenfold": _tenfold,
    "empty": lambda _text: "",
}
MISPRICED: Final = (*_MADE, "crossed")
"""What a price may become; crossed: the bid stands where the ask belongs."""


def mispriced(text: str, how: str) -> str:
    """The frame with every price so."""
    if how == "crossed":
        return _PRICE.sub(lambda found: f'"{_OTHER_SIDE.get(found[1], found[1])}":"{found[2]}"', text)
    make = _MADE[how]
    return _PRICE.sub(lambda found: f'"{found[1]}":"{make(found[2])}"', text)
