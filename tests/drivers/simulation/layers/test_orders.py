"""What a real order engine does."""

import pytest
from tests.drivers.simulation.histories import event, fault, lived

pytestmark = pytest.mark.req("SE4")


@pytest.mark.fault("NW-04", "OL-04", "OL-10", "RA-11", "OL-05")
def test_late_unseen_and_partial_orders_end_in_equal_books() -> None:
    seen = lived(
        fault("orders", "late_accept", event("call", "POST /orders"), seconds=6.0),
        fault("orders", "unseen", seconds=3.0, for_s=30.0),
        fault("orders", "late_fills", seconds=3.0, for_s=30.0),
        fault("orders", "slow_cancel", seconds=4.0, for_s=30.0),
        fault("orders", "thin", for_s=40.0),
        fault("orders", "cancel_lost_race", event("call", "POST /orders/batch_cancel")),
        minutes=3.0,
    )
    assert {"orders.late_accept", "orders.unseen", "orders.late_fills", "orders.thin"} <= set(seen.struck)
    assert set(seen.evidence.books.fills) == {fill.entry_id for fill in seen.evidence.fills}
    assert not [order for order in seen.evidence.orders if order.live]
