"""One WebSocket connection over any Trio stream: the ``websockets`` sans-IO protocol around a ``Session``.

Outgoing frames wait in a queue of 1,024; a client that lets it fill is cut off, since frames of one sequence cannot be
left out. Incoming messages are at most 64 KiB.
"""

from collections.abc import Callable, Iterable
from typing import Final

import trio
from websockets.exceptions import InvalidHandshake
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from trader247.model.instant import Instant
from trader247.ports import Clock
from trader247.venues.simulated.exchange import Event
from trader247.venues.simulated.ws_face import Session

__all__ = ["StreamConnection"]

QUEUE_FRAMES_MAX: Final = 1_024
"""Some four minutes of five lively products: longer than any client's pause that is not a fault."""

_MESSAGE_MAX: Final = 64 * 1024
_CLOSE_S_MAX: Final = 5.0
_CHUNK: Final = 64 * 1024


class StreamConnection:
    """A connection after its handshake request has been read."""

    def __init__(self, stream: trio.abc.Stream, session: Session, clock: Clock) -> None:
        """The stream stays the caller's to close."""
        self._stream = stream
        self._session = session
        self._clock = clock
        self._protocol = ServerProtocol(max_size=_MESSAGE_MAX)
        self._outgoing, self._waiting = trio.open_memory_channel[str | None](QUEUE_FRAMES_MAX)
        self._scope = trio.CancelScope()
        self._parts: list[bytes] = []

    def publish(self, event: Event, now: Instant) -> None:
        """Queue what this client gets of an event. Never waits."""
        self.offer(self._session.on_event(event, now))

    def offer(self, frames: Iterable[str | None]) -> None:
        """Queue frames; a full queue cuts the connection off."""
        try:
            for frame in frames:
                self._outgoing.send_nowait(frame)
        except trio.WouldBlock:
            self._scope.cancel()

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
            self._take_messages()
            self._wake()
            received = await self._stream.receive_some(_CHUNK)
            if not received:
                self._protocol.receive_eof()
                return
            self._protocol.receive_data(received)

    def _take_messages(self) -> None:
        for event in self._protocol.events_received():
            if not isinstance(event, Frame) or event.opcode not in {Opcode.TEXT, Opcode.BINARY, Opcode.CONT}:
                continue
            self._parts.append(bytes(event.data))
            if event.fin:
                message, self._parts = b"".join(self._parts), []
                self.offer(self._session.on_text(message, self._clock.now().utc))

    def tick(self) -> None:
        """Once a second: heartbeats, and closing what has to be closed."""
        self.offer(self._session.on_tick(self._clock.now().utc))
        if self._session.close_reason is not None and self._protocol.state is OPEN:
            self._protocol.send_close(CloseCode.NORMAL_CLOSURE, self._session.close_reason)
            self._scope.deadline = min(self._scope.deadline, trio.current_time() + _CLOSE_S_MAX)
            self._wake()

    def _wake(self) -> None:
        """Let the writer send what the protocol itself has to say (pongs, closes)."""
        self.offer([None])

    async def _write(self) -> None:
        async for first in self._waiting:
            frame: str | None = first
            while True:
                if frame is not None and self._protocol.state is OPEN:
                    self._protocol.send_text(frame.encode())
                try:
                    frame = self._waiting.receive_nowait()
                except (trio.WouldBlock, trio.EndOfChannel):
                    break
            await self._flush()

    async def _flush(self) -> None:
        pieces = self._protocol.data_to_send()
        if content := b"".join(pieces):
            await self._stream.send_all(content)
        if b"" in pieces:  # the protocol's word for: close the connection now
            self._scope.cancel()
