"""What all WebSocket connections of one exchange may cost together: one turn at a time, one bound on waiting frames.

A connection has bounds of its own; these hold however many there are. Work done for one client's bytes, reading them or
answering one message, is one turn. The others wait for theirs in the order in which they asked, and every request and
market step that has become due meanwhile comes between two turns.
"""

from typing import Final, Protocol

import trio

__all__ = ["STREAMS_MAX", "Backlog", "Line"]

STREAMS_MAX: Final = 256
"""Connections at once: far more than a test bench opens; to tell all of them one frame takes some 3 ms."""

_CHARACTERS_MAX: Final = 64 * 1024 * 1024
"""Waiting over all connections: four that hold all that one may hold."""


class Line(Protocol):
    """A connection as the backlog knows it."""

    def cut_off(self) -> None:
        """End it at once, without a word to its client."""


class Backlog:
    """The frames that wait on every connection, counted together, and the turn."""

    def __init__(self, characters_max: int = _CHARACTERS_MAX) -> None:
        """Nothing waits."""
        self.turn: Final = trio.StrictFIFOLock()
        self._characters_max = characters_max
        self._waiting: dict[Line, int] = {}
        self._total = 0

    def grow(self, line: Line, characters: int) -> None:
        """So much more waits on a line. Past the bound the line with most goes, and the next, until the rest fits."""
        self._add(line, characters)
        while self._total > self._characters_max:
            longest = max(self._waiting, key=lambda each: self._waiting[each])
            self.forget(longest)
            longest.cut_off()

    def shrink(self, line: Line, characters: int) -> None:
        """So much of it was sent; a line that was cut off has nothing left to send."""
        if line in self._waiting:
            self._add(line, -characters)

    def forget(self, line: Line) -> None:
        """A line is gone, and what waited on it."""
        self._total -= self._waiting.pop(line, 0)

    def _add(self, line: Line, characters: int) -> None:
        self._waiting[line] = self._waiting.get(line, 0) + characters
        self._total += characters
