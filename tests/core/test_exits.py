"""When a position must be left."""

from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import instrument, moment, position, price, quote

from trader247.core.exits import ExitCause, band_of, exit_for, raised

HELD = position(entry=100, stop=95, target=110, max_hold_s=60)


@pytest.mark.req("R3")
@pytest.mark.parametrize(
    ("bid", "second", "cause"),
    [
        ("100", 0, None),
        ("95.01", 0, None),
        ("95", 0, "stop"),
        ("10", 0, "stop"),
        ("109.99", 0, None),
        ("110", 0, "target"),
        ("100", 59.9, None),
        ("100", 60, "max_hold"),
        ("94", 60, "stop"),
        ("111", 60, "target"),
    ],
)
def test_the_bid_and_the_time_decide_and_a_stop_comes_before_a_target_before_the_hold(
    bid: str, second: float, cause: str | None
) -> None:
    found = exit_for(HELD, quote(bid=bid), moment(second))
    assert (found.cause.value if found else None) == cause
    assert found is None or found.text


def test_the_ask_never_hits_a_stop_or_a_target() -> None:
    assert exit_for(HELD, quote(bid="96", ask="120"), moment()) is None


def test_where_stop_and_target_meet_the_stop_wins() -> None:
    found = exit_for(position(stop=100, target=100), quote(bid=100), moment())
    assert found is not None
    assert found.cause is ExitCause.STOP


def test_a_position_without_exits_is_held() -> None:
    assert exit_for(position(), quote(bid="0.01"), moment(10**9)) is None


# ------------------------------------------------------------------------------------------------------ trailing stop
FIVE = Decimal(5)
STEP = Decimal("1.0025")


def test_a_raised_stop_says_what_it_was_raised_from() -> None:
    found = exit_for(evolve(position(stop=104), raised_from=price(95)), quote(bid=103), moment())
    assert found is not None
    assert found.cause is ExitCause.TRAILING_STOP
    assert found.text == "bid 103 is at or under the stop 104, raised from 95"


@pytest.mark.parametrize(("bid", "stop"), [("100", None), ("100.2", None), ("100.27", "95.25"), ("120.123", "114.11")])
def test_a_stop_is_raised_in_steps_of_a_quarter_percent_onto_the_grid(bid: str, stop: str | None) -> None:
    higher = raised(HELD, quote(bid=bid), instrument(), FIVE)
    assert (None if higher is None else higher.stop_price) == (None if stop is None else Decimal(stop))
    assert higher is None or higher == evolve(HELD, stop_price=price(stop or 0), raised_from=price(95))


def test_without_a_distance_no_stop_is_raised() -> None:
    assert raised(HELD, quote(bid=1_000), instrument(), Decimal(0)) is None


def test_a_position_without_a_stop_gets_one() -> None:
    higher = raised(position(), quote(bid=100), instrument(), FIVE)
    assert higher is not None
    assert higher.stop_price == higher.raised_from == 95


def test_a_bid_so_low_that_no_step_of_the_grid_is_left_under_it_raises_nothing() -> None:
    assert raised(position(), quote(bid="0.01"), instrument(), FIVE) is None


@pytest.mark.req("R3")
@given(
    bids=st.lists(st.decimals("0.01", "1000", places=2), min_size=1, max_size=60),
    distance_pct=st.decimals("0.1", "50", places=1),
)
def test_whatever_the_bid_does_the_stop_only_rises_under_it_and_the_exit_is_at_or_over_the_entry_stop(
    bids: list[Decimal], distance_pct: Decimal
) -> None:
    held, highest = HELD, Decimal(0)
    for bid in bids:
        assert held.stop_price is not None
        if held.stop_price >= bid:
            found = exit_for(held, quote(bid=bid), moment())
            assert found is not None
            assert found.cause is (ExitCause.STOP if held.stop_price == 95 else ExitCause.TRAILING_STOP)
            break
        highest = max(highest, bid)
        higher = raised(held, quote(bid=bid), instrument(), distance_pct) or held
        assert higher.stop_price is not None
        assert held.stop_price <= higher.stop_price < bid
        held = higher
        assert held.stop_price is not None
        grid = instrument().price_increment
        assert held.stop_price >= min(highest * (1 - distance_pct / 100) - grid, bid) / STEP
    assert held.stop_price is not None
    assert held.stop_price >= 95


@pytest.mark.req("R3", "BT1")
@given(
    bid=st.decimals("80", "120", places=2),
    second=st.integers(0, 120),
    stop=st.none() | st.integers(90, 100),
    target=st.none() | st.integers(100, 110),
    hold=st.none() | st.integers(1, 100),
    distance=st.sampled_from([Decimal(0), Decimal("0.5"), Decimal(5)]),
)
def test_a_bid_inside_the_band_calls_for_no_exit_and_raises_no_stop(
    *, bid: Decimal, second: int, stop: int | None, target: int | None, hold: int | None, distance: Decimal
) -> None:
    held = evolve(
        HELD,
        stop_price=None if stop is None else price(stop),
        target_price=None if target is None else price(target),
        max_hold_s=hold,
    )
    low, high, until = band_of(held, distance)
    now = moment(second)
    inside = bid > low and (high is None or bid < high) and (until is None or now.utc < until)
    seen = quote(bid=bid)
    if inside:
        assert exit_for(held, seen, now) is None
        assert raised(held, seen, instrument(), distance) is None
