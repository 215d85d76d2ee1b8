"""What is known about a request is told truly: not sent, refused, or nobody knows; and nothing leaks on the way."""

import logging
import random
from collections.abc import AsyncIterator
from typing import Any

import httpx
import jwt
import pytest
import trio
from tests.venues.coinbase.wire_samples import (
    EC_KEY,
    EC_PEM,
    ORIGIN,
    SEED,
    TrioClock,
    answer,
    client,
    key,
    reply,
)
from trio.testing import MockClock

from trader247.errors import ConfigurationInvalid, Failure, GateClosed, OutcomeUnknown, VenueRejected, VenueUnavailable
from trader247.venues.coinbase.endpoints import Endpoint, Endpoints
from trader247.venues.coinbase.rate_limit import RateLimiter, RateLimits
from trader247.venues.coinbase.rest import Purpose, RestClient

CREATE, CANCEL, ORDER = Endpoints.CREATE, Endpoints.CANCEL, Endpoints.ORDER


class Script:
    """Answers one entry after the other: a response, an exception to raise, or seconds to hang first."""

    def __init__(self, *entries: Any) -> None:
        self.entries = list(entries)
        self.seen: list[httpx.Request] = []
        self.at: list[float] = []

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        await trio.lowlevel.checkpoint()
        self.seen.append(request)
        self.at.append(trio.current_time())
        entry = self.entries.pop(0)
        if isinstance(entry, float):
            await trio.sleep(entry)
            entry = self.entries.pop(0)
        if isinstance(entry, Exception):
            raise entry
        found: httpx.Response = entry
        return found


OK = reply({"ok": True})


async def test_a_request_is_signed_for_its_own_method_and_path_without_the_query(autojump_clock: MockClock) -> None:
    script = Script(OK)
    await client(script).read(ORDER, "../a b?c", [("limit", "1"), ("limit", "2")])
    (request,) = script.seen
    token = request.headers["authorization"].removeprefix("Bearer ")
    claims = jwt.decode(token, EC_KEY.public_key(), algorithms=["ES256"], options={"verify_signature": False})
    assert claims["uri"] == "GET 127.0.0.1:28080/api/v3/brokerage/orders/historical/..%2Fa%20b%3Fc"
    assert request.url.query == b"limit=1&limit=2"
    assert request.headers["accept-encoding"] == "identity"


async def test_a_public_request_carries_no_token_and_a_private_one_needs_a_key(autojump_clock: MockClock) -> None:
    script = Script(OK)
    keyless = client(script, keyed=False)
    await keyless.read(Endpoints.TIME)
    assert "authorization" not in script.seen[0].headers
    with pytest.raises(VenueRejected, match="needs an API key") as refused:
        await keyless.read(Endpoints.ACCOUNTS)
    assert refused.value.failure is Failure.AUTH


@pytest.mark.fault("RA-09")
async def test_the_token_is_made_after_the_wait_for_the_rate_limit(autojump_clock: MockClock) -> None:
    script = Script(OK, OK, OK)
    clock = TrioClock()
    slow = client(script, limiter=RateLimiter(clock, RateLimits(0.5, 1.0)))
    for _ in range(3):
        await slow.read(Endpoints.ACCOUNTS)
    assert script.at[-1] > 1.0
    claims = [
        jwt.decode(one.headers["authorization"][7:], options={"verify_signature": False})["nbf"] for one in script.seen
    ]
    assert claims[-1] - claims[0] == int(script.at[-1] - script.at[0])


# ----------------------------------------------------------------------------------------------------------- reads
@pytest.mark.parametrize(
    "bad",
    [
        reply("<html>", 502),
        reply({"error": "INTERNAL"}, 500),
        reply("<html>", 429),
        reply("", 503),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("reset"),
        httpx.PoolTimeout("full"),
    ],
)
@pytest.mark.req("CB1")
async def test_a_read_is_repeated_after_what_passes(bad: Any, autojump_clock: MockClock) -> None:
    script = Script(bad, bad, bad, OK)
    assert await client(script).read(ORDER, "a") == OK.content
    assert len(script.seen) == 4


@pytest.mark.req("CB1")
async def test_a_read_gives_up_after_three_repeats(autojump_clock: MockClock) -> None:
    script = Script(*[httpx.ReadTimeout("slow")] * 5)
    with pytest.raises(VenueUnavailable, match="ReadTimeout"):
        await client(script).read(ORDER, "a")
    assert len(script.seen) == 4


@pytest.mark.parametrize("status", [400, 403, 404, 302])
@pytest.mark.req("CB1")
async def test_a_refused_question_is_not_repeated(status: int, autojump_clock: MockClock) -> None:
    script = Script(reply({"error": "NO"}, status, location="http://evil.example/"))
    with pytest.raises(VenueRejected):
        await client(script).read(ORDER, "a")
    assert len(script.seen) == 1


@pytest.mark.req("CB1")
async def test_retry_after_is_honoured(autojump_clock: MockClock) -> None:
    script = Script(reply("", 429, retry_after="12"), OK)
    await client(script).read(ORDER, "a")
    assert script.at[1] - script.at[0] == pytest.approx(12)


@pytest.mark.req("CB1", "RL1")
async def test_a_429_that_names_a_time_is_heeded_by_who_did_not_hear_it(autojump_clock: MockClock) -> None:
    script = Script(reply("", 429, retry_after="4"), OK, OK, OK)
    asked = client(script)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(asked.read, ORDER, "a")
        await trio.sleep(1)
        await asked.read(Endpoints.TIME)
        assert trio.current_time() == 1
        await asked.read(Endpoints.ACCOUNTS)
        assert trio.current_time() == pytest.approx(4)


@pytest.mark.fault("RA-08")
async def test_a_401_is_tried_once_more_with_a_fresh_token_and_no_more(autojump_clock: MockClock) -> None:
    script = Script(reply("Unauthorized\n", 401), OK)
    await client(script).read(ORDER, "a")
    assert script.seen[0].headers["authorization"] != script.seen[1].headers["authorization"]
    script = Script(reply("Unauthorized\n", 401), reply("Unauthorized\n", 401))
    with pytest.raises(VenueUnavailable) as failed:
        await client(script).read(ORDER, "a")
    assert failed.value.failure is Failure.AUTH


@pytest.mark.fault("NW-05")
async def test_a_hung_read_ends_and_its_pool_is_not_used_again(autojump_clock: MockClock) -> None:
    asked = client(Script(100.0, 100.0, 100.0, 100.0))
    before = asked._pool
    with pytest.raises(VenueUnavailable, match="within 10 s"):
        await asked.read(ORDER, "a")
    assert trio.current_time() < 60
    assert asked._pool is not before
    assert before.closed


@pytest.mark.fault("NW-08")
async def test_a_cancelled_read_stops_at_once_and_retires_its_pool_only_when_the_others_are_done(
    autojump_clock: MockClock,
) -> None:
    asked = client(Script(3.0, 100.0, OK))
    before = asked._pool
    async with trio.open_nursery() as nursery:
        with trio.move_on_after(1) as cut:
            nursery.start_soon(asked.read, ORDER, "other")
            await trio.sleep(0.1)
            await asked.read(ORDER, "a")
        assert cut.cancelled_caught
        assert asked._pool is not before
    assert before.closed


@pytest.mark.fault("NW-12")
async def test_an_answer_that_is_compressed_or_endless_is_not_read(autojump_clock: MockClock) -> None:
    with pytest.raises(VenueUnavailable, match="compressed"):
        await client(answer("", content_encoding="gzip")).read(ORDER, "a")

    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                yield b"x" * 2**20

    with pytest.raises(VenueUnavailable, match="longer than"):
        await client(lambda _request: httpx.Response(200, stream=Endless())).read(ORDER, "a")


# ---------------------------------------------------------------------------------------------------------- writes
@pytest.mark.parametrize(
    "fault", [httpx.ConnectError("refused"), httpx.ConnectTimeout("slow"), httpx.PoolTimeout("full")]
)
@pytest.mark.req("OM2")
async def test_a_write_that_found_no_connection_was_not_sent(fault: Exception, autojump_clock: MockClock) -> None:
    script = Script(fault)
    with pytest.raises(VenueUnavailable, match="not sent"):
        await client(script).write(CREATE, b"{}")
    assert len(script.seen) == 1


@pytest.mark.parametrize(
    "fault",
    [
        httpx.ReadTimeout("slow"),
        httpx.WriteTimeout("slow"),
        httpx.ReadError("reset"),
        httpx.WriteError("reset"),
        httpx.RemoteProtocolError("half an answer"),
        reply("<html>", 502),
        reply("<html>", 429),
        reply("", 302),
    ],
)
@pytest.mark.req("OM2", "CB1")
async def test_a_write_that_broke_later_is_unknown_and_never_repeated(fault: Any, autojump_clock: MockClock) -> None:
    script = Script(fault)
    with pytest.raises(OutcomeUnknown):
        await client(script).write(CREATE, b"{}")
    assert len(script.seen) == 1


@pytest.mark.req("OM2")
async def test_a_write_cannot_be_cut_off_from_outside_and_ends_by_its_own_deadline(autojump_clock: MockClock) -> None:
    script = Script(100.0, OK)
    outcome: list[object] = []
    asked = client(script)
    with trio.move_on_after(1):
        try:
            await asked.write(CREATE, b"{}")
        except OutcomeUnknown as unknown:
            outcome.append(unknown)
    assert trio.current_time() == pytest.approx(10)
    assert "it was sent" in str(outcome[0])
    with trio.CancelScope() as cancelled:
        cancelled.cancel()
        assert await client(Script(OK)).write(CREATE, b"{}") == OK.content


async def test_a_write_that_waits_too_long_for_the_rate_limit_was_not_sent(autojump_clock: MockClock) -> None:
    script = Script(OK, OK, OK)
    slow = client(script, limiter=RateLimiter(TrioClock(), RateLimits(0.01, 1.0)))
    refusals = 0
    for _ in range(3):
        try:
            await slow.write(CREATE, b"{}")
        except VenueUnavailable as refused:
            refusals += refused.failure is Failure.RATE_LIMIT
    assert refusals == 3 - len(script.seen)
    assert refusals > 0


@pytest.mark.req("CB1")
@pytest.mark.fault("RA-01", "RA-04")
async def test_an_idempotent_write_is_repeated_within_the_same_ten_seconds(autojump_clock: MockClock) -> None:
    script = Script(reply("<html>", 502), httpx.ReadTimeout("slow"), reply("<html>", 429), OK)
    assert await client(script, Purpose.KILL).write(CANCEL, b"{}", again=True) == OK.content
    assert trio.current_time() <= 10
    script = Script(*[httpx.ReadTimeout("slow")] * 4)
    with pytest.raises(OutcomeUnknown):
        await client(script, Purpose.KILL).write(CANCEL, b"{}", again=True)
    assert len(script.seen) == 4


async def test_one_lost_attempt_makes_an_idempotent_write_unknown_whatever_the_last_one_said(
    autojump_clock: MockClock,
) -> None:
    script = Script(httpx.ReadTimeout("slow"), *[httpx.ConnectError("refused")] * 3)
    with pytest.raises(OutcomeUnknown):
        await client(script).write(CANCEL, b"{}", again=True)
    script = Script(*[httpx.ConnectError("refused")] * 4)
    with pytest.raises(VenueUnavailable, match="not sent"):
        await client(script).write(CANCEL, b"{}", again=True)


# ----------------------------------------------------------------------------------------------------- surroundings
async def test_every_attempt_is_told_with_a_name_from_a_closed_set(autojump_clock: MockClock) -> None:
    told: list[tuple[str, str, float]] = []
    script = Script(0.5, reply("", 503), httpx.ConnectError("no"), httpx.ReadError("no"), OK)
    await client(script, on_call=lambda *call: told.append(call)).read(ORDER, "a")
    assert [(name, status) for name, status, _ in told] == [
        ("order", "503"),
        ("order", "unsent"),
        ("order", "lost"),
        ("order", "200"),
    ]
    assert told[0][2] == pytest.approx(0.5)


@pytest.mark.req("SEC1")
async def test_nothing_of_the_key_or_the_url_is_logged_or_shown(
    caplog: pytest.LogCaptureFixture, autojump_clock: MockClock
) -> None:
    caplog.set_level(logging.DEBUG)
    asked = client(answer({"error": "NO", "message": "m"}, 400))
    with pytest.raises(VenueRejected) as refused:
        await asked.read(ORDER, "secret-id")
    shown = caplog.text + repr(asked) + str(refused.value) + repr(refused.value)
    assert "secret-id" not in shown
    assert not any(line in shown for line in EC_PEM.splitlines()[1:-1])


async def test_a_target_cannot_lead_to_another_host(autojump_clock: MockClock) -> None:
    script = Script(OK)
    astray = Endpoint("order", "GET", "@evil.example/", ORDER.priority)
    await client(script).read(astray, "x")
    assert script.seen[0].url.host == "127.0.0.1"


def test_an_address_without_encryption_is_refused_unless_it_is_this_machine() -> None:
    with pytest.raises(ConfigurationInvalid, match="unencrypted"):
        RestClient(
            Purpose.MARKET,
            "http://api.coinbase.com",
            key(),
            TrioClock(),
            random.Random(SEED),
            limiter=RateLimiter(TrioClock()),
        )


async def test_a_real_socket_that_refuses_and_one_that_hangs_up_are_told_apart() -> None:
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listeners[0].socket.getsockname()[1]

    def to(port: int) -> RestClient:
        clock = TrioClock()
        limiter = RateLimiter(clock)
        return RestClient(
            Purpose.TRADING,
            ORIGIN.replace("28080", str(port)),
            key(),
            clock,
            random.Random(SEED),
            limiter=limiter,
        )

    shut_at_last = iter([None, "halted"])

    async def hang_up(stream: trio.SocketStream) -> None:
        async with stream:
            await stream.receive_some()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.serve_listeners, hang_up, listeners)
        caller = to(port)
        with pytest.raises(OutcomeUnknown):
            await caller.write(CREATE, b"{}")
        with pytest.raises(GateClosed, match="halted"):  # asked again when the connection is there
            await caller.write(CREATE, b"{}", gate=lambda: next(shut_at_last))
        await caller.aclose()
        nursery.cancel_scope.cancel()
    caller = to(port)
    with pytest.raises(VenueUnavailable, match="not sent"):
        await caller.write(CREATE, b"{}")
    await caller.aclose()


@pytest.mark.fault("NW-08")
async def test_a_storm_of_cancelled_reads_leaves_a_client_that_works() -> None:
    rng = random.Random(SEED)
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listeners[0].socket.getsockname()[1]

    async def answering(stream: trio.SocketStream) -> None:
        try:
            while await stream.receive_some(65536):
                await trio.sleep(0.002)
                await stream.send_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
        except trio.BrokenResourceError:
            return

    async def impatient(caller: RestClient) -> None:
        with trio.move_on_after(rng.uniform(0, 0.01)):
            await caller.read(ORDER, "a")

    clock = TrioClock()
    limiter = RateLimiter(clock, RateLimits(1e6, 1e6))
    url = ORIGIN.replace("28080", str(port))
    caller = RestClient(Purpose.TRADING, url, key(), clock, random.Random(SEED), limiter=limiter)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.serve_listeners, answering, listeners)
        for _round in range(15):
            async with trio.open_nursery() as storm:
                for _ in range(15):
                    storm.start_soon(impatient, caller)
        for _ in range(20):
            assert await caller.read(ORDER, "a") == b"{}"
        await caller.aclose()
        nursery.cancel_scope.cancel()
