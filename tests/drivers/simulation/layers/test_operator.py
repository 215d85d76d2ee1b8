"""People."""

import pytest
from tests.drivers.simulation.histories import fault, lived

from trader247.checker.check import check
from trader247.drivers.simulation.plan import At, Point

pytestmark = pytest.mark.req("K1")


def at(after_s: float) -> At:
    return At(Point.TIME, after_s=after_s)


@pytest.mark.fault("OP-01", "OP-03")
def test_the_kill_file_halts_and_somebody_resumes_once_it_is_gone() -> None:
    seen = lived(fault("operator", "kill_file", at(30.0), for_s=20.0))
    assert [row.kind for row in seen.evidence.rows if row.kind.startswith("halt")] == ["halt_tripped", "halt_cleared"]
    assert not seen.evidence.halted_at_end


@pytest.mark.fault("OP-04", "CS-09")
def test_everything_an_operator_may_do_is_done_or_refused() -> None:
    seen = lived(
        fault("operator", "ban", at(20.0), symbol="BTC-USD"),
        fault("operator", "breaker", at(25.0), breaker="orders", state="OPEN"),
        fault("operator", "breaker", at(35.0), breaker="orders", state="CLOSED"),
        fault("operator", "pause", at(40.0)),
        fault("operator", "activate", at(45.0)),
        fault("operator", "reload", at(50.0)),
        fault("operator", "resume", at(55.0)),
        fault("operator", "flatten", at(60.0)),
        fault("operator", "halt", at(70.0)),
        minutes=3.0,
    )
    kinds = {row.kind for row in seen.evidence.rows}
    assert {"instrument_banned", "configuration_reloaded", "flatten_ordered", "halt_tripped", "halt_cleared"} <= kinds
    assert seen.past.scene.witness.refused == 1  # a resume with nothing to resume


@pytest.mark.fault("OP-07")
def test_an_order_by_hand_is_told_left_alone_and_no_part_of_our_books() -> None:
    seen = lived(fault("operator", "by_hand", at(20.0), symbol="ETH-USD", for_s=230.0), minutes=4.5)
    (name,) = seen.evidence.external
    (order,) = [order for order in seen.evidence.orders if order.client_order_id == name]
    assert order.state == "CANCELLED"
    assert seen.alerts("external_activity")
    assert not check(seen.evidence).violations
