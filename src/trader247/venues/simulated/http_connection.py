"""One HTTP/1.1 connection over any Trio stream: h11 around the sans-IO REST face.

Bounds: 16 KiB of request line and headers, 1 MiB of body, 10 s for a request's head to arrive once begun and 10 s for
its body, 30 s for a client to take an answer, 75 s of silence between requests. A request to upgrade leaves here with
its bytes rebuilt for the WebSocket protocol.
"""

from collections.abc import Callable
from email.utils import formatdate
from http import HTTPStatus
from typing import Final

import h11
import trio
from attrs import frozen

from trader247.model.instant import SECOND, Instant
from trader247.ports import Clock
from trader247.venues.simulated.faults.delivery import answer
from trader247.venues.simulated.faults.injector import FaultInjector
from trader247.venues.simulated.faults.request_fate import UNTOUCHED
from trader247.venues.simulated.http_shapes import Request, Response

__all__ = ["Upgrade", "peer_of", "refusal", "serve_requests"]

_HEADERS_MAX: Final = 16 * 1024
_BODY_MAX: Final = 1024 * 1024
_REQUEST_S_MAX: Final = 10.0
_SILENCE_S_MAX: Final = 75.0
_ANSWER_S_MAX: Final = 30.0
"""A client that asks and does not read holds its connection no longer."""

_VERSIONS: Final = frozenset({b"1.0", b"1.1"})
_PHRASES: Final = {status.value: status.phrase.encode() for status in HTTPStatus}
_CHUNK: Final = 64 * 1024


@frozen
class Upgrade:
    """A WebSocket handshake: the request's bytes as a client sends them, and what came behind them."""

    raw: bytes

    @property
    def path(self) -> str:
        """The path asked for, without its query."""
        target = self.raw.split(b" ", 2)[1]
        return target.partition(b"?")[0].decode("latin-1")


class _Refused(Exception):
    """The request cannot be read further: answer so and close."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


async def serve_requests(
    stream: trio.abc.Stream,
    respond: Callable[[Request, Instant], Response],
    clock: Clock,
    injector: FaultInjector | None = None,
) -> Upgrade | None:
    """Answer requests until the client or a bound ends the connection; an upgrade is handed back.

    ``injector`` says what goes wrong. Safe to cancel at any time; the caller closes the stream.
    """
    peer = peer_of(stream)
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=_HEADERS_MAX)
    while True:
        try:
            head = await _head(connection, stream)
            if head is None:
                return None
            if _wants_upgrade(head):
                return Upgrade(_raw(head) + connection.trailing_data[0])
            request = await _whole(connection, stream, head, peer)
        except (h11.RemoteProtocolError, _Refused) as fault:
            status = fault.status if isinstance(fault, _Refused) else fault.error_status_hint
            if connection.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
                now = clock.now().utc
                await _send(connection, stream, Response(status, {"connection": "close"}, b""), now, b"")
            await trio.lowlevel.checkpoint()
            return None
        now = clock.now().utc
        fate = UNTOUCHED if injector is None else injector.request_fate(request, now)
        response: Response | None
        if injector is None or fate is UNTOUCHED:
            response = respond(request, now)
        else:
            response = await answer(fate, stream, request, respond, clock=clock, injector=injector)
            now = clock.now().utc
        if response is None:
            return None
        body = response.body if request.method != "HEAD" else b""
        if fate.keep_bytes is not None and fate.keep_bytes < len(body):
            await stream.send_all(_head_of(connection, response, now) + body[: fate.keep_bytes])
            return None
        await _send(connection, stream, response, now, body)
        if connection.our_state is not h11.DONE or connection.their_state is not h11.DONE:
            return None
        connection.start_next_cycle()


async def _next(connection: h11.Connection, stream: trio.abc.Stream, wait_s: float) -> object:
    """The next event; None once the client has gone or was silent for too long."""
    begun = trio.current_time() if connection.trailing_data[0] else None
    while (event := connection.next_event()) is h11.NEED_DATA:
        if connection.they_are_waiting_for_100_continue:
            go_on = connection.send(h11.InformationalResponse(status_code=100, headers=[]))
            await stream.send_all(go_on or b"")
        received = None
        left_s = wait_s if begun is None else begun + _REQUEST_S_MAX - trio.current_time()
        with trio.move_on_after(max(0.0, left_s)):
            received = await stream.receive_some(_CHUNK)
        if received is None:
            return None
        connection.receive_data(bytes(received))
        begun = trio.current_time() if begun is None else begun  # each byte does not buy more time
    return event


async def _head(connection: h11.Connection, stream: trio.abc.Stream) -> h11.Request | None:
    event = await _next(connection, stream, _SILENCE_S_MAX)
    if not isinstance(event, h11.Request):
        return None
    if event.method == b"CONNECT":
        raise _Refused(405)
    if event.http_version not in _VERSIONS:
        raise _Refused(505)
    if len(event.target) + sum(len(name) + len(value) for name, value in event.headers) > _HEADERS_MAX:
        raise _Refused(431)  # it came in one piece, which the parser does not measure
    return event


async def _whole(connection: h11.Connection, stream: trio.abc.Stream, head: h11.Request, peer: str) -> Request:
    parts: list[bytes] = []
    size = 0
    with trio.move_on_after(_REQUEST_S_MAX):
        while True:
            event = await _next(connection, stream, _REQUEST_S_MAX)
            if isinstance(event, h11.EndOfMessage):
                headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers}
                target = _origin_form(head.target.decode("latin-1"))
                return Request(head.method.decode(), target, headers, b"".join(parts), peer)
            if not isinstance(event, h11.Data):
                break
            parts.append(event.data)
            size += len(event.data)
            if size > _BODY_MAX:
                raise _Refused(413)
    raise _Refused(408)


def _origin_form(target: str) -> str:
    """The target without the scheme and authority that a client of a proxy writes before it."""
    scheme, colon, rest = target.partition("://")
    return "/" + rest.partition("/")[2] if colon and scheme.lower() in {"http", "https"} else target


async def _send(
    connection: h11.Connection, stream: trio.abc.Stream, response: Response, now: Instant, body: bytes
) -> None:
    head = _head_of(connection, response, now)
    pieces = (connection.send(h11.Data(data=body)), connection.send(h11.EndOfMessage()))
    with trio.move_on_after(_ANSWER_S_MAX) as taking:
        await stream.send_all(b"".join((head, *(piece for piece in pieces if piece))))
    if taking.cancelled_caught:
        raise trio.BrokenResourceError("the client does not take its answer")


def _head_of(connection: h11.Connection, response: Response, now: Instant) -> bytes:
    reason, headers = _PHRASES.get(response.status, b""), _headers(response, now)
    return connection.send(h11.Response(status_code=response.status, headers=headers, reason=reason)) or b""


def _headers(response: Response, now: Instant) -> list[tuple[str, str]]:
    """What the response says, its length, and the time unless it says one itself."""
    date = {"date": formatdate(now // SECOND, usegmt=True)}
    return [*(date | dict(response.headers)).items(), ("content-length", str(len(response.body)))]


def refusal(response: Response, now: Instant) -> bytes:
    """A whole answer that ends its connection, for a handshake that is not to be."""
    closing = [*_headers(response, now), ("connection", "close")]
    lines = [f"HTTP/1.1 {response.status} Refused", *(f"{name}: {value}" for name, value in closing)]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + response.body


def peer_of(stream: trio.abc.Stream) -> str:
    """The address at the other end, empty for streams in memory."""
    if not isinstance(stream, trio.SocketStream):
        return ""
    try:
        return str(stream.socket.getpeername()[0])
    except OSError:
        return ""  # it has gone already


def _wants_upgrade(head: h11.Request) -> bool:
    return any(name == b"upgrade" and value.lower() == b"websocket" for name, value in head.headers)


def _raw(head: h11.Request) -> bytes:
    lines = [b"%b %b HTTP/1.1" % (head.method, head.target), *(b"%b: %b" % header for header in head.headers)]
    return b"\r\n".join(lines) + b"\r\n\r\n"
