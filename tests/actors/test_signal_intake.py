"""The intake's shell: a signal goes on once, whichever way it comes, and a file ends where it belongs."""

from __future__ import annotations

from typing import Any

import pytest
import trio
from attrs import define, evolve, field
from tests.actors.scripted import CLOCK, Heard, SlowOffload, running, staged
from tests.market_samples import ALPHA, EPOCH
from tests.signal_samples import COPY, said

from trader247.actors.signal_intake import DroppedFile, SignalDesk, SignalIntakeActor
from trader247.core.signal_intake import RATE_MAX, IntakeOut, SignalIntake, SignalVerdict
from trader247.errors import Trader247Error
from trader247.messages.trading import SignalReceived, SignalRefused
from trader247.model.ids import RunEpoch
from trader247.model.instant import rfc3339
from trader247.model.once import Claim, Done, Fresh, InProgress
from trader247.model.policy import EntryBounds
from trader247.model.policy_strategies import ExternalParameters
from trader247.runtime.routes import Routes

pytestmark = pytest.mark.req("SE1", "STR5")

AGELESS = evolve(COPY, parameters=ExternalParameters(symbols=("BTC-USD",), max_age_s=86_400.0))  # type: ignore[arg-type]


@define
class KeptOnce:
    """A once-only guard in memory, with switches for what a disk may do."""

    epoch: RunEpoch = EPOCH
    kept: dict[str, str | None] = field(factory=dict)
    claims_fail: bool = False
    finishes_fail: bool = False

    async def claim(self, key: str) -> Claim:
        if self.claims_fail:
            raise Trader247Error("the disk is gone")
        if key not in self.kept:
            self.kept[key] = None
            return Fresh()
        result = self.kept[key]
        return InProgress(self.epoch) if result is None else Done(result)

    async def finish(self, key: str, result: str) -> None:
        if self.finishes_fail:
            raise Trader247Error("the disk is gone")
        self.kept[key] = result

    async def take_over(self, key: str, of: RunEpoch) -> bool:
        raise AssertionError("a signal is never taken over: it counts once or not at all")

    async def release(self, key: str) -> None:
        del self.kept[key]


@define
class Folder:
    """Files that wait, and where they went."""

    waiting: list[DroppedFile] = field(factory=list)
    settled: list[tuple[str, str]] = field(factory=list)
    failing: bool = False
    stuck: str = ""

    def look(self, strategies: Any) -> tuple[DroppedFile, ...]:
        assert tuple(strategies) == (ALPHA,)
        if self.failing:
            raise Trader247Error("the folder is gone")
        return tuple(self.waiting)

    def settle(self, file: DroppedFile, refusal: str) -> None:
        if file.name == self.stuck:
            raise Trader247Error(f"{file.name} cannot be moved")
        self.waiting.remove(file)
        self.settled.append((file.name, refusal))


class World:
    """A desk, who hears of its signals, and its guard."""

    def __init__(self) -> None:
        self.once = KeptOnce()
        self.heard: Heard[Any] = Heard()
        routes: Routes[IntakeOut] = Routes("signal_intake")
        routes.to(SignalReceived, self.heard).to(SignalRefused, self.heard)
        decider = SignalIntake(lambda: {"alpha": AGELESS}, EntryBounds)
        self.desk = SignalDesk(decider, routes, self.once, CLOCK)

    async def take(self, content: bytes) -> SignalVerdict:
        return (await self.desk.take(ALPHA, content, "webhook")).verdict

    @property
    def kinds(self) -> list[str]:
        return [type(message).__name__ for message in self.heard.messages]


def fresh(**changed: Any) -> bytes:
    return said(**{"issued_at": rfc3339(CLOCK.now().utc), **changed})


@staged
async def test_a_signal_goes_on_once_however_often_it_is_sent() -> None:
    world = World()
    content = fresh()
    assert [await world.take(content) for _ in range(3)] == [
        SignalVerdict.TAKEN,
        SignalVerdict.TAKEN_BEFORE,
        SignalVerdict.TAKEN_BEFORE,
    ]
    assert world.kinds == ["SignalReceived"]
    assert await world.take(fresh(notional_pct=1)) is SignalVerdict.ID_REUSED
    assert await world.take(fresh(id="a-2")) is SignalVerdict.TAKEN
    assert world.kinds == ["SignalReceived", "SignalReceived"]


@staged
async def test_a_refused_signal_is_told_and_keeps_no_id() -> None:
    world = World()
    assert await world.take(fresh(side="buy")) is SignalVerdict.REFUSED
    assert (world.kinds, world.once.kept) == (["SignalRefused"], {})
    assert await world.take(fresh()) is SignalVerdict.TAKEN


@staged
async def test_without_the_guard_nothing_is_taken_and_it_may_be_sent_again() -> None:
    world = World()
    world.once.claims_fail = True
    assert await world.take(fresh()) is SignalVerdict.LATER
    assert world.kinds == []
    world.once.claims_fail = False
    assert await world.take(fresh()) is SignalVerdict.TAKEN


@staged
async def test_a_claim_that_was_never_closed_is_a_doubt_and_no_second_signal() -> None:
    world = World()
    world.once.finishes_fail = True
    assert await world.take(fresh()) is SignalVerdict.TAKEN
    assert await world.take(fresh()) is SignalVerdict.IN_DOUBT
    assert world.kinds == ["SignalReceived"]


@staged
async def test_more_than_the_most_in_a_minute_are_put_off_and_nothing_is_kept_of_them() -> None:
    world = World()
    for number in range(RATE_MAX):
        assert await world.take(fresh(id=f"a-{number}")) is SignalVerdict.TAKEN
    assert await world.take(fresh(id="late")) is SignalVerdict.TOO_MANY
    assert "signal alpha late" not in world.once.kept


@staged
async def test_a_file_is_taken_once_and_ends_among_the_done_or_the_rejected() -> None:
    world, folder = World(), Folder()
    actor = SignalIntakeActor(world.desk, folder, SlowOffload())
    folder.waiting = [
        DroppedFile(ALPHA, "1.json", fresh()),
        DroppedFile(ALPHA, "2.json", fresh()),
        DroppedFile(ALPHA, "3.json", fresh(notional_pct=1)),
        DroppedFile(ALPHA, "4.json", b"{"),
        DroppedFile(ALPHA, "5.json", b"", "it is no plain file"),
    ]
    async with running(actor):
        await trio.sleep(5)
    assert world.kinds == ["SignalReceived", "SignalRefused"]
    assert [name for name, _ in folder.settled] == ["1.json", "2.json", "3.json", "4.json", "5.json"]
    done, again, reused, broken, fault = (refusal for _, refusal in folder.settled)
    assert (done, again, fault) == ("", "", "it is no plain file")
    assert reused.startswith("id_reused: this id was used for another signal")
    assert broken.startswith("refused: it is not JSON")


@staged
async def test_a_file_that_cannot_be_taken_now_waits_where_it_is() -> None:
    world, folder = World(), Folder()
    world.once.claims_fail = True
    folder.waiting = [DroppedFile(ALPHA, "1.json", fresh())]
    async with running(SignalIntakeActor(world.desk, folder, SlowOffload())):
        await trio.sleep(3)
        assert (folder.settled, world.kinds) == ([], [])
        world.once.claims_fail = False
        await trio.sleep(3)
    assert (folder.settled, world.kinds) == ([("1.json", "")], ["SignalReceived"])


@staged
async def test_a_file_that_cannot_be_moved_holds_up_no_other() -> None:
    world, folder = World(), Folder(stuck="1.json")
    folder.waiting = [DroppedFile(ALPHA, "1.json", b"{"), DroppedFile(ALPHA, "2.json", fresh())]
    async with running(SignalIntakeActor(world.desk, folder, SlowOffload())):
        await trio.sleep(3)
    assert folder.settled == [("2.json", "")]
    assert "SignalReceived" in world.kinds


@staged
async def test_a_folder_that_fails_does_not_end_the_intake() -> None:
    world, folder = World(), Folder(failing=True)
    async with running(SignalIntakeActor(world.desk, folder, SlowOffload())):
        await trio.sleep(10)
        folder.failing = False
        folder.waiting = [DroppedFile(ALPHA, "1.json", fresh())]
        await trio.sleep(3)
    assert world.kinds == ["SignalReceived"]
