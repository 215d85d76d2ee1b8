"""The ordered end of trading."""

import pytest
import trio
from attrs import evolve
from tests.actors.scripted import switchboard
from tests.builders import intent, order, price
from tests.drivers.topology_samples import Daemon
from tests.runtime.scripted import virtually

from trader247.drivers.draining import DrainSink, drain, write_last
from trader247.drivers.mailboxes import Mailboxes
from trader247.messages.control import DaemonStopped, HaltCleared, SetTradingState
from trader247.messages.orders import Drained, DrainOrders
from trader247.model.mode import OrderKind, TradingState
from trader247.model.order import Style
from trader247.ports import Recorded
from trader247.runtime.halt import Halted
from trader247.store.faults import StorageFailed

pytestmark = pytest.mark.req("SUP6")


async def test_the_driver_hears_that_nothing_is_working_any_more_or_how_much_is_left() -> None:
    sink = DrainSink()
    assert not sink.done.is_set()
    sink.post(Drained((order(),)))
    with trio.fail_after(1):
        await sink.done.wait()
    assert sink.left == 1


@pytest.mark.req("R3")
def test_what_is_left_at_the_venue_to_protect_is_named_in_the_journals_last_word() -> None:
    box, sink = Mailboxes(switchboard(), ()), DrainSink()
    resting = order(of=evolve(intent(kind=OrderKind.EXIT), style=Style.STOP_LIMIT, stop_price=price(95)))

    async def main() -> None:
        sink.post(Drained((), resting=(resting,)))
        await drain(box, sink, "received SIGTERM", within_s=15)
        told = ("BTC-USD stop_limit, stop 95, order v1",)
        assert sink.left_on_purpose == told
        assert (await box.journal.take()).body == DaemonStopped("received SIGTERM", clean=True, resting=told)

    virtually(main)


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


@pytest.mark.req("K1", "OM3")
@pytest.mark.parametrize("fails", [False, True])
def test_what_the_journal_left_is_written_last_and_a_halt_that_cannot_be_is_noted(*, fails: bool) -> None:
    written: list[Recorded] = []
    noted: list[Halted] = []

    class Disk:
        def write_last(self, facts: list[Recorded]) -> None:
            if fails:
                raise StorageFailed("disk I/O error")
            written.extend(facts)

        def note_halt(self, halt: Halted) -> None:
            noted.append(halt)

    async def main() -> None:
        daemon = Daemon()
        daemon.topology.halt.trip("the journal cannot write", "journal")
        daemon.topology.box.journal.post(HaltCleared("x", "y", daemon.topology.halt.tripped.at))  # type: ignore[union-attr]
        write_last(daemon.topology, Disk())  # type: ignore[arg-type]

    virtually(main)
    kinds = [type(recorded.fact) for recorded in written]
    assert (kinds, len(noted)) == (([], 1) if fails else ([HaltCleared], 0))
