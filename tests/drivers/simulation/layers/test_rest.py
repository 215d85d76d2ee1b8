"""Answers that are none."""

import pytest
from tests.drivers.simulation.histories import event, fault, lived

from trader247.drivers.simulation.plan import Fault

pytestmark = pytest.mark.req("SE4")

AT = event("call", "POST /orders")


@pytest.mark.fault("RA-01", "RA-02", "RA-03", "RA-04", "RA-08")
@pytest.mark.parametrize(
    ("struck", "status"),
    [
        (fault("rest", "server_error", AT, code=503, side="after"), 503),
        (fault("rest", "gateway_page", AT), 502),
        (fault("rest", "too_many", AT), 429),
        (fault("rest", "banned", AT), 403),
        (fault("rest", "unauthorised", AT), 401),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else str(value),
)
def test_the_order_gets_this_answer_in_place_of_its_own(struck: Fault, status: int) -> None:
    seen = lived(struck)
    assert status in [call.status for call in seen.evidence.sent if call.creates]


@pytest.mark.fault("RA-06", "NW-12", "RA-10")
@pytest.mark.parametrize("kind", ["garbage", "truncated", "doubled"])
def test_an_order_whose_answer_is_broken_is_at_the_venue_once(kind: str) -> None:
    seen = lived(fault("rest", kind, AT))
    assert seen.struck == [f"rest.{kind}"]
    names = [order.client_order_id for order in seen.evidence.orders]
    assert len(names) == len(set(names))
