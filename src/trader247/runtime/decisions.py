"""The pure part of supervision: who is restarted, with whom, when, and when it is enough.

==========  =======================  =============================  =======
restart     normal, shutdown         crash, killed, hung, late      gave_up
==========  =======================  =============================  =======
permanent   restart                  restart                        stay down
transient   stay down, keep spec     restart                        stay down
temporary   forget                   forget                         forget
==========  =======================  =============================  =======

After OTP's ``supervisor:add_restart/3``; every function is total and has no effects.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from attrs import evolve, frozen

from trader247.runtime.exits import ExitKind
from trader247.runtime.specs import Backoff, Limit, Restart, Strategy

__all__ = ["Window", "add_restart", "companions", "delay_s", "delay_s_max", "failures_so_far", "is_restarted"]

_ABNORMAL = frozenset({ExitKind.CRASH, ExitKind.KILLED, ExitKind.HUNG, ExitKind.LATE})


def is_restarted(restart: Restart, kind: ExitKind) -> bool:
    """The table above."""
    if kind is ExitKind.GAVE_UP or restart is Restart.TEMPORARY:
        return False
    return restart is Restart.PERMANENT or kind in _ABNORMAL


def companions(strategy: Strategy, order: Sequence[str], failed: str) -> tuple[str, ...]:
    """The children given a new incarnation when ``failed`` is restarted, itself included, in start order."""
    match strategy:
        case Strategy.ONE_FOR_ONE:
            return (failed,)
        case Strategy.ONE_FOR_ALL:
            return tuple(order)
        case Strategy.REST_FOR_ONE:
            return tuple(order[order.index(failed) :])


@frozen
class Window:
    """One limit and the restarts (seconds, newest first) that still lie in its window."""

    limit: Limit
    stamps: tuple[float, ...] = ()


def add_restart(windows: tuple[Window, ...], now_s: float) -> tuple[tuple[Window, ...], Limit | None]:
    """The windows with one more restart at ``now_s``, and the limit that this one passes (None: it is allowed)."""
    counted = tuple(
        evolve(window, stamps=(now_s, *(at for at in window.stamps if at >= now_s - window.limit.per)))
        for window in windows
    )
    passed = (window.limit for window in counted if len(window.stamps) > window.limit.restarts)
    return counted, next(passed, None)


def delay_s_max(backoff: Backoff, failures: int) -> float:
    """The longest delay before a restart that follows ``failures`` earlier failures in a row."""
    if failures == 0:
        return 0.0
    try:
        return min(backoff.cap, backoff.base * backoff.factor ** (failures - 1))
    except OverflowError:
        return backoff.cap


def delay_s(backoff: Backoff, failures: int, rng: Random) -> float:
    """A drawn delay, in ``(longest * (1 - jitter), longest]``; nothing is drawn for the first failure."""
    longest = delay_s_max(backoff, failures)
    return longest * (1.0 - backoff.jitter * rng.random()) if longest else 0.0


def failures_so_far(backoff: Backoff, failures: int, up_s: float) -> int:
    """The failures in a row that count against the next delay, after an incarnation that was up for ``up_s``."""
    return 0 if up_s >= backoff.healthy_after else failures
