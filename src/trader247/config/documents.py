"""A YAML text as a tree of nodes that know their place, read strictly.

Stricter than YAML on purpose, because a risk cap is at stake: a key may stand once; ``on``, ``off``, ``NO`` and
``12:30`` are text; numbers are exact (``5``, ``0.1``, ``1e-3``; no ``1_000``, no ``.inf``, no ``0x1F``); anchors,
aliases, merge keys and tags are refused, since a reader cannot see at a key what it says. Only the event stream of
the YAML library is used, so nothing in a file can make it build an object.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, NoReturn, TypeAlias

from attrs import field, frozen
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)
from ruamel.yaml.reader import ReaderError

from trader247.config.faults import Place
from trader247.config.secrets import likeness
from trader247.model.money import decimal_of

__all__ = ["DEPTH_MAX", "Document", "Node", "Scalar", "Unreadable", "document_of", "grafted"]

DEPTH_MAX: Final = 16
"""Levels of nesting; the schema needs seven."""

_NUMBER_LENGTH_MAX: Final = 40
_BOOLEANS: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NULLS: Final = {"", "~", "null", "Null", "NULL"}
_WHOLE: Final = re.compile(r"-?\d+", re.ASCII)

Scalar: TypeAlias = str | int | Decimal | bool | None


@frozen
class Node:
    """A value and where it was said: for an entry of a mapping, the place of its key.

    ``text`` is a scalar as it was written, for messages (which show it through ``shown``).
    """

    value: "Scalar | Mapping[str, Node] | tuple[Node, ...]"
    place: Place
    text: str = field(default="", repr=False)

    @property
    def shown(self) -> str:
        """The value as a message may show it: cut to 40 characters, and hidden where it may be a secret."""
        if isinstance(self.value, Mapping):
            return "a section of keys"
        if isinstance(self.value, tuple):
            return "a list"
        if likeness(self.text):
            return "(a value that is not shown)"
        quoted = repr(self.text) if isinstance(self.value, str) else self.text
        return quoted if len(quoted) <= _NUMBER_LENGTH_MAX else f"{quoted[:_NUMBER_LENGTH_MAX]}..."


class Unreadable(Exception):
    """A text is not the YAML we accept; ``place`` says where, the message why."""

    def __init__(self, place: Place, message: str) -> None:
        """Keeps the place apart from the message, for the fault it becomes."""
        super().__init__(message)
        self.place = place


@frozen
class Document:
    """The tree of a text, and what is wrong with it although it can be read: keys that stand twice."""

    root: Node
    problems: tuple[tuple[Place, str], ...] = ()


def document_of(text: str, source: str, at: Place | None = None) -> Document:
    """The text's one document; an empty text is a node of None.

    ``source`` names the file in every place; ``at`` replaces all places, for a text that is one override. Of a key
    that stands twice the first value is kept, so that the rest can be checked too.

    Raises:
        Unreadable: the text is not YAML, or uses what is refused here.
    """
    reader = _Reader(source, at)
    try:
        root = reader.document(YAML(typ="rt").parse(text))
        return Document(root, tuple(reader.problems))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reader.refuse(mark, f"not valid YAML: {_safe(error.problem or error.context or 'unreadable')}")
    except ReaderError as error:
        head = text[: error.position] if isinstance(error.position, int) else ""
        place = at or Place(source, head.count("\n") + 1, len(head) - (head.rfind("\n") + 1) + 1)
        raise Unreadable(place, f"not valid YAML: {_safe(str(error.reason))}") from None
    except (YAMLError, ValueError, AttributeError, IndexError) as error:
        # the library raises the last three on a few malformed directives; they say nothing a user could use
        raise Unreadable(at or Place(source, 1, 1), f"not valid YAML ({type(error).__name__})") from None


def grafted(root: Node | None, path: tuple[str, ...], leaf: Node, *, replace: bool) -> Node:
    """The tree with ``leaf`` at ``path``; where a value stands already, it wins unless ``replace``.

    Keys are matched without regard to case, since environment variables have none. A scalar or list in the way stays:
    it is a fault of its own, found when the tree is read.
    """
    if not path:
        silent = root is None or root.value is None
        return leaf if silent or replace or root is None else root
    if root is not None and root.value is not None and not isinstance(root.value, Mapping):
        return root
    entries: dict[str, Node] = dict(root.value) if root is not None and isinstance(root.value, Mapping) else {}
    wanted = path[0].lower()
    key = next((known for known in entries if known.lower() == wanted), path[0])
    entries[key] = grafted(entries.get(key), path[1:], leaf, replace=replace)
    return Node(entries, root.place if root is not None else leaf.place)


def _safe(problem: str) -> str:
    flat = " ".join(problem.split())
    return "unreadable near a value that is not shown" if likeness(flat) else flat[:200]


class _Reader:
    """Turns events into nodes; holds what every place needs."""

    def __init__(self, source: str, at: Place | None) -> None:
        self._source = source
        self._at = at
        self.problems: list[tuple[Place, str]] = []

    def place(self, mark: Any) -> Place:
        if self._at is not None:
            return self._at
        return Place(self._source, mark.line + 1, mark.column + 1) if mark is not None else Place(self._source, 1, 1)

    def refuse(self, mark: Any, message: str) -> NoReturn:
        raise Unreadable(self.place(mark), message) from None

    def document(self, events: Iterator[Any]) -> Node:
        root = Node(None, self._at or Place(self._source, 1, 1))
        seen = False
        for event in events:
            if isinstance(event, StreamStartEvent | StreamEndEvent):
                continue
            if isinstance(event, DocumentStartEvent):
                if seen:
                    self.refuse(event.start_mark, "a second document; a file holds one")
                seen = True
            elif isinstance(event, ScalarEvent | MappingStartEvent | SequenceStartEvent | AliasEvent):
                node = self.node(event, events, depth=0)
                root = Node(node.value, root.place, node.text)
        return root

    def node(self, event: Any, events: Iterator[Any], depth: int) -> Node:
        place = self.place(event.start_mark)
        if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
            self.refuse(event.start_mark, "anchors and aliases are refused; write the value out")
        if getattr(event, "tag", None) and str(event.tag) != "!":
            self.refuse(event.start_mark, "tags are refused; write a plain value")
        if depth > DEPTH_MAX:
            self.refuse(event.start_mark, f"nested deeper than {DEPTH_MAX} levels")
        if isinstance(event, ScalarEvent):
            return Node(_scalar(event.value) if event.style is None else event.value, place, event.value)
        if isinstance(event, SequenceStartEvent):
            return Node(tuple(self.items(events, depth)), place)
        return Node(self.entries(events, depth), place)

    def items(self, events: Iterator[Any], depth: int) -> Iterator[Node]:
        for event in events:
            if isinstance(event, SequenceEndEvent):
                return
            yield self.node(event, events, depth + 1)

    def entries(self, events: Iterator[Any], depth: int) -> dict[str, Node]:
        found: dict[str, Node] = {}
        for event in events:
            if isinstance(event, MappingEndEvent):
                break
            if not isinstance(event, ScalarEvent):
                self.refuse(event.start_mark, "a key must be plain text")
            key_node = self.node(event, events, depth)
            key, shown = str(event.value), key_node.shown
            if event.style is None and key == "<<":
                self.refuse(event.start_mark, "merge keys are refused; write the values out")
            value = self.node(next(events), events, depth + 1)
            if key in found:
                first = found[key].place.line
                self.problems.append((key_node.place, f"the key {shown} stands twice (first on line {first})"))
                continue
            found[key] = Node(value.value, key_node.place, value.text)
        return found


def _scalar(text: str) -> Scalar:
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if len(text) > _NUMBER_LENGTH_MAX:
        return text
    if _WHOLE.fullmatch(text):
        return int(text)
    try:
        return decimal_of(text)
    except ValueError:
        return text
