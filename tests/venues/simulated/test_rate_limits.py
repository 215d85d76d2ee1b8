"""Quotas."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.venues.simulated.rig import START, at

from trader247.model.instant import SECOND, Instant
from trader247.venues.simulated import rate_limits
from trader247.venues.simulated.rate_limits import Bucket


def test_a_caller_starts_with_a_second_worth_and_then_waits_for_the_refill() -> None:
    bucket = Bucket(10)
    assert [bucket.take("a", START).remaining for _ in range(10)] == list(range(9, -1, -1))
    refused = bucket.take("a", START)
    assert (refused.allowed, refused.remaining, refused.full_in_s) == (False, 0, 1)
    assert not bucket.take("a", at(0.099)).allowed
    assert bucket.take("a", at(0.1)).allowed
    assert bucket.take("b", START).allowed, "another caller has a quota of his own"
    assert bucket.take("a", at(5)).remaining == 9


def test_the_headers_are_lower_case_and_say_when_nothing_is_missing() -> None:
    bucket = Bucket(30)
    assert bucket.take("a", START).headers == {
        "x-ratelimit-limit": "30",
        "x-ratelimit-remaining": "29",
        "x-ratelimit-reset": "1",
    }


@given(st.lists(st.integers(0, 3 * SECOND), max_size=200))
@settings(deadline=None)
def test_no_second_ever_lets_through_more_than_twice_the_rate(gaps: list[int]) -> None:
    bucket, now, allowed = Bucket(10), START, []
    for gap in gaps:
        now = Instant(now + gap // 50)
        if bucket.take("a", now).allowed:
            allowed.append(now)
    for first in allowed:
        assert sum(first <= each < first + SECOND for each in allowed) <= 20


def test_a_clock_that_steps_back_costs_one_bucket_at_most() -> None:
    bucket = Bucket(10)
    bucket.take("a", at(3600))
    assert not bucket.take("a", START).allowed
    for _ in range(5):
        bucket.take("a", at(3600))
    assert bucket.take("a", at(3601)).allowed


def test_callers_that_owe_nothing_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "_KEYS_MAX", 3)
    bucket = Bucket(10)
    for number in range(50):
        bucket.take(str(number), at(number))
    assert len(bucket._full_at) <= 4
