"""The web face's shell, over real sockets and the clock of the machine where they are needed."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio
from attrs import evolve
from structlog.testing import capture_logs
from tests.board_samples import everything, fill, halted, healthy, quote
from tests.face_samples import SetClock, face

from trader247.actors.web_face import WebFace
from trader247.core.status_board import BoardFact
from trader247.runtime.channels import Mailbox
from trader247.runtime.lanes import Lane, Overflow
from trader247.runtime.switchboard import Switchboard
from trader247.web.ports import Face
from trader247.web.site import FaceSockets, WebSite
from trader247.web.sockets import connect_control, listen_control, listen_tcp

pytestmark = pytest.mark.req("SUP1", "WEB1")


def mailbox(capacity: int = 64) -> Mailbox[BoardFact]:
    return Mailbox("web_face", Switchboard(SetClock()), lanes=(Lane("all", capacity, Overflow.DROP_OLDEST),))


@asynccontextmanager
async def running(
    tmp_path: Path, *, publish_every_s: float = 0.05
) -> AsyncIterator[tuple[Face, Mailbox[BoardFact], FaceSockets, int]]:
    made, _ = face(*healthy())
    with listen_tcp("127.0.0.1", 0) as tcp, listen_control(tmp_path) as control:
        port = tcp.getsockname()[1]
        made = evolve(made, settings=evolve(made.settings, port=port, publish_every_s=publish_every_s))
        sockets = FaceSockets([tcp], [control])
        inbox = mailbox()
        with trio.fail_after(10):
            async with trio.open_nursery() as nursery:
                ready = trio.Event()
                nursery.start_soon(WebFace(inbox, WebSite(made, sockets)).run, ready.set)
                await ready.wait()
                yield made, inbox, sockets, port
                nursery.cancel_scope.cancel()


async def until(holds: Callable[[], bool]) -> None:
    """Lets the loop turn until it holds; the deadline around the test is the bound."""
    for _ in range(1_000):
        if holds():
            return
        await trio.sleep(0.01)
    raise AssertionError("it never held")


async def ask(stream: trio.abc.Stream, path: str, port: int = 9247) -> tuple[int, Any]:
    await stream.send_all(f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\n\r\n".encode())
    head, _, body = b"".join([chunk async for chunk in stream]).partition(b"\r\n\r\n")
    if b"transfer-encoding: chunked" in head.lower():
        body = body.partition(b"\r\n")[2].rpartition(b"\r\n0\r\n")[0]
    return int(head.split()[1]), json.loads(body)


@pytest.mark.req("SUP7")
async def test_what_was_posted_is_seen_over_tcp_and_over_the_control_socket(tmp_path: Path) -> None:
    async with running(tmp_path) as (_, inbox, _, port):
        for fact in everything():
            inbox.post(fact)
        await until(lambda: not inbox.depth)
        async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
            status, shown = await ask(stream, "/api/v1/positions", port)
            assert (status, len(shown["positions"])) == (200, 1)
        own = connect_control(tmp_path)
        own.setblocking(False)
        async with trio.SocketStream(trio.socket.from_stdlib_socket(own)) as stream:
            status, shown = await ask(stream, "/api/v1/why/BTC-USD")
            assert (status, shown["gate"]) == (200, "position")


async def test_a_listener_sees_the_picture_the_story_and_the_picture_again(tmp_path: Path) -> None:
    async with running(tmp_path) as (made, inbox, _, port):
        async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
            request = f"GET /api/v1/events HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n\r\n"
            await stream.send_all(request.encode())
            seen = b""
            while b"event: picture" not in seen:
                seen += await stream.receive_some(65536)
            inbox.post(halted("looks odd"))
            while not (b"event: line" in seen and seen.count(b"event: picture") > 2 and b'"state":"HALTED"' in seen):
                seen += await stream.receive_some(65536)
            assert b"looks odd" in seen
            assert len(made.fanout.listeners) == 1
        await until(lambda: not made.fanout.listeners)


async def test_the_story_is_logged_one_line_per_fact_worth_reading(tmp_path: Path) -> None:
    with capture_logs() as lines:
        async with running(tmp_path) as (_, inbox, _, _):
            inbox.post(fill())
            inbox.post(quote())
            inbox.post(halted())
            await until(lambda: not inbox.depth)
    told = [(line["event"], line["log_level"]) for line in lines]
    assert told == [("bought", "info"), ("HALTED", "critical")]


async def test_a_new_incarnation_has_the_history_and_the_port_of_the_one_before(tmp_path: Path) -> None:
    async with running(tmp_path) as (made, inbox, _, _):
        inbox.post(fill())
        await until(lambda: not inbox.depth)
    with listen_tcp("127.0.0.1", 0) as tcp, listen_control(tmp_path) as control, trio.fail_after(5):
        port = tcp.getsockname()[1]
        made = evolve(made, settings=evolve(made.settings, port=port))
        for _ in range(2):
            async with trio.open_nursery() as nursery:
                ready = trio.Event()
                nursery.start_soon(WebFace(mailbox(), WebSite(made, FaceSockets([tcp], [control]))).run, ready.set)
                await ready.wait()
                async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
                    assert len((await ask(stream, "/api/v1/fills", port))[1]["fills"]) == 1
                nursery.cancel_scope.cancel()


@pytest.mark.timeout(20)
async def test_listeners_that_do_not_read_hold_up_neither_facts_nor_the_stop(tmp_path: Path) -> None:
    async with running(tmp_path, publish_every_s=0.001) as (made, inbox, _, port):
        stalled = [await trio.open_tcp_stream("127.0.0.1", port) for _ in range(3)]
        for stream in stalled:
            await stream.send_all(f"GET /api/v1/events HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n\r\n".encode())
        await until(lambda: len(made.fanout.listeners) == 3)
        while made.fanout.dropped < 3:
            inbox.post(fill())
            await trio.sleep(0.005)
        assert inbox.depth < 5
        told = trio.current_time()
    assert trio.current_time() - told < 1
    for stream in stalled:
        await stream.aclose()


async def test_a_flood_of_facts_costs_old_facts_and_nothing_else() -> None:
    inbox = mailbox(capacity=8)
    for _ in range(100):
        inbox.post(quote())
    assert (inbox.depth, inbox.dropped) == (8, 92)
