"""What was so at the venue at a time is told from its own records."""

import pytest
from attrs import evolve
from tests.checker.story import ACTIVE, BTC, HALTED, RUN, D, at, breach, healthy, made

from trader247.checker.evidence import LifeSeen
from trader247.checker.truth import Marks, accepts, alive, life_at, permit_at, permits_near, settled_until

pytestmark = pytest.mark.req("SE4")


def test_the_account_moves_on_from_order_to_order() -> None:
    seen = [(order.order_id, dict(account.held), sorted(account.live)) for order, account in accepts(healthy())]
    assert seen == [("v-1", {}, ["v-1"]), ("v-2", {BTC: D("0.01")}, ["v-2"])]


def test_an_order_that_ends_as_it_begins_never_rests() -> None:
    at_once = made("1", "BUY", "64000", 12, 12)
    assert [account.resting("BUY") for _order, account in accepts(healthy(orders=[at_once]))] == [[]]


def test_a_mark_is_the_last_one_before() -> None:
    marks = Marks(healthy())
    assert [marks.of(BTC, at(seconds)) for seconds in (-1, 0, 59.9, 60)] == [D(64_000), D(64_000), D(64_000), D(64_500)]
    assert marks.value({BTC: D(2)}, at(60)) == D(129_000)
    with pytest.raises(KeyError):
        marks.of("ETH-USD", at(1))


def test_a_run_is_alive_from_ready_to_its_end() -> None:
    evidence = healthy(
        lives=[evolve(RUN, ended=at(100), how="crashed"), LifeSeen("e2", at(110), at(112), None, "running")]
    )
    assert life_at(evidence, at(105)) is None
    assert not alive(evidence, at(1), at(50))
    assert alive(evidence, at(2), at(99))
    assert not alive(evidence, at(99), at(113))
    assert alive(evidence, at(112), at(10_000))


def test_permits_are_those_in_force() -> None:
    evidence = healthy(permits=[ACTIVE, evolve(HALTED, at=at(50))])
    assert permit_at(evidence, at(1)) is None
    assert [permit.state for permit in permits_near(evidence, at(10), at(49.9))] == ["ACTIVE"]
    assert [permit.state for permit in permits_near(evidence, at(50) + 1, at(51))] == ["HALTED"]
    assert [permit.state for permit in permits_near(evidence, at(49), at(50))] == ["ACTIVE", "HALTED"]


def test_books_must_agree_up_to_the_end_of_an_orderly_run_and_to_a_little_before_in_one_that_goes_on() -> None:
    running = evolve(RUN, how="running", ended=None)
    assert settled_until(healthy()) == at(900)
    assert settled_until(healthy(lives=[running])) == at(885)
    assert settled_until(healthy(lives=[evolve(running, ready=at(850))])) is None
    assert settled_until(healthy(lives=[evolve(RUN, how="crashed")])) is None
    assert settled_until(healthy(lives=[])) is None
    assert settled_until(healthy(breaches=[breach("store_down", 10)])) is None
