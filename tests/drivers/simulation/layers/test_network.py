"""The way to the venue."""

import pytest
from tests.drivers.simulation.histories import event, fault, lived

from trader247.checker.ends import given_up_by_evidence, late_orders_taken_up

pytestmark = pytest.mark.req("SE4")


@pytest.mark.fault("NW-01")
def test_a_partition_lets_nothing_through_and_ends() -> None:
    seen = lived(fault("network", "partition", for_s=20.0))
    (cut,) = [breach for breach in seen.evidence.breaches if breach.kind == "venue_down"]
    assert cut.until is not None
    between = [call for call in seen.evidence.sent if call.processed_at and cut.at < call.processed_at < cut.until]
    assert not between
    assert [call for call in seen.evidence.sent if call.at > cut.until and call.answered_at]


@pytest.mark.fault("NW-02", "NW-03", "OL-01")
@pytest.mark.parametrize(("kind", "processed"), [("request_lost", False), ("answer_lost", True)])
def test_an_order_is_lost_before_or_after_the_venue_had_it(kind: str, *, processed: bool) -> None:
    seen = lived(fault("network", kind, event("call", "POST /orders")))
    (lost,) = [call for call in seen.evidence.sent if call.creates and call.answered_at is None]
    assert (lost.processed_at is not None) is processed


@pytest.mark.fault("NW-04")
def test_a_request_that_is_later_than_anybody_waits_still_arrives() -> None:
    seen = lived(fault("network", "slow", event("call", "POST /orders"), seconds=15.0))
    (late,) = [call for call in seen.evidence.sent if call.creates and call.answered_at is None]
    assert late.processed_at is not None
    assert late.processed_at - late.at > 15_000_000_000


@pytest.mark.fault("NW-04")
def test_an_order_that_comes_after_it_was_given_up_is_there_for_the_judge() -> None:
    slow = fault("network", "slow", event("call", "POST /orders"), seconds=60.0, side="before")
    crash = fault("process", "crash", event("call", "POST /orders", delta_s=0.5))
    evidence = lived(slow, crash, minutes=4.0).evidence
    assert given_up_by_evidence.facts(evidence) == late_orders_taken_up.facts(evidence) == 1
    assert not list(late_orders_taken_up(evidence))
