"""How often and how long after a failure a request is sent again (requirement CB1). Only for what may be repeated.

Full jitter: a pause is drawn uniformly from 0 to ``min(30, 1.0 * 2**attempt)`` seconds, so that clients that failed
together do not come back together; there is no pause after the last attempt.
"""

import random
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import trio
from attrs import frozen

from trader247.errors import Failure, VenueUnavailable

__all__ = ["RETRIED", "RetryPolicy", "pause_s", "with_retries"]

T = TypeVar("T")

RETRIED: Final = frozenset({Failure.RETRYABLE, Failure.RATE_LIMIT, Failure.MAINTENANCE})
"""Failures that pass by themselves; every other kind is final for this request."""


@frozen
class RetryPolicy:
    """``retries`` beside the first attempt; pauses grow from ``first_s`` and never exceed ``pause_s_max``."""

    retries: int = 3
    first_s: float = 1.0
    pause_s_max: float = 30.0


def pause_s(attempt: int, policy: RetryPolicy, rng: random.Random, asked_s: float | None = None) -> float | None:
    """Seconds to wait after the failed attempt of this number (from 0), or None to give up.

    ``asked_s`` is the venue's ``Retry-After``: honoured in full, or not at all by giving up where it is longer than the
    longest pause, because coming back earlier than asked is what gets an address banned.
    """
    if attempt >= policy.retries:
        return None
    if asked_s is not None:
        return asked_s if asked_s <= policy.pause_s_max else None
    return rng.uniform(0, min(policy.pause_s_max, policy.first_s * 2**attempt))


async def with_retries(
    ask: Callable[[], Awaitable[T]],
    may_retry: Callable[[VenueUnavailable], bool],
    policy: RetryPolicy,
    rng: random.Random,
) -> T:
    """The answer of ``ask``, repeated while it fails in a way that passes. Cancellation is felt at once.

    Raises:
        VenueError: what the last attempt raised.
    """
    attempt = 0
    while True:  # bounded: pause_s gives up after policy.retries
        try:
            return await ask()
        except VenueUnavailable as failed:
            wait_s = pause_s(attempt, policy, rng, failed.retry_after_s) if may_retry(failed) else None
            if wait_s is None:
                raise
        attempt += 1
        await trio.sleep(wait_s)
