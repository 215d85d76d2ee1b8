"""Hypercorn on our own sockets: no client holds up a stop."""

import socket

import pytest
import trio
from starlette.types import Receive, Scope, Send

from trader247.web import server
from trader247.web.server import serve
from trader247.web.sockets import listen_tcp

pytestmark = [pytest.mark.req("SUP6", "WEB1")]


async def endless(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Sends for ever, as an event stream does."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    while True:
        await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})


async def hello(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    await send({"type": "http.response.body", "body": b"hello"})


async def stalled_client(port: int) -> trio.SocketStream:
    """Asks and does not read the answer."""
    stream = await trio.open_tcp_stream("127.0.0.1", port)
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    await stream.send_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
    return stream


async def get(port: int) -> bytes:
    async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
        await stream.send_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        return b"".join([chunk async for chunk in stream])


async def read_to_the_end(stream: trio.SocketStream) -> int:
    """What the kernel had taken in, then the end, in order or by reset."""
    total = 0
    try:
        async for chunk in stream:
            total += len(chunk)
    except trio.BrokenResourceError:
        pass
    return total


def listening() -> tuple[socket.socket, int]:
    own = listen_tcp("127.0.0.1", 0)
    return own, own.getsockname()[1]


@pytest.mark.timeout(20)
async def test_a_client_that_does_not_read_does_not_hold_up_a_stop() -> None:
    own, port = listening()
    with own:
        async with trio.open_nursery() as nursery:
            await nursery.start(serve, endless, [own])
            stalled = await stalled_client(port)
            await trio.sleep(0.2)  # until the kernel's buffers are full: the sender waits
            nursery.cancel_scope.cancel()
            told = trio.current_time()
        assert trio.current_time() - told < 1
        await stalled.aclose()


async def test_a_client_that_does_not_read_is_closed_within_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "SEND_S_MAX", 0.2)
    own, port = listening()
    with own, trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            await nursery.start(serve, endless, [own])
            stalled = await stalled_client(port)
            await trio.sleep(0.6)
            await read_to_the_end(stalled)
            nursery.cancel_scope.cancel()
            await stalled.aclose()


async def test_a_request_is_answered_and_a_second_server_takes_over_the_same_socket() -> None:
    own, port = listening()
    with own, trio.fail_after(5):
        for _ in range(2):
            async with trio.open_nursery() as nursery:
                await nursery.start(serve, hello, [own])
                assert (await get(port)).endswith(b"hello")
                nursery.cancel_scope.cancel()


async def test_a_garbled_request_is_answered_with_400_and_the_server_lives() -> None:
    own, port = listening()
    with own, trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            await nursery.start(serve, hello, [own])
            async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
                await stream.send_all(b"\x00\x01\x02 nonsense\r\n\r\n")
                assert (await stream.receive_some(4096)).startswith(b"HTTP/1.1 400")
            assert (await get(port)).endswith(b"hello")
            nursery.cancel_scope.cancel()


async def test_connections_over_the_bound_are_closed_and_the_rest_are_served(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "CONNECTIONS_MAX", 1)
    own, port = listening()
    with own, trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            await nursery.start(serve, hello, [own])
            async with await trio.open_tcp_stream("127.0.0.1", port) as first:
                await first.send_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
                assert (await first.receive_some(4096)).startswith(b"HTTP/1.1 200")
                assert await get(port) == b""
            await trio.sleep(0.1)
            assert (await get(port)).endswith(b"hello")
            nursery.cancel_scope.cancel()
