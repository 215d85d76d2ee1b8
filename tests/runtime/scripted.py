"""A stage for supervision tests: actors that live by a script, virtual time, a seeded scheduler, and a trace."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from math import inf
from random import Random
from typing import Any, TypeVar

import trio
import trio._core._run as trio_internals
from attrs import Factory, define, frozen
from trio.testing import MockClock

from trader247.model.instant import EPOCH
from trader247.runtime.clock import LoopClock
from trader247.runtime.dead_letters import DeadLetters
from trader247.runtime.exits import ActorStop, Exit
from trader247.runtime.halt import Halt
from trader247.runtime.reports import Event, Report
from trader247.runtime.running import Running
from trader247.runtime.specs import Backoff, Group, Worker
from trader247.runtime.switchboard import Switchboard

T = TypeVar("T")

AT_ONCE = Backoff(base=0.0, cap=0.0, jitter=0.0)


def virtually(main: Callable[[], Awaitable[T]], *, seed: int = 0, limit_s: float = 1e6) -> T:
    """Runs ``main`` in virtual time with Trio's scheduler seeded; a test that hangs fails at ``limit_s`` virtual s."""

    async def bounded() -> T:
        with trio.fail_after(limit_s):
            return await main()

    return seeded(lambda: trio.run(bounded, clock=MockClock(autojump_threshold=0)), seed=seed)


def seeded(run: Callable[[], T], *, seed: int = 0) -> T:
    """``run``, which runs Trio, with its scheduler seeded."""
    before = trio_internals._ALLOW_DETERMINISTIC_SCHEDULING
    trio_internals._ALLOW_DETERMINISTIC_SCHEDULING = True  # type: ignore[misc]
    state = trio_internals._r.getstate()
    trio_internals._r.seed(seed)
    try:
        return run()
    finally:
        trio_internals._ALLOW_DETERMINISTIC_SCHEDULING = before  # type: ignore[misc]
        trio_internals._r.setstate(state)


@frozen
class Life:
    """What one incarnation does. Times in seconds.

    ``end`` is one of normal, shutdown, crash, group; ``ignores_s`` is how long it shields itself from being stopped.
    """

    init_s: float = 0.0
    init_fails: bool = False
    lives_s: float = inf
    end: str = "crash"
    cleanup_s: float = 0.0
    cleanup_fails: bool = False
    ignores_s: float = 0.0


FOREVER = Life()


@frozen
class Step:
    """One thing that happened."""

    at: float
    what: str
    name: str
    incarnation: int
    detail: str = ""


@define(slots=False)
class Stage:
    """Where the actors of one test play; ``steps`` is what they did, ``reports`` what their supervisors decided."""

    scripts: dict[str, tuple[Life, ...]] = Factory(dict)
    steps: list[Step] = Factory(list)
    reports: list[Report] = Factory(list)
    lives: dict[str, int] = Factory(dict)
    running_now: dict[str, int] = Factory(dict)
    clock: LoopClock = Factory(lambda: LoopClock(EPOCH))
    dead_letters: DeadLetters = Factory(DeadLetters)

    def __attrs_post_init__(self) -> None:
        self.halt = Halt(self.clock)
        self.switchboard = Switchboard(self.clock)

    def worker(self, name: str, *lives: Life, **options: Any) -> Worker:
        """A worker that plays ``lives`` one after the other, and then the last of them for ever."""
        self.scripts[name] = lives or (FOREVER,)
        return Worker(name, lambda: ScriptedActor(self, name), **options)

    def note(self, what: str, name: str, incarnation: int, detail: str = "") -> None:
        self.steps.append(Step(round(trio.current_time(), 9), what, name, incarnation, detail))

    def run_tree(self, root: Group, **options: Any) -> Running:
        return Running(
            root,
            halt=self.halt,
            clock=self.clock,
            rng=Random(1),
            report=self.reports.append,
            dead_letters=self.dead_letters,
            **options,
        )

    def play(
        self,
        root: Group,
        scene: Callable[[Running], Awaitable[object]] | float = 1.0,
        *,
        seed: int = 0,
        **options: Any,
    ) -> Running:
        """Boots ``root``, plays ``scene`` (or lets so many seconds pass), stops it, and gives it back."""

        async def main() -> Running:
            running = self.run_tree(root, **options)
            async with trio.open_nursery() as nursery:
                await nursery.start(running.run)
                if isinstance(scene, float | int):
                    await trio.sleep(scene)
                else:
                    await scene(running)
                running.stop("the scene is over")
            return running

        return unwrapped(lambda: virtually(main, seed=seed))

    # ------------------------------------------------------------------------------------------------------- questions
    def events(self, *events: Event) -> list[tuple[str, Event]]:
        """Child and event of every report, or of those kinds."""
        return [(report.child, report.event) for report in self.reports if not events or report.event in events]

    def names(self, what: str) -> list[str]:
        """Who did this, in order."""
        return [step.name for step in self.steps if step.what == what]

    def times(self, what: str, name: str) -> list[float]:
        """When this one did this."""
        return [step.at for step in self.steps if step.what == what and step.name == name]


class ScriptedActor:
    """One incarnation of a scripted worker."""

    def __init__(self, stage: Stage, name: str) -> None:
        self.stage = stage
        self.name = name
        self.incarnation = stage.lives[name] = stage.lives.get(name, 0) + 1
        script = stage.scripts[name]
        self.life = script[min(self.incarnation, len(script)) - 1]

    def note(self, what: str, detail: str = "") -> None:
        self.stage.note(what, self.name, self.incarnation, detail)

    async def run(self, ready: Callable[[], None]) -> None:
        self.stage.running_now[self.name] = self.stage.running_now.get(self.name, 0) + 1
        self.note("enter")
        try:
            await self.play(ready)
        except trio.Cancelled:
            self.note("told")
            if self.life.ignores_s:
                with trio.CancelScope(shield=True):
                    await trio.sleep(self.life.ignores_s)
            raise

    async def play(self, ready: Callable[[], None]) -> None:
        await trio.sleep(self.life.init_s)
        if self.life.init_fails:
            raise OSError(f"{self.name} cannot begin")
        self.note("ready")
        ready()
        await trio.sleep(self.life.lives_s)
        self.note("end", self.life.end)
        match self.life.end:
            case "crash":
                raise RuntimeError(f"{self.name} broke")
            case "group":
                raise ExceptionGroup("several", [RuntimeError(f"{self.name} broke"), OSError("and more")])
            case "shutdown":
                raise ActorStop
            case "interrupt":
                raise KeyboardInterrupt
            case _:
                return

    async def close(self, why: Exit) -> None:
        self.note("close", why.kind)
        try:
            await trio.sleep(self.life.cleanup_s)
            if self.life.cleanup_fails:
                raise LookupError(f"{self.name} cannot clean up")
        except trio.Cancelled:
            self.note("cut")
            raise
        finally:
            self.stage.running_now[self.name] -= 1
            self.note("gone")


def unwrapped(run: Callable[[], T]) -> T:
    """Runs, and raises the one error inside single-member exception groups."""
    error: BaseException
    try:
        return run()
    except BaseExceptionGroup as group:
        error = group
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    raise error
