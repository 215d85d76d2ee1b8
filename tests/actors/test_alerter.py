"""The alerter's shell: deliveries beside the decider, and what a slow channel costs."""

from __future__ import annotations

import pytest
import trio
from attrs import evolve
from tests.actors.scripted import CLOCK, Heard, ScriptedChannel, running, staged, switchboard
from tests.builders import at

from trader247.actors.alerter import AlerterActor
from trader247.core.alerter import Alerter, AlerterIn, AlerterOut
from trader247.errors import Trader247Error
from trader247.messages.control import AlertChanged, AlertDue, AlertRaised, AlertState, Severity
from trader247.model.ids import AlertKey, RunEpoch
from trader247.model.once import Claim, Done, Fresh, InProgress
from trader247.model.policy import AlertTerms
from trader247.ports import OncePort
from trader247.runtime.actor import DeciderActor
from trader247.runtime.channels import Lane, Mailbox, Overflow
from trader247.runtime.exits import Exit, ExitKind
from trader247.runtime.routes import Routes

pytestmark = pytest.mark.req("AL1")


def alert(number: int) -> AlertChanged:
    return AlertChanged(AlertKey(f"k{number}"), Severity.WARNING, "odd", AlertState.RAISED, 1, at(0), at(0))


class Desk:
    """An alerter with its two mailboxes and the channels that people listen on."""

    def __init__(
        self,
        *channels: ScriptedChannel,
        capacity: int = 64,
        once: OncePort | None = None,
        standing: tuple[AlertChanged, ...] = (),
    ) -> None:
        board = switchboard()
        self.inbox: Mailbox[AlerterIn] = Mailbox("alerter", board)
        self.due: Mailbox[AlertDue] = Mailbox(
            "alerter.due", board, lanes=(Lane("due", capacity, Overflow.DROP_OLDEST),)
        )
        self.journal: Heard[AlertChanged] = Heard()
        routes: Routes[AlerterOut] = Routes("alerter")
        routes.to(AlertChanged, self.journal).to(AlertDue, self.due)
        shell = DeciderActor(Alerter(AlertTerms(), standing), self.inbox, routes, CLOCK)
        self.actor = AlerterActor(shell.run, self.due, channels, once)


@staged
async def test_an_alert_reaches_every_channel_within_five_seconds_and_the_journal_at_once() -> None:
    first, second = ScriptedChannel(0.5), ScriptedChannel(0.5)
    desk = Desk(first, second)
    async with running(desk.actor):
        desk.inbox.post(AlertRaised(AlertKey("staleness"), Severity.WARNING, "BTC-USD is stale"))
        await trio.sleep(5)
    assert [each.text for each in first.delivered] == ["BTC-USD is stale"]
    assert second.delivered == first.delivered == desk.journal.messages
    assert desk.journal.at_s == [0.0]


@pytest.mark.fault("AR-11")
@staged
async def test_a_channel_that_hangs_delays_deliveries_and_neither_the_decider_nor_the_senders() -> None:
    desk = Desk(ScriptedChannel(1e9), capacity=4)
    async with running(desk.actor):
        for number in range(50):
            desk.inbox.post(AlertRaised(AlertKey(f"k{number}"), Severity.WARNING, "odd"))
        await trio.sleep(1)
        assert len(desk.journal.messages) == 50
        assert desk.inbox.depth == 0
        assert desk.due.depth <= 4
        assert desk.due.depth + desk.due.dropped + desk.due.taken == 50


@staged
async def test_alerts_are_delivered_in_the_order_they_became_due() -> None:
    channel = ScriptedChannel(1.0)
    desk = Desk(channel)
    async with running(desk.actor):
        for number in range(5):
            desk.due.post(AlertDue(alert(number)))
        await trio.sleep(10)
    assert channel.delivered == [alert(number) for number in range(5)]


@pytest.mark.req("SUP6")
@staged
async def test_what_is_still_due_at_the_stop_is_delivered_in_close() -> None:
    channel = ScriptedChannel()
    desk = Desk(channel)
    for number in range(3):
        desk.due.post(AlertDue(alert(number)))
    await desk.actor.close(Exit(ExitKind.SHUTDOWN))
    assert channel.delivered == [alert(number) for number in range(3)]


@staged
async def test_an_alert_whose_delivery_the_stop_cut_off_is_delivered_in_close() -> None:
    channel = ScriptedChannel(1.0)
    desk = Desk(channel)
    async with running(desk.actor):
        desk.due.post(AlertDue(alert(1)))
        desk.due.post(AlertDue(alert(2)))
        await trio.sleep(0.5)
    assert channel.delivered == []
    await desk.actor.close(Exit(ExitKind.SHUTDOWN))
    assert channel.delivered == [alert(1), alert(2)]


@pytest.mark.req("SE1")
@staged
async def test_an_alert_that_a_channel_has_while_its_record_is_on_its_way_is_not_delivered_again_in_close() -> None:
    first, second = ScriptedChannel(name="log"), ScriptedChannel(name="pager")
    desk = Desk(first, second, once=Guard({}, takes_s=0.4))
    async with running(desk.actor):
        desk.due.post(AlertDue(alert(1)))
        desk.due.post(AlertDue(alert(2)))
        await trio.sleep(0.6)
    assert (first.delivered, second.delivered) == ([alert(1)], [])
    await desk.actor.close(Exit(ExitKind.SHUTDOWN))
    assert (first.delivered, second.delivered) == ([alert(1), alert(2)], [alert(1), alert(2)])


class Guard:
    """The once-only guard of one run over a memory that outlives it; answers after so long, or fails."""

    def __init__(self, kept: dict[str, tuple[RunEpoch, str]], run: str = "two", *, takes_s: float = 0.0) -> None:
        self.kept = kept
        self.epoch = RunEpoch(run)
        self.takes_s = takes_s
        self.failure: Trader247Error | None = None
        self.asked = 0

    async def _answer(self) -> None:
        self.asked += 1
        await trio.sleep(self.takes_s)
        if self.failure is not None:
            raise self.failure

    async def claim(self, key: str) -> Claim:
        await self._answer()
        if key not in self.kept:
            self.kept[key] = (self.epoch, "")
            return Fresh()
        owner, result = self.kept[key]
        return Done(result) if result else InProgress(owner)

    async def take_over(self, key: str, of: RunEpoch) -> bool:
        await self._answer()
        assert self.kept[key] == (of, "")
        self.kept[key] = (self.epoch, "")
        return True

    async def finish(self, key: str, result: str) -> None:
        await self._answer()
        assert self.kept[key] == (self.epoch, "")
        self.kept[key] = (self.epoch, result)

    async def release(self, key: str) -> None:
        raise NotImplementedError


async def one_run(
    guard: Guard, channel: ScriptedChannel, *standing: AlertChanged, dies_after_s: float = 10.0
) -> ScriptedChannel:
    """The alerter of one run takes up what stands, and dies as a killed process does: nothing is closed."""
    desk = Desk(channel, once=guard, standing=standing)
    with trio.move_on_after(dies_after_s):
        await desk.actor.run(lambda: None)
    return channel


@pytest.mark.req("SE1")
@staged
async def test_what_one_run_delivered_the_next_does_not() -> None:
    kept: dict[str, tuple[RunEpoch, str]] = {}
    first = await one_run(Guard(kept, "one"), ScriptedChannel(), alert(1))
    second = await one_run(Guard(kept, "two"), ScriptedChannel(), alert(1))
    assert (first.delivered, second.delivered) == ([alert(1)], [])


@pytest.mark.req("SE1")
@staged
async def test_a_delivery_that_a_death_left_in_doubt_is_made_again_says_so_and_is_then_recorded() -> None:
    kept: dict[str, tuple[RunEpoch, str]] = {}
    await one_run(Guard(kept, "one"), ScriptedChannel(5.0), alert(1), dies_after_s=1.0)
    second = await one_run(Guard(kept, "two"), ScriptedChannel(), alert(1))
    third = await one_run(Guard(kept, "three"), ScriptedChannel(), alert(1))
    assert [each.text for each in second.delivered] == ["odd (in doubt, delivered again)"]
    assert third.delivered == []


@pytest.mark.req("SE1")
@staged
async def test_another_channel_and_another_change_of_the_alert_are_deliveries_of_their_own() -> None:
    kept: dict[str, tuple[RunEpoch, str]] = {}
    await one_run(Guard(kept), ScriptedChannel(name="log"), alert(1))
    other = await one_run(Guard(kept), ScriptedChannel(name="pager"), alert(1))
    louder = await one_run(Guard(kept), ScriptedChannel(name="log"), evolve(alert(1), state=AlertState.ESCALATED))
    assert (len(other.delivered), len(louder.delivered)) == (1, 1)


@pytest.mark.req("SE1")
@pytest.mark.fault("OP-06")
@staged
async def test_a_guard_that_hangs_costs_an_alert_one_second_and_is_not_asked_for_the_next() -> None:
    guard, channel = Guard({}, takes_s=1e6), ScriptedChannel()
    await one_run(guard, channel, alert(1), alert(2), dies_after_s=1.5)
    assert [each.key for each in channel.delivered] == ["k1", "k2"]
    assert guard.asked == 1


@pytest.mark.req("SE1")
@staged
async def test_a_guard_that_fails_keeps_nobody_from_hearing() -> None:
    guard = Guard({})
    guard.failure = Trader247Error("disk full")
    assert (await one_run(guard, ScriptedChannel(), alert(1))).delivered == [alert(1)]
