"""What a configured value may be: its reason, unit and bounds, said once, in the annotation of the value itself.

A policy class is written ``@frozen(field_transformer=bounded)``, its attributes as ``Annotated[Decimal, Term(...)]``.
The same ``Term`` validates every instance ever made, words the error a user reads, and writes the reference page and
the JSON Schema; so none of them can disagree.

Two kinds of upper bound are kept apart. ``most`` (or ``below``) is where a value stops making sense. ``ceiling`` is
where it makes sense and is still refused: compiled in, so that no file can talk the daemon into it.
"""

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any, TypeAlias, get_args, get_origin

from attrs import Attribute, frozen

__all__ = ["Number", "Term", "bounded", "plain_type", "term_of"]

Number: TypeAlias = int | float | Decimal


@frozen
class Term:
    """Why a value exists, in which unit it is, and what is allowed.

    ``why`` is one sentence for the reference page. ``unit`` is a word such as ``s`` or ``% of NLV``. The bounds are
    ``above`` (x >), ``least`` (x >=), ``below`` (x <), ``most`` (x <=) and the compiled-in ``ceiling`` (x <=).
    ``reload`` says whether a running daemon may take a new value (requirement SUP6).
    """

    why: str
    unit: str = ""
    above: Number | None = None
    least: Number | None = None
    below: Number | None = None
    most: Number | None = None
    ceiling: Number | None = None
    reload: bool = True

    @property
    def allowed(self) -> str:
        """The bounds as a person reads them, ``0 < x <= 100``, or an empty text where any value will do."""
        low = f"{self.above} < " if self.above is not None else f"{self.least} <= " if self.least is not None else ""
        high = f" < {self.below}" if self.below is not None else f" <= {self.most}" if self.most is not None else ""
        return f"{low}x{high}" if low or high else ""

    def fault_of(self, value: Number) -> str | None:
        """What is wrong with the number, as ``-1 is not allowed (0 < x <= 100)``, or None where nothing is.

        What is beyond every sense is told the ceiling as well: who comes down to the bound would only be refused again.
        """
        if not (value.is_finite() if isinstance(value, Decimal) else math.isfinite(value)):
            return f"{value} is not a finite number"
        outside = (
            (self.above is not None and value <= self.above)
            or (self.least is not None and value < self.least)
            or (self.below is not None and value >= self.below)
            or (self.most is not None and value > self.most)
        )
        if outside:
            over = self.ceiling is not None and value > self.ceiling
            return f"{value} is not allowed ({self.allowed}{f', and unsafe over {self.ceiling}' if over else ''})"
        if self.ceiling is not None and value > self.ceiling:
            return f"{value} is unsafe (at most {self.ceiling}; this ceiling is compiled in and no file can raise it)"
        return None


def term_of(attribute: "Attribute[Any]") -> Term | None:
    """The term in the attribute's annotation, or None where it has none (a nested section)."""
    if get_origin(attribute.type) is not Annotated:
        return None
    return next((extra for extra in get_args(attribute.type)[1:] if isinstance(extra, Term)), None)


def plain_type(attribute: "Attribute[Any]") -> Any:
    """The attribute's type without its term."""
    return get_args(attribute.type)[0] if get_origin(attribute.type) is Annotated else attribute.type


def bounded(_cls: type, attributes: "list[Attribute[Any]]") -> "list[Attribute[Any]]":
    """A ``field_transformer`` of attrs: every plain value is checked against its type and term when made.

    The classes it makes raise ``TypeError`` where a value is of another type than declared (an ``int`` will do for a
    ``float``, nothing but a ``Decimal`` for a ``Decimal``), ``ValueError`` where it is out of bounds.
    """
    return [attribute.evolve(validator=_validator_of(attribute)) for attribute in attributes]


_ACCEPTED: dict[Any, Any] = {bool: (bool,), str: (str,), int: (int,), float: (int, float), Decimal: (Decimal,)}


def _validator_of(attribute: "Attribute[Any]") -> Callable[[Any, Any, Any], None] | None:
    wanted, term = plain_type(attribute), term_of(attribute)
    accepted = _ACCEPTED.get(wanted)
    if accepted is None:
        return attribute.validator

    own = attribute.validator

    def validate(instance: Any, checked: "Attribute[Any]", value: Any) -> None:
        if isinstance(value, bool) is not (wanted is bool) or not isinstance(value, accepted):
            raise TypeError(f"{checked.name}: {value!r} is not of type {wanted.__name__}")
        fault = term.fault_of(value) if term and not isinstance(value, bool | str) else None
        if fault:
            raise ValueError(f"{checked.name}: {fault}")
        if own is not None:
            own(instance, checked, value)

    return validate
