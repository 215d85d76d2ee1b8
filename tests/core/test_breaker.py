import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import at, moment
from tests.core.breaker_samples import WORK

from trader247.core.breaker import Breaker
from trader247.messages.breakers import BreakerState

pytestmark = pytest.mark.req("CB2")

S = BreakerState


def breaker(*failed_at: float) -> Breaker:
    made = Breaker("orders", "entries")
    for second in failed_at:
        made.failed("503", WORK, moment(second))
    return made


def test_the_third_failure_inside_the_window_opens_it_and_says_why() -> None:
    made = breaker(0, 10)
    assert made.failed("create_order: 503", WORK, moment(20)) is S.CLOSED
    assert made.open
    assert made.why == "3 failures in 60 s, the last: create_order: 503"
    assert made.until == moment(50)


@pytest.mark.parametrize(("third", "opens"), [(60, True), (60.000000001, False)])
def test_a_failure_exactly_as_old_as_the_window_still_counts(third: float, opens: bool) -> None:
    assert breaker(0, 30, third).open is opens


def test_it_is_half_open_when_its_time_is_over_and_not_a_moment_before() -> None:
    made = breaker(0, 10, 20)
    assert made.look(moment(49.999999999)) is S.OPEN
    assert made.look(moment(50)) is S.OPEN
    assert made.state is S.HALF_OPEN


def test_two_good_ends_in_a_row_close_it_and_its_failures_are_forgotten() -> None:
    made = breaker(0, 10, 20)
    made.look(moment(50))
    assert made.went_well(2, moment(51)) is S.HALF_OPEN
    assert made.went_well(2, moment(52)) is S.HALF_OPEN
    assert made.state is S.CLOSED
    assert made.failures(WORK, moment(52)) == 0


def test_a_failed_probe_opens_it_for_another_time_and_good_ends_of_before_count_no_more() -> None:
    made = breaker(0, 10, 20)
    made.look(moment(50))
    made.went_well(2, moment(51))
    made.failed("503", WORK, moment(52))
    assert (made.state, made.until) == (S.OPEN, moment(82))
    made.look(moment(82))
    made.went_well(2, moment(83))
    assert made.state is S.HALF_OPEN


def test_what_ends_while_it_is_open_moves_nothing() -> None:
    made = breaker(0, 10, 20)
    made.failed("503", WORK, moment(40))
    made.went_well(1, moment(41))
    assert (made.state, made.until) == (S.OPEN, moment(50))


def test_what_an_operator_opened_has_no_time_and_only_an_operator_closes_it() -> None:
    made = breaker()
    assert made.ordered(S.OPEN, "anna", "the venue migrates", moment(1)) is S.CLOSED
    made.look(moment(10_000_000))
    made.went_well(1, moment(10_000_000))
    assert (made.state, made.by, made.why) == (S.OPEN, "anna", "the venue migrates")
    made.ordered(S.CLOSED, "ben", "it is over", moment(10_000_001))
    assert (made.state, made.by, made.why) == (S.CLOSED, "", "it is over (closed by ben)")


def test_an_operator_who_closes_it_clears_its_failures() -> None:
    made = breaker(0, 10, 20)
    made.ordered(S.CLOSED, "anna", "it was the proxy", moment(21))
    made.failed("503", WORK, moment(22))
    assert made.state is S.CLOSED


def test_its_line_shows_since_when_and_until_when() -> None:
    line = breaker(0, 10, 20).line(WORK, moment(30))
    assert (line.since, line.until, line.failures, line.failures_max, line.stops) == (at(20), at(50), 3, 3, "entries")


@given(st.lists(st.tuples(st.sampled_from(("bad", "good", "look")), st.integers(0, 90)), max_size=60))
def test_it_never_goes_from_open_to_closed_without_a_probe(story: list[tuple[str, int]]) -> None:
    made, second = breaker(), 0.0
    for what, later in story:
        second += later
        before = made.state
        if what == "bad":
            made.failed("503", WORK, moment(second))
        elif what == "good":
            made.went_well(2, moment(second))
        else:
            made.look(moment(second))
        assert (before, made.state) not in {(S.OPEN, S.CLOSED), (S.CLOSED, S.HALF_OPEN)}
