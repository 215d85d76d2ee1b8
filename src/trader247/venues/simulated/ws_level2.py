"""The ``level2`` channel, whose frames say ``l2_data``: the whole book once, then every level that changed.

An update gives the size now resting at a price, the total of the book itself and never a difference, so that a client
which sets what it is told has the exchange's book after every frame. A level that was taken and refilled in one step is
told with the size it had before. A book keeps a list of touched levels only while
somebody listens here. A snapshot is encoded once and holds for everybody who subscribes until the book moves.
"""

from collections.abc import Sequence
from typing import Final

from trader247.model.instant import Instant
from trader247.venues.simulated.book import Book, Side
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.ws_channel import Channel, Notice
from trader247.venues.simulated.ws_wire import encoded, level_changes

__all__ = ["L2_STREAMS_MAX", "Level2Channel"]

L2_STREAMS_MAX: Final = 30
"""Products per connection. The limit is real, its number a guess: clients report 16 to pass and 32 to fail."""

_ALL: Final = 1_000_000
"""Levels of a whole side."""


class Level2Channel(Channel):
    """The books of the products somebody listens to."""

    name = "level2"
    pushed_as = "l2_data"

    def __init__(self, exchange: SimulatedExchange) -> None:
        """Watches nothing yet."""
        super().__init__(exchange)
        self._snapshots: dict[str, str] = {}

    def join(self, key: str) -> None:
        """The first listener makes the book note what is touched."""
        super().join(key)
        book = self._book(key)
        if book.touched is None:
            book.touched = {}

    def part(self, key: str) -> None:
        """The last one makes it stop."""
        super().part(key)
        if key not in self._listeners:
            self._book(key).touched = None
            self._snapshots.pop(key, None)

    def snapshot(self, keys: Sequence[str], now: Instant) -> list[str]:
        """A frame per product: bids, then offers, best first. It replaces the book a client may have."""
        return [self._snapshot(key, now) for key in keys]

    def moved(self, now: Instant) -> list[Notice]:
        """One update per book that was touched since the last call."""
        notices = []
        for key in self._listeners:
            book = self._book(key)
            if not book.touched:
                continue
            touched, book.touched = book.touched, {}
            self._snapshots.pop(key, None)
            rows = level_changes(((side, price, book.total(side, price)) for side, price in touched), now)
            notices.append(Notice(self.name, key, self._event("update", key, rows)))
        return notices

    def _snapshot(self, key: str, now: Instant) -> str:
        book, kept = self._book(key), self._snapshots.get(key)
        if kept is not None and not book.touched:
            return kept
        levels = ((side, price, size) for side in Side for price, size in book.depth(side, _ALL))
        made = self._event("snapshot", key, level_changes(levels, now))
        if key in self._listeners and not book.touched:
            self._snapshots[key] = made
        return made

    @staticmethod
    def _event(kind: str, key: str, rows: list[dict[str, object]]) -> str:
        return encoded({"type": kind, "product_id": key, "updates": rows})

    def _book(self, key: str) -> Book:
        return self._exchange.engine.books[key]
