"""One WebSocket over one byte stream, without a task of its own: it works only while somebody asks it for frames.

The protocol is the ``websockets`` library's own, fed by hand: an iterator that runs no nursery can be cancelled,
dropped and tested on virtual time like any other code. Pings are answered while frames are asked for; that the peer
lives is proven by the venue's heartbeats. Redirects are refused, since a token would follow them.
"""

from collections.abc import Awaitable, Callable
from typing import Final

import trio
from websockets.client import ClientProtocol
from websockets.exceptions import WebSocketException
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

from trader247.venues.coinbase.numbers import quoted

__all__ = ["FRAME_BYTES_MAX", "OpenStream", "SocketLost", "SocketSession"]

FRAME_BYTES_MAX: Final = 16 * 1024 * 1024
"""The largest frame known is an order book snapshot of 5 MB."""

_READ_BYTES: Final = 256 * 1024
_CLOSE_S_MAX: Final = 1.0
_MESSAGE: Final = frozenset({Opcode.TEXT, Opcode.BINARY, Opcode.CONT})

OpenStream = Callable[[], Awaitable[trio.abc.Stream]]
"""Opens the (encrypted) byte stream to the venue; raises OSError."""


class SocketLost(Exception):
    """The socket or its protocol is at an end; the text says why."""


class SocketSession:
    """Use ``connect``, then ``send`` and ``frames``; always end with ``aclose``."""

    def __init__(self, url: str, stream: trio.abc.Stream) -> None:
        """Owns the stream from here on."""
        self._stream = stream
        self._protocol = ClientProtocol(parse_uri(url), max_size=FRAME_BYTES_MAX)
        self._parts: list[bytes] = []

    async def connect(self) -> None:
        """The opening handshake. A cancelled one leaves the session good for nothing but ``aclose``.

        Raises:
            SocketLost: the peer hung up, or did not agree to speak WebSocket.
        """
        self._protocol.send_request(self._protocol.connect())
        await self._flush()
        while self._protocol.state is State.CONNECTING:
            await self._receive()
            if self._protocol.handshake_exc is not None:
                raise SocketLost(f"handshake refused: {quoted(str(self._protocol.handshake_exc))}")

    async def send(self, text: str) -> None:
        """Send one text message; a cancelled send ends the session.

        Raises:
            SocketLost: the connection is at an end.
        """
        try:
            self._protocol.send_text(text.encode())
        except WebSocketException as fault:
            raise SocketLost(f"cannot send: {fault}") from fault
        await self._flush()

    async def frames(self) -> list[bytes]:
        """All messages that arrived, at least one; waits for it. Safe to cancel: nothing is lost.

        Raises:
            SocketLost: the connection is at an end; messages that came before it were given out first.
        """
        while True:  # bounded by the caller's deadline
            if found := self._messages():
                return found
            if self._protocol.state is not State.OPEN:
                raise SocketLost(self._ending())
            await self._receive()

    async def aclose(self) -> None:
        """Close the stream without ceremony: whoever ends a session has stopped believing it."""
        with trio.CancelScope(shield=True, deadline=trio.current_time() + _CLOSE_S_MAX):
            await trio.aclose_forcefully(self._stream)

    async def _receive(self) -> None:
        try:
            found = await self._stream.receive_some(_READ_BYTES)
        except (trio.BrokenResourceError, trio.ClosedResourceError, OSError) as fault:
            raise SocketLost(f"broken: {_named(fault)}") from fault
        if found:
            self._protocol.receive_data(found)
        else:
            self._protocol.receive_eof()
        await self._flush()

    async def _flush(self) -> None:
        for part in self._protocol.data_to_send():
            if not part:
                continue  # the protocol's sign for closing our half, which aclose does
            try:
                await self._stream.send_all(part)
            except (trio.BrokenResourceError, trio.ClosedResourceError, OSError) as fault:
                raise SocketLost(f"broken: {_named(fault)}") from fault

    def _ending(self) -> str:
        if self._protocol.parser_exc is not None and not isinstance(self._protocol.parser_exc, EOFError):
            return f"broken protocol: {quoted(str(self._protocol.parser_exc))}"
        said = self._protocol.close_rcvd
        return f"closed by the venue: {said.code} {quoted(said.reason)}" if said is not None else "closed by the venue"

    def _messages(self) -> list[bytes]:
        done: list[bytes] = []
        for event in self._protocol.events_received():
            if not isinstance(event, Frame):
                continue
            opcode = event.opcode
            if opcode is Opcode.TEXT and event.fin:  # nearly every frame is a whole message
                done.append(bytes(event.data))
                continue
            if opcode not in _MESSAGE:
                continue
            self._parts.append(bytes(event.data))  # the protocol bounds their sum to FRAME_BYTES_MAX
            if event.fin:
                done.append(b"".join(self._parts))
                self._parts.clear()
        return done


def _named(fault: BaseException) -> str:
    # under a broken stream lies the reason, such as a certificate that nobody vouches for
    return type(fault).__name__ + (f" ({type(fault.__cause__).__name__})" if fault.__cause__ else "")
