"""A pool asks its own origin only, tells what left from what did not, and keeps nothing of one request for the next."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
import trio
from tests.venues.coinbase.wire_samples import ORIGIN, answer, reply, unread
from trio.testing import MockClock

from trader247.errors import GateClosed, VenueRejected
from trader247.venues.coinbase.departure import Departure
from trader247.venues.coinbase.http_pool import AnswerLost, HttpPool, NeverLeft


def pool(handler: Any) -> HttpPool:
    return HttpPool(ORIGIN, lambda: httpx.MockTransport(unread(handler)), None)


def failing(fault: Exception) -> Callable[[httpx.Request], httpx.Response]:
    def handler(_request: httpx.Request) -> httpx.Response:
        raise fault

    return handler


async def test_the_token_is_for_what_is_sent_and_the_body_goes_as_it_is(autojump_clock: MockClock) -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return reply("{}")

    found = await pool(handler).ask("POST", "/a%20b?c=d%2B", b"{1}", lambda *told: "|".join(told), Departure(None))
    assert (found.status, found.body) == (200, b"{}")
    (request,) = seen
    assert request.headers["authorization"] == "Bearer POST|127.0.0.1:28080|/a%20b"
    assert request.headers["content-length"] == "3"
    assert request.url.raw_path == b"/a%20b?c=d%2B"
    assert request.content == b"{1}"


async def test_no_cookie_and_no_redirect_is_followed_into_the_next_request(autojump_clock: MockClock) -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(302, headers={"set-cookie": "a=b", "location": "http://evil.example/"}, content=b"")

    asked = pool(handler)
    for _ in range(2):
        assert (await asked.ask("GET", "/a", b"", None, Departure(None))).status == 302
    assert [(request.url.host, request.headers.get("cookie")) for request in seen] == [("127.0.0.1", None)] * 2


@pytest.mark.parametrize("target", ["@evil.example/", ":80@evil.example/", ".evil.example/"])
async def test_a_target_that_leads_away_is_refused_and_never_remembered(target: str, autojump_clock: MockClock) -> None:
    asked = pool(answer("{}"))
    for _ in range(2):
        with pytest.raises(VenueRejected):
            await asked.ask("POST", target, b"", None, Departure(None))


async def test_a_target_longer_than_any_url_is_not_sent(autojump_clock: MockClock) -> None:
    with pytest.raises(VenueRejected, match="not sent"):
        await pool(answer("{}")).ask("GET", "/a?cursor=" + "c" * 100_000, b"", None, Departure(None))


@pytest.mark.parametrize(
    ("fault", "error", "full"),
    [
        (httpx.ConnectError("refused"), NeverLeft, False),
        (httpx.ConnectTimeout("slow"), NeverLeft, False),
        (httpx.PoolTimeout("full"), NeverLeft, True),
        (httpx.WriteTimeout("slow"), AnswerLost, None),
        (httpx.ReadError("reset"), AnswerLost, None),
        (httpx.RemoteProtocolError("half"), AnswerLost, None),
        (httpx.StreamClosed(), AnswerLost, None),
    ],
)
@pytest.mark.req("OM2")
async def test_what_never_left_is_told_from_what_was_lost(
    fault: Exception, error: type[Exception], full: bool | None, autojump_clock: MockClock
) -> None:
    with pytest.raises(error) as raised:
        await pool(failing(fault)).ask("GET", "/a", b"", None, Departure(None))
    assert type(fault).__name__ in str(raised.value)
    assert getattr(raised.value, "full", None) is full


async def test_a_closed_gate_lets_nothing_out_and_an_open_one_is_asked(autojump_clock: MockClock) -> None:
    sent = Departure(lambda: "halted")
    with pytest.raises(GateClosed, match="halted"):
        await pool(answer("{}")).ask("POST", "/a", b"{}", None, sent)
    assert not sent.now
    asked: list[str] = []
    sent = Departure(lambda: asked.append("asked"))
    await pool(answer("{}")).ask("POST", "/a", b"{}", None, sent)
    assert sent.now
    assert asked


@pytest.mark.fault("NW-12")
async def test_an_answer_is_closed_however_its_reading_ends(autojump_clock: MockClock) -> None:
    closed: list[str] = []

    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                await trio.sleep(1)
                yield b"x" * 2**21

        async def aclose(self) -> None:
            await trio.lowlevel.checkpoint()
            closed.append("closed")

    def handler(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=Endless())

    with pytest.raises(AnswerLost, match="longer than"):
        await pool(handler).ask("GET", "/a", b"", None, Departure(None))
    with trio.move_on_after(2.5) as cut:
        await pool(handler).ask("GET", "/a", b"", None, Departure(None))
    assert cut.cancelled_caught
    assert closed == ["closed"] * 2


async def test_a_retired_pool_is_closed_by_who_leaves_it_last(autojump_clock: MockClock) -> None:
    asked = pool(answer("{}"))
    asked.in_flight = 2
    assert not asked.leave()
    asked.retired = True
    assert asked.leave()
    await asked.aclose()
    assert asked.closed
