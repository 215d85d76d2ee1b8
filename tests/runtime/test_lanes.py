"""One lane: a bounded store that keeps order, or the latest per key."""

from __future__ import annotations

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from trader247.runtime.lanes import InOrder, Lane, LatestPerKey, Overflow, store_for

pytestmark = pytest.mark.req("SUP1")


@frozen
class Letter:
    body: int


def test_a_lane_needs_room_for_a_message() -> None:
    with pytest.raises(ValueError, match="lane x: capacity is 0"):
        Lane("x", 0)


def test_a_key_belongs_to_latest_and_only_to_it() -> None:
    with pytest.raises(ValueError, match="lane x: a key belongs to"):
        Lane("x", 1, Overflow.LATEST)
    with pytest.raises(ValueError, match="lane x: a key belongs to"):
        Lane("x", 1, Overflow.REFUSE, key=lambda body: body)


@given(st.lists(st.integers(0, 9), max_size=40))
def test_latest_per_key_gives_the_last_value_of_each_key_in_order_of_first_arrival(bodies: list[int]) -> None:
    store = LatestPerKey(10, lambda body: body % 3)
    for body in bodies:
        store.put(Letter(body))
    expected: dict[int, int] = {}
    for body in bodies:
        expected[body % 3] = body
    assert [letter.body for letter in store] == list(expected.values())
    assert len(store) == len(expected)
    oldest = store.oldest()
    assert (oldest.body if oldest is not None else None) == next(iter(expected.values()), None)


def test_in_order_gives_what_it_was_given() -> None:
    store = InOrder(2)
    assert store.take() is None
    assert store.oldest() is None
    store.put(Letter(1))
    assert store.has_room(Letter(2))
    store.put(Letter(2))
    assert not store.has_room(Letter(3))
    assert [letter.body for letter in store] == [1, 2]
    assert store.oldest() == store.take() == Letter(1)


def test_the_store_follows_the_overflow_rule() -> None:
    assert isinstance(store_for(Lane("a")), InOrder)
    assert isinstance(store_for(Lane("a", 1, Overflow.LATEST, key=lambda body: body)), LatestPerKey)
