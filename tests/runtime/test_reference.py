"""The supervisor against a table-top model of OTP's, and broken supervisors, which must differ from it."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
import trio
import trio.testing
from attrs import evolve, frozen
from tests.runtime.otp import Model
from tests.runtime.scripted import AT_ONCE, Stage, virtually

from trader247.runtime import decisions
from trader247.runtime.exits import ActorDown, ActorError, ActorStop, StartFailed
from trader247.runtime.incarnation import Cell
from trader247.runtime.ladder import Ladder
from trader247.runtime.running import Running
from trader247.runtime.specs import Group, Limit, Restart, Strategy, Worker
from trader247.runtime.supervisor import Supervisor

pytestmark = pytest.mark.req("SUP2")

NAMES = ("c", "a", "d", "b")
KINDS = ("normal", "shutdown", "crash", "group")


@frozen
class Scenario:
    """Children with their restart types, which lives fail to start, and what happens one after the other."""

    strategy: str
    intensity: int
    children: tuple[tuple[str, str], ...]
    failing: frozenset[tuple[str, int]]
    actions: tuple[tuple[str, str, str], ...]


def scenario(seed: int) -> Scenario:
    rng = Random(seed)
    names = NAMES[: rng.randint(1, 4)]
    verbs = ["exits"] * 6 + ["terminate", "restart", "delete", "start"]
    return Scenario(
        strategy=rng.choice(list(Strategy)),
        intensity=rng.randint(0, 6),
        children=tuple((name, str(rng.choice(list(Restart)))) for name in names),
        failing=frozenset((rng.choice(NAMES), rng.randint(1, 6)) for _ in range(rng.choice((0, 0, 1, 3)))),
        actions=tuple(
            (rng.choice(verbs), rng.choice(NAMES), rng.choice((*KINDS, *Restart))) for _ in range(rng.randint(1, 9))
        ),
    )


class Puppet:
    """Ends when and how it is told to by the test."""

    def __init__(self, name: str, theatre: Theatre) -> None:
        self.name, self.theatre = name, theatre
        self.cue = trio.Event()
        self.how = ""

    async def run(self, ready: Callable[[], None]) -> None:
        theatre = self.theatre
        theatre.lives[self.name] = theatre.lives.get(self.name, 0) + 1
        theatre.trace.append(("begin", self.name))
        if (self.name, theatre.lives[self.name]) in theatre.scenario.failing:
            raise OSError("cannot begin")
        theatre.puppets[self.name] = self
        ready()
        try:
            await self.cue.wait()
        except trio.Cancelled:
            theatre.trace.append(("stop", self.name))
            raise
        match self.how:
            case "crash":
                raise RuntimeError("broke")
            case "group":
                raise ExceptionGroup("several", [RuntimeError("broke"), OSError("too")])
            case "shutdown":
                raise ActorStop
            case _:
                return


class Theatre:
    """Plays one scenario on the real supervisor."""

    def __init__(self, played: Scenario) -> None:
        self.scenario = played
        self.trace: list[tuple[str, str]] = []
        self.lives: dict[str, int] = {}
        self.puppets: dict[str, Puppet] = {}

    def worker(self, name: str, restart: str) -> Worker:
        return Worker(name, lambda: Puppet(name, self), restart=Restart(restart))

    async def act(self, running: Running, verb: str, name: str, how: str) -> str:
        match verb:
            case "exits":
                if (puppet := self.puppets.get(name)) is not None and how in KINDS:
                    puppet.how = how
                    puppet.cue.set()
                return ""
            case "terminate":
                return str(await running.terminate_child(name))
            case "restart":
                return str(await running.restart_child(name))
            case "delete":
                return str(await running.delete_child(name))
            case _:
                return str(
                    await running.start_child("g", self.worker(name, how if how in set(Restart) else "permanent"))
                )

    async def play(self) -> list[Any]:
        """After each action, once all is quiet: the answer, the children and which are up, and all begins and stops."""
        seen: list[Any] = []
        group = Group(
            "g",
            tuple(self.worker(*child) for child in self.scenario.children),
            Strategy(self.scenario.strategy),
            limits=(Limit(self.scenario.intensity, per=1e6),),
            backoff=AT_ONCE,
        )
        running = Stage().run_tree(group)
        over = trio.Event()

        async def host() -> None:
            try:
                await running.run()
            except ActorError:
                pass
            finally:
                over.set()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(host)
            await trio.testing.wait_all_tasks_blocked()
            seen.append(("", self.view(running, over), tuple(self.trace)))
            for verb, name, how in self.scenario.actions:
                if over.is_set():
                    break
                try:
                    answer = await self.act(running, verb, name, how)
                except StartFailed:
                    answer = "failed"
                except ActorDown:
                    answer = "down"
                await trio.testing.wait_all_tasks_blocked()
                seen.append((answer, self.view(running, over), tuple(self.trace)))
            running.stop("over")
        seen.append(tuple(self.trace))
        return seen

    @staticmethod
    def view(running: Running, over: trio.Event) -> dict[str, bool] | None:
        return None if over.is_set() else {node.name: node.state == "up" for node in running.snapshot().children}


def expected(played: Scenario) -> list[Any]:
    model = Model(played.strategy, played.intensity, list(played.children), lambda *life: life in played.failing)
    seen: list[Any] = [("", model.view(), tuple(model.trace))]
    for verb, name, how in played.actions:
        if not model.alive:
            break
        answer = ""
        if verb == "exits":
            if how in KINDS:
                model.exits(name, how)
        elif verb == "start":
            answer = model.start(name, how if how in set(Restart) else "permanent")
        else:
            answer = getattr(model, verb)(name)
        seen.append((answer, model.view(), tuple(model.trace)))
    if model.alive:
        model.down()
    seen.append(tuple(model.trace))
    return seen


def differs(number: int, scheduler_seed: int = 0) -> str:
    played = scenario(number)
    actual = virtually(Theatre(played).play, seed=scheduler_seed, limit_s=1000.0)
    for step, (ours, theirs) in enumerate(zip(actual, expected(played), strict=False)):
        if ours != theirs:
            return f"scenario {number}, step {step}: {played}\nours   {ours}\nOTP's  {theirs}"
    return "" if len(actual) == len(expected(played)) else f"scenario {number}: {played} ended at different steps"


@pytest.mark.property(5, 6, 7, 25)
@pytest.mark.parametrize("batch", range(8))
def test_every_scenario_goes_as_in_otp(batch: int) -> None:
    for number in range(batch * 250, batch * 250 + 250):
        assert differs(number, scheduler_seed=batch) == ""


# ------------------------------------------------------------------------------------------------------------- mutants
def one_more(windows: Any, now_s: float) -> Any:
    counted, passed = REAL_ADD(windows, now_s)
    too_many = any(len(window.stamps) > window.limit.restarts + 1 for window in counted)
    return counted, passed if too_many else None


def one_less(windows: Any, now_s: float) -> Any:
    counted, _ = REAL_ADD(windows, now_s)
    return counted, next((window.limit for window in counted if len(window.stamps) >= window.limit.restarts), None)


def forgets_the_window(windows: Any, now_s: float) -> Any:
    return REAL_ADD(tuple(evolve(window, stamps=()) for window in windows), now_s)


def rest_without_itself_first(strategy: Strategy, order: Any, failed: str) -> tuple[str, ...]:
    return (
        tuple(order[: order.index(failed) + 1])
        if strategy is Strategy.REST_FOR_ONE
        else REAL_COMPANIONS(strategy, order, failed)
    )


def all_is_rest(strategy: Strategy, order: Any, failed: str) -> tuple[str, ...]:
    rest = Strategy.REST_FOR_ONE
    return REAL_COMPANIONS(rest if strategy is Strategy.ONE_FOR_ALL else strategy, order, failed)


def transient_is_permanent(restart: Restart, kind: Any) -> bool:
    return REAL_TABLE(Restart.PERMANENT if restart is Restart.TRANSIENT else restart, kind)


def temporary_is_transient(restart: Restart, kind: Any) -> bool:
    return REAL_TABLE(Restart.TRANSIENT if restart is Restart.TEMPORARY else restart, kind)


async def stops_forwards(self: Supervisor, why: Any) -> None:
    self.cells.reverse()
    await REAL_CLOSE(self, why)


async def starts_the_failed_one_only(self: Supervisor, cell: Cell) -> None:
    companions = self._companions(cell)
    for other in reversed(companions):
        await self.stop(other, "mutant")
    for other in companions[:1]:
        await self.start(other)


async def keeps_temporaries(self: Supervisor, cell: Cell, why: str) -> None:
    await Ladder.stop(self.ladder, cell, why)


REAL_ADD, REAL_COMPANIONS, REAL_TABLE = decisions.add_restart, decisions.companions, decisions.is_restarted
REAL_CLOSE = Supervisor.close

MUTANTS: list[tuple[object, str, Callable[..., Any]]] = [
    (decisions, "add_restart", one_more),
    (decisions, "add_restart", one_less),
    (decisions, "add_restart", forgets_the_window),
    (decisions, "companions", rest_without_itself_first),
    (decisions, "companions", all_is_rest),
    (decisions, "is_restarted", transient_is_permanent),
    (decisions, "is_restarted", temporary_is_transient),
    (Supervisor, "close", stops_forwards),
    (Supervisor, "_restart", starts_the_failed_one_only),
    (Supervisor, "stop", keeps_temporaries),
]


@pytest.mark.parametrize(("owner", "name", "mutant"), MUTANTS, ids=[mutant.__name__ for _, _, mutant in MUTANTS])
def test_a_broken_supervisor_is_told_from_the_right_one(
    owner: object, name: str, mutant: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owner, name, mutant)

    def breaks(number: int) -> bool:
        try:
            return bool(differs(number))
        except (Exception, ExceptionGroup):  # noqa: BLE001 - a mutant may also fall over
            return True

    assert any(breaks(number) for number in range(200))
