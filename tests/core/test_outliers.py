import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import BTC, candle, quote

from trader247.core.outliers import TickFilter
from trader247.model.market import Quote
from trader247.model.policy import Outliers

pytestmark = pytest.mark.req("O1")

TERMS = Outliers()


def tick(mid: float, second: float, spread_bps: float = 2.0) -> Quote:
    half = mid * spread_bps / 20_000
    return quote(BTC, f"{mid - half:.8f}", f"{mid + half:.8f}", second=second)


def calm(ticks: int = 60, swing_bps: float = 1.0, terms: Outliers = TERMS) -> TickFilter:
    """A minute of ticks that swing by so much around 100, one a second."""
    made = TickFilter(terms)
    for second in range(ticks):
        assert made.objection(tick(100.0 * (1 + (second % 2) * swing_bps / 10_000), second)) is None
    return made


def reasons(made: TickFilter, *ticks: Quote) -> list[str | None]:
    return [found.partition(":")[0] if (found := made.objection(one)) else None for one in ticks]


def test_one_bad_print_is_dropped_and_the_market_goes_on() -> None:
    assert reasons(calm(), tick(103.0, 60), tick(100.0, 61), tick(100.01, 62)) == ["jump", None, None]


def test_a_calm_market_may_move_by_half_a_percent_and_a_lively_one_by_six_deviations() -> None:
    assert reasons(calm(), tick(100.49, 60)) == [None]
    assert reasons(calm(), tick(100.52, 60)) == ["jump"]
    lively = calm(swing_bps=20.0)
    assert reasons(lively, tick(101.1, 60)) == [None]
    assert reasons(calm(swing_bps=20.0), tick(101.5, 60)) == ["jump"]


def test_a_market_that_really_moved_is_believed_after_some_ticks_and_a_second() -> None:
    fallen = [tick(90.0 + n / 100, 60 + n / 2) for n in range(6)]
    assert reasons(calm(), *fallen) == ["jump", "jump", None, None, None, None]
    fast = [tick(90.0, 60 + n / 10) for n in range(14)]
    got = reasons(calm(), *fast)
    assert got == ["jump"] * 10 + [None] * 4, "three ticks are not enough within a second"


def test_levels_that_disagree_confirm_nothing() -> None:
    wild = [tick(90.0 + 2 * n, 60 + n) for n in range(4)]
    assert reasons(calm(), *wild) == ["jump"] * 4


def test_a_spread_over_the_most_is_an_outlier_until_it_holds() -> None:
    assert reasons(calm(), tick(100.0, 60, spread_bps=301), tick(100.0, 61)) == ["spread", None]
    wide = [tick(100.0, 60 + n, spread_bps=400) for n in range(6)]
    assert reasons(calm(), *wide, tick(100.0, 66), wide[0]) == ["spread", "spread", *[None] * 5, "spread"]


@pytest.mark.parametrize(("volume", "reason"), [(0.5, "mean"), (1.0, None), (10.0, None)])
def test_far_from_the_mean_without_volume_is_an_outlier(volume: float, reason: str | None) -> None:
    made = TickFilter(TERMS)
    for n in range(20):
        made.see_bar(candle(close=100.0, minute=n, volume=10.0))
    made.see_bar(candle(close=100.0, minute=20, volume=volume))
    assert reasons(made, tick(112.0, 1260)) == [reason]
    assert reasons(made, tick(105.0, 1261)) in ([None], ["jump"])


def test_the_window_forgets_what_is_older_than_a_minute() -> None:
    made = calm(swing_bps=20.0)
    for second in range(60, 130):
        made.objection(tick(100.0, second))
    assert reasons(made, tick(101.0, 130)) == ["jump"]


def test_a_filter_that_believes_at_once_rejects_nothing() -> None:
    made = calm(terms=evolve(TERMS, confirm_ticks=1))
    assert reasons(made, tick(50.0, 60), tick(200.0, 61)) == [None, None]


@given(st.lists(st.tuples(st.floats(0.01, 1e6), st.floats(0.0, 5.0), st.floats(0.0, 1000.0)), max_size=60))
def test_whatever_comes_a_level_that_holds_is_believed_in_the_end(story: list[tuple[float, float, float]]) -> None:
    made, now = TickFilter(TERMS), 0.0
    for mid, wait, spread_bps in story:
        now += wait
        made.objection(tick(mid, now, spread_bps))
    held = reasons(made, *(tick(123.0, now + 1 + n) for n in range(4)))
    assert held[-1] is None


@given(
    mids=st.lists(st.floats(95.0, 105.0), min_size=2, max_size=6),
    spread_bps=st.sampled_from([2.0, 299.0, 301.0]),
    volume=st.sampled_from([0.0, 10.0]),
)
def test_what_is_believed_beforehand_is_never_objected_to(mids: list[float], spread_bps: float, volume: float) -> None:
    made = calm(20)
    for n in range(20):
        made.see_bar(candle(close=100.0, minute=n, volume=10.0))
    made.see_bar(candle(close=100.0, minute=20, volume=volume))
    for second, mid in enumerate(mids, 20):
        sure = made.believes(mid, spread_bps, None)
        assert made.objection(tick(mid, second, spread_bps)) is None or not sure


@given(mid=st.floats(50.0, 150.0), ticks=st.integers(1, 6), seconds=st.integers(0, 4))
def test_a_tick_that_is_told_again_each_second_is_believed_in_time(mid: float, ticks: int, seconds: int) -> None:
    made = calm(20, terms=evolve(TERMS, confirm_ticks=ticks, confirm_s=float(seconds)))
    told = [made.objection(tick(mid, 20 + second)) for second in range(made.patience_s + 1)]
    assert told[-1] is None or None in told
