"""Time is a number that only the loop moves."""

import pytest

from trader247.drivers.backtest.timetable import Timetable
from trader247.model.instant import Instant

pytestmark = pytest.mark.req("BT1")


def test_appointments_are_kept_in_time_and_those_of_one_instant_in_their_order() -> None:
    time, done = Timetable(Instant(100)), list[tuple[str, int]]()
    for name, when in (("late", 300), ("one", 200), ("two", 200)):
        time.at(when, lambda name=name: done.append((name, time.now.utc)))  # type: ignore[misc]
    time.after(50, lambda: done.append(("first", time.now.utc)))
    while time.next_at() is not None:
        time.take()()
    assert done == [("first", 150), ("one", 200), ("two", 200), ("late", 300)]


def test_time_never_goes_back_and_what_is_overdue_is_done_now() -> None:
    time = Timetable(Instant(100))
    time.go(Instant(90))
    assert time.now == (100, 100)
    time.at(50, lambda: None)
    assert time.next_at() == 100


def test_what_comes_regularly_is_done_in_its_turn_and_may_be_put_off_while_nothing_else_is_due() -> None:
    start = Instant(100)
    time, done = Timetable(start), list[str]()

    def bars() -> None:
        done.append("bars")

    time.regularly(start + 5, bars)
    time.at(start + 5, lambda: done.append("another"))
    time.regularly(start + 3, lambda: done.append("first"))
    assert (time.next_at(), time.another_at) == (start + 3, start + 5)
    time.take()()
    assert time.withdraw() == {bars: start + 5}
    time.regularly(start + 5, bars)
    while time.next_at() is not None:
        time.take()()
    assert done == ["first", "another", "bars"]
