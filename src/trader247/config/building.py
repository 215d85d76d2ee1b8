"""From a tree of nodes to values of the schema, collecting every fault on the way.

A key that is not there keeps its default; a section that is empty is as good as not there. A faulty value is replaced
by its default, so that everything else is still checked; the caller must not use the result while there are faults.
"""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Final, Union, get_args, get_origin

from attrs import NOTHING, AttrsInstance, Factory, fields, frozen, has

from trader247.config.documents import Node
from trader247.config.faults import Fault, KeyPath, Place
from trader247.config.secrets import PLAIN_TEXT_REFUSED, SecretReference, likeness, reference_of
from trader247.config.third_party import StrategyUnusable, ThirdParties
from trader247.model.instrument import Symbol, symbol_of
from trader247.model.policy_strategies import KINDS, PlainParameters, StrategyTerms
from trader247.model.policy_terms import Term, plain_type, term_of

__all__ = ["DEPRECATED", "FROM_ELSEWHERE", "Builder", "Deprecation", "default_of"]


@frozen
class Deprecation:
    """A key that was: since which version it is gone, and what to write instead."""

    since: str
    instead: str


DEPRECATED: Final[Mapping[KeyPath, Deprecation]] = {}
"""Keys that once were, section first. Empty until the first key is renamed."""

FROM_ELSEWHERE: Final = ("path:", "entry:")
"""How a kind begins that is not in the box (``third_party.py``)."""

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}", re.ASCII)


class _Unfit(Exception):
    """A value does not fit; the message says what is wrong and what is allowed."""


def default_of(attribute: Any) -> Any:
    """The attribute's default value, or ``NOTHING`` where it must be given."""
    default = attribute.default
    return default.factory() if isinstance(default, Factory) else default  # type: ignore[arg-type]


class Builder:
    """Builds values, remembering every fault and the place of every key that was said."""

    def __init__(
        self,
        kinds: Mapping[str, type[AttrsInstance]] = KINDS,
        deprecated: Mapping[KeyPath, Deprecation] = DEPRECATED,
        third: ThirdParties | None = None,
    ) -> None:
        """``kinds``: the kinds of strategy and the classes of their parameters; ``deprecated``: keys that were.

        ``third`` finds the strategies that are not in the box; without it there are none.
        """
        self.faults: list[Fault] = []
        self.places: dict[KeyPath, Place] = {}
        self._kinds = kinds
        self._deprecated = deprecated
        self._third = third
        self._unusable: dict[str, str] = {}

    def section(self, wanted: type[Any], node: Node, path: KeyPath, base: Any) -> Any:
        """An instance of an attrs class from a mapping; what the mapping does not say is taken from ``base``."""
        self.places[path] = node.place
        if node.value is None:
            return base
        if not isinstance(node.value, Mapping):
            self._fault(node, path, f"{node.shown} is not a section; write its keys below it, indented")
            return _or_nothing(base)
        attributes = {attribute.name: attribute for attribute in fields(wanted)}
        self._report_unknown(node.value, path, attributes)
        values: dict[str, Any] = {}
        complete = True
        for name, attribute in attributes.items():
            fallback = default_of(attribute) if base is None else getattr(base, name)
            entry = node.value.get(name)
            kind, fallback = self._type_of(wanted, attribute, values, fallback)
            if entry is not None and kind is not None:
                values[name] = self.value(kind, term_of(attribute), entry, (*path, name), fallback)
            else:
                values[name] = fallback
            if values[name] is NOTHING:
                complete = False
                if entry is None:
                    self._fault(node, (*path, name), "is missing and has no default")
        return self._made(wanted, values, node, path, base) if complete else _or_nothing(base)

    def value(self, wanted: Any, term: Term | None, node: Node, path: KeyPath, fallback: Any) -> Any:
        """A value of any type of the schema; ``fallback`` where it does not fit, with a fault."""
        self.places[path] = node.place
        kind = likeness(node.text) if isinstance(node.value, str) else None
        if kind:
            self._fault(node, path, PLAIN_TEXT_REFUSED.format(kind=kind))
            return fallback
        if wanted is PlainParameters:
            return self._plain_parameters(node, path, fallback)
        if has(wanted) and wanted is not SecretReference:
            base = None if fallback is NOTHING else fallback
            if base is None and node.value is None:
                self._fault(node, path, "is empty and has no default; write its keys below it, indented")
                return NOTHING
            return self.section(wanted, node, path, base)
        if get_origin(wanted) in {Union, UnionType}:
            if node.value is None:
                return None
            wanted = next(option for option in get_args(wanted) if option is not NoneType)
        if get_origin(wanted) is Mapping:
            return self._mapping(get_args(wanted)[1], node, path, fallback)
        if get_origin(wanted) is tuple:
            return self._list(get_args(wanted)[0], node, path, fallback)
        try:
            return _scalar_of(wanted, term, node)
        except _Unfit as unfit:
            self._fault(node, path, str(unfit))
            return fallback

    def _made(self, wanted: type[Any], values: Mapping[str, Any], node: Node, path: KeyPath, base: Any) -> Any:
        try:
            return wanted(**values)
        except (TypeError, ValueError) as error:
            # only a third party's class has rules of its own left to break here
            self._fault(node, path, str(error))
            return _or_nothing(base)

    def _type_of(self, wanted: type[Any], attribute: Any, values: Mapping[str, Any], fallback: Any) -> tuple[Any, Any]:
        """The attribute's type and default; a strategy's kind decides those of its parameters (None: unknown kind)."""
        if wanted is not StrategyTerms or attribute.name != "parameters":
            return plain_type(attribute), fallback
        parameters = self._parameters_of(values.get("kind", ""))
        if parameters is None:
            return None, fallback
        return parameters, fallback if isinstance(fallback, parameters) else self._silent(parameters)

    def _parameters_of(self, kind: str) -> type[AttrsInstance] | None:
        """The class of a kind's parameters; None where the kind is unknown, or what it names cannot be used."""
        if kind in self._kinds or self._third is None or not kind.startswith(FROM_ELSEWHERE):
            return self._kinds.get(kind)
        try:
            return self._third.find(kind).parameters
        except StrategyUnusable as unusable:
            self._unusable[kind] = str(unusable)
            return None

    def _plain_parameters(self, node: Node, path: KeyPath, fallback: Any) -> Any:
        if node.value is None:
            return fallback
        if not isinstance(node.value, Mapping):
            self._fault(node, path, f"{node.shown} is not a section; write its keys below it, indented")
            return fallback
        return PlainParameters(self._plain(node, path))

    def _plain(self, node: Node, path: KeyPath) -> Any:
        """What the file says, as it says it; only what may be a secret is refused."""
        self.places[path] = node.place
        if isinstance(node.value, Mapping):
            return {key: self._plain(entry, (*path, key)) for key, entry in node.value.items()}
        if isinstance(node.value, tuple):
            return tuple(self._plain(item, (*path, str(index))) for index, item in enumerate(node.value))
        kind = likeness(node.text) if isinstance(node.value, str) else None
        if kind:
            self._fault(node, path, PLAIN_TEXT_REFUSED.format(kind=kind))
        return node.value

    @staticmethod
    def _silent(parameters: type[Any]) -> Any:
        defaults = {attribute.name: default_of(attribute) for attribute in fields(parameters)}
        return NOTHING if NOTHING in defaults.values() else parameters(**defaults)

    def _mapping(self, wanted: Any, node: Node, path: KeyPath, fallback: Any) -> Any:
        if node.value is None:
            return fallback
        if not isinstance(node.value, Mapping):
            self._fault(node, path, f"{node.shown} is not a mapping of names; write one name per line, indented")
            return fallback
        found = {}
        for name, entry in node.value.items():
            if _NAME.fullmatch(name) is None:
                self._fault(entry, path, f"{_shown_key(name)} is not a name (a letter, then letters, digits, _)")
                continue
            silent = wanted() if has(wanted) else ()
            found[name] = self.value(wanted, None, entry, (*path, name), silent)
            if isinstance(found[name], StrategyTerms):
                self._check_kind(found[name], entry, (*path, name))
        return found

    def _check_kind(self, strategy: StrategyTerms, node: Node, path: KeyPath) -> None:
        said = node.value.get("kind") if isinstance(node.value, Mapping) else None
        kind = said.value if said is not None else strategy.kind
        if not isinstance(kind, str) or self._parameters_of(kind) is not None:
            return
        known = ", ".join([*sorted(self._kinds), *(f"{how}..." for how in FROM_ELSEWHERE)])
        where = said if said is not None else node
        text = self._unusable.get(kind) or f"{where.shown} is no kind of strategy (known: {known})"
        self._fault(where, (*path, "kind"), text)

    def _list(self, wanted: Any, node: Node, path: KeyPath, fallback: Any) -> Any:
        if not isinstance(node.value, tuple):
            self._fault(node, path, f"{node.shown or 'nothing'} is not a list; write [A, B], or [] for none")
            return fallback
        found = []
        for index, item in enumerate(node.value):
            value = self.value(wanted, None, item, (*path, str(index)), None)
            if value is None:
                continue
            if value in found:
                self._fault(item, (*path, str(index)), f"{item.shown} stands twice in the list")
            found.append(value)
        return tuple(found)

    def _report_unknown(self, entries: Mapping[str, Node], path: KeyPath, known: Iterable[str]) -> None:
        names = list(known)
        for key, node in entries.items():
            if key in names:
                continue
            gone = self._deprecated.get((*path, key))
            if gone:
                text = f"is deprecated since {gone.since}; write {gone.instead} instead"
                self._fault(node, (*path, key), text)
                continue
            near = difflib.get_close_matches(key[:100], names, n=1)
            hint = f'did you mean "{near[0]}"?' if near else f"allowed here: {', '.join(sorted(names))}"
            self._fault(node, (*path, _shown_key(key)), f"unknown key, {hint}")

    def _fault(self, node: Node, path: KeyPath, text: str) -> None:
        self.faults.append(Fault(node.place, path, text))


def _or_nothing(base: Any) -> Any:
    return NOTHING if base is None else base


def _shown_key(key: str) -> str:
    if likeness(key):
        return "(a key that is not shown)"
    flat = key if key.isprintable() else repr(key)
    return flat if len(flat) <= 60 else f"{flat[:60]}..."


# ------------------------------------------------------------------------------------------------------------- scalars
def _scalar_of(wanted: Any, term: Term | None, node: Node) -> Any:
    if node.value is None:
        raise _Unfit("is empty; give a value, or remove the line to get the default")
    if isinstance(node.value, Mapping | tuple):
        raise _Unfit(f"{node.shown} stands where one value belongs")
    if isinstance(wanted, type) and issubclass(wanted, StrEnum):
        return _choice(wanted, node)
    converted = _CONVERSIONS[wanted](node)
    fault = term.fault_of(converted) if term and isinstance(converted, int | float | Decimal) else None
    if fault is None:
        return converted
    # in the words of the file: 250, not Decimal('250')
    raise _Unfit(fault.replace(str(converted), node.shown, 1))


def _choice(wanted: type[StrEnum], node: Node) -> StrEnum:
    allowed = [choice.value for choice in wanted]
    if not isinstance(node.value, str) or node.value not in allowed:
        near = difflib.get_close_matches(str(node.text)[:100], allowed, n=1)
        hint = f', did you mean "{near[0]}"?' if near else ""
        raise _Unfit(f"{node.shown} is not allowed (one of {', '.join(allowed)}){hint}")
    return wanted(node.value)


def _boolean(node: Node) -> bool:
    if not isinstance(node.value, bool):
        raise _Unfit(f"{node.shown} is not allowed (true or false)")
    return node.value


def _number(node: Node) -> int | Decimal:
    if isinstance(node.value, bool) or not isinstance(node.value, int | Decimal):
        quotes = "; remove the quotes" if node.text and node.text.replace(".", "", 1).isdigit() else ""
        raise _Unfit(f"{node.shown} is not a number (digits and one point{quotes})")
    return node.value


def _whole(node: Node) -> int:
    number = _number(node)
    if not isinstance(number, int):
        raise _Unfit(f"{node.shown} is not a whole number")
    return number


def _text(node: Node) -> str:
    if not isinstance(node.value, str):
        raise _Unfit(f"{node.shown} is not text; put it in quotes if it is meant")
    if not node.value.strip() or not node.value.isprintable():
        raise _Unfit("is not one line of printable text")
    return node.value


def _symbol(node: Node) -> Symbol:
    try:
        return symbol_of(_text(node))
    except ValueError:
        raise _Unfit(f"{node.shown} is not an instrument (BASE-QUOTE, such as BTC-USD)") from None


def _reference(node: Node) -> SecretReference:
    try:
        return reference_of(node.value if isinstance(node.value, str) else "")
    except ValueError as error:
        raise _Unfit(str(error)) from None


_CONVERSIONS: Final[Mapping[Any, Callable[[Node], Any]]] = {
    Decimal: lambda node: Decimal(_number(node)),
    float: lambda node: float(_number(node)),
    int: _whole,
    bool: _boolean,
    str: _text,
    Symbol: _symbol,
    SecretReference: _reference,
}
