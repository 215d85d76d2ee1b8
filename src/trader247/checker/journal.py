"""The daemon's journal as rows of text, and the bodies of the kinds that an invariant asks for, read once."""

import json
from collections.abc import Sequence
from typing import Any

from attrs import Factory, field, frozen

__all__ = ["Entry", "Journal", "Row"]


@frozen
class Row:
    """A row as it stands in the database; ``body`` is its text.

    ``at`` is what the daemon's host believed, and ``ahead`` how far that was ahead of the truth, which no row knows.
    """

    seq: int
    at: int
    kind: str
    cause: int | None
    config_hash: str
    epoch: str
    body: str
    prev_hash: str
    hash: str
    ahead: int = 0

    @property
    def told_at(self) -> int:
        """When it was told, in truth."""
        return self.at - self.ahead


@frozen
class Entry:
    """A row and what its body says."""

    row: Row
    body: dict[str, Any]

    @property
    def intent(self) -> dict[str, Any]:
        """The intent of a row about an order."""
        found: dict[str, Any] = self.body["order"]["intent"]
        return found

    @property
    def client_order_id(self) -> str:
        """The client order id of a row about an order."""
        return str(self.intent["client_order_id"])


@frozen
class Journal:
    """The rows by kind. A missing key of a body raises ``KeyError``: a format that changed may not pass unseen."""

    rows: Sequence[Row]
    _by_kind: dict[str, list[Row]]
    _read: dict[str, list[Entry]] = field(init=False, factory=dict, repr=False)
    _about: dict[str, list[Entry]] = Factory(dict)

    @classmethod
    def of(cls, rows: Sequence[Row]) -> "Journal":
        """In the order of the rows."""
        by_kind: dict[str, list[Row]] = {}
        for row in rows:
            by_kind.setdefault(row.kind, []).append(row)
        return cls(rows, by_kind)

    def entries(self, *kinds: str) -> list[Entry]:
        """Rows of these kinds with their bodies, in the order of the journal."""
        for kind in kinds:
            if kind not in self._read:
                self._read[kind] = [Entry(row, json.loads(row.body)) for row in self._by_kind.get(kind, ())]
        found = [entry for kind in kinds for entry in self._read[kind]]
        return found if len(kinds) == 1 else sorted(found, key=lambda entry: entry.row.seq)

    def orders(self) -> dict[str, list[Entry]]:
        """What happened to each order, by client order id, in the order of the journal."""
        if not self._about:
            for entry in self.entries("order_changed", "fill_booked"):
                self._about.setdefault(entry.client_order_id, []).append(entry)
        return self._about

    def intents(self) -> dict[str, dict[str, Any]]:
        """The intent that each client order id was first written for."""
        return {client_id: told[0].intent for client_id, told in self.orders().items()}

    def meant(self) -> dict[str, int]:
        """When each order was meant, in truth, by client order id."""
        return {
            client_id: int(told[0].intent["created_at"]) - told[0].row.ahead
            for client_id, told in self.orders().items()
        }
