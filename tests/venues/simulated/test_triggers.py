"""Stops waiting for the last trade."""

from collections import deque
from decimal import Decimal

from trader247.venues.simulated.triggers import Triggers, is_reached


def waiting(*stops: tuple[str, int, bool]) -> tuple[Triggers, deque[str]]:
    due: deque[str] = deque()
    triggers = Triggers(due)
    for name, price, upwards in stops:
        triggers.watch(name, Decimal(price), upwards=upwards)
    return triggers, due


def test_a_stop_upwards_is_reached_at_its_price_or_above_and_one_downwards_at_or_below() -> None:
    for last, upwards, downwards in ((99, False, True), (100, True, True), (101, True, False)):
        assert is_reached(Decimal(last), Decimal(100), upwards=True) == upwards
        assert is_reached(Decimal(last), Decimal(100), upwards=False) == downwards


def test_one_trade_reaches_the_nearest_first_and_at_one_price_the_oldest() -> None:
    triggers, due = waiting(("far", 103, True), ("near", 101, True), ("old", 102, True), ("young", 102, True))
    triggers.see(Decimal(103))
    assert list(due) == ["near", "old", "young", "far"]
    triggers, due = waiting(("far", 97, False), ("near", 99, False), ("beyond", 90, False), ("up", 200, True))
    triggers.see(Decimal(95))
    assert list(due) == ["near", "far"]


def test_what_the_last_trade_has_reached_already_is_due_at_once() -> None:
    triggers, due = waiting()
    triggers.see(Decimal(100))
    triggers.watch("at", Decimal(100), upwards=True)
    triggers.watch("below", Decimal(99), upwards=False)
    assert list(due) == ["at"]


def test_a_stop_that_moved_waits_for_its_new_price_only_and_one_forgotten_for_none() -> None:
    triggers, due = waiting(("moved", 101, True), ("gone", 101, True))
    triggers.watch("moved", Decimal(105), upwards=True)
    triggers.forget("gone")
    triggers.forget("never known")
    triggers.see(Decimal(104))
    assert not due
    triggers.see(Decimal(105))
    assert list(due) == ["moved"]
