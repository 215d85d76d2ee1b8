"""Strategies in real child processes. The loop's clock jumps whenever it is idle and stands still while a child works,
so a deadline is real and nothing else is waited for.
"""

from __future__ import annotations

import os
import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import trio
from attrs import evolve
from tests.actors.misbehaving import SECRET
from tests.actors.process_samples import processes
from tests.builders import BTC, ETH, START
from tests.market_samples import CYCLE, context, view

from trader247.actors.strategy_process import Asking, StrategyProcessActor
from trader247.core.strategy_process import Conduct, ProcessSaid, StrategyProcess
from trader247.messages.control import AlertCleared, AlertRaised, Severity
from trader247.messages.trading import Deliberate, ProposalsMade
from trader247.messages.worker_wire import Setup
from trader247.model.ids import CycleId, StrategyName
from trader247.model.policy import EntryBounds
from trader247.model.policy_strategies import Isolation, ProcessTerms, StrategyTerms
from trader247.runtime.channels import Lane, Mailbox, Overflow, Switchboard
from trader247.runtime.clock import PacedClock
from trader247.runtime.exits import Exit, ExitKind
from trader247.runtime.offload import ThreadOffload
from trader247.runtime.routes import Routes

pytestmark = pytest.mark.req("SUP5")

ASKED = context(view(BTC), view(ETH))
WIDE_S, NARROW_S = 30.0, 0.3
"""Seconds for an answer that comes, however busy the machine; and for one that never does."""


class Said:
    """Who is told: keeps it, and lets others wait for it."""

    name = "heard"

    def __init__(self) -> None:
        self.words: list[ProcessSaid] = []
        self._more = trio.Event()

    def post(self, message: Any, cause: int | None = None) -> None:
        self.words.append(message)
        self._more.set()
        self._more = trio.Event()

    async def answers(self, count: int) -> list[ProposalsMade]:
        """The first so many answers, once they are there."""
        while len(found := [word for word in self.words if isinstance(word, ProposalsMade)]) < count:
            await self._more.wait()
        return found

    @property
    def alerts(self) -> list[AlertRaised]:
        return [word for word in self.words if isinstance(word, AlertRaised)]


class Stage:
    """One strategy's actor between a mailbox and somebody who hears what it says."""

    def __init__(
        self,
        name: str,
        clock: PacedClock,
        *,
        deadline_s: float = WIDE_S,
        terms: ProcessTerms | None = None,
        enabled: bool = True,
        conduct: Conduct | None = None,
    ) -> None:
        self.name = StrategyName(name)
        self.said = Said()
        self.conduct = conduct or Conduct()
        self.inbox: Mailbox[Deliberate] = Mailbox(
            name, Switchboard(clock), lanes=(Lane("snapshot", 1, Overflow.LATEST, key=lambda _: 0),)
        )
        routes: Routes[ProcessSaid] = Routes(name)
        routes.to(ProposalsMade, self.said).to(AlertRaised, self.said).to(AlertCleared, self.said)
        limits = terms or ProcessTerms(memory_mb=512)
        whole = StrategyTerms(enabled=enabled, isolation=Isolation.PROCESS, process=limits)
        self.actor = StrategyProcessActor(
            StrategyProcess(self.name, enabled=enabled, terms=limits, conduct=self.conduct),
            self.inbox,
            routes,
            clock,
            asking=Asking(Setup(self.name, whole, EntryBounds()), deadline_s),
            processes=processes(ThreadOffload(1, clock.hold)),
            rng=random.Random(1),
        )

    async def cycles(self, count: int) -> list[ProposalsMade]:
        """So many cycles, a minute apart, each begun when the one before is answered."""
        for number in range(1, count + 1):
            await trio.sleep(60)
            self.inbox.post(Deliberate(evolve(ASKED, cycle=CycleId(f"00c0ffee00-c{number}"))))
            await self.said.answers(number)
        return await self.said.answers(count)


def played(
    name: str,
    scene: Callable[[Stage], Awaitable[None]],
    *,
    then: Callable[[Stage], None] = lambda _: None,
    **options: Any,
) -> Stage:
    """The scene with the actor running, which is told to stop and closed at its end."""
    clock = PacedClock(START, float("inf"))

    async def main() -> Stage:
        stage = Stage(name, clock, **options)
        async with trio.open_nursery() as nursery:
            ready = trio.Event()
            nursery.start_soon(stage.actor.run, ready.set)
            await ready.wait()
            await scene(stage)
            nursery.cancel_scope.cancel()
        await stage.actor.close(Exit(ExitKind.SHUTDOWN))
        then(stage)
        return stage

    return trio.run(main, clock=clock)


def answers(name: str, count: int = 1, **options: Any) -> tuple[list[ProposalsMade], Stage]:
    found: list[ProposalsMade] = []

    async def scene(stage: Stage) -> None:
        found.extend(await stage.cycles(count))

    stage = played(name, scene, **options)
    return found, stage


def living(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


# -------------------------------------------------------------------------------------------------------- what it may
def test_a_strategy_in_its_own_process_is_shown_the_snapshot_and_its_wishes_come_back_as_it_made_them() -> None:
    (first, second), stage = answers("polite", 2)
    assert [wish.symbol for wish in first.proposals] == [BTC, ETH]
    assert (first.cycle, first.strategy, first.skipped) == (CYCLE, "polite", "")
    assert first.proposals == second.proposals
    assert stage.said.alerts == []


def test_what_it_prints_does_not_reach_the_pipe_of_its_answers() -> None:
    (answer,), _ = answers("prints")
    assert len(answer.proposals) == 2


@pytest.mark.fault("ST-06")
def test_of_ten_thousand_wishes_the_first_thousand_count() -> None:
    (answer,), _ = answers("floods")
    assert len(answer.proposals) == 1_000


# ---------------------------------------------------------------------------------------------------------- breaches
@pytest.mark.fault("ST-02", "ST-03")
@pytest.mark.req("STR2")
def test_one_that_never_ends_is_killed_at_its_deadline_and_the_cycle_is_told() -> None:
    (first, second), stage = answers("loops", 2, deadline_s=NARROW_S)
    assert first.skipped == "its process was killed (1 of 3 before quarantine): no answer within 0.3 s"
    assert "2 of 3" in second.skipped  # another process was started meanwhile, and asked
    assert [alert.severity for alert in stage.said.alerts] == [Severity.WARNING, Severity.WARNING]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        pytest.param("hoards", "it raised MemoryError", marks=pytest.mark.fault("ST-04")),
        pytest.param("exits", "it ended with code 7", marks=pytest.mark.fault("ST-01")),
        ("leaves", "it ended with code 1"),
        pytest.param("raises", "it raised IndexError: tuple index out of range", marks=pytest.mark.fault("ST-01")),
        pytest.param(
            "nonsense", "it raised TypeError: strategy nonsense proposed 'buy!'", marks=pytest.mark.fault("ST-05")
        ),
        ("forges", "it raised ValueError: strategy forges proposed in the name of another"),
        ("garbage", "MessagePack data is malformed"),
        ("bloats", "it answered a frame of 4194305 bytes, at most 4194304 are taken"),
        ("lags", "it answered cycle 0000000000-c77, asked was 00c0ffee00-c1"),
        ("downloads", "it raised SealBroken: it reached out of its snapshot"),
        ("lies", "strategy lies proposed in the name of another"),
        ("stillborn", "quarantined: 3 breaches, the last: it did not start: LookupError: no model file"),
    ],
)
def test_whatever_it_does_wrong_costs_it_its_word_in_the_cycle_with_the_reason(name: str, why: str) -> None:
    (answer,), _ = answers(name)
    assert answer.proposals == ()
    assert why in answer.skipped


def test_a_good_answer_takes_the_warning_back() -> None:
    (bad, good), stage = answers("moody", 2)
    assert "it ended with code 1" in bad.skipped
    assert good.proposals
    assert [type(word) for word in stage.said.words[-3:]] == [AlertRaised, ProposalsMade, AlertCleared]


@pytest.mark.req("STR2")
def test_after_three_breaches_it_is_quarantined_with_a_critical_alert_and_has_no_process_any_more() -> None:
    found, stage = answers("raises", 5)
    assert [answer.quarantined for answer in found] == [False, False, True, True, True]
    assert found[4].skipped == "quarantined: 3 breaches, the last: it raised IndexError: tuple index out of range"
    assert [alert.severity for alert in stage.said.alerts] == [Severity.WARNING, Severity.WARNING, Severity.CRITICAL]
    assert stage.actor._child is None


def test_its_conduct_outlives_its_actor() -> None:
    _, stage = answers("raises", 3)
    (answer,), later = answers("polite", conduct=stage.conduct)
    assert answer.quarantined
    assert [alert.severity for alert in later.said.alerts] == [Severity.CRITICAL]


def test_one_that_is_switched_off_has_no_process() -> None:
    (answer,), stage = answers("raises", enabled=False)
    assert answer.skipped == "disabled"
    assert stage.actor._child is None


# ------------------------------------------------------------------------------------------------------ what it may not
@pytest.mark.fault("ST-08")
@pytest.mark.req("STR1")
@pytest.mark.parametrize("name", ["connects", "peeks", "kills", "forks", "writes"])
def test_network_files_processes_and_the_daemon_itself_are_out_of_its_reach(name: str) -> None:
    (answer,), _ = answers(name)
    assert "a strategy's process may not" in answer.proposals[0].reason


@pytest.mark.fault("ST-08")
@pytest.mark.req("STR1")
def test_the_environment_of_the_daemon_and_its_secrets_do_not_reach_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECRET, "hunter2")
    (answer,), _ = answers("spies")
    reason = answer.proposals[0].reason
    assert reason.startswith("None ")
    assert set(os.environ) & set(reason.split("'")[1::2]) <= {"PATH", "LANG", "TZ", "LC_CTYPE", "LD_LIBRARY_PATH"}


# ------------------------------------------------------------------------------------------------------------- its end
def test_told_to_stop_while_it_waits_the_process_leaves_in_order_and_nothing_is_left() -> None:
    seen: list[Any] = []

    async def scene(stage: Stage) -> None:
        await stage.cycles(1)
        child = stage.actor._child
        assert child is not None
        assert child.pid is not None
        seen.extend([child, child.pid, child._folder])

    played("polite", scene)
    child, pid, folder = seen
    assert child._process.returncode == 0
    assert not living(pid)
    assert not Path(folder).exists()


def test_told_to_stop_while_it_thinks_the_process_is_killed_at_once_and_that_is_no_breach() -> None:
    seen: list[Any] = []

    async def scene(stage: Stage) -> None:
        stage.inbox.post(Deliberate(ASKED))
        while not stage.actor._at_work or stage.inbox.in_hand is None:
            await trio.lowlevel.checkpoint()
        child = stage.actor._child
        assert child is not None
        seen.append(child.pid)

    stage = played("loops", scene)
    assert not living(seen[0])
    assert stage.conduct.breaches == []
    assert stage.said.alerts == []
