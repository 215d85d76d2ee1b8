"""How a fault says itself."""

from tests.drivers.simulation.histories import event, fault


def test_a_fault_says_what_it_is_and_where_it_strikes() -> None:
    assert str(fault("process", "pause", for_s=3.0)) == "process.pause(for_s=3.0) at 60 s"
    late = fault("process", "crash", event("write", "Fill*", nth=3, after_s=5.0, stage="after", delta_s=0.5))
    assert str(late) == "process.crash at event 3 of write Fill*, after from 5 s on, 0.5 s later"
