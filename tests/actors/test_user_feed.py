"""The user feed's shell: each event of the account's stream becomes one message."""

from __future__ import annotations

import pytest
import trio
from attrs import evolve
from tests.actors.scripted import Notebook, ScriptedUserStream, running, staged, switchboard
from tests.actors.test_reconciler import report
from tests.builders import price, quantity

from trader247.actors.user_feed import UserFeedActor, reported
from trader247.core.user_feed import UserFeedIn
from trader247.messages.market import StreamChanged
from trader247.model.instant import EPOCH
from trader247.model.order import OrderStatus
from trader247.ports import StreamDown, StreamUp
from trader247.runtime.channels import Mailbox

pytestmark = pytest.mark.req("D1")


@staged
async def test_what_the_stream_says_is_told_in_order_and_at_once() -> None:
    inbox: Mailbox[UserFeedIn] = Mailbox("user_feed", switchboard())
    decider = Notebook(inbox)
    stream = ScriptedUserStream(
        (0, StreamDown("not connected yet")),
        (1, StreamUp(EPOCH)),
        (1, report(1)),
        (0, evolve(report(1, OrderStatus.FILLED), quantity=quantity(2))),
        (1, StreamDown("gap")),
    )
    async with running(UserFeedActor(decider.run, inbox, stream)):
        await trio.sleep(10)
    assert decider.seen == [
        StreamChanged(up=False, why="not connected yet"),
        StreamChanged(up=True),
        evolve(reported(report(1)), quantity=None),
        evolve(reported(report(1, OrderStatus.FILLED)), quantity=None),
        StreamChanged(up=False, why="gap"),
    ]
    assert decider.at_s == [0, 1, 2, 2, 3]


@staged
async def test_each_incarnation_listens_anew() -> None:
    inbox: Mailbox[UserFeedIn] = Mailbox("user_feed", switchboard())
    stream = ScriptedUserStream((0, StreamUp(EPOCH)))
    for _ in range(2):
        async with running(UserFeedActor(Notebook(inbox).run, inbox, stream)):
            await trio.sleep(1)
    assert len(stream.asked) == 2


def test_a_report_keeps_everything_that_the_order_manager_reads() -> None:
    venue_said = evolve(
        report(3, OrderStatus.CANCELED),
        filled=quantity("0.5"),
        reason="by user",
        quantity=quantity(2),
        limit_price=price(100),
    )
    told = reported(venue_said)
    assert (told.venue_order_id, told.client_order_id) == (venue_said.venue_order_id, venue_said.client_order_id)
    assert (told.symbol, told.status, told.filled) == (venue_said.symbol, OrderStatus.CANCELED, quantity("0.5"))
    assert (told.at, told.reason) == (venue_said.at, "by user")
    assert (told.side, told.quantity, told.limit_price) == (venue_said.side, quantity(2), price(100))
