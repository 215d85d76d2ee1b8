"""The effective configuration as canonical text, its fingerprint, and what changed between two of them.

The fingerprint is the first 16 hexadecimal digits of the SHA-256 of the canonical JSON (requirement C2): keys sorted,
no blanks, decimals as plain text without trailing zeros, references to secrets as references. How a number was
written (``5``, ``5.0``, ``5e0``), in which file or by which override, makes no difference; any other value does.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from attrs import fields, frozen, has

from trader247.config.faults import KeyPath
from trader247.config.schema import Configuration
from trader247.config.secrets import SecretReference
from trader247.model.money import plain
from trader247.model.policy_terms import term_of

__all__ = ["FINGERPRINT_DIGITS", "Change", "as_plain", "canonical", "changes", "fingerprint"]

FINGERPRINT_DIGITS: Final = 16


def as_plain(value: Any) -> Any:
    """The value as JSON can hold it: sections as objects, decimals as text, durations as numbers, secrets never."""
    if isinstance(value, SecretReference):
        return str(value)
    if has(type(value)):
        return {attribute.name: as_plain(getattr(value, attribute.name)) for attribute in fields(type(value))}
    if isinstance(value, Mapping):
        return {str(key): as_plain(entry) for key, entry in value.items()}
    if isinstance(value, tuple | list):
        return [as_plain(entry) for entry in value]
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, Enum):
        return value.value
    return value


def canonical(configuration: Configuration) -> str:
    """The one JSON text of an effective configuration."""
    return json.dumps(as_plain(configuration), sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def fingerprint(configuration: Configuration, code: Mapping[str, str] | None = None) -> str:
    """Sixteen hexadecimal digits that differ where any effective value differs.

    ``code`` are the digests of strategies that are not in the box, by kind: who decides otherwise is configured
    otherwise.
    """
    told = canonical(configuration)
    if code:
        told += json.dumps(code, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(told.encode("ascii")).hexdigest()[:FINGERPRINT_DIGITS]


@frozen
class Change:
    """A key that differs between two configurations; ``reloadable`` where a running daemon may take it (SUP6)."""

    path: KeyPath
    before: Any
    after: Any
    reloadable: bool


def changes(before: Configuration, after: Configuration) -> tuple[Change, ...]:
    """Every differing key, in canonical order. A section that appears or goes is reloadable if all below it is."""
    return tuple(sorted(_changes((), before, after, reloadable=True), key=lambda change: change.path))


def _changes(path: KeyPath, before: Any, after: Any, *, reloadable: bool) -> Iterator[Change]:
    if type(before) is type(after) and has(type(before)) and not isinstance(before, SecretReference):
        for attribute in fields(type(before)):
            term = term_of(attribute)
            safe = reloadable and (term is None or term.reload)
            name = attribute.name
            yield from _changes((*path, name), getattr(before, name), getattr(after, name), reloadable=safe)
    elif isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in sorted(before.keys() | after.keys()):
            yield from _changes((*path, name), before.get(name), after.get(name), reloadable=reloadable)
    elif before != after:
        # a strategy that comes or goes changes the supervision tree, which is built at the start
        whole = has(type(before)) or has(type(after))
        secret = isinstance(before, SecretReference) or isinstance(after, SecretReference)
        yield Change(path, as_plain(before), as_plain(after), reloadable and (secret or not whole))
