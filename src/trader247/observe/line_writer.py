"""Writing log lines without ever making the event loop wait: a bounded queue and one thread at its end.

A terminal that is stopped or a full pipe would otherwise hold up trading. When the queue is full the line is dropped
and counted, and the count is written as soon as there is room; order is kept.
"""

import queue
import threading
from typing import Final, Protocol, TextIO

__all__ = ["InlineWriter", "LineWriter", "Writer"]

LINES_MAX: Final = 10_000
"""Lines that may wait: some 2 MB, ten seconds of a daemon that logs a thousand lines a second."""

CLOSE_S_MAX: Final = 2.0
"""Real seconds that closing waits for a stuck reader before the rest is given up."""


class Writer(Protocol):
    """Where finished lines go."""

    def write(self, line: str) -> None:
        """Take the line, without its newline, and never wait."""
        ...

    def close(self) -> None:
        """No more lines will come; what waits is written, within ``CLOSE_S_MAX``."""
        ...


class InlineWriter:
    """Writes at once: for commands that end soon, and for tests."""

    def __init__(self, stream: TextIO) -> None:
        """``stream`` is not closed by this writer."""
        self._stream = stream

    def write(self, line: str) -> None:
        """Write and flush."""
        _write(self._stream, line)

    def close(self) -> None:
        """Nothing waits."""


class LineWriter:
    """Writes in a thread of its own, which is started with the first line."""

    def __init__(self, stream: TextIO, lines_max: int = LINES_MAX) -> None:
        """``stream`` is not closed by this writer; ``lines_max`` bounds what may wait."""
        self._stream = stream
        self._lines: queue.Queue[str | None] = queue.Queue(lines_max)
        self._thread: threading.Thread | None = None
        self.dropped = 0
        self._told = 0

    def write(self, line: str) -> None:
        """Queue the line, or drop and count it where the queue is full."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)
            self._thread.start()
        try:
            self._lines.put_nowait(line)
        except queue.Full:
            self.dropped += 1

    def close(self) -> None:
        """Write what waits, and end the thread; a stuck reader is given ``CLOSE_S_MAX`` seconds."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        try:
            self._lines.put(None, timeout=CLOSE_S_MAX)
        except queue.Full:
            return
        thread.join(CLOSE_S_MAX)

    def _run(self) -> None:
        while (line := self._lines.get()) is not None:
            if self.dropped > self._told:
                lost, self._told = self.dropped - self._told, self.dropped
                _write(self._stream, f"{lost} log lines were dropped: nobody read them fast enough")
            _write(self._stream, line)


def _write(stream: TextIO, line: str) -> None:
    try:
        stream.write(line + "\n")
        stream.flush()
    except (OSError, ValueError):
        # The reader is gone (a closed pipe or terminal). Logging must not end what it describes.
        return
