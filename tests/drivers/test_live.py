"""What of the daemon can be seen without a process: the rest is shown by tests that start one."""

from types import SimpleNamespace
from typing import Any

import pytest
from tests.builders import moment

from trader247.config.schema import Configuration
from trader247.core.order_timers import ABSENCES, LOOK_UP_S, SETTLE_S
from trader247.drivers.live import _DRAIN_SHARE, Daemon
from trader247.model.mode import Mode
from trader247.runtime.halt import Halted
from trader247.store.faults import DatabaseInUse, StorageFailed


@pytest.mark.req("SUP6", "OM2")
def test_a_drain_lasts_long_enough_to_resolve_an_order_that_was_just_sent() -> None:
    drain_s = Configuration(strategies={}).app.shutdown_deadline_s * _DRAIN_SHARE
    assert drain_s >= max(SETTLE_S, ABSENCES * LOOK_UP_S)
    assert _DRAIN_SHARE < 1, "the actors' ends need time too"


@pytest.mark.req("K1")
@pytest.mark.parametrize("disk_answers", [True, False])
async def test_a_run_that_ends_by_a_fault_leaves_its_halt_to_the_next_one(*, disk_answers: bool) -> None:
    noted: list[Halted] = []

    class Disk:
        def unsettled(self) -> tuple[()]:
            raise DatabaseInUse("a transaction is under way")

        def write_last(self, facts: list[object]) -> None:
            raise StorageFailed("disk I/O error")

        def note_halt(self, halt: Halted) -> None:
            noted.append(halt)

    class Thread:
        async def run(self, work: Any) -> Any:
            return work()

    halted = Halted("looks odd", "operator", moment())
    start: Any = SimpleNamespace(mode=Mode.PAPER, embedded=object() if disk_answers else None, disk=Disk())
    daemon: Any = Daemon(start)
    daemon._topology = SimpleNamespace(unwritten=lambda: [object()], halt=SimpleNamespace(tripped=halted))
    daemon._journal_thread, daemon.halt = Thread(), daemon._topology.halt
    if disk_answers:
        await daemon._last_gasp()
    else:
        with pytest.raises(DatabaseInUse):
            await daemon._last_gasp()
    assert noted == [halted]
