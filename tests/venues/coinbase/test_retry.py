"""Requests that may be repeated are, three times, after jittered pauses that respect what the venue asks."""

import itertools
import random

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from trader247.errors import Failure, VenueUnavailable
from trader247.venues.coinbase.retry import RETRIED, RetryPolicy, pause_s, with_retries


@settings(deadline=None)
@given(st.integers(0, 2), st.integers())
@pytest.mark.req("CB1")
def test_a_pause_is_drawn_from_zero_to_the_doubling_bound(attempt: int, seed: int) -> None:
    pause = pause_s(attempt, RetryPolicy(), random.Random(seed))
    assert pause is not None
    assert 0 <= pause <= min(30.0, 2.0**attempt)
    assert pause == random.Random(seed).uniform(0, min(30.0, 1.0 * 2**attempt))


@pytest.mark.req("CB1")
def test_pauses_are_capped_and_there_is_none_after_the_last_attempt() -> None:
    many = RetryPolicy(retries=10)
    assert max(pause_s(9, many, random.Random(n)) or 0 for n in range(200)) <= 30.0
    assert pause_s(3, RetryPolicy(), random.Random(1)) is None


@pytest.mark.req("CB1")
def test_what_the_venue_asks_is_waited_in_full_or_the_request_is_given_up() -> None:
    assert pause_s(0, RetryPolicy(), random.Random(1), asked_s=7.0) == 7.0
    assert pause_s(0, RetryPolicy(), random.Random(1), asked_s=31.0) is None


def failing(times: int, failure: Failure = Failure.RETRYABLE) -> tuple[list[float], object]:
    calls: list[float] = []

    async def ask() -> str:
        await trio.lowlevel.checkpoint()
        calls.append(trio.current_time())
        if len(calls) <= times:
            raise VenueUnavailable("down", failure=failure)
        return "up"

    return calls, ask


@pytest.mark.req("CB1")
async def test_three_failures_are_survived(autojump_clock: trio.testing.MockClock) -> None:
    calls, ask = failing(3)
    rng = random.Random(5)
    assert await with_retries(ask, lambda f: f.failure in RETRIED, RetryPolicy(), rng) == "up"  # type: ignore[arg-type]
    replayed = random.Random(5)
    pauses = [replayed.uniform(0, 2**n) for n in range(3)]
    assert [b - a for a, b in itertools.pairwise(calls)] == pytest.approx(pauses)


@pytest.mark.req("CB1")
async def test_the_fourth_failure_comes_out_without_a_pause(autojump_clock: trio.testing.MockClock) -> None:
    calls, ask = failing(99)
    with pytest.raises(VenueUnavailable):
        await with_retries(ask, lambda f: True, RetryPolicy(), random.Random(5))  # type: ignore[arg-type]
    assert len(calls) == 4
    assert trio.current_time() == calls[-1]


async def test_a_failure_that_does_not_pass_is_not_repeated(autojump_clock: trio.testing.MockClock) -> None:
    calls, ask = failing(99, Failure.AUTH)
    with pytest.raises(VenueUnavailable):
        await with_retries(ask, lambda f: f.failure in RETRIED, RetryPolicy(), random.Random(5))  # type: ignore[arg-type]
    assert len(calls) == 1
