"""A real scheduler with two worker processes, one of which is killed while it works."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from attrs import evolve
from tests.drivers.study.study_samples import SIZE, settled

from trader247.drivers.backtest.report import as_text
from trader247.drivers.study.cluster import Dask, engine_of
from trader247.drivers.study.engines import Here
from trader247.drivers.study.study_file import Memory
from trader247.drivers.study.sweeping import sweep
from trader247.drivers.study.trial import Found, Task, TrialBroken
from trader247.errors import ConfigurationInvalid

pytestmark = [pytest.mark.req("BT6"), pytest.mark.slow]


class KillsAWorker(Memory):
    """Kills one with its first result, while both work."""

    def __init__(self, pid: int) -> None:
        super().__init__()
        self.pid, self.killed = pid, False

    def add(self, task: Task, found: Found) -> None:
        super().add(task, found)
        if not self.killed:
            os.kill(self.pid, signal.SIGKILL)
            self.killed = True


@contextmanager
def working(address: str) -> Iterator[int]:
    """Two worker processes, as a cluster's machines start them; the first one's pid."""
    words = [sys.executable, "-m", "distributed.cli.dask_worker", address]
    options = ["--no-nanny", "--no-dashboard", "--nthreads", "1", "--death-timeout", "60"]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    quiet = subprocess.DEVNULL
    workers = [subprocess.Popen([*words, *options], env=environ, stdout=quiet, stderr=quiet) for _ in range(2)]
    try:
        yield workers[0].pid
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()


def test_a_cluster_finds_what_one_process_finds_though_a_worker_is_killed() -> None:
    import distributed  # noqa: PLC0415 - takes a second

    study = settled(f"{SIZE}=0.5,0.6,0.7,0.8,1,2")
    scheduler = distributed.LocalCluster(
        n_workers=0, processes=False, protocol="tcp://", dashboard_address=None, silence_logs=50
    )  # type: ignore[no-untyped-call]
    with scheduler as cluster, working(cluster.scheduler_address) as first:
        engine = Dask(cluster.scheduler_address.removeprefix("tcp://"))
        try:
            engine._client.wait_for_workers(2, timeout=60)
            memory = KillsAWorker(first)
            found = sweep(study, engine, memory, lambda *_: None)
            broken = evolve(study, setting=evolve(study.setting, fingerprint="0" * 16))
            with pytest.raises(TrialBroken, match="give every worker the same folder"):
                sweep(broken, engine, Memory(), lambda *_: None)
            engine.stop()
            assert sweep(study, engine, Memory(), lambda *_: None)["partial"] is True
        finally:
            engine.close()
    assert memory.killed
    assert as_text(found) == as_text(sweep(study, Here(), Memory(), lambda *_: None))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("ray://127.0.0.1:1", r"there are local and dask://HOST:PORT; a Ray cluster"),
        ("dask://", "is not supported"),
        ("cloud", "is not supported"),
        ("dask://nowhere:x", "no scheduler answers there"),
    ],
)
def test_an_engine_that_is_none_is_told(name: str, told: str) -> None:
    with pytest.raises(ConfigurationInvalid, match=told):
        engine_of(name, 1)


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ConfigurationInvalid, match=r"install trader247\[cluster\]"):
        engine_of("dask://127.0.0.1:1", 1)
    assert isinstance(engine_of("local", 1), Here)
