"""The hash chain, as plain functions: canonical text, the hash of a row, and what is wrong with a row.

A row's hash is ``sha256`` over the JSON array ``[prev_hash, seq, at_utc_ns, kind, cause, config_hash, epoch, body]``
in which ``body`` is the stored text itself. JSON's own quoting keeps the fields apart: no two different rows have the
same preimage. Row 1 follows ``GENESIS``. The chain is not keyed: who can rewrite the whole file *and* its head file can
forge both, which is why the head is also shown as a metric and sent with alerts.
"""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final, NamedTuple

import msgspec
from attrs import frozen

from trader247.model.instant import Instant
from trader247.model.money import plain
from trader247.store.faults import EntryRefused

__all__ = [
    "BODY_BYTES_MAX",
    "GENESIS",
    "GENESIS_HASH",
    "Head",
    "Record",
    "canonical",
    "faults_of",
    "missing",
    "row_hash",
]

BODY_BYTES_MAX: Final = 256 * 1024
"""An entry is one fact; a cycle over 1,000 instruments fits four times."""

GENESIS_HASH: Final = "0" * 64


@frozen
class Head:
    """The end of a chain: the last row's number and hash."""

    seq: int
    hash: str


GENESIS: Final = Head(0, GENESIS_HASH)


class Record(NamedTuple):
    """A journal row as it is stored, in the order of its columns."""

    seq: int
    at: Instant
    kind: str
    cause: int | None
    config_hash: str
    epoch: str
    body: str
    prev_hash: str
    hash: str

    @property
    def content(self) -> Any:
        """The body, decoded: decimals come back as text, tuples as lists."""
        return json.loads(self.body)

    def own_hash(self) -> str:
        """The hash this row should carry."""
        return row_hash(
            self.prev_hash, self.seq, self.at, self.kind, self.cause, self.config_hash, self.epoch, self.body
        )


def row_hash(  # noqa: PLR0917 - the fields, in the order of the preimage
    prev_hash: str, seq: int, at: int, kind: str, cause: int | None, config_hash: str, epoch: str, body: str
) -> str:
    """64 hex digits; see the module's text for the preimage."""
    preimage = _encode((prev_hash, seq, at, kind, cause, config_hash, epoch, body))
    return sha256(preimage).hexdigest()


_encode = msgspec.json.Encoder().encode


def _spell(value: object) -> object:
    """What JSON has no word for: decimals as plain text, sets sorted, so that equal contents are equal bytes."""
    if isinstance(value, Decimal) and value.is_finite():
        return plain(value)
    if isinstance(value, frozenset | set):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} {value!r} has no canonical form")


_canonical = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_spell
).encode


def canonical(body: Mapping[str, Any]) -> str:
    """The one JSON text of a body: sorted keys, no blanks, decimals as plain text.

    Raises:
        EntryRefused: something in it has no canonical form (NaN, an unknown type, a lone surrogate), or it is longer
            than ``BODY_BYTES_MAX``.
    """
    try:
        text = _canonical(body if isinstance(body, dict) else dict(body))
        size = len(text.encode())
    except (TypeError, ValueError, RecursionError) as error:
        raise EntryRefused(f"a journal entry cannot be written: {error}. This is an error of this program.") from error
    if size > BODY_BYTES_MAX:
        raise EntryRefused(f"a journal entry has {size} bytes, more than {BODY_BYTES_MAX}; write it as several.")
    return text


def missing(first: int, last: int) -> str:
    """How a gap is told."""
    return f"row {first} is missing" if first == last else f"rows {first} to {last} are missing"


def faults_of(record: Sequence[Any], expected: Head) -> list[str]:
    """What is wrong with a row that should follow ``expected``; empty where nothing is."""
    row = Record(*record)
    found = []
    if row.seq != expected.seq + 1:
        found.append(missing(expected.seq + 1, row.seq - 1))
    elif row.prev_hash != expected.hash:
        found.append("it does not follow the row before it: one of the two was replaced or moved")
    if row.hash != row.own_hash():
        found.append("its content does not match its hash: it was edited")
    return found
