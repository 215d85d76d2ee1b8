"""The kill switch's shell on a scripted file."""

from __future__ import annotations

import pytest
import trio
from tests.actors.scripted import CLOCK, Heard, ScriptedFile, SlowOffload, running, staged, switchboard

from trader247.actors.kill_switch import KillSwitchActor
from trader247.core.kill_switch import KillSwitch, SwitchIn, SwitchOut
from trader247.messages.control import (
    AlertCleared,
    AlertRaised,
    GuardVoted,
    HaltCleared,
    HaltRequested,
    HaltTripped,
    KillFileSeen,
    TripHalt,
)
from trader247.messages.orders import CancelAll, ResumeOrders
from trader247.runtime.channels import Mailbox
from trader247.runtime.halt import Cleared, Halt, Halted
from trader247.runtime.routes import Routes

pytestmark = pytest.mark.req("K1")

ABSENT = KillFileSeen(present=False)
PRESENT = KillFileSeen(present=True, text="stop it")
POLL_S = 0.25


class Desk:
    """A switch, the latch with its listener as in the topology, and whoever is told."""

    def __init__(self, *looks: KillFileSeen, halted: Halted | None = None) -> None:
        self.inbox: Mailbox[SwitchIn] = Mailbox("kill_switch", switchboard())
        self.halt = Halt(CLOCK, halted)
        self.halt.listen(self.tell)
        self.file = ScriptedFile(*(looks or (ABSENT,)))
        self.heard: Heard[SwitchOut] = Heard()
        self.routes: Routes[SwitchOut] = Routes("kill_switch")
        self.routes.to(CancelAll, self.heard).to(ResumeOrders, self.heard).to(TripHalt, self.heard)
        self.routes.to(HaltTripped, self.heard).to(HaltCleared, self.heard).to(GuardVoted, self.heard)
        self.routes.to(AlertRaised, self.heard).to(AlertCleared, self.heard)

    def tell(self, news: Halted | Cleared) -> None:
        kind = HaltTripped if isinstance(news, Halted) else HaltCleared
        self.inbox.post(kind(news.reason, news.by, news.at))

    def actor(self) -> KillSwitchActor:
        """As the topology makes each incarnation."""
        now = self.halt.tripped
        return KillSwitchActor(
            KillSwitch(HaltTripped(now.reason, now.by, now.at) if now is not None else None),
            self.inbox,
            self.routes,
            halt=self.halt,
            file=self.file,
            poll_s=POLL_S,
            clock=CLOCK,
            offload=SlowOffload(),
        )

    def told(self, kind: type) -> list[tuple[float, object]]:
        pairs = zip(self.heard.at_s, self.heard.messages, strict=True)
        return [(at_s, message) for at_s, message in pairs if isinstance(message, kind)]


@staged
async def test_the_latch_is_tripped_before_anybody_is_told_anything() -> None:
    desk = Desk()
    tripped: list[bool] = []
    async with running(desk.actor()):
        desk.heard.then = lambda _: tripped.append(desk.halt.tripped is not None)
        desk.inbox.post(HaltRequested("drawdown", "risk_arbiter"))
        await trio.sleep(0.5)
    assert tripped
    assert all(tripped)
    assert desk.halt.tripped is not None
    assert (desk.halt.tripped.reason, desk.halt.tripped.by) == ("drawdown", "risk_arbiter")


@staged
async def test_the_file_is_seen_within_one_poll_and_cancels_alerts_and_records_once() -> None:
    desk = Desk(*[ABSENT] * 5, PRESENT)
    async with running(desk.actor()):
        await trio.sleep(5)
    (cancelled_s, cancel), *more = desk.told(CancelAll)
    assert cancelled_s == 5 * POLL_S
    assert cancel == CancelAll("kill file: stop it")
    assert not more
    assert len(desk.told(HaltTripped)) == len(desk.told(AlertRaised)) == 1
    votes = [vote for at_s, vote in desk.told(GuardVoted) if at_s > cancelled_s]
    assert votes
    assert not any(vote.yes for vote in votes if isinstance(vote, GuardVoted))


@staged
async def test_a_file_that_is_there_at_the_start_halts_before_the_actor_is_ready() -> None:
    desk = Desk(PRESENT)
    async with running(desk.actor()):
        assert desk.halt.tripped is not None


@staged
async def test_a_file_that_cannot_be_read_counts_as_there() -> None:
    desk = Desk(ABSENT, KillFileSeen(present=True, text="KILL_SWITCH cannot be looked at (Permission denied)"))
    async with running(desk.actor()):
        await trio.sleep(2 * POLL_S)
    assert desk.halt.tripped is not None
    assert "Permission denied" in desk.halt.tripped.reason


@pytest.mark.req("SUP4")
@staged
async def test_a_restart_under_a_halt_cancels_again_alerts_again_and_writes_the_reason_down() -> None:
    desk = Desk()
    desk.halt.trip("the disk is full", "journal")  # nobody was there to hear of it
    async with running(desk.actor()):
        await trio.sleep(0.1)
    assert [type(message) for message in desk.heard.messages[:3]] == [CancelAll, HaltTripped, AlertRaised]
    assert desk.told(CancelAll) == [(0.0, CancelAll("the disk is full"))]
    assert len(desk.told(HaltTripped)) == 1


@staged
async def test_after_a_resume_orders_go_on_and_a_file_put_back_at_once_halts_again() -> None:
    desk = Desk(PRESENT)
    async with running(desk.actor()):
        await trio.sleep(1)
        desk.halt.clear("removed it", "operator")  # and put it back before anybody looked
        await trio.sleep(1.1 * POLL_S)
        assert desk.halt.tripped is not None
        await trio.sleep(1)
    assert len(desk.told(ResumeOrders)) == 1
    assert [message for _, message in desk.told(CancelAll)] == [CancelAll("kill file: stop it")] * 2


@staged
async def test_it_votes_every_second_and_looks_at_every_poll() -> None:
    desk = Desk()
    async with running(desk.actor()):
        await trio.sleep(10.1)
    assert [at_s for at_s, _ in desk.told(GuardVoted)] == [float(second) for second in range(11)]
    assert len(desk.file.looked_at_s) == 1 + round(10 / POLL_S)


@staged
async def test_what_follows_from_a_message_names_it_as_its_cause() -> None:
    desk = Desk()
    async with running(desk.actor()):
        desk.inbox.post(HaltTripped("looks odd", "operator", CLOCK.now()))
        posted = desk.inbox.accepted
        await trio.sleep(0.1)
    causes = dict(zip(map(type, desk.heard.messages), desk.heard.causes, strict=True))
    assert causes[CancelAll] == posted
