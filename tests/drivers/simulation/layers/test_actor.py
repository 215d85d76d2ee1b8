"""Actors that end or hang."""

import pytest
from tests.drivers.simulation.histories import event, fault, lived

from trader247.drivers.simulation.layers.actor import ACTORS

pytestmark = pytest.mark.req("SUP1")


@pytest.mark.fault("AR-01")
def test_an_actor_struck_with_a_message_in_hand_comes_back_and_the_message_is_a_dead_letter() -> None:
    seen = lived(fault("actor", "struck", event("take", "risk_arbiter *")))
    assert seen.struck == ["actor.struck"]
    assert "struck down by the plan" in str(seen.past.scene.life.daemon.heard.reports)  # type: ignore[union-attr]


@pytest.mark.fault("AR-02", "AR-03")
def test_an_actor_that_hangs_stops_its_vote_and_trading_goes_on_after_it() -> None:
    seen = lived(fault("actor", "hangs", actor="clock_guard", for_s=8.0), fault("actor", "ended", actor="cycle"))
    assert any("clock" in permit.missing for permit in seen.evidence.permits)
    assert seen.evidence.permits[-1].exit


def test_every_actor_of_the_table_is_one_of_the_tree() -> None:
    seen = lived(minutes=0.2)
    running = seen.past.scene.life.daemon.running  # type: ignore[union-attr]
    assert all(running.cell(name) is not None for name in ACTORS)
