"""The journal's shell on a scripted disk."""

from __future__ import annotations

from collections import deque

import pytest
import trio
from tests.actors.scripted import CLOCK, Heard, ScriptedStore, SlowOffload, running, staged, switchboard
from tests.builders import intent, order

from trader247.actors import journal as shell
from trader247.actors.journal import JournalActor
from trader247.core.journal import JournalIn
from trader247.errors import FactRefused, Trader247Error
from trader247.messages.control import (
    AlertRaised,
    ConfigurationReloaded,
    DaemonStopped,
    Guard,
    GuardVoted,
    Severity,
)
from trader247.messages.orders import BooksLoaded, IntentDurable, LoadBooks, OrderChanged
from trader247.model.money import NO_NOTIONAL
from trader247.ports import Recorded
from trader247.runtime.channels import Lane, Mailbox
from trader247.runtime.exits import Exit, ExitKind
from trader247.runtime.halt import Halt

STOPPED = Exit(ExitKind.SHUTDOWN)
BOOKS = BooksLoaded((), (), frozenset(), None, (), NO_NOTIONAL, (), (), None, 7)


class Desk:
    """Everything around one journal; the backlog and the mailbox outlive its incarnations."""

    def __init__(self, takes_s: float = 0.0) -> None:
        self.inbox: Mailbox[JournalIn] = Mailbox("journal", switchboard(), lanes=(Lane("facts", 4096),))
        self.store = ScriptedStore(BOOKS)
        self.opened = 0
        self.backlog: deque[Recorded] = deque()
        self.manager: Heard[IntentDurable | BooksLoaded] = Heard()
        self.votes: Heard[GuardVoted] = Heard()
        self.alerts: Heard[AlertRaised] = Heard()
        self.halt = Halt(CLOCK)
        self.offload = SlowOffload(takes_s)

    def open_store(self) -> ScriptedStore:
        self.opened += 1
        return self.store

    def actor(self) -> JournalActor:
        return JournalActor(
            self.inbox,
            self.open_store,
            self.backlog,
            manager=self.manager,
            desk=self.votes,
            alerter=self.alerts,
            halt=self.halt,
            clock=CLOCK,
            offload=self.offload,
        )


def fact(number: int) -> DaemonStopped:
    return DaemonStopped(f"fact {number}", clean=True)


def facts(count: int) -> list[DaemonStopped]:
    return [fact(number) for number in range(count)]


def durable(number: int = 1) -> OrderChanged:
    return OrderChanged(order(of=intent(number)), "made", await_durable=True)


async def settled() -> None:
    await trio.testing.wait_all_tasks_blocked()


@staged
async def test_facts_are_written_in_the_order_they_came_with_their_time_and_their_cause() -> None:
    desk = Desk()
    async with running(desk.actor()):
        await trio.sleep(3)
        for number in range(5):
            desk.inbox.post(fact(number), cause=100 + number)
        await trio.sleep(1)
    assert desk.store.facts == facts(5)
    assert [recorded.cause for recorded in desk.store.rows] == [100, 101, 102, 103, 104]
    assert {recorded.at for recorded in desk.store.rows} == {3_000_000_000}


@staged
async def test_what_waits_together_is_written_together_and_never_more_than_a_group() -> None:
    desk = Desk(takes_s=0.02)
    for number in range(1_100):
        desk.inbox.post(fact(number))
    async with running(desk.actor()):
        await trio.sleep(1)
    assert desk.store.facts == facts(1_100)
    assert desk.store.groups == [512, 512, 76]
    assert shell._GROUP_MAX == 512


@pytest.mark.req("OM3")
@staged
async def test_an_intent_is_called_durable_only_after_the_disk_has_it() -> None:
    desk = Desk(takes_s=0.5)

    def seen(_: IntentDurable | BooksLoaded) -> None:
        assert durable() in desk.store.facts

    desk.manager.then = seen
    async with running(desk.actor()):
        posted_s = trio.current_time()
        desk.inbox.post(durable())
        desk.inbox.post(fact(1))
        await trio.sleep(2)
    assert desk.manager.messages == [IntentDurable(durable().order.intent.intent_id)]
    assert desk.manager.at_s == [pytest.approx(posted_s + 0.5)]


@staged
async def test_books_are_read_after_everything_before_the_question_was_written() -> None:
    desk = Desk(takes_s=0.1)
    desk.manager.then = lambda _: None if desk.store.facts == facts(3) else pytest.fail("read too early")
    async with running(desk.actor()):
        for number in range(3):
            desk.inbox.post(fact(number))
        desk.inbox.post(LoadBooks())
        await trio.sleep(2)
        last = desk.inbox.accepted
    assert desk.manager.messages == [BOOKS]
    assert desk.manager.causes == [last]


@staged
async def test_it_votes_while_it_can_write_every_second() -> None:
    desk = Desk()
    async with running(desk.actor()):
        desk.inbox.post(fact(1))
        await trio.sleep(3.5)
    assert all(vote.guard is Guard.JOURNAL and vote.yes for vote in desk.votes.messages)
    assert len(desk.votes.messages) == 4
    assert desk.votes.messages[-1].reason == "1 rows"


@staged
async def test_one_fact_that_cannot_be_written_is_set_aside_and_halts_while_all_others_are_written() -> None:
    desk = Desk()
    desk.store.refuses = lambda recorded: FactRefused("booked twice") if recorded.fact == fact(2) else None
    async with running(desk.actor()):
        everything: list[JournalIn] = [*facts(3), durable(), fact(4)]
        for each in everything:
            desk.inbox.post(each)
        await trio.sleep(1)
    assert desk.store.facts == [fact(0), fact(1), durable(), fact(4)]
    assert desk.manager.messages == [IntentDurable(durable().order.intent.intent_id)]
    text = "the journal refused DaemonStopped: booked twice"
    assert desk.halt.tripped is not None
    assert (desk.halt.tripped.reason, desk.halt.tripped.by) == (text, "journal_refused")
    assert desk.alerts.messages == [AlertRaised(desk.alerts.messages[0].key, Severity.CRITICAL, text)]
    assert not desk.backlog


@pytest.mark.parametrize("count", [1, 700])
@staged
async def test_a_refused_fact_is_found_in_a_group_of_any_size(count: int) -> None:
    desk = Desk()
    desk.store.refuses = lambda recorded: FactRefused("no") if recorded.fact == fact(count - 1) else None
    for each in facts(count):
        desk.inbox.post(each)
    async with running(desk.actor()):
        await trio.sleep(1)
    assert desk.store.facts == facts(count - 1)
    assert not desk.backlog


@pytest.mark.fault("DB-01", "DB-03")
@pytest.mark.req("SUP4")
def test_a_failing_disk_halts_first_ends_the_actor_and_loses_nothing() -> None:
    desk = Desk()
    order_of_things: list[str] = []

    @staged
    async def main() -> None:
        desk.halt.listen(lambda _: order_of_things.append("halted"))
        desk.votes.then = lambda vote: order_of_things.append("yes" if vote.yes else "no")
        async with running(desk.actor()):
            desk.store.fails = Trader247Error("no space left on the device")
            desk.inbox.post(durable())
            desk.inbox.post(fact(1))
            await trio.sleep(1)
            pytest.fail("it went on")

    with pytest.raises(Trader247Error, match="no space left"):
        main()
    assert order_of_things == ["yes", "halted", "no"]
    assert desk.halt.tripped is not None
    assert desk.halt.tripped.reason == "the journal cannot write: no space left on the device"
    assert desk.manager.messages == []
    desk.store.fails = None

    @staged
    async def next_incarnation() -> None:
        desk.inbox.post(fact(2))
        async with running(desk.actor()):
            await trio.sleep(1)

    next_incarnation()
    assert desk.opened == 2
    assert desk.store.facts == [durable(), fact(1), fact(2)]
    assert desk.manager.messages == [IntentDurable(durable().order.intent.intent_id)]


@pytest.mark.fault("DB-01")
def test_a_disk_that_fails_while_facts_are_written_one_by_one_halts_too() -> None:
    desk = Desk()

    def refusal(recorded: Recorded) -> Exception | None:
        if len(desk.store.rows) == 1:
            desk.store.fails = Trader247Error("the disk failed")
        return FactRefused("no") if recorded.fact == fact(3) else None

    desk.store.refuses = refusal

    @staged
    async def main() -> None:
        for each in facts(5):
            desk.inbox.post(each)
        async with running(desk.actor()):
            await trio.sleep(1)

    with pytest.raises(Trader247Error, match="the disk failed"):
        main()
    assert desk.halt.tripped is not None
    assert desk.halt.tripped.reason == "the journal cannot write: the disk failed"
    assert [recorded.fact for recorded in desk.backlog] + desk.store.facts == [*facts(5)[2:], *facts(5)[:2]]


@pytest.mark.fault("AR-01")
@staged
async def test_told_to_stop_in_the_middle_of_a_commit_it_writes_each_fact_exactly_once() -> None:
    desk = Desk(takes_s=1.0)
    actor = desk.actor()
    async with running(actor) as scope:
        desk.inbox.post(fact(0))
        await settled()
        desk.inbox.post(fact(1))
        await trio.sleep(0.5)
        scope.cancel()
    await actor.close(STOPPED)
    assert desk.store.facts == facts(2)


@pytest.mark.req("SUP6")
@staged
async def test_close_writes_what_waits_and_answers_no_question() -> None:
    desk = Desk()
    for each in (fact(0), LoadBooks(), fact(1)):
        desk.inbox.post(each)
    await desk.actor().close(STOPPED)
    assert desk.store.facts == facts(2)
    assert desk.inbox.depth == 0
    assert desk.manager.messages == []


@staged
async def test_close_with_nothing_to_write_does_not_touch_the_disk() -> None:
    desk = Desk()
    await desk.actor().close(STOPPED)
    assert desk.opened == 0


@pytest.mark.req("C2", "SUP6")
@staged
async def test_what_came_before_a_reload_keeps_the_old_fingerprint_and_the_reload_itself_has_the_new_one() -> None:
    desk = Desk()
    reloaded = ConfigurationReloaded("old", "new", "operator", "why not", ())
    for written in (fact(0), fact(1), reloaded, fact(2)):
        desk.inbox.post(written)
    async with running(desk.actor()):
        await trio.sleep(1)
    assert desk.store.facts == [fact(0), fact(1), reloaded, fact(2)]
    assert desk.store.stamps == [("new", 2)]
    assert desk.store.groups == [2, 1, 1]


@pytest.mark.req("C2")
@staged
async def test_a_reload_that_could_not_be_written_is_stamped_again_by_the_next_incarnation() -> None:
    desk = Desk()
    desk.backlog.append(Recorded(ConfigurationReloaded("old", "new", "operator", "x", ()), CLOCK.now().utc, None))
    desk.store.fails = Trader247Error("the disk is full")
    with pytest.raises(Trader247Error, match="the disk is full"):
        await desk.actor().run(lambda: None)
    desk.store.fails = None
    async with running(desk.actor()):
        await trio.sleep(1)
    assert desk.store.stamps == [("new", 0), ("new", 0)]
    assert len(desk.store.facts) == 1


@staged
async def test_a_journal_that_cannot_be_stamped_anew_halts_as_one_that_cannot_write(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = Desk()

    def damaged(_config_hash: str) -> None:
        raise Trader247Error("its end is not there")

    monkeypatch.setattr(desk.store, "restamp", damaged)
    desk.backlog.append(Recorded(ConfigurationReloaded("old", "new", "operator", "x", ()), CLOCK.now().utc, None))
    with pytest.raises(Trader247Error, match="its end is not there"):
        await desk.actor().run(lambda: None)
    assert desk.halt.tripped is not None


@pytest.mark.req("RET1")
@staged
async def test_what_is_too_old_goes_in_steps_while_nobody_waits_and_then_once_an_hour() -> None:
    desk = Desk()
    desk.store.prunable = [1_000, 1_000, 3]
    async with running(desk.actor()):
        await trio.sleep(3_600 + 120)
    begun = [round(at / 1_000_000_000) for at in desk.store.pruned_at]
    assert begun == [60, 61, 62, 63, 3_663]
