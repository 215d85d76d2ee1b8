import pytest
import trio
from attrs import define
from tests.actors.scripted import staged
from tests.drivers.topology_samples import Daemon

from trader247.drivers.pulse import Pulse
from trader247.messages.base import Tick
from trader247.messages.orders import ReconcileNow


@define
class Loop:
    """As far behind as it is told."""

    behind_s: float

    def lag_s(self) -> float:
        return self.behind_s


@pytest.mark.fault("PR-07")
@staged
async def test_the_oldest_message_that_trading_waits_for_is_told_and_a_slow_face_is_not() -> None:
    box = Daemon().topology.box
    pulse = Pulse(Loop(0.25), lambda: box)  # type: ignore[arg-type]
    box.board.post(Tick())  # type: ignore[arg-type]
    await trio.sleep(3)
    seen = pulse.health()
    assert (seen.loop_lag_s, seen.mailbox_age_s) == (0.25, 0.0)
    box.reconciler.post(ReconcileNow("test"))
    await trio.sleep(2)
    seen = pulse.health()
    assert (seen.mailbox, seen.mailbox_age_s) == (box.reconciler.name, 2.0)
    assert seen.resident_mb > 1
