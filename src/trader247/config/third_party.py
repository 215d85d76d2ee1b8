"""Strategies that are not in the box: from a file by path, or from an installed package by entry point.

===========================  =======================================================================================
kind                         what it names
===========================  =======================================================================================
``path:FILE.py:CLASS``       a class in a file; a relative path is meant from the folder of the configuration
``entry:POINT``              an entry point of the group ``trader247.strategies``, which names a class of a module
===========================  =======================================================================================

The source is read before anything of it is run (``purity.py``), and run with builtins that lack what it must not use.
It is run once per start: a restarted worker and a reloaded configuration get the same class, and new code is taken by
a new start. The class is made with ``(name, parameters, entry)``; where its ``parameters`` are annotated with an attrs
class, the file's ``parameters`` are read as one, else they are handed over as a plain mapping.
"""

import builtins
import inspect
import os
import stat
import sys
import typing
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from importlib.machinery import PathFinder
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType, NoneType, UnionType
from typing import Any, Final, Union, get_args, get_origin

import attrs
from attrs import AttrsInstance, field, frozen

from trader247.config.few_seconds import TookTooLong, few_seconds
from trader247.config.purity import allowed_import, impurities
from trader247.errors import ConfigurationInvalid
from trader247.messages.worker_wire import Third
from trader247.model.ids import StrategyName
from trader247.model.instrument import Symbol
from trader247.model.policy import EntryBounds
from trader247.model.policy_strategies import PlainParameters
from trader247.model.policy_terms import plain_type
from trader247.strategies.contract import Strategy
from trader247.strategies.registry import BUILDERS, Builder

__all__ = ["ENTRY_POINTS", "StrategyUnusable", "ThirdParties", "ThirdParty"]

ENTRY_POINTS: Final = "trader247.strategies"
"""The group in which a package names its strategies."""

_SOURCE_BYTES_MAX: Final = 256 * 1024
"""No strategy in the box has a twentieth of it; a larger file is a wrong path."""

_FAULTS_SHOWN_MAX: Final = 10
_SAID_CHARS_MAX: Final = 200
"""Characters of what a source's own error says."""

_HELP: Final = "write path:FILE.py:CLASS or entry:POINT"
_TAKEN_AWAY: Final = (
    "open", "input", "print", "breakpoint", "exec", "eval", "compile", "globals", "locals", "vars",
    "exit", "quit",
)  # fmt: skip
Bound = Callable[[], AbstractContextManager[None]]
"""What ends a run that takes too long."""

_PLAIN_TYPES: Final = (bool, int, float, Decimal, str, Symbol)


class StrategyUnusable(ConfigurationInvalid):
    """A strategy from elsewhere cannot be used; the text says what is wrong with it, and on which line."""


@frozen
class ThirdParty:
    """A class that may be a strategy, the class of its parameters, and what its source was."""

    kind: str
    made: type[Any]
    parameters: type[AttrsInstance]
    path: Path
    digest: str
    bound: Bound = field(default=few_seconds, eq=False, repr=False)

    def build(self, name: StrategyName, parameters: AttrsInstance, entry: EntryBounds) -> Strategy:
        """The strategy; a plain mapping is copied for it.

        Raises:
            StrategyUnusable: its constructor raises, or does not end.
        """
        own = dict(parameters.values) if isinstance(parameters, PlainParameters) else parameters
        try:
            with self.bound():
                strategy: Strategy = self.made(name, own, entry)
        except (Exception, SystemExit, TookTooLong) as error:  # its exit is not this program's
            said = str(error)[:_SAID_CHARS_MAX]
            raise StrategyUnusable(f"{self.path} cannot be made: {type(error).__name__}: {said}") from error
        return strategy

    def why_not(self, name: StrategyName, parameters: AttrsInstance, entry: EntryBounds) -> str | None:
        """What is wrong with a strategy that is made of it, or None; the daemon would find out in its first cycle."""
        try:
            carried = getattr(self.build(name, parameters, entry), "name", None)
        except StrategyUnusable as error:
            return str(error)
        if carried != name:
            text = repr(carried)[:_SAID_CHARS_MAX]
            return f"{self.path}: its name is {text}; it has to be the one it is made with, here {name!r}"
        return None


class ThirdParties:
    """What was found, by kind: each is read and run once, and is then the same for the life of this object."""

    def __init__(self, folder: Path, bound: Bound = few_seconds) -> None:
        """``folder`` is where a relative path begins; ``bound`` is around each run of a stranger's source."""
        self._folder = folder
        self._bound = bound
        self._found: dict[str, ThirdParty] = {}

    @property
    def found(self) -> Mapping[str, ThirdParty]:
        """What was asked for until now and can be used."""
        return dict(self._found)

    def builders(self) -> dict[str, Builder]:
        """How each is made, and each in the box."""
        return {**BUILDERS, **{kind: found.build for kind, found in self._found.items()}}

    def moved_on(self) -> tuple[str, ...]:
        """The kinds whose file holds another source now than the one that was run, or none that can be read."""
        return tuple(kind for kind, found in sorted(self._found.items()) if _digest_now(found.path) != found.digest)

    def third(self, kind: str) -> Third | None:
        """Where another process finds the same class, or None for a kind of the box."""
        found = self._found.get(kind)
        return Third(str(self._folder.absolute()), str(found.path), found.digest) if found is not None else None

    def find(self, kind: str) -> ThirdParty:
        """The class behind a kind.

        Raises:
            StrategyUnusable: there is none, or it will not do.
        """
        if kind not in self._found:
            path, name = self._place(kind)
            self._found[kind] = _loaded(kind, path, name, self._bound)
        return self._found[kind]

    def _place(self, kind: str) -> tuple[Path, str]:
        how, _, rest = kind.partition(":")
        if how == "entry" and rest:
            return _entry_point(rest)
        file, colon, name = rest.rpartition(":")
        if how != "path" or not colon or not file or not name.isidentifier():
            raise StrategyUnusable(f"{kind[:200]!r} names no strategy: {_HELP}")
        return (self._folder / Path(file).expanduser()).absolute(), name


def _entry_point(name: str) -> tuple[Path, str]:
    """The source file of an entry point's module, and the class. Nothing is imported, not even its package."""
    known = entry_points(group=ENTRY_POINTS)
    point = next((point for point in known if point.name == name), None)
    if point is None:
        listed = ", ".join(sorted({point.name for point in known})) or "none is installed"
        raise StrategyUnusable(f"there is no entry point {name!r} in the group {ENTRY_POINTS} ({listed})")
    search: Sequence[str] | None = None
    parts, spec = point.module.split("."), None
    for count in range(1, len(parts) + 1):
        spec = PathFinder.find_spec(".".join(parts[:count]), search)
        search = spec.submodule_search_locations if spec is not None else None
        if spec is None:
            break
    if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
        raise StrategyUnusable(f"the entry point {name!r} names {point.module}, whose source cannot be found")
    return Path(spec.origin), point.attr


# ------------------------------------------------------------------------------------------------------------ loading
def _loaded(kind: str, path: Path, name: str, bound: Bound) -> ThirdParty:
    source = _source_of(path)
    _check_pure(source, path)
    digest = sha256(source.encode()).hexdigest()
    module = _run(source, path, f"trader247_strategy_{path.stem}_{digest[:12]}", bound)
    made = getattr(module, name, None)
    if not isinstance(made, type):
        has = [each for each, value in vars(module).items() if _is_strategy(value, module.__name__)]
        there = f"its strategies are: {', '.join(has)}" if has else "it has no class with generate_proposals"
        raise StrategyUnusable(f"{path} has no class {name}; {there}")
    _check_signatures(made, path)
    return ThirdParty(kind, made, _parameters_of(made, module, path), path, digest, bound)


def _source_of(path: Path) -> str:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a FIFO would wait for its writer
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise StrategyUnusable(f"{path} is no plain file (a folder, FIFO or device)")
            raw = file.read(_SOURCE_BYTES_MAX + 1)
    except OSError as error:
        raise StrategyUnusable(f"{path} cannot be read: {error.strerror}") from None
    if len(raw) > _SOURCE_BYTES_MAX:
        raise StrategyUnusable(f"{path} is longer than {_SOURCE_BYTES_MAX} bytes")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise StrategyUnusable(f"{path} is not UTF-8 text") from None


def _digest_now(path: Path) -> str:
    try:
        return sha256(_source_of(path).encode()).hexdigest()
    except StrategyUnusable:
        return ""


def _check_pure(source: str, path: Path) -> None:
    try:
        found = impurities(source, str(path))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:  # the parser's own end is a MemoryError
        line = f":{error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
        why = error.msg if isinstance(error, SyntaxError) else str(error) or "it is nested too deep"
        raise StrategyUnusable(f"{path}{line}: is no Python: {why}") from None
    if found:
        lines = [f"{path}:{impurity.line}: {impurity.text}" for impurity in found[:_FAULTS_SHOWN_MAX]]
        if len(found) > _FAULTS_SHOWN_MAX:
            lines.append(f"and {len(found) - _FAULTS_SHOWN_MAX} more")
        raise StrategyUnusable(f"a strategy must be pure; {'; '.join(lines)}")


def _run(source: str, path: Path, name: str, bound: Bound) -> ModuleType:
    module = ModuleType(name)
    module.__file__ = str(path)
    gate = _ImportGate()
    module.__dict__["__builtins__"] = {
        **{word: value for word, value in vars(builtins).items() if word not in _TAKEN_AWAY},
        "__import__": gate,
    }
    sys.modules[name] = module  # data classes look their module up there
    try:
        code = compile(source, str(path), "exec")
        with bound():
            exec(code, module.__dict__)  # noqa: S102 - its source was read just before
    except (Exception, SystemExit, TookTooLong) as error:  # its exit is not this program's
        del sys.modules[name]
        said = str(error)[:_SAID_CHARS_MAX]
        raise StrategyUnusable(f"{path} cannot be run: {type(error).__name__}: {said}") from error
    gate.open = False
    return module


class _ImportGate:
    """What ``import`` does in a strategy's file: what is allowed, by its public name, while the file is read."""

    def __init__(self) -> None:
        self.open = True

    def __call__(
        self,
        name: str,
        globals: Mapping[str, object] | None = None,  # noqa: A002 - the names of __import__
        locals: Mapping[str, object] | None = None,  # noqa: A002
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        if not self.open:
            raise ImportError(f"a strategy imports {name} while it runs; move it to the top of its file")
        if level or not allowed_import(name):
            raise ImportError(f"a strategy may not import {name}")
        module = __import__(name, globals, locals, fromlist or (), level)
        public = getattr(module, "__all__", None)
        hidden = [each for each in fromlist or () if public is not None and each not in public]
        if hidden and name.partition(".")[0] == "trader247":
            raise ImportError(f"{name} does not give out {', '.join(hidden)}")
        return module


# ------------------------------------------------------------------------------------------------------ what it must be
def _is_strategy(value: object, module: str) -> bool:
    return isinstance(value, type) and hasattr(value, "generate_proposals") and value.__module__ == module


def _check_signatures(made: type[Any], path: Path) -> None:
    asked = getattr(made, "generate_proposals", None)
    if not callable(asked) or inspect.iscoroutinefunction(asked) or inspect.isgeneratorfunction(asked):
        raise StrategyUnusable(f"{path}: {made.__name__} has no method generate_proposals(self, context) -> list")
    wanted: tuple[tuple[Callable[..., Any], tuple[str, ...], str], ...] = (
        (made, ("name", "parameters", "entry"), f"{made.__name__}(name, parameters, entry)"),
        (asked, ("self", "context"), "generate_proposals(self, context)"),
    )
    for call, arguments, text in wanted:
        try:
            inspect.signature(call).bind(*arguments)
        except (TypeError, ValueError) as error:
            raise StrategyUnusable(f"{path}: {text} is what is called, and it will not do: {error}") from None


def _parameters_of(made: type[Any], module: ModuleType, path: Path) -> type[AttrsInstance]:
    """The attrs class that the constructor's ``parameters`` are annotated with, else plain parameters."""
    try:
        hints = typing.get_type_hints(made.__init__, globalns=vars(module))
        wanted = hints.get("parameters")
        if not (isinstance(wanted, type) and attrs.has(wanted)):
            return PlainParameters
        attrs.resolve_types(wanted, globalns=vars(module), include_extras=True)
    except (NameError, TypeError, AttributeError) as error:
        raise StrategyUnusable(f"{path}: the annotations of {made.__name__} cannot be read: {error}") from None
    for attribute in attrs.fields(wanted):
        if not _readable(plain_type(attribute)):
            text = "int, float, Decimal, bool, str, Symbol, a StrEnum, another attrs class, a tuple or None of these"
            raise StrategyUnusable(
                f"{path}: {wanted.__name__}.{attribute.name} is a {plain_type(attribute)}, which no file can say; "
                f"make it {text}"
            )
    return wanted


def _readable(wanted: Any) -> bool:
    """Whether the configuration can hold such a value (``building.py``)."""
    if get_origin(wanted) in {Union, UnionType}:
        rest = [option for option in get_args(wanted) if option is not NoneType]
        return len(rest) == 1 and _readable(rest[0])
    if get_origin(wanted) is tuple:
        inner = get_args(wanted)
        return len(inner) == 2 and inner[1] is Ellipsis and _readable(inner[0])
    if isinstance(wanted, type) and (issubclass(wanted, StrEnum) or attrs.has(wanted)):
        return not attrs.has(wanted) or all(_readable(plain_type(each)) for each in attrs.fields(wanted))
    return wanted in _PLAIN_TYPES
