"""A worker whose parent is killed does not stay behind."""

import multiprocessing
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from trader247.drivers.worker_life import end_with_parent

pytestmark = pytest.mark.req("BT6")

PARENT = """
import multiprocessing, os, sys, time
from pathlib import Path
from trader247.drivers.worker_life import end_with_parent

def work(pipe, left):
    end_with_parent(Path(left).touch)
    os.write(pipe.fileno(), b"ready")
    time.sleep(600)

if __name__ == "__main__":
    reading, writing = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.get_context("spawn").Process(target=work, args=(writing, sys.argv[1]))
    child.start()
    os.read(reading.fileno(), 5)
    print(child.pid, flush=True)
    time.sleep(600)
"""
PATIENCE_S = 60.0


def test_a_worker_ends_when_its_parent_is_killed_and_leaves_as_it_was_told(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    with subprocess.Popen([sys.executable, str(script), str(tmp_path / "left")], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        worker = os.pidfd_open(int(parent.stdout.readline()))
        try:
            parent.kill()
            ended, _, _ = select.select([worker], [], [], PATIENCE_S)
            if not ended:
                signal.pidfd_send_signal(worker, signal.SIGKILL)
            assert ended
        finally:
            os.close(worker)
    assert (tmp_path / "left").exists()


def test_a_process_that_is_nobodys_worker_is_left_alone() -> None:
    assert multiprocessing.parent_process() is None
    end_with_parent(lambda: pytest.fail("nothing has ended"))
