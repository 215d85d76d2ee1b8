"""A violation told in the words of the domain."""

from functools import cache

from tests.drivers.simulation.histories import Lived, event, fault, lived

from trader247.checker.invariant import Violation
from trader247.drivers.simulation.story import story


@cache
def seen() -> Lived:
    return lived(fault("process", "crash", event("call", "POST /orders", stage="after")))


def test_it_tells_the_orders_whole_life_and_the_faults_around_it() -> None:
    evidence = seen().evidence
    order = next(order for order in evidence.orders if order.state == "FILLED")
    text = story(evidence, Violation("I-01", "there are two", order.created_at, order.client_order_id))
    assert text.startswith("I-01: there are two\n")
    for word in ("journal", "POST /orders", "venue: ", "is FILLED", order.client_order_id):
        assert word in text
    assert [line[:12] for line in text.splitlines()[1:]] == sorted(line[:12] for line in text.splitlines()[1:])


def test_what_has_no_subject_is_told_by_its_time() -> None:
    evidence = seen().evidence
    (struck,) = evidence.faults
    text = story(evidence, Violation("I-40", "not well", struck.at, ""))
    assert "FAULT process.crash" in text
    assert "a life ends" in text
    assert "a life begins" in text
