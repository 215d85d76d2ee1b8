"""The pure part against tables written down a second time, in other words."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trader247.runtime import decisions
from trader247.runtime.exits import ExitKind
from trader247.runtime.specs import Backoff, Limit, Restart, Strategy

pytestmark = pytest.mark.req("SUP2")

GOOD, BAD = ("normal", "shutdown"), ("crash", "killed", "hung", "late")


@pytest.mark.property(5)
@pytest.mark.parametrize("kind", [*GOOD, *BAD])
def test_restart_table__permanent_always_temporary_never_transient_after_a_bad_end(kind: str) -> None:
    restarted = {restart: decisions.is_restarted(restart, ExitKind(kind)) for restart in Restart}
    assert restarted == {Restart.PERMANENT: True, Restart.TRANSIENT: kind in BAD, Restart.TEMPORARY: False}


def test_a_group_that_gave_up_is_never_restarted() -> None:
    assert not any(decisions.is_restarted(restart, ExitKind.GAVE_UP) for restart in Restart)


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [(Strategy.ONE_FOR_ONE, "b"), (Strategy.REST_FOR_ONE, "bcd"), (Strategy.ONE_FOR_ALL, "abcd")],
)
def test_companions_of_the_second_of_four(strategy: Strategy, expected: str) -> None:
    assert decisions.companions(strategy, "abcd", "b") == tuple(expected)


@pytest.mark.property(7)
@given(
    gaps=st.lists(st.integers(0, 8), max_size=40),
    restarts=st.integers(0, 4),
    per=st.integers(1, 15),
)
def test_intensity__allowed_exactly_while_every_closed_window_holds_at_most_n(
    gaps: list[int], restarts: int, per: int
) -> None:
    windows: tuple[decisions.Window, ...] = (decisions.Window(Limit(restarts, per=per)),)
    stamps: list[int] = []
    for gap in gaps:
        stamps.append((stamps[-1] if stamps else 0) + gap)
        windows, passed = decisions.add_restart(windows, stamps[-1])
        in_window = sum(stamps[-1] - per <= stamp <= stamps[-1] for stamp in stamps)
        assert (passed is None) == (in_window <= restarts)
        if passed is not None:
            break
    assert len(windows[0].stamps) <= restarts + 1


def test_the_first_limit_that_is_passed_is_named() -> None:
    fast, slow = Limit(3, per=1.0), Limit(1, per=9.0)
    windows, passed = decisions.add_restart((decisions.Window(fast), decisions.Window(slow)), 0.0)
    assert passed is None
    assert decisions.add_restart(windows, 5.0)[1] == slow


@pytest.mark.property(9)
@given(
    base=st.floats(0.01, 10),
    spread=st.floats(1, 100),
    jitter=st.floats(0, 1),
    failures=st.integers(0, 2000),
    seed=st.integers(0, 99),
)
def test_backoff__delay_k_lies_between_its_jittered_and_its_full_length_and_under_the_cap(
    base: float, spread: float, jitter: float, failures: int, seed: int
) -> None:
    backoff = Backoff(base=base, cap=base * spread, jitter=jitter)
    delay = decisions.delay_s(backoff, failures, Random(seed))
    longest = min(backoff.cap, base * 2.0 ** min(failures - 1, 900)) if failures else 0.0
    assert longest * (1 - jitter) <= delay <= longest <= backoff.cap


def test_full_jitter_spreads_over_the_whole_delay() -> None:
    rng = Random(7)
    drawn = [decisions.delay_s(Backoff(base=1.0, cap=1.0, jitter=1.0), 1, rng) for _ in range(2000)]
    assert min(drawn) < 0.01
    assert max(drawn) > 0.99
    assert sum(drawn) / len(drawn) == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize(("up_s", "left"), [(0.0, 4), (59.9, 4), (60.0, 0), (1e6, 0)])
def test_failures_in_a_row_are_forgotten_after_a_healthy_time(up_s: float, left: int) -> None:
    assert decisions.failures_so_far(Backoff(healthy_after=60.0), 4, up_s) == left
