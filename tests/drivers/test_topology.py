"""The whole daemon put together, in virtual time, with every port scripted."""

from __future__ import annotations

import pytest
import trio
from attrs import evolve
from tests.drivers.topology_samples import Daemon, leaves

from trader247.core.permit import DeskIn
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
from trader247.model.mode import Mode, TradingState
from trader247.runtime.checks import check_tree
from trader247.runtime.running import Running

pytestmark = pytest.mark.req("SUP1")


def test_there_is_a_desk_for_every_actor_and_the_tree_over_them_is_sound() -> None:
    made = Daemon()
    check_tree(made.tree())
    assert set(made.topology.desks()) == {
        "journal",
        "alerter",
        "permit_desk",
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
    made.topology.state = TradingState.REDUCING

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
