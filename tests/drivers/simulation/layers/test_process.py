"""Deaths and standstills."""

import pytest
from tests.drivers.simulation.histories import event, fault, lived

pytestmark = pytest.mark.req("SE4")


@pytest.mark.fault("PR-01")
def test_a_crash_before_a_write_leaves_nothing_of_it_and_another_life_begins() -> None:
    seen = lived(fault("process", "crash", event("write", "*OrderChanged*", stage="before")))
    first, second = seen.evidence.lives
    assert (first.how, second.how) == ("crashed", "drained")
    last_words = [row for row in seen.evidence.rows if row.epoch == first.epoch]
    assert last_words
    assert all(row.at <= (first.ended or 0) for row in last_words)


@pytest.mark.fault("PR-04")
def test_a_second_death_finds_the_life_after_the_first() -> None:
    seen = lived(fault("process", "crash_twice", again_s=12.0))
    assert [life.how for life in seen.evidence.lives] == ["crashed", "crashed", "drained"]


@pytest.mark.fault("PR-12", "HC-08")
def test_a_standstill_lets_the_world_go_on_and_trading_waits_for_the_loop() -> None:
    seen = lived(fault("process", "pause", for_s=20.0))
    (frozen,) = [breach for breach in seen.evidence.breaches if breach.kind == "frozen"]
    assert frozen.until is not None
    after = next(permit for permit in seen.evidence.permits if permit.at >= frozen.until)
    assert not after.entry
    assert not [call for call in seen.evidence.sent if frozen.at < call.at < frozen.until]
