"""The whole daemon put together, in virtual time, with every port scripted."""

from __future__ import annotations

import pytest
import trio
from attrs import evolve
from tests.actors.scripted import CLOCK
from tests.builders import BTC
from tests.drivers.topology_samples import Daemon, leaves

from trader247.actors.roster import Desk
from trader247.actors.strategy_process import Processes, StrategyProcessActor
from trader247.core.permit import DeskIn
from trader247.core.strategy_process import Conduct
from trader247.drivers.left_over import LeftOver
from trader247.drivers.worker_main import ENTRY
from trader247.messages.bans import Ban, BanKind, BanLapsed, BansListed, InstrumentBanned
from trader247.messages.breakers import BreakerChanged, BreakerState
from trader247.messages.control import (
    AlertChanged,
    GroupsChanged,
    Guard,
    HaltTripped,
    KillFileSeen,
    PolicyChanged,
    SetTradingState,
)
from trader247.messages.orders import AccountOpened, Drained, DrainOrders
from trader247.model.ids import StrategyName
from trader247.model.instant import SECOND, Instant
from trader247.model.mode import Mode, TradingState
from trader247.model.policy_strategies import Isolation, StrategyTerms
from trader247.runtime.actor import DeciderActor
from trader247.runtime.checks import check_tree
from trader247.runtime.offload import ThreadOffload
from trader247.runtime.running import Running

pytestmark = pytest.mark.req("SUP1")


def test_there_is_a_desk_for_every_actor_and_the_tree_over_them_is_sound() -> None:
    made = Daemon()
    check_tree(made.tree())
    assert set(made.topology.desks()) == {
        "journal",
        "alerter",
        "permit_desk",
        "breakers",
        "order_gateway",
        "order_manager",
        "user_feed",
        "reconciler",
        "kill_switch",
        "clock_guard",
        "market_feed",
        "cycle",
        "risk_arbiter",
        "strategy:baseline",
    }


def test_everything_comes_up_the_account_is_opened_and_guards_say_yes_one_after_the_other() -> None:
    made = Daemon()

    async def scene(running: Running) -> None:
        await trio.sleep(20)
        assert {leaf.state for leaf in leaves(running.snapshot())} == {"up"}
        assert {leaf.restarts for leaf in leaves(running.snapshot())} == {0}

    made.play(scene)
    assert any(isinstance(fact, AccountOpened) for fact in made.facts)
    permit = made.newest_permit()
    assert permit.exit_until is not None
    assert {line.guard for line in permit.panel} == set(Guard)
    refusing = {line.guard.value: line.reason for line in permit.panel if not line.yes}
    assert not refusing
    assert not made.letters.letters()


@pytest.mark.req("K1", "AL1")
def test_the_kill_file_halts_writes_it_down_and_tells_people_within_five_seconds() -> None:
    absent = KillFileSeen(present=False)
    made = Daemon(looks=(*[absent] * 40, KillFileSeen(present=True, text="stop it")))

    async def scene(running: Running) -> None:
        await made.halt.wait()
        halted_s = trio.current_time()
        await trio.sleep(1)
        assert halted_s <= 40 * 0.25 + 3

    made.play(scene)
    (halt,) = [fact for fact in made.facts if isinstance(fact, HaltTripped)]
    assert halt.reason == "kill file: stop it"
    assert "kill_switch" in {alert.key for alert in made.channel.delivered}
    assert any(isinstance(fact, AlertChanged) and fact.key == "kill_switch" for fact in made.facts)
    assert made.newest_permit().state is TradingState.HALTED


@pytest.mark.req("K1", "SUP4")
def test_a_halt_that_came_while_the_kill_switch_was_down_is_still_written_down() -> None:
    made = Daemon()

    async def scene(running: Running) -> None:
        await trio.sleep(5)
        running.inject_crash("kill_switch", ZeroDivisionError("a fault of ours"))
        made.halt.trip("looks odd", "operator")
        await trio.sleep(5)

    made.play(scene)
    assert {fact.reason for fact in made.facts if isinstance(fact, HaltTripped)} == {"looks odd"}


@pytest.mark.req("SUP3", "SUP4")
def test_every_actor_can_be_crashed_and_trading_goes_on() -> None:
    made = Daemon()

    async def scene(running: Running) -> None:
        await trio.sleep(20)
        for leaf in list(leaves(running.snapshot())):
            assert running.inject_crash(leaf.name, ZeroDivisionError("a fault of ours"))
            await trio.sleep(31)
        await trio.sleep(60)
        assert {leaf.state for leaf in leaves(running.snapshot())} == {"up"}
        assert all(leaf.restarts or leaf.incarnation > 1 for leaf in leaves(running.snapshot()))

    made.play(scene)
    assert made.halt.tripped is None
    permit = made.newest_permit()
    assert {line.guard.value: line.reason for line in permit.panel if not line.yes} == {}
    assert permit.entry_until is not None


def test_a_state_ordered_in_an_earlier_run_is_the_first_permits() -> None:
    made = Daemon()
    made.topology.left = LeftOver(TradingState.REDUCING)

    async def scene(_running: Running) -> None:
        await trio.sleep(2)

    made.play(scene)
    assert made.newest_permit().state is TradingState.REDUCING


@pytest.mark.req("SUP4")
def test_what_an_operator_ordered_outlives_the_desk_that_heard_it() -> None:
    made = Daemon()
    order: DeskIn = SetTradingState(TradingState.REDUCING, "operator", "lunch")

    async def scene(running: Running) -> None:
        await trio.sleep(5)
        made.topology.box.permit_desk.post(order)
        await trio.sleep(5)
        running.inject_crash("permit_desk", ZeroDivisionError("a fault of ours"))
        await trio.sleep(5)

    made.play(scene)
    assert made.newest_permit().state is TradingState.REDUCING
    assert made.newest_permit().serial < 20  # it is another desk's


@pytest.mark.req("R3", "SUP6")
async def test_the_order_manager_is_told_of_the_themes_and_tiers_of_another_configuration() -> None:
    made = Daemon()
    other = evolve(made.topology.config, universe=evolve(made.topology.config.universe, themes={}))
    made.topology.take(other)
    box = made.topology.box.order_manager
    told = [each.body for store in box._stores for each in store]
    assert told == [PolicyChanged(other.policy), GroupsChanged(other.universe.groups)]


@pytest.mark.req("SUP6")
def test_with_nothing_working_the_drain_is_told_to_the_driver_at_once() -> None:
    made = Daemon()

    async def scene(running: Running) -> None:
        await trio.sleep(5)
        made.topology.box.order_manager.post(DrainOrders())
        await trio.sleep(1)

    made.play(scene)
    assert made.drained.messages == [Drained(())]


@pytest.mark.req("M1")
@pytest.mark.parametrize(("mode", "yes"), [(Mode.DRY_RUN, True), (Mode.PAPER, True), (Mode.LIVE, False)])
def test_the_mode_votes_no_in_live_for_no_gate_to_it_exists(mode: Mode, yes: bool) -> None:
    made = Daemon(mode=mode)

    async def scene(_running: Running) -> None:
        await trio.sleep(5)

    made.play(scene)
    (line,) = [line for line in made.newest_permit().panel if line.guard is Guard.MODE]
    assert line.yes is yes


@pytest.mark.req("CB2")
def test_a_venue_that_fails_takes_the_entry_permit_away_and_leaves_the_exits_theirs() -> None:
    made = Daemon()

    async def scene(_running: Running) -> None:
        await trio.sleep(20)
        for _ in range(3):
            made.topology.world.calls.on_call("create_order", "503", 0.1)
        await trio.sleep(2)

    made.play(scene)
    permit = made.newest_permit()
    assert permit.entry_until is None
    assert permit.exit_until is not None
    assert [line.guard for line in permit.panel if not line.yes] == [Guard.BREAKERS]
    (changed,) = (fact for fact in made.facts if isinstance(fact, BreakerChanged))
    assert changed.line.breaker == "orders"


@pytest.mark.req("CB2")
def test_what_opened_stays_open_when_the_breakers_themselves_crash() -> None:
    made = Daemon()

    async def scene(running: Running) -> None:
        await trio.sleep(20)
        for _ in range(3):
            made.topology.world.calls.on_call("create_order", "503", 0.1)
        await trio.sleep(1)
        assert running.inject_crash("breakers", ZeroDivisionError("a fault of ours"))
        await trio.sleep(3)

    made.play(scene)
    assert made.newest_permit().entry_until is None


@pytest.mark.req("CB2")
def test_a_strategy_that_keeps_crashing_opens_its_own_breaker_alone() -> None:
    made = Daemon()

    async def scene(running: Running) -> None:
        await trio.sleep(20)
        for _ in range(3):
            assert running.inject_crash("strategy:baseline", ZeroDivisionError("a fault of its own"))
            await trio.sleep(15)

    made.play(scene)
    changed = [fact.line for fact in made.facts if isinstance(fact, BreakerChanged)]
    assert [(line.breaker, line.state) for line in changed] == [("strategy:baseline", BreakerState.OPEN)]
    assert "it crashed" in changed[0].why


@pytest.mark.req("U4")
def test_a_ban_outlives_the_arbiter_that_heard_it_and_lapses_once() -> None:
    made = Daemon()

    async def scene(running: Running) -> None:
        await trio.sleep(20)
        now = CLOCK.now().utc
        flagged = Ban(BTC, BanKind.EXPLOIT, "drained", "anna", now, Instant(now + 30 * SECOND))
        made.topology.box.risk_arbiter.post(InstrumentBanned(flagged))
        await trio.sleep(2)
        assert running.inject_crash("risk_arbiter", ZeroDivisionError("a fault of ours"))
        await trio.sleep(5)
        assert [ban.symbol for ban in made.newest(BansListed).bans] == [BTC]
        assert running.inject_crash("order_manager", ZeroDivisionError("a fault of ours"))
        await trio.sleep(5)
        assert made.topology._manager is not None
        assert BTC in made.topology._manager._books.bans, "or what rests under it would rest on"
        await trio.sleep(60)

    made.play(scene)
    assert len([fact for fact in made.facts if isinstance(fact, BanLapsed)]) == 1


@pytest.mark.req("SUP5")
def test_a_strategy_that_is_to_run_apart_has_a_process_where_there_are_processes_and_else_runs_inline() -> None:
    apart = StrategyTerms(enabled=True, isolation=Isolation.PROCESS)
    made = Daemon()
    world = made.topology.world

    def desk_of(processes: Processes | None) -> Desk:
        again = evolve(
            made.topology,
            config=evolve(made.topology.config, strategies={"baseline": apart}),
            world=evolve(world, processes=processes),
        )
        return again.desks()["strategy:baseline"]

    shell = desk_of(Processes(ThreadOffload(), ENTRY))
    assert isinstance(shell.make(), StrategyProcessActor)
    assert shell.busy_limit_s == 12.0  # the deadline of two seconds and what a kill may take
    assert isinstance(desk_of(None).make(), DeciderActor)


@pytest.mark.req("SUP5", "SUP6")
def test_a_reload_that_changes_a_strategys_terms_ends_its_quarantine_and_no_other() -> None:
    made = Daemon()

    async def scene(_running: Running) -> None:
        topology = made.topology
        terms = topology.config.strategies["baseline"]
        topology.take(evolve(topology.config, strategies={"baseline": terms, "other": terms}))
        topology.conducts = {StrategyName(name): Conduct(quarantined="it was bad") for name in ("baseline", "other")}
        topology.take(evolve(topology.config, strategies={"baseline": evolve(terms, enabled=False), "other": terms}))

    made.play(scene)
    assert list(made.topology.conducts) == ["other"]
