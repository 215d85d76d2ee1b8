"""The ordered end of trading."""

import pytest
import trio
from tests.actors.scripted import switchboard
from tests.builders import order
from tests.runtime.scripted import virtually

from trader247.drivers.draining import DrainSink, drain
from trader247.drivers.mailboxes import Mailboxes
from trader247.messages.control import DaemonStopped, SetTradingState
from trader247.messages.orders import Drained, DrainOrders
from trader247.model.mode import TradingState

pytestmark = pytest.mark.req("SUP6")


async def test_the_driver_hears_that_nothing_is_working_any_more_or_how_much_is_left() -> None:
    sink = DrainSink()
    assert not sink.done.is_set()
    sink.post(Drained((order(),)))
    with trio.fail_after(1):
        await sink.done.wait()
    assert sink.left == 1


@pytest.mark.parametrize(("answers", "took_s"), [(True, 0), (False, 15)])
def test_a_drain_ends_with_the_answer_or_at_its_time_and_writes_down_which(*, answers: bool, took_s: float) -> None:
    box, sink = Mailboxes(switchboard(), ()), DrainSink()

    async def main() -> None:
        if answers:
            sink.post(Drained(()))
        await drain(box, sink, "received SIGTERM", within_s=15)
        assert trio.current_time() == pytest.approx(took_s)
        assert (await box.permit_desk.take()).body == SetTradingState(
            TradingState.REDUCING, "daemon", "received SIGTERM"
        )
        assert (await box.order_manager.take()).body == DrainOrders()
        assert (await box.journal.take()).body == DaemonStopped("received SIGTERM", clean=answers)

    virtually(main)
