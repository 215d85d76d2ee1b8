"""A session speaks WebSocket over any byte stream, answers pings, and says why it ended."""

import pytest
import trio
from tests.venues.coinbase.feed_samples import URL, Feed
from trio.testing import MockClock, memory_stream_pair

from trader247.venues.coinbase.socket_session import SocketLost, SocketSession


async def pair(nursery: trio.Nursery) -> tuple[SocketSession, Feed]:
    near, far = memory_stream_pair()
    session, feed = SocketSession(URL, near), Feed(far)
    nursery.start_soon(feed.accept)
    await session.connect()
    return session, feed


async def test_texts_go_both_ways_and_those_that_piled_up_come_together(autojump_clock: MockClock) -> None:
    async with trio.open_nursery() as nursery:
        session, feed = await pair(nursery)
        await session.send('{"a":1}')
        await feed.hear()
        assert feed.heard == [{"a": 1}]
        await feed.say("one", "two")
        assert await session.frames() == [b"one", b"two"]
        await session.aclose()


async def test_pings_are_answered_and_fragments_joined(autojump_clock: MockClock) -> None:
    async with trio.open_nursery() as nursery:
        session, feed = await pair(nursery)
        feed.protocol.send_ping(b"x")
        feed.protocol.send_text(b"one ", fin=False)
        feed.protocol.send_continuation(b"frame", fin=True)
        await feed.flush()
        assert await session.frames() == [b"one frame"]
        await session.send("{}")
        await feed.hear()
        assert feed.pongs == 1
        await session.aclose()


async def test_a_cancelled_wait_loses_nothing(autojump_clock: MockClock) -> None:
    async with trio.open_nursery() as nursery:
        session, feed = await pair(nursery)
        with trio.move_on_after(1) as waited:
            await session.frames()
        assert waited.cancelled_caught
        await feed.say("late")
        assert await session.frames() == [b"late"]
        await session.aclose()


async def test_a_goodbye_a_reset_and_a_silent_end_are_told_after_what_came_before(autojump_clock: MockClock) -> None:
    async with trio.open_nursery() as nursery:
        session, feed = await pair(nursery)
        await feed.say("last words")
        feed.protocol.send_close(1001, "deploy")
        await feed.flush()
        assert await session.frames() == [b"last words"]
        with pytest.raises(SocketLost, match=r"1001 'deploy'"):
            await session.frames()
        with pytest.raises(SocketLost, match="cannot send"):
            await session.send("x")
        await session.aclose()

        session, feed = await pair(nursery)
        await feed.stream.aclose()
        with pytest.raises(SocketLost):
            await session.frames()
        await session.aclose()


@pytest.mark.fault("WS-08")
async def test_a_frame_that_is_too_long_ends_the_session_by_name(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trader247.venues.coinbase.socket_session.FRAME_BYTES_MAX", 100)
    async with trio.open_nursery() as nursery:
        session, feed = await pair(nursery)
        await feed.say("x" * 101)
        with pytest.raises(SocketLost, match="broken protocol"):
            await session.frames()
        await session.aclose()


@pytest.mark.fault("RA-22")
async def test_a_redirect_is_refused(autojump_clock: MockClock) -> None:
    near, far = memory_stream_pair()
    session = SocketSession(URL, near)

    async def redirect() -> None:
        await far.receive_some(65536)
        await far.send_all(b"HTTP/1.1 302 Found\r\nLocation: ws://evil.example/\r\nContent-Length: 0\r\n\r\n")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(redirect)
        with pytest.raises(SocketLost, match="handshake refused"):
            await session.connect()
    await session.aclose()


async def test_a_peer_that_hangs_up_before_the_handshake_is_a_loss(autojump_clock: MockClock) -> None:
    near, far = memory_stream_pair()
    session = SocketSession(URL, near)
    await far.aclose()
    with pytest.raises(SocketLost):
        await session.connect()
    await session.aclose()
