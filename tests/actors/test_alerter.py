"""The alerter's shell: deliveries beside the decider, and what a slow channel costs."""

from __future__ import annotations

import pytest
import trio
from tests.actors.scripted import CLOCK, Heard, ScriptedChannel, running, staged, switchboard
from tests.builders import at

from trader247.actors.alerter import AlerterActor
from trader247.core.alerter import Alerter, AlerterIn, AlerterOut
from trader247.messages.control import AlertChanged, AlertDue, AlertRaised, AlertState, Severity
from trader247.model.ids import AlertKey
from trader247.model.policy import AlertTerms
from trader247.runtime.actor import DeciderActor
from trader247.runtime.channels import Lane, Mailbox, Overflow
from trader247.runtime.exits import Exit, ExitKind
from trader247.runtime.routes import Routes

pytestmark = pytest.mark.req("AL1")


def alert(number: int) -> AlertChanged:
    return AlertChanged(AlertKey(f"k{number}"), Severity.WARNING, "odd", AlertState.RAISED, 1, at(0), at(0))


class Desk:
    """An alerter with its two mailboxes and the channels that people listen on."""

    def __init__(self, *channels: ScriptedChannel, capacity: int = 64) -> None:
        board = switchboard()
        self.inbox: Mailbox[AlerterIn] = Mailbox("alerter", board)
        self.due: Mailbox[AlertDue] = Mailbox(
            "alerter.due", board, lanes=(Lane("due", capacity, Overflow.DROP_OLDEST),)
        )
        self.journal: Heard[AlertChanged] = Heard()
        routes: Routes[AlerterOut] = Routes("alerter")
        routes.to(AlertChanged, self.journal).to(AlertDue, self.due)
        shell = DeciderActor(Alerter(AlertTerms()), self.inbox, routes, CLOCK)
        self.actor = AlerterActor(shell.run, self.due, channels)


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
