"""The buckets hold our own rate below the venue's, and urgent work finds tokens that idle work cannot take."""

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.venues.coinbase.wire_samples import TrioClock

from trader247.errors import Failure, VenueUnavailable
from trader247.model.instant import SECOND, Mono
from trader247.venues.coinbase.endpoints import Endpoints
from trader247.venues.coinbase.rate_limit import RateLimiter, RateLimits, TokenBucket


@settings(deadline=None)
@given(per_s=st.floats(0.5, 50), capacity=st.floats(2, 50), steps=st.lists(st.integers(0, 3 * SECOND), max_size=60))
@pytest.mark.req("RL1")
def test_no_window_ever_holds_more_than_the_burst_and_the_refill(
    per_s: float, capacity: float, steps: list[int]
) -> None:
    bucket, now, taken = TokenBucket(per_s, capacity), 0, 0
    for step in steps:
        now += step
        while not bucket.wait_s(Mono(now)):
            bucket.take(Mono(now))
            taken += 1
        assert taken <= capacity + now / SECOND * per_s + 1e-6
        assert bucket.tokens > -1e-6


@settings(deadline=None)
@given(st.floats(0.5, 50), st.floats(2, 50), st.floats(0, 0.4))
def test_after_the_wait_it_names_a_token_is_there(per_s: float, capacity: float, headroom: float) -> None:
    bucket = TokenBucket(per_s, capacity)
    for _ in range(int(capacity)):
        bucket.take(Mono(0))
    wait = bucket.wait_s(Mono(0), headroom)
    assert not bucket.wait_s(Mono(round((wait + 1e-6) * SECOND)), headroom)


def test_a_clock_that_stands_still_gives_nothing() -> None:
    bucket = TokenBucket(1.0, 2.0)
    bucket.take(Mono(5))
    bucket.take(Mono(5))
    assert bucket.wait_s(Mono(5)) == pytest.approx(1.0)
    assert bucket.wait_s(Mono(4)) == pytest.approx(1.0)
    assert bucket.used_pct() == 100.0


@pytest.mark.req("RL1")
async def test_a_cancel_never_waits_behind_reads(autojump_clock: trio.testing.MockClock) -> None:
    limiter = RateLimiter(TrioClock())
    waited: list[float] = []

    async def read() -> None:
        with trio.move_on_after(20):
            try:
                await limiter.admit(Endpoints.CANDLES)
            except VenueUnavailable:
                return

    async with trio.open_nursery() as nursery:
        for _ in range(60):
            nursery.start_soon(read)
        for _ in range(5):
            await trio.sleep(0.3)
            before = trio.current_time()
            await limiter.admit(Endpoints.CANCEL)
            waited.append(trio.current_time() - before)
    assert waited == [0.0] * 5


@pytest.mark.req("RL1")
async def test_reads_alone_get_the_full_rate_and_no_more(autojump_clock: trio.testing.MockClock) -> None:
    limiter = RateLimiter(TrioClock(), RateLimits(private_per_s=15.0))
    admitted = 0
    with trio.move_on_after(10):
        while True:
            await limiter.admit(Endpoints.CANDLES)
            admitted += 1
    assert 150 <= admitted <= 165


@pytest.mark.req("RL1", "CB1")
async def test_a_wait_the_venue_names_holds_its_whole_scope_but_no_cancel_and_no_other_scope(
    autojump_clock: trio.testing.MockClock,
) -> None:
    limiter = RateLimiter(TrioClock())
    limiter.hold(Endpoints.ORDER.scope, 3.0)
    limiter.hold(Endpoints.ORDER.scope, 1.0)
    await limiter.admit(Endpoints.CANCEL)
    await limiter.admit(Endpoints.TIME)
    assert trio.current_time() == 0
    await limiter.admit(Endpoints.ACCOUNTS)
    assert trio.current_time() == pytest.approx(3)
    limiter.hold(Endpoints.ORDER.scope, 60.0)
    with pytest.raises(VenueUnavailable, match="not sent") as refused:
        await limiter.admit(Endpoints.CREATE)
    assert refused.value.failure is Failure.RATE_LIMIT


@pytest.mark.req("RL1")
async def test_a_wait_has_an_end(autojump_clock: trio.testing.MockClock) -> None:
    limiter = RateLimiter(TrioClock(), RateLimits(public_per_s=0.1))
    refused = None
    for _ in range(3):
        try:
            await limiter.admit(Endpoints.TIME)
        except VenueUnavailable as found:
            refused = found
    assert refused is not None
    assert refused.failure is Failure.RATE_LIMIT
    assert trio.current_time() <= 15


@pytest.mark.req("RL1")
async def test_pressure_is_told_once_at_80_and_once_at_90_percent(autojump_clock: trio.testing.MockClock) -> None:
    told: list[tuple[str, int]] = []
    limiter = RateLimiter(TrioClock(), on_pressure=lambda scope, pct: told.append((scope, pct)))
    for _ in range(7):
        await limiter.admit(Endpoints.CREATE)
    for _ in range(7):
        await limiter.admit(Endpoints.CANCEL)
    assert told == [("private", 80), ("private", 90)]


@pytest.mark.req("RL1")
async def test_the_public_and_the_private_quota_are_apart(autojump_clock: trio.testing.MockClock) -> None:
    limiter = RateLimiter(TrioClock())
    for _ in range(3):
        await limiter.admit(Endpoints.TIME)
    for _ in range(9):
        await limiter.admit(Endpoints.CANDLES)
    assert trio.current_time() == 0.0
