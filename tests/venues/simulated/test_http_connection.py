"""One HTTP connection over memory streams."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import trio
from tests.venues.simulated.rig import HandClock
from trio.testing import MockClock, lockstep_stream_pair, memory_stream_pair

from trader247.model.instant import Instant
from trader247.venues.simulated.http_connection import Upgrade, serve_requests
from trader247.venues.simulated.http_shapes import Request, Response

Stream = Any
HEAD = b"GET /a?b=1 HTTP/1.1\r\nHost: h:1\r\n\r\n"


def echo(request: Request, now: Instant) -> Response:
    return Response(200, {"x-method": request.method}, request.target.encode() + b"|" + request.body)


def talk(client_side: Callable[[Stream], Awaitable[None]]) -> tuple[Upgrade | None, float]:
    """What ``serve_requests`` gave back, and how long it took on a clock that jumps over waits."""
    results: list[Upgrade | None] = []

    async def main() -> float:
        client, server = memory_stream_pair()
        async with trio.open_nursery() as nursery:

            async def serve() -> None:
                results.append(await serve_requests(server, echo, HandClock()))
                await server.aclose()

            nursery.start_soon(serve)
            await client_side(client)
        return trio.current_time()

    clock = MockClock(autojump_threshold=0)
    took = trio.run(main, clock=clock) - 0.0
    return results[0], took


async def receive(stream: Stream, until: bytes) -> bytes:
    seen = b""
    while until not in seen:
        chunk = await stream.receive_some(4096)
        if not chunk:
            break
        seen += chunk
    return seen


def test_requests_follow_one_another_on_one_connection() -> None:
    async def client(stream: Stream) -> None:
        await stream.send_all(HEAD)
        answer = await receive(stream, b"/a?b=1|")
        assert answer.startswith(b"HTTP/1.1 200")
        assert b"date: Sun, 27 Sep 2026 10:00:00 GMT" in answer.replace(b"Date", b"date")
        await stream.send_all(b"POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhe")
        await stream.send_all(b"llo")
        assert b"/b|hello" in await receive(stream, b"hello")
        await stream.aclose()

    talk(client)


def test_header_names_keep_their_lower_case_on_the_wire() -> None:
    async def client(stream: Stream) -> None:
        await stream.send_all(HEAD)
        assert b"\r\nx-method: GET\r\n" in await receive(stream, b"/a?b=1|")
        await stream.aclose()

    talk(client)


def test_a_head_request_gets_no_body() -> None:
    async def client(stream: Stream) -> None:
        await stream.send_all(b"HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n")
        assert (await receive(stream, b"\r\n\r\n")).endswith(b"\r\n\r\n")
        await stream.aclose()

    talk(client)


def test_a_client_that_waits_for_a_go_ahead_gets_it() -> None:
    async def client(stream: Stream) -> None:
        await stream.send_all(b"POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert b"HTTP/1.1 100" in await receive(stream, b"\r\n\r\n")
        await stream.send_all(b"ok")
        assert b"/b|ok" in await receive(stream, b"|ok")
        await stream.aclose()

    talk(client)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", b"405"),
        (b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: h\r\nX: " + b"y" * 20_000, b"431"),
        (b"GET / HTTP/1.1\r\nHost: h\r\nX: " + b"y" * 20_000 + b"\r\n\r\n", b"431"),
        (b"GET /" + b"y" * 20_000 + b" HTTP/1.1\r\nHost: h\r\n\r\n", b"431"),
        (b"GET / HTTP/9.9\r\nHost: h\r\n\r\n", b"505"),
        (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2000000\r\n\r\n" + b"z" * 1_100_000, b"413"),
    ],
)
def test_what_cannot_be_read_is_answered_and_closed(sent: bytes, status: bytes) -> None:
    async def client(stream: Stream) -> None:
        await stream.send_all(sent)
        assert (await receive(stream, b"\r\n\r\n")).startswith(b"HTTP/1.1 " + status)
        assert await receive(stream, b"never") is not None

    talk(client)


def test_a_request_that_never_ends_and_a_silent_client_are_given_up() -> None:
    async def slow(stream: Stream) -> None:
        await stream.send_all(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhe")
        assert (await receive(stream, b"\r\n\r\n")).startswith(b"HTTP/1.1 408")

    async def silent(stream: Stream) -> None:
        assert await receive(stream, b"\r\n") == b""

    assert talk(slow)[1] <= 11
    assert 74 < talk(silent)[1] < 76


def test_an_upgrade_is_handed_back_with_its_bytes_and_what_came_behind() -> None:
    async def client(stream: Stream) -> None:
        head = b"GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
        await stream.send_all(head + b"behind")

    upgrade, _ = talk(client)
    assert upgrade is not None
    assert upgrade.raw.startswith(b"GET /ws HTTP/1.1\r\n")
    assert upgrade.raw.lower().count(b"upgrade: websocket") == 1
    assert upgrade.raw.endswith(b"\r\n\r\nbehind")


def test_a_head_that_comes_byte_by_byte_has_ten_seconds_as_any_other() -> None:
    async def client(stream: Stream) -> None:
        for _ in range(9):
            await stream.send_all(b"G")
            await trio.sleep(1)
        assert await receive(stream, b"never") == b""

    assert 9 <= talk(client)[1] <= 12


def test_a_client_that_does_not_take_its_answers_is_given_up() -> None:
    async def main() -> float:
        near, far = lockstep_stream_pair()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(near.send_all, HEAD)
            with pytest.raises(trio.BrokenResourceError):
                await serve_requests(far, echo, HandClock())
            nursery.cancel_scope.cancel()
        return trio.current_time()

    assert 29 <= trio.run(main, clock=MockClock(autojump_threshold=0)) <= 31


def test_a_target_with_scheme_and_authority_means_its_path_and_answers_carry_their_phrase() -> None:
    async def client(stream: Stream) -> None:
        await stream.send_all(b"GET http://h:1/a?b=http://c HTTP/1.1\r\nHost: h:1\r\n\r\n")
        answer = await receive(stream, b"|")
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
        assert answer.endswith(b"/a?b=http://c|")
        await stream.aclose()

    talk(client)
