"""What runs inside a strategy's process: confined first, then built, then asked once per cycle until its input ends.

Whatever the strategy prints goes nowhere: the pipe of the answers is taken away from its standard output before it is
loaded. Whatever it raises ends the process, which says with its last frame what that was. No Trio, no store and no
venue is imported here: a process is up within a fifth of a second.
"""

import os
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Final

from attrs import define

from trader247.config.third_party import StrategyUnusable, ThirdParties
from trader247.core.strategy_worker import StrategyWorker
from trader247.messages.trading import Deliberate
from trader247.messages.worker_wire import Answer, Outline, Ready, context_in, encoded, outline_in, printable, setup_in
from trader247.runtime.confinement import confine, folders_of_the_interpreter
from trader247.runtime.frames import read_frame, write_frame
from trader247.runtime.sealing import Sealed
from trader247.strategies.contract import Strategy
from trader247.strategies.registry import build

__all__ = ["ENTRY", "main", "serve"]

ENTRY: Final = "trader247.drivers.worker_main:main"
"""What an interpreter is told to run."""

_IN: Final = 0


def main() -> None:
    """The process's whole life, with the strategies of the registry and those from elsewhere."""
    serve(_made)


def serve(make: Callable[[bytes, Outline], Strategy]) -> None:
    """Until the input ends. ``make`` builds the strategy from its setup, inside the walls."""
    outlet = _keep_the_pipe()
    words = _LastWords(outlet, lambda error: Ready(error=error))
    sys.excepthook = words.say
    body = read_frame(_IN)
    if body is None:
        return
    outline = outline_in(body)
    own = (outline.third.path,) if outline.third is not None else ()
    loose = confine(outline.terms.process.memory_mb, (*folders_of_the_interpreter(), *own))
    worker = StrategyWorker(make(body, outline), enabled=True, seal=Sealed)
    write_frame(outlet, encoded(Ready(loose)))
    while (body := read_frame(_IN)) is not None:
        context = context_in(body)
        words.frame = lambda error, cycle=context.cycle: Answer(cycle, error=error)  # type: ignore[misc]
        (made,) = worker.handle(Deliberate(context), context.at)
        write_frame(outlet, encoded(Answer(context.cycle, made.proposals)))


def _made(body: bytes, outline: Outline) -> Strategy:
    """What this start of the daemon read, and nothing that was put in its place since."""
    third, kind = outline.third, outline.terms.kind
    if third is None:
        setup = setup_in(body)
        return build(setup.name, setup.terms, setup.entry)
    found = ThirdParties(Path(third.folder), nullcontext).find(kind)  # the parent ends who is late
    if found.digest != third.digest:
        raise StrategyUnusable(f"{third.path} was changed since the daemon was started; start it again to take it")
    setup = setup_in(body, {kind: found.parameters})
    return build(setup.name, setup.terms, setup.entry, {kind: found.build})


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
