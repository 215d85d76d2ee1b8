"""One WebSocket connection over any Trio stream: the ``websockets`` sans-IO protocol around a ``Session``.

Outgoing frames wait in a queue of 1,024 frames and 16 MiB; a client that lets it fill is cut off, since frames of one
sequence cannot be left out. Incoming messages are at most 64 KiB; a longer one ends the connection (1009). Each piece
read, and each message answered, is one turn of the ``Backlog`` that all connections share.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final

import trio
from websockets.exceptions import InvalidHandshake
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from trader247.model.instant import Instant
from trader247.ports import Clock
from trader247.venues.simulated.ws_backlog import Backlog
from trader247.venues.simulated.ws_channel import Notice
from trader247.venues.simulated.ws_face import Session

__all__ = ["StreamConnection"]

QUEUE_FRAMES_MAX: Final = 1_024
"""Some four minutes of five lively products: longer than any client's pause that is not a fault."""

_QUEUE_CHARACTERS_MAX: Final = 16 * 1024 * 1024
"""Three snapshots of the largest book recorded. Counted in characters: bytes, but for odd client order ids."""

_MESSAGE_MAX: Final = 64 * 1024
_DATA: Final = (Opcode.TEXT, Opcode.BINARY, Opcode.CONT)
_CLOSE_S_MAX: Final = 5.0
_CHUNK: Final = 4 * 1024
"""Read in one turn: at most some 700 frames, whose parsing takes about 10 ms."""

_WRITE_CHARACTERS: Final = 256 * 1024
"""Put into bytes between two checkpoints, and one frame more: less than 1 ms."""


class StreamConnection:
    """A connection after its handshake request has been read."""

    def __init__(self, stream: trio.abc.Stream, session: Session, clock: Clock, backlog: Backlog) -> None:
        """The stream stays the caller's to close; ``backlog`` is shared with all other connections."""
        self._stream = stream
        self._session = session
        self._clock = clock
        self._backlog = backlog
        self._protocol = ServerProtocol(max_size=_MESSAGE_MAX)
        self._outgoing, self._waiting = trio.open_memory_channel[str | None](QUEUE_FRAMES_MAX)
        self._scope = trio.CancelScope()
        self._parts: list[bytes] = []
        self._waiting_characters = 0

    def publish(self, notice: Notice, now: Instant) -> None:
        """Queue what this client gets of a notice. Never waits."""
        self.offer(self._session.on_notice(notice, now))

    def offer(self, frames: Iterable[str | None]) -> None:
        """Queue frames; a full queue cuts the connection off."""
        try:
            for frame in frames:
                self._outgoing.send_nowait(frame)
                self._waiting_characters += len(frame or "")
                self._backlog.grow(self, len(frame or ""))
        except trio.WouldBlock:
            self.cut_off()
        if self._waiting_characters > _QUEUE_CHARACTERS_MAX:
            self.cut_off()

    def cut_off(self) -> None:
        """End the connection without a word: its client does not read what it was told."""
        self._scope.cancel()

    def leave(self) -> None:
        """The connection is over: its session listens to nothing any more, and nothing waits on it."""
        self._session.leave()
        self._backlog.forget(self)

    async def run(self, raw: bytes, joined: Callable[["StreamConnection"], None]) -> None:
        """Shake hands, call ``joined``, and speak until either side ends it. Safe to cancel."""
        if not await self._shake_hands(raw):
            return
        joined(self)
        try:
            with self._scope:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self._write)
                    await self._read()
                    nursery.cancel_scope.cancel()
        except* (trio.BrokenResourceError, trio.ClosedResourceError):
            pass  # the client went without a word

    async def _shake_hands(self, raw: bytes) -> bool:
        protocol = self._protocol
        protocol.receive_data(raw)
        requests = [event for event in protocol.events_received() if isinstance(event, Request)]
        if requests:
            protocol.send_response(protocol.accept(requests[0]))
        await self._flush()
        return protocol.state is OPEN and not isinstance(protocol.handshake_exc, InvalidHandshake)

    async def _read(self) -> None:
        while True:
            await self._take_messages()
            self._wake()
            received = await self._stream.receive_some(_CHUNK)
            if not received:
                self._protocol.receive_eof()
                return
            async with self._backlog.turn:
                self._protocol.receive_data(received)

    async def _take_messages(self) -> None:
        for event in self._protocol.events_received():
            if isinstance(event, Frame) and event.opcode is Opcode.PING:
                self._session.on_ping(self._clock.now().utc)
            if not isinstance(event, Frame) or event.opcode not in _DATA:
                continue
            if event.data:  # empty fragments would pile up without ever reaching the longest message
                self._parts.append(bytes(event.data))
            if event.fin:
                message, self._parts = b"".join(self._parts), []
                async with self._backlog.turn:
                    self.offer(self._session.on_text(message, self._clock.now().utc))

    def tick(self, now: Instant) -> None:
        """Once a second: close what has to be closed."""
        self.offer(self._session.on_tick(now))
        if self._session.close_reason is not None and self._protocol.state is OPEN:
            self._protocol.send_close(CloseCode.NORMAL_CLOSURE, self._session.close_reason)
            self._scope.deadline = min(self._scope.deadline, trio.current_time() + _CLOSE_S_MAX)
            self._wake()

    def _wake(self) -> None:
        """Let the writer send what the protocol itself has to say (pongs, closes)."""
        self.offer([None])

    async def _write(self) -> None:
        """What is being sent still counts as waiting: a client that reads nothing holds no more than its bound."""
        async for first in self._waiting:
            characters = self._put(first)
            with suppress(trio.WouldBlock, trio.EndOfChannel):
                while characters < _WRITE_CHARACTERS:
                    characters += self._put(self._waiting.receive_nowait())
            await self._flush()
            self._waiting_characters -= characters
            self._backlog.shrink(self, characters)

    def _put(self, frame: str | None) -> int:
        """Hand a frame to the protocol; how many characters of the queue it was."""
        if frame is None:
            return 0
        if self._protocol.state is OPEN:
            self._protocol.send_text(frame.encode())
        return len(frame)

    async def _flush(self) -> None:
        pieces = self._protocol.data_to_send()
        if content := b"".join(pieces):
            await self._stream.send_all(content)
        if b"" in pieces:  # the protocol's word for: close the connection now
            self._scope.cancel()
