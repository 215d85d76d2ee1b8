"""Where trials run makes no difference to what comes of them, and a worker that dies takes none of them with it."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from attrs import evolve
from tests.drivers.study.study_samples import BEGIN, END, SIZE, settled

from trader247.drivers.study.engines import Engine, Here, Processes, local
from trader247.drivers.study.trial import Found, Stopped, Task, TrialBroken

pytestmark = pytest.mark.req("BT6")


def tasks(*sizes: str) -> list[Task]:
    return [Task(settled().setting, "sweep", ((SIZE, size),), BEGIN, END) for size in sizes]


@contextmanager
def closing(engine: Engine) -> Iterator[Engine]:
    try:
        yield engine
    finally:
        engine.close()


def ran(engine: Engine, asked: list[Task], then: Callable[[], None] = lambda: None) -> dict[int, Found]:
    found: dict[int, Found] = {}

    def keep(index: int, each: Found) -> None:
        assert index not in found
        found[index] = each
        then()

    engine.run(asked, keep)
    return found


def test_one_job_needs_no_process_and_more_do() -> None:
    assert isinstance(local(1), Here)
    assert isinstance(local(2), Processes)


@pytest.mark.slow
def test_processes_find_what_one_finds_though_one_is_killed_on_the_way_and_stop_when_told() -> None:
    asked = tasks("0.5", "0.7", "1", "1.5", "2")
    with closing(Processes(2)) as engine:
        killed: list[int] = []

        def kill_one() -> None:
            if not killed:
                assert isinstance(engine, Processes)
                assert engine._pool is not None
                killed.append(next(iter(engine._pool._processes)))
                os.kill(killed[0], signal.SIGKILL)

        found = ran(engine, asked, kill_one)
        assert killed
        assert found == ran(Here(), asked)
        nobody = evolve(asked[0], setting=evolve(settled().setting, strategies=("nobody",)))
        with pytest.raises(TrialBroken, match=r"size_pct_min=0\.5: strategy 'nobody' is not configured"):
            ran(engine, [nobody])
        with pytest.raises(Stopped):  # every worker at its trial's next cycle
            ran(engine, asked, engine.stop)


@pytest.mark.parametrize("before", [0, 2])
def test_stopped_here_what_was_done_was_told(before: int) -> None:
    engine, found = Here(), {}

    def keep(index: int, each: Found) -> None:
        found[index] = each
        if len(found) == before:
            engine.stop()

    if not before:
        engine.stop()
    with pytest.raises(Stopped):
        engine.run(tasks("0.5", "1", "2"), keep)
    assert list(found) == list(range(before))
