import pytest
from hypothesis import given
from hypothesis import strategies as st

from trader247.indicators.bars import Bar, BarBuilder
from trader247.model.instant import MINUTE, Instant
from trader247.model.instrument import Symbol
from trader247.model.market import Candle

pytestmark = pytest.mark.req("D3")


def minute(n: int) -> Candle:
    """Opens at n, closes at n + 0.5, reaches from n - 1 to n + 1 and has a volume of 1."""
    return Candle(Symbol("BTC-USD"), Instant(n * MINUTE), 60, n, n + 1.0, n - 1.0, n + 0.5, 1.0)


def bars_of(span: int, starts: list[int]) -> list[Bar]:
    builder = BarBuilder(span)
    return [bar for n in starts for bar in builder.push(minute(n))]


def test_a_bar_has_its_first_open_its_extremes_its_last_close_and_all_volume() -> None:
    assert bars_of(5, list(range(5, 10))) == [Bar(5 * MINUTE, 5, 10.0, 4.0, 9.5, 5.0, 5)]


def test_the_rest_of_a_span_whose_beginning_nobody_saw_is_no_bar() -> None:
    assert [bar.start // MINUTE for bar in bars_of(5, list(range(3, 16)))] == [5, 10]


def test_missing_minutes_are_seen_in_the_bar_and_missing_spans_have_none() -> None:
    got = bars_of(5, [0, 1, 4, 5, 17, 18, 19, 20])
    assert [(bar.start // MINUTE, bar.minutes) for bar in got] == [(0, 3), (5, 1), (15, 3)]


def test_a_hole_that_ends_with_a_last_minute_closes_two_bars_at_once() -> None:
    builder = BarBuilder(5)
    assert builder.push(minute(0)) == ()
    assert [bar.start // MINUTE for bar in builder.push(minute(9))] == [0, 5]


def test_a_minute_that_comes_twice_or_late_is_an_error() -> None:
    builder = BarBuilder(5)
    builder.push(minute(1))
    with pytest.raises(ValueError, match="is not after"):
        builder.push(minute(1))


@given(st.sampled_from([1, 5, 15, 60]), st.lists(st.integers(0, 300), unique=True).map(sorted))
def test_bars_are_what_a_plain_look_over_all_minutes_gives(span: int, minutes: list[int]) -> None:
    first = next((n for n in minutes if n % span == 0), None)
    seen = [n for n in minutes if first is not None and n >= first]
    plainly = []
    for start in sorted({n - n % span for n in seen}):
        inside = [n for n in seen if start <= n < start + span]
        closed = inside[-1] == start + span - 1 or minutes[-1] >= start + span
        if closed:
            extremes = (inside[-1] + 1.0, inside[0] - 1.0, inside[-1] + 0.5)
            plainly.append(Bar(start * MINUTE, inside[0], *extremes, float(len(inside)), len(inside)))
    assert bars_of(span, minutes) == plainly
