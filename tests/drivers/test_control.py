"""What a person may do to a running daemon."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import trio
from tests.actors.scripted import CLOCK, Heard, ScriptedFile
from tests.runtime.scripted import Stage

from trader247.drivers.control import Control
from trader247.drivers.reloading import Reloaded, Reloader
from trader247.errors import RefusedByGate, Trader247Error
from trader247.messages.bans import BanKind, BanLifted, InstrumentBanned
from trader247.messages.breakers import BreakerState, SetBreaker
from trader247.messages.control import FlattenOrdered, KillFileSeen, SetTradingState
from trader247.messages.reconciling import AcceptBalances
from trader247.model.instant import HOUR
from trader247.model.instrument import Symbol
from trader247.model.mode import TradingState
from trader247.runtime.reports import Event
from trader247.runtime.running import Running
from trader247.runtime.specs import Group
from trader247.runtime.watchdog import LoopWatch
from trader247.web.ports import UnknownActor, UnknownBreaker

PRESENT = KillFileSeen(present=True, text="stop it")
ABSENT = KillFileSeen(present=False)


class NotedReloader(Reloader):
    """Nothing is read; what it was told is noted."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    async def reload(self, reason: str, by: str) -> Reloaded:
        self.told.append((reason, by))
        return Reloaded("old", "old")


class Desk:
    """A control over a tree of two workers in two groups and an empty one."""

    def __init__(self, *looks: KillFileSeen) -> None:
        self.stage = Stage()
        self.permits: Heard[SetTradingState] = Heard()
        self.journal: Heard[SetTradingState | SetBreaker | FlattenOrdered] = Heard()
        self.breakers: Heard[SetBreaker] = Heard()
        self.bans: Heard[InstrumentBanned | BanLifted] = Heard()
        self.board: Heard[SetTradingState | FlattenOrdered] = Heard()
        self.reconciler: Heard[AcceptBalances] = Heard()
        self.manager: Heard[FlattenOrdered] = Heard()
        self.running: Running | None = None
        self.watch = LoopWatch(on_slow=lambda _: None, on_blocked=lambda _: None)
        self.reloader = NotedReloader()
        self.control = Control(
            self.stage.halt,
            self.permits,
            self.journal,
            self.board,
            self.reconciler,
            breakers=dict.fromkeys(("orders", "cancels"), self.breakers),
            bans=(self.bans,),
            ban_hours=lambda: 168.0,
            clock=CLOCK,
            manager=self.manager,
            kill_file=ScriptedFile(*(looks or (ABSENT,))),
            running=self.tree,
            watch=self.watch,
            letters=self.stage.dead_letters,
            reloader=self.reloader,
            redact=lambda text: text.replace("hunter2", "***"),
        )

    def tree(self) -> Running:
        assert self.running is not None
        return self.running

    def play(self, scene: Callable[[], None], for_s: float = 5.0) -> None:
        async def main(running: Running) -> None:
            self.running = running
            scene()
            await trio.sleep(for_s)

        safety = Group("safety", (self.stage.worker("journal"), self.stage.worker("kill_switch")))
        trading = Group("trading", (self.stage.worker("cycle"), Group("strategies", ())))
        self.stage.play(Group("trader247", (safety, trading)), main)


@pytest.mark.req("K1")
def test_a_halt_takes_effect_in_the_step_of_the_call_and_the_first_reason_stands() -> None:
    desk = Desk()

    def scene() -> None:
        desk.control.halt("looks odd", "api")
        desk.control.halt("something else", "api")
        assert desk.stage.halt.tripped is not None
        assert (desk.stage.halt.tripped.reason, desk.stage.halt.tripped.by) == ("looks odd", "api")

    desk.play(scene)


@pytest.mark.req("K1")
def test_a_resume_is_refused_while_the_kill_file_is_there_and_clears_the_latch_afterwards() -> None:
    desk = Desk(PRESENT, ABSENT)

    def scene() -> None:
        desk.control.halt("kill file: stop it", "kill_file")
        with pytest.raises(RefusedByGate, match=r"still there \(stop it\); remove it, then resume"):
            desk.control.resume("fine again", "api")
        assert desk.stage.halt.tripped is not None
        desk.control.resume("fine again", "api")
        assert desk.stage.halt.tripped is None

    desk.play(scene)


def test_there_is_nothing_to_resume_where_nothing_is_halted() -> None:
    desk = Desk()

    def scene() -> None:
        with pytest.raises(Trader247Error, match="nothing is halted"):
            desk.control.resume("fine", "api")

    desk.play(scene)


@pytest.mark.parametrize("state", [TradingState.REDUCING, TradingState.ACTIVE])
def test_a_trading_state_goes_to_the_permit_desk_and_is_written_down(state: TradingState) -> None:
    desk = Desk()
    desk.play(lambda: desk.control.set_state(state, "api", "lunch"))
    assert desk.permits.messages == desk.journal.messages == [SetTradingState(state, "api", "lunch")]


def test_halted_is_not_a_state_that_is_set() -> None:
    desk = Desk()
    with pytest.raises(Trader247Error, match="use halt"):
        desk.control.set_state(TradingState.HALTED, "api", "x")
    assert desk.permits.messages == []


@pytest.mark.req("SUP3")
def test_an_actor_crashed_on_purpose_comes_back_and_the_reason_says_on_whose_order() -> None:
    desk = Desk()
    desk.play(lambda: desk.control.crash("cycle"))
    assert desk.stage.lives == {"journal": 1, "kill_switch": 1, "cycle": 2}
    (restart,) = [report for report in desk.stage.reports if report.event is Event.RESTARTING]
    assert "cycle was crashed by an operator" in restart.reason


@pytest.mark.parametrize("name", ["nobody", "", "trading", "trader247", "strategies"])
def test_what_is_no_worker_cannot_be_crashed_and_the_error_lists_those_there_are(name: str) -> None:
    desk = Desk()

    def scene() -> None:
        with pytest.raises(UnknownActor, match=f"no actor '{name}'; there are: journal, kill_switch, cycle$"):
            desk.control.crash(name)

    desk.play(scene)
    assert desk.stage.lives == {"journal": 1, "kill_switch": 1, "cycle": 1}


def test_an_actor_that_is_ending_just_now_is_not_crashed_twice() -> None:
    desk = Desk()

    def scene() -> None:
        desk.control.crash("cycle")
        with pytest.raises(Trader247Error, match="cycle is not running just now"):
            desk.control.crash("cycle")

    desk.play(scene)


@pytest.mark.req("SUP7")
def test_the_tree_the_dead_letters_and_the_lag_are_readable() -> None:
    desk = Desk()

    def scene() -> None:
        assert [child.name for child in desk.control.tree().children] == ["safety", "trading"]

    desk.play(scene)
    assert desk.control.dead_letters() is desk.stage.dead_letters
    assert desk.control.loop_lag_s() == desk.watch.lag_s()


@pytest.mark.req("SUP6", "SEC1")
async def test_a_reload_is_passed_on_with_its_reason_redacted() -> None:
    desk = Desk()
    done = await desk.control.reload("now with hunter2", "api")
    assert desk.reloader.told == [("now with ***", "api")]
    assert done.changes == ()


@pytest.mark.req("CB2")
def test_an_order_to_a_breaker_is_journalled_with_actor_and_reason_as_it_is_given() -> None:
    desk = Desk()

    def scene() -> None:
        desk.control.set_breaker("orders", BreakerState.OPEN, "anna", "ask hunter2")

    desk.play(scene)
    order = SetBreaker("orders", BreakerState.OPEN, "anna", "ask ***", desk.breakers.messages[0].at)
    assert desk.journal.messages == desk.breakers.messages == [order]


@pytest.mark.req("CB2")
def test_a_breaker_that_nobody_has_is_named_with_those_there_are() -> None:
    desk = Desk()
    with pytest.raises(UnknownBreaker, match="no breaker 'moon'; there are: orders, cancels"):
        desk.control.set_breaker("moon", BreakerState.OPEN, "anna", "x")
    assert desk.journal.messages == []


@pytest.mark.req("REC1")
def test_balances_are_accepted_by_the_reconciler_with_a_redacted_reason() -> None:
    desk = Desk()
    desk.play(lambda: desk.control.accept_balances("moved hunter2", "ops"))
    assert desk.reconciler.messages == [AcceptBalances("moved ***", "ops")]


@pytest.mark.req("U4")
@pytest.mark.parametrize(("hours", "lasts"), [(None, 168), (0.5, 0.5)])
def test_a_ban_is_told_to_all_with_its_end_and_a_redacted_reason(hours: float | None, lasts: float) -> None:
    desk = Desk()

    def scene() -> None:
        desk.control.ban(Symbol("BTC-USD"), BanKind.EXPLOIT, hours, "anna", "ask hunter2")

    desk.play(scene)
    (told,) = desk.bans.messages
    assert isinstance(told, InstrumentBanned)
    assert told.ban.until - told.ban.at == lasts * HOUR
    assert (told.ban.by, told.ban.reason) == ("anna", "ask ***")


@pytest.mark.req("U4")
def test_a_lifted_ban_is_told_with_who_and_why() -> None:
    desk = Desk()
    desk.play(lambda: desk.control.unban(Symbol("BTC-USD"), "anna", "ask hunter2"))
    (told,) = desk.bans.messages
    assert isinstance(told, BanLifted)
    assert (told.symbol, told.by, told.reason) == ("BTC-USD", "anna", "ask ***")


@pytest.mark.req("R3")
def test_an_order_to_sell_everything_sets_reducing_first_and_is_written_down_with_a_redacted_reason() -> None:
    desk = Desk()
    desk.play(lambda: desk.control.flatten("leaving, hunter2", "ops"))
    reducing, order = (
        SetTradingState(TradingState.REDUCING, "ops", "leaving, ***"),
        FlattenOrdered("ops", "leaving, ***"),
    )
    assert desk.permits.messages == [reducing]
    assert desk.journal.messages == desk.board.messages == [reducing, order]
    assert desk.manager.messages == [order]


@pytest.mark.req("R3", "K1")
def test_in_a_halt_it_is_refused_with_the_way_out() -> None:
    desk = Desk()

    def scene() -> None:
        desk.control.halt("looks odd", "api")
        with pytest.raises(RefusedByGate, match=r"halted \(looks odd\): `trader247 resume --reason TEXT` first"):
            desk.control.flatten("leaving", "api")

    desk.play(scene)
    assert not desk.permits.messages
    assert not desk.manager.messages
