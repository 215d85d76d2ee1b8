"""Trials on an existing Dask cluster: sent by name of a function and by reference to data, told when they are done.

The scheduler gives a dead worker's trials to another. Every worker needs this program in the same version, and the
data and configuration files at the same paths; it checks both by digest (``trial.py``).
"""

from collections.abc import Sequence
from typing import Any, Final

from trader247.drivers.study.engines import Engine, OnDone, local
from trader247.drivers.study.trial import Stopped, Task, TrialBroken, run_task
from trader247.errors import ConfigurationInvalid

__all__ = ["Dask", "engine_of"]

_CONNECT_S: Final = 10
"""To reach the scheduler: it answers in milliseconds where it is there."""
_LOOKS_EVERY_S: Final = 1
"""How soon Ctrl-C is heard."""


def engine_of(name: str, jobs: int) -> Engine:
    """``local``, or ``dask://HOST:PORT``.

    Raises:
        ConfigurationInvalid: it is neither, or cannot be reached.
    """
    if name == "local":
        return local(jobs)
    scheme, _, address = name.partition("://")
    if scheme != "dask" or not address:
        hint = "; a Ray cluster can run a Dask scheduler, which is" if scheme == "ray" else ""
        raise ConfigurationInvalid(f"--engine {name!r} is not supported; there are local and dask://HOST:PORT{hint}")
    return Dask(address)


class Dask:
    """A client of one scheduler."""

    def __init__(self, address: str) -> None:
        """Connects.

        Raises:
            ConfigurationInvalid: the library is missing, nobody answers, or nobody is there to work.
        """
        try:
            import distributed  # noqa: PLC0415 - an extra
        except ImportError as missing:
            raise ConfigurationInvalid(
                f"--engine dask://{address}: distributed is not installed: install trader247[cluster]"
            ) from missing
        connect: Any = distributed.Client  # it says nothing of its types
        self._wait: Any = distributed.wait
        self._stopped = False
        try:
            self._client: Any = connect(f"tcp://{address}", timeout=_CONNECT_S, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as fault:
            raise ConfigurationInvalid(f"--engine dask://{address}: no scheduler answers there: {fault}") from fault

    def run(self, tasks: Sequence[Task], on_done: OnDone) -> None:
        """See ``engines.Engine``."""
        futures = self._client.map(run_task, tasks, pure=False)
        running = dict(zip(futures, range(len(tasks)), strict=True))
        try:
            while running:
                if self._stopped:
                    raise Stopped("interrupted")
                for future in self._finished(list(running)):
                    index = running.pop(future)
                    if future.status != "finished":
                        raise _broken(tasks[index], future.exception())
                    on_done(index, future.result())
                    future.release()
        finally:
            self._client.cancel(list(running), force=True)

    def _finished(self, running: list[Any]) -> list[Any]:
        """Those that are; none where the time to look at ``stop`` has come first."""
        with self._client.as_current():
            try:
                return list(self._wait(running, timeout=_LOOKS_EVERY_S, return_when="FIRST_COMPLETED").done)
            except TimeoutError:
                return []

    def stop(self) -> None:
        """What is running on a worker goes on there to its end, and is not heard."""
        self._stopped = True

    def close(self) -> None:
        """Leave the scheduler; its workers stay."""
        self._client.close()


def _broken(task: Task, error: BaseException | None) -> TrialBroken:
    if isinstance(error, TrialBroken):
        return error
    return TrialBroken(f"{task.name}: {type(error).__name__}: {error}")
