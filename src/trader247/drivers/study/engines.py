"""Where trials run: in this process, or in processes of this machine (``cluster.py`` has other machines).

An engine runs a batch and tells each result when it is there; the order does not matter to who asked. A worker that
dies takes its trial with it, which is run again.
"""

import multiprocessing
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.synchronize import Event
from typing import Final, Protocol

from trader247.drivers.study.trial import Found, Stopped, Task, TrialBroken, run_task
from trader247.drivers.worker_life import end_with_parent

__all__ = ["Engine", "Here", "Processes", "local"]

_POOLS_MAX: Final = 4
"""Pools that may break over one batch: what kills the fourth too is no accident."""

OnDone = Callable[[int, Found], None]


class Engine(Protocol):
    """Something that runs trials."""

    def run(self, tasks: Sequence[Task], on_done: OnDone) -> None:
        """Run all; ``on_done`` hears the index of a task and its result.

        Raises:
            Stopped: ``stop`` was called; what was done until then was told.
            TrialBroken: a trial cannot be run.
        """

    def stop(self) -> None:
        """End ``run`` soon. May be called in a signal handler."""

    def close(self) -> None:
        """Give everything back."""


def local(jobs: int) -> "Engine":
    """So many at once on this machine."""
    return Processes(jobs) if jobs > 1 else Here()


class Here:
    """One after the other, in this process."""

    def __init__(self) -> None:
        """Ready."""
        self._stopped = False

    def run(self, tasks: Sequence[Task], on_done: OnDone) -> None:
        """See ``Engine``."""
        for index, task in enumerate(tasks):
            if self._stopped:
                raise Stopped("interrupted")
            on_done(index, run_task(task, lambda: self._stopped))

    def stop(self) -> None:
        """At the trial's next cycle."""
        self._stopped = True

    def close(self) -> None:
        """Nothing is held."""


_stop: Event | None = None
"""In a worker process: whether the study is being stopped."""


def _begin(stop: Event) -> None:
    global _stop  # noqa: PLW0603 - a worker process is told once, at its beginning
    _stop = stop
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group, and is the parent's to answer
    end_with_parent()


def _work(task: Task) -> Found:
    return run_task(task, _stop.is_set if _stop is not None else lambda: False)


class Processes:
    """Worker processes of this machine, spawned and not forked, so that they have nothing of what ran here before."""

    def __init__(self, jobs: int) -> None:
        """``jobs`` at once; they are started when there is something to do."""
        self._jobs = jobs
        context = multiprocessing.get_context("spawn")
        self._context, self._stopping = context, context.Event()
        self._stopped = False
        self._pool: ProcessPoolExecutor | None = None

    def run(self, tasks: Sequence[Task], on_done: OnDone) -> None:
        """See ``Engine``."""
        left = dict(enumerate(tasks))
        for _ in range(_POOLS_MAX):
            if self._run(left, on_done):
                return
            self.close()
            if self._stopped:
                raise Stopped("interrupted")
        names = "; ".join(task.name for task in list(left.values())[: self._jobs])
        text = f"a worker process died {_POOLS_MAX} times, each time with one of these unfinished: {names}"
        raise TrialBroken(f"{text}. Too little memory for so many at once? Try fewer --jobs")

    def _run(self, left: dict[int, Task], on_done: OnDone) -> bool:
        """Whether all that was left is done; False where a worker died."""
        if self._pool is None:
            self._pool = ProcessPoolExecutor(self._jobs, self._context, _begin, (self._stopping,))
        running: dict[Future[Found], int] = {}
        try:
            running = {self._pool.submit(_work, task): index for index, task in left.items()}
            while running:
                # those that failed last: what is finished is told, whatever came of the others
                done = wait(running, return_when=FIRST_COMPLETED).done
                for future in sorted(done, key=lambda each: each.exception() is not None):
                    index = running.pop(future)
                    found = future.result()
                    del left[index]
                    on_done(index, found)
                if self._stopped:
                    raise Stopped("interrupted")
        except BrokenProcessPool:
            return False
        finally:
            for future in running:
                future.cancel()
        return True

    def stop(self) -> None:
        """Each worker at its trial's next cycle."""
        self._stopped = True
        self._stopping.set()

    def close(self) -> None:
        """Wait for the workers to end; what they still do is not kept."""
        if self._pool is not None:
            self._stopping.set()
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None
            self._stopping.clear()
