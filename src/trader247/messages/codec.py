"""Messages as plain values, for the journal, the command line and the API: one spelling for everything.

Decimals are spelled without exponent, enums by their value, instants stay integers, tuples become lists; a message is a
mapping of its attributes. A float that is not finite is spelled as text (``nan``): JSON has no number for it, and the
refusal of a strategy's nonsense must be writable too. ``kind_of`` names a message by its class in snake case, and that
name is for ever.
"""

import math
import re
from decimal import Decimal
from enum import Enum
from typing import Any

import attrs

from trader247.model.money import plain

__all__ = ["as_plain", "kind_of", "kind_of_type"]

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def kind_of(message: object) -> str:
    """``OrderChanged(...)`` is ``order_changed``."""
    return kind_of_type(type(message))


def kind_of_type(kind: type) -> str:
    """As ``kind_of``, of a message's class."""
    return _HUMP.sub("_", kind.__name__).lower()


def as_plain(value: object) -> Any:
    """The value in what JSON knows: mappings with text keys, lists, texts, integers, floats, booleans and None.

    Raises:
        TypeError: the value holds something that has no spelling here.
    """
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or (isinstance(value, bool | int | float | str) and not isinstance(value, Enum)):
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return plain(value)
    kind: type[Any] = type(value)
    if attrs.has(kind):
        fields = attrs.fields(kind)
        return {field.name.lstrip("_"): as_plain(getattr(value, field.name)) for field in fields}
    if isinstance(value, dict):
        return {str(as_plain(key)): as_plain(item) for key, item in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: as_plain(item) for name, item in value._asdict().items()}
    if isinstance(value, list | tuple):
        return [as_plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted(as_plain(item) for item in value)
    raise TypeError(f"{type(value).__name__} has no plain spelling: {value!r}")
