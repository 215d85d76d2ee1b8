"""What a study varies: keys of the configuration, each with the values it tries.

An axis reads ``strategies.trend.parameters.stop_atr=2,3,4``: a dotted key as of ``--set``, and values as YAML, of which
``LOW..HIGH:STEP`` is a row. Keys and values are checked by loading the configuration with them, before anything runs.
"""

import difflib
import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Final, TypeAlias

from attrs import frozen

from trader247.config.faults import ConfigurationFaults
from trader247.config.loading import Loaded
from trader247.errors import ConfigurationInvalid

__all__ = ["Axis", "Params", "checked", "combination", "combinations", "drawn", "overrides_of", "read_axes"]

Params: TypeAlias = Mapping[str, str]
"""One value for each key, as text."""

_VALUES_MAX: Final = 1_000
"""Of one axis: each is loaded before the study begins, some 40 ms."""
_AXES_MAX: Final = 20
_EXPONENT_MAX: Final = 30
"""Of a value's power of ten: no key takes larger ones, and rows of them have no end."""
_TRIED_MAX: Final = 64
"""Combinations with other values that a value is tried in before it is refused."""


@frozen
class Axis:
    """A key and its values in the order they were given."""

    key: str
    values: tuple[str, ...]

    @property
    def ordered(self) -> bool:
        """Whether the values are rising numbers, so that what lies between two is between them."""
        numbers = [_number(value) for value in self.values]
        return all(number is not None for number in numbers) and numbers == sorted(numbers, key=lambda n: n or 0)


def read_axes(texts: Sequence[str]) -> list[Axis]:
    """Of ``KEY=VALUE,VALUE,..`` each.

    Raises:
        ConfigurationInvalid: one is not understood, a key is there twice, or a value.
    """
    axes = [_read_axis(text) for text in texts]
    keys = [axis.key for axis in axes]
    twice = [key for key in keys if keys.count(key) > 1]
    if twice:
        raise ConfigurationInvalid(f"--param: {twice[0]} is given twice; put its values in one")
    if not axes or len(axes) > _AXES_MAX:
        raise ConfigurationInvalid(f"--param: {len(axes)} are given; a study varies 1 to {_AXES_MAX} keys")
    return axes


def _read_axis(text: str) -> Axis:
    key, equals, said = text.partition("=")
    key = key.strip()
    if not equals or not key or not said.strip():
        raise ConfigurationInvalid(
            f"--param {text[:80]!r} is not understood; write KEY=VALUE,VALUE or KEY=LOW..HIGH:STEP"
        )
    values = [value for part in _split(said) for value in _row(text, part.strip())]
    twice = [value for number, value in enumerate(values) if value in values[:number]]
    if twice:
        raise ConfigurationInvalid(f"--param {key}: {twice[0]} is there twice")
    if len(values) > _VALUES_MAX:
        raise ConfigurationInvalid(f"--param {key}: {len(values):,} values; at most {_VALUES_MAX:,} can be tried")
    return Axis(key, tuple(values))


def _split(text: str) -> Iterator[str]:
    """At the commas that stand in no bracket."""
    depth, part = 0, ""
    for letter in text:
        depth += (letter in "[{") - (letter in "]}")
        if letter == "," and depth == 0:
            yield part
            part = ""
        else:
            part += letter
    yield part


def _row(text: str, part: str) -> list[str]:
    if not part:
        raise ConfigurationInvalid(f"--param {text[:80]!r} has an empty value")
    low, dots, rest = part.partition("..")
    if not dots:
        return [part]
    high, _, step = rest.partition(":")
    first, last, each = _number(low), _number(high), _number(step or "1")
    if first is None or last is None or each is None or each <= 0 or last < first:
        raise ConfigurationInvalid(f"--param {text[:80]!r}: {part!r} is no row; write LOW..HIGH:STEP, as in 10..40:10")
    if (last - first) / each >= _VALUES_MAX:
        raise ConfigurationInvalid(f"--param {text[:80]!r}: {part!r} has over {_VALUES_MAX:,} values")
    return [f"{first + each * number:f}" for number in range(int((last - first) / each) + 1)]


def _number(text: str) -> Decimal | None:
    try:
        found = Decimal(text.strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found.adjusted()) <= _EXPONENT_MAX else None


def overrides_of(params: Params) -> tuple[str, ...]:
    """As the command line would say them."""
    return tuple(f"{key}={value}" for key, value in params.items())


def combinations(axes: Sequence[Axis]) -> int:
    """How many there are."""
    return math.prod(len(axis.values) for axis in axes)


def combination(axes: Sequence[Axis], index: int) -> dict[str, str]:
    """One of them by its number: the last axis turns fastest."""
    found: dict[str, str] = {}
    for axis in reversed(axes):
        index, at = divmod(index, len(axis.values))
        found[axis.key] = axis.values[at]
    return {axis.key: found[axis.key] for axis in axes}


def drawn(axes: Sequence[Axis], seed: int, count: int) -> list[dict[str, str]]:
    """``count`` different combinations at random, or all there are. More of the same seed begin with the same."""
    total, draw = combinations(axes), random.Random(seed)  # noqa: S311 - repeatable on purpose
    wanted = min(count, total)
    if total <= _VALUES_MAX * _VALUES_MAX:
        # a whole shuffle is the same however many of it are wanted
        order = list(range(total))
        draw.shuffle(order)
        return [combination(axes, index) for index in order[:wanted]]
    seen: dict[int, None] = {}
    while len(seen) < wanted:  # ends: of over a million at most a hundred thousand are wanted
        seen.setdefault(draw.randrange(total))
    return [combination(axes, index) for index in seen]


def checked(axes: Sequence[Axis], base: Loaded, load: Callable[[Params], Loaded]) -> None:
    """See that every value can be configured, alone or together with some values of the others.

    Raises:
        ConfigurationInvalid: a key is unknown, a strategy is, a key was also set, or a value never fits.
    """
    said = {text.partition("=")[0].strip() for text in base.overrides}
    for axis in axes:
        if axis.key in said:
            raise ConfigurationInvalid(f"--param {axis.key}: is given with --set too; leave one of them out")
        _known_strategy(axis.key, base)
        for value in axis.values:
            _fits(axes, axis.key, value, load)


def _known_strategy(key: str, base: Loaded) -> None:
    """An override may name a new strategy; a study that does has mistyped one."""
    section, _, rest = key.partition(".")
    name, known = rest.partition(".")[0], sorted(base.configuration.strategies)
    if section == "strategies" and name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f'did you mean "{near[0]}"?' if near else f"there are {', '.join(known)}"
        raise ConfigurationInvalid(f"--param {key}: strategy {name!r} is not configured, {hint}")


def _fits(axes: Sequence[Axis], key: str, value: str, load: Callable[[Params], Loaded]) -> None:
    try:
        load({key: value})
    except ConfigurationFaults as alone:
        # a stop over the target that stands in the files is no mistake where the target is varied too
        others = [axis for axis in axes if axis.key != key]
        for index in range(min(combinations(others), _TRIED_MAX) if others else 0):
            try:
                load({**combination(others, index), key: value})
            except ConfigurationFaults:
                continue
            return
        raise ConfigurationInvalid(f"--param {key}={value}: {alone.faults[0]}") from alone
