"""How much was lost, measured from where."""

from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import marks, usd

from trader247.core.equity import band_of, breach_of, losses_of, marks_after
from trader247.model.instant import DAY, Instant, instant
from trader247.model.policy import LossLimits
from trader247.model.portfolio import AcknowledgedLoss, EquityMarks

LIMITS = LossLimits(max_drawdown_pct=Decimal(10), daily_stop_pct=Decimal(3), weekly_stop_pct=Decimal(7))


def test_the_first_look_marks_the_day_and_the_week_it_is_in() -> None:
    first = marks_after(None, usd(100), instant("2026-03-04T12:00:00Z"))
    assert first.day == instant("2026-03-04T00:00:00Z")
    assert first.week == instant("2026-03-02T00:00:00Z")
    assert first.high_water == first.day_open == first.week_open == 100


@pytest.mark.parametrize(
    ("text", "day", "week"),
    [
        ("2026-03-02T23:59:59.999999999Z", False, False),
        ("2026-03-03T00:00:00Z", True, False),
        ("2026-03-08T23:59:59Z", True, False),
        ("2026-03-09T00:00:00Z", True, True),
    ],
)
def test_a_day_begins_at_midnight_and_a_week_on_monday(text: str, day: bool, week: bool) -> None:
    after = marks_after(marks(100), usd(90), instant(text))
    assert (after.day_open == 90) is day
    assert (after.week_open == 90) is week


@pytest.mark.fault("HC-01")
def test_a_clock_that_steps_back_over_midnight_does_not_forget_what_the_day_began_with() -> None:
    today = marks(100)
    assert marks_after(today, usd(90), instant("2026-03-01T23:59:59Z")) == today


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=20), st.integers(0, 400 * DAY))
def test_the_high_water_is_the_highest_ever_seen(values: list[int], begin: int) -> None:
    after = None
    for index, value in enumerate(values):
        after = marks_after(after, usd(value), Instant(begin + index * DAY // 3))
    assert after is not None
    assert after.high_water == max(values)


@pytest.mark.req("DD1")
@pytest.mark.parametrize(
    ("nlv", "limit"),
    [
        ("970.01", None),
        ("970", "daily stop"),
        ("930", "daily stop"),
        ("900", "drawdown"),
        ("0", "drawdown"),
        ("2000", None),
    ],
)
def test_losing_exactly_the_limit_is_a_breach_and_the_gravest_is_named(nlv: str, limit: str | None) -> None:
    breach = breach_of(marks(1000), usd(nlv), LIMITS)
    assert breach is None if limit is None else breach is not None and breach.startswith(f"{limit}: lost ")


@pytest.mark.req("DD1")
def test_each_limit_is_measured_from_its_own_mark() -> None:
    assert breach_of(marks(1100, 1000, 1000), usd(990), LIMITS) == "drawdown: lost 10.00 % of 1100.00 (limit 10 %)"
    assert breach_of(marks(1000, 1000, 1000), usd(970), LIMITS) == "daily stop: lost 3.00 % of 1000.00 (limit 3 %)"
    assert breach_of(marks(1000, 935, 1000), usd(930), LIMITS) == "weekly stop: lost 7.00 % of 1000.00 (limit 7 %)"


def test_an_account_that_was_never_worth_anything_is_a_breach() -> None:
    assert breach_of(marks(0), usd(0), LIMITS) is not None


def seen(nlv: str, of: EquityMarks) -> tuple[AcknowledgedLoss, ...]:
    return losses_of(of, usd(nlv), LIMITS)


@pytest.mark.req("DD1")
def test_a_loss_that_was_resumed_over_is_none_until_it_is_a_step_worse_exactly() -> None:
    today = marks(1000)
    acknowledged = seen("965", today)
    assert breach_of(today, usd("965"), LIMITS, acknowledged) is None
    assert breach_of(today, usd("955.01"), LIMITS, acknowledged) is None
    again = breach_of(today, usd("955"), LIMITS, acknowledged)
    assert again == "daily stop: lost 4.50 % of 1000.00 (limit 3 %); 3.50 % were resumed over"


@pytest.mark.req("DD1")
def test_the_next_day_s_loss_and_another_limit_s_are_not_the_one_that_was_resumed_over() -> None:
    today = marks(1000)
    acknowledged = seen("965", today)
    tomorrow = evolve(today, day=Instant(today.day + DAY))
    assert breach_of(tomorrow, usd("965"), LIMITS, acknowledged) is not None
    weekly = breach_of(marks(1000, day_open=935), usd("930"), LIMITS, acknowledged)
    assert weekly is not None
    assert weekly.startswith("weekly stop")


@pytest.mark.req("DD1")
def test_a_drawdown_that_was_resumed_over_ends_with_a_new_high() -> None:
    before = marks(1000, day_open=890, week_open=890)
    acknowledged = seen("890", before)
    assert breach_of(before, usd("890"), LIMITS, acknowledged) is None
    known_lower = evolve(before, high_water=usd("999.5"))  # as a restart may
    assert breach_of(known_lower, usd("890"), LIMITS, acknowledged) is None
    higher = evolve(before, high_water=usd("1000.01"))
    assert breach_of(higher, usd("890"), LIMITS, acknowledged) is not None


@pytest.mark.req("DD1", "BT1")
@given(
    high=st.integers(1, 10**6),
    opened=st.tuples(st.floats(0.5, 1.0), st.floats(0.5, 1.0)),
    nlv=st.decimals("0.4", "1.1", places=9),
)
def test_an_nlv_inside_the_band_moves_no_mark_and_breaches_no_limit(
    high: int, opened: tuple[float, float], nlv: Decimal
) -> None:
    made = marks(high, *(round(high * share) for share in opened))
    low, most = band_of(made, LIMITS)
    worth = usd(nlv * high)
    if low < float(worth) < most:
        assert marks_after(made, worth, made.day) == made
        assert breach_of(made, worth, LIMITS) is None
