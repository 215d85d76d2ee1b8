"""A life put on the scene."""

import pytest
from tests.drivers.simulation.histories import event, fault, lived


def test_a_life_may_be_steered_as_an_operator_does_and_what_it_refuses_is_counted() -> None:
    resume = fault("operator", "resume", event("time", after_s=20.0))
    seen = lived(resume, fault("operator", "halt", event("time", after_s=30.0)))
    assert seen.past.scene.witness.refused == 1
    assert [row.kind for row in seen.evidence.rows if row.kind.startswith("halt")] == ["halt_tripped", "halt_cleared"]


@pytest.mark.fault("PR-01")
def test_what_a_dead_life_would_still_say_is_not_heard() -> None:
    seen = lived(fault("process", "crash"))
    first, second = seen.evidence.lives
    assert first.ended is not None
    between = [told for told in seen.evidence.alerts if first.ended - 1 <= told.at < second.began]
    assert not between


def test_texts_name_no_folder_which_is_another_in_every_run() -> None:
    seen = lived(fault("operator", "kill_file", event("time", after_s=30.0), for_s=5.0))
    assert not [line for line in seen.lines if "trader247-" in line]
