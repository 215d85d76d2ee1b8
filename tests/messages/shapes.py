"""What every module of messages is held to: frozen, slotted, and made of nothing that could change."""

import typing
from collections.abc import Iterator
from enum import Enum
from types import ModuleType, UnionType
from typing import Any

import attrs

_PLAIN = (str, int, float, bool, bytes, type(None))


def classes_of(module: ModuleType) -> list[type]:
    """The attrs classes that a module gives out."""
    listed = (getattr(module, name) for name in module.__all__)
    return [made for made in listed if isinstance(made, type) and attrs.has(made)]


def changeable_fields(made: type) -> list[str]:
    """The fields of a message, or of what it carries, whose type is not fixed for ever."""
    hints = typing.get_type_hints(made)
    return [
        f"{made.__name__}.{field.name}: {part}"
        for field in attrs.fields(made)
        for part in _parts(hints[field.name])
        if not _is_fixed(part)
    ]


def _parts(hint: Any) -> Iterator[Any]:
    """The types a hint is made of, containers taken apart."""
    origin = typing.get_origin(hint)
    if isinstance(hint, typing.NewType):
        yield from _parts(hint.__supertype__)
    elif origin in {tuple, frozenset} or isinstance(hint, UnionType) or origin is typing.Union:
        for part in typing.get_args(hint):
            if part is not Ellipsis:
                yield from _parts(part)
    else:
        yield hint


def _is_fixed(hint: Any) -> bool:
    if not isinstance(hint, type):
        return False
    if attrs.has(hint):
        return is_frozen_and_slotted(hint) and not changeable_fields(hint)
    return issubclass(hint, (*_PLAIN, Enum, tuple)) or hint.__module__ in {"decimal", "_decimal"}


def is_frozen_and_slotted(made: type) -> bool:
    """Whether instances refuse new values and new names, and can be keys."""
    setattr_of: Any = made.__setattr__
    return setattr_of is not object.__setattr__ and "__slots__" in made.__dict__ and made.__hash__ is not None
