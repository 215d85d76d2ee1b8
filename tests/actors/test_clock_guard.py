"""The clock guard's shell: where its two looks fall, and what it makes of a venue that does not answer."""

from __future__ import annotations

from typing import Any

import pytest
import trio
from tests.actors.scripted import CLOCK, Notebook, ScriptedVenue, running, staged, switchboard

from trader247.actors.clock_guard import ClockGuardActor
from trader247.core.clock_guard import GuardIn
from trader247.errors import Failure, VenueUnavailable
from trader247.messages.health import HealthSeen
from trader247.messages.market import VenueSeen
from trader247.model.instant import MILLISECOND, SECOND, Instant
from trader247.runtime.channels import Lane, Mailbox, Overflow

pytestmark = pytest.mark.req("TIME1")

HEALTH = HealthSeen(0.1, 0.2, "journal")


class Pulse:
    def health(self) -> HealthSeen:
        return HEALTH


class Desk:
    def __init__(self, *, takes_s: float = 0.0, server_time: Any = None, capacity: int = 64) -> None:
        lanes = (Lane("looks", capacity, Overflow.DROP_OLDEST),)
        self.inbox: Mailbox[GuardIn] = Mailbox("clock_guard", switchboard(), lanes=lanes)
        self.decider = Notebook(self.inbox)
        self.venue = ScriptedVenue(takes_s=takes_s, server_time=server_time or (lambda: CLOCK.now().utc))
        self.actor = ClockGuardActor(self.decider.run, self.inbox, self.venue, Pulse(), CLOCK)

    def venue_seen(self) -> list[VenueSeen]:
        return [seen for seen in self.decider.seen if isinstance(seen, VenueSeen)]


@staged
async def test_the_venues_clock_is_compared_with_the_middle_of_the_round_trip() -> None:
    desk = Desk(takes_s=0.2, server_time=lambda: Instant(CLOCK.now().utc + 30 * MILLISECOND))
    async with running(desk.actor):
        await trio.sleep(1)
    # the script answers at the end of the trip, so half of it looks like an offset, as it would with a slow way there
    assert desk.venue_seen() == [VenueSeen(130 * MILLISECOND, 200 * MILLISECOND)]


@staged
async def test_an_outage_is_a_look_without_an_answer_and_the_next_look_comes_all_the_same() -> None:
    desk = Desk(server_time=[VenueUnavailable("no route", failure=Failure.RETRYABLE), Instant(10 * SECOND)])
    async with running(desk.actor):
        await trio.sleep(10.5)
    assert desk.venue_seen() == [VenueSeen(None, 0, "no route"), VenueSeen(0, 0)]


@staged
async def test_the_process_is_looked_at_every_second_whatever_the_venue_does() -> None:
    desk = Desk(takes_s=1e9)
    async with running(desk.actor):
        await trio.sleep(5.5)
    assert desk.decider.seen == [HEALTH] * 6
    assert desk.decider.at_s == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]


@staged
async def test_looks_that_nobody_takes_drop_the_oldest_and_hold_up_nothing() -> None:
    desk = Desk(capacity=4)

    async def deaf(ready: Any) -> None:
        ready()
        await trio.sleep_forever()

    actor = ClockGuardActor(deaf, desk.inbox, desk.venue, Pulse(), CLOCK)
    async with running(actor):
        await trio.sleep(100)
    assert desk.inbox.depth == 4
    assert desk.inbox.dropped > 90
