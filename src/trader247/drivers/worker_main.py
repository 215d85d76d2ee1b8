"""What runs inside a strategy's process: confined first, then built, then asked once per cycle until its input ends.

Whatever the strategy prints goes nowhere: the pipe of the answers is taken away from its standard output before it is
loaded. Whatever it raises ends the process, which says with its last frame what that was. No Trio, no store and no
venue is imported here: a process is up within a fifth of a second.
"""

import os
import sys
from collections.abc import Callable
from typing import Final

from attrs import define

from trader247.core.strategy_worker import StrategyWorker
from trader247.messages.trading import Deliberate
from trader247.messages.worker_wire import Answer, Ready, Setup, context_in, encoded, printable, setup_in
from trader247.runtime.confinement import confine, folders_of_the_interpreter
from trader247.runtime.frames import read_frame, write_frame
from trader247.strategies.contract import Strategy
from trader247.strategies.registry import build

__all__ = ["ENTRY", "main", "serve"]

ENTRY: Final = "trader247.drivers.worker_main:main"
"""What an interpreter is told to run."""

_IN: Final = 0


def main() -> None:
    """The process's whole life, with the strategies of the registry."""
    serve(lambda setup: build(setup.name, setup.terms, setup.entry))


def serve(make: Callable[[Setup], Strategy]) -> None:
    """Until the input ends. ``make`` builds the strategy, inside the walls."""
    outlet = _keep_the_pipe()
    words = _LastWords(outlet, lambda error: Ready(error=error))
    sys.excepthook = words.say
    body = read_frame(_IN)
    if body is None:
        return
    setup = setup_in(body)
    loose = confine(setup.terms.process.memory_mb, folders_of_the_interpreter())
    worker = StrategyWorker(make(setup), enabled=True)
    write_frame(outlet, encoded(Ready(loose)))
    while (body := read_frame(_IN)) is not None:
        context = context_in(body)
        words.frame = lambda error, cycle=context.cycle: Answer(cycle, error=error)  # type: ignore[misc]
        (made,) = worker.handle(Deliberate(context), context.at)
        write_frame(outlet, encoded(Answer(context.cycle, made.proposals)))


@define
class _LastWords:
    """The interpreter calls ``say`` with what nobody caught, and then ends."""

    outlet: int
    frame: Callable[[str], Ready | Answer]

    def say(self, _kind: type[BaseException], error: BaseException, _trace: object) -> None:
        text = printable(f"{type(error).__name__}: {error}")
        write_frame(self.outlet, encoded(self.frame(text)))


def _keep_the_pipe() -> int:
    """A copy of the pipe of the answers; what is written to standard output and error from here on is dropped."""
    outlet = os.dup(sys.stdout.fileno())
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
    return outlet
