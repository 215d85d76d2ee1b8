"""Whole lives in virtual time in which the disk is slow or taken, or everything stands still for a while."""

import json
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest
import trio
from attrs import Factory, define, field
from tests.crashes import life
from tests.crashes.truth import violations
from tests.runtime.scripted import unwrapped, virtually
from trio.testing import MockClock

from trader247.core.order_gateway import OrderGate
from trader247.drivers.memory_venue import Stage
from trader247.drivers.simulate import SimulatedDaemon, _SlowDisk
from trader247.messages.control import PermitRenewed
from trader247.messages.orders import OrderChanged
from trader247.model.ids import ClientOrderId
from trader247.model.instant import SECOND, seconds
from trader247.model.mode import OrderKind
from trader247.model.order import OrderIntent, OrderStatus
from trader247.ports import Recorded
from trader247.store.faults import DatabaseInUse
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.http_shapes import Request

SEED = 3
APPROVAL_S_MAX = 10.0
"""No approval is older than that when its order leaves."""


@define
class HardLife:
    """One life, its disk and its wire: what was asked to be written, what was, and which orders left when."""

    folder: Path
    refuse: Callable[[Sequence[Recorded]], bool] = lambda _facts: False
    world: SimulatedExchange = Factory(lambda: life.exchange(SEED))
    durable: dict[ClientOrderId, OrderIntent] = Factory(dict)
    sent: list[tuple[float, ClientOrderId]] = Factory(list)
    unwritten: list[ClientOrderId] = Factory(list)
    daemon: SimulatedDaemon = field(init=False)

    def play(self, scene: Callable[["HardLife"], Awaitable[None]]) -> list[str]:
        """The scene, a drain, and what is then wrong with the books."""
        unwrapped(lambda: virtually(lambda: self._main(scene), seed=SEED))
        return violations(self.world, self.folder)

    async def _main(self, scene: Callable[["HardLife"], Awaitable[None]]) -> None:
        reached = life.venue(self.world, life.START, SEED, self._on_call)
        async with trio.open_nursery() as outside:
            await outside.start(reached.run)
            async with trio.open_nursery() as inside:
                self.daemon = life.daemon(reached, self.folder, SEED, self._on_write)
                await inside.start(self.daemon.run)
                await scene(self)
                with trio.fail_after(900):
                    await self.daemon.drain()
            outside.cancel_scope.cancel()

    def _on_call(self, stage: Stage, request: Request) -> None:
        if stage is Stage.BEFORE and (request.method, request.path.endswith("/orders")) == ("POST", True):
            client_id = ClientOrderId(json.loads(request.body)["client_order_id"])
            self.sent.append((trio.current_time(), client_id))
            if client_id not in self.durable:
                self.unwritten.append(client_id)

    def _on_write(self, stage: str, facts: Sequence[Recorded]) -> None:
        if stage == "before" and self.refuse(facts):
            raise DatabaseInUse("trader247.db is held by another connection")
        if stage == "after":
            self.durable |= _made(facts)

    def commit_takes(self, takes_s: float) -> None:
        """From the next commit on."""
        disk = self.daemon.topology.world.offload
        assert isinstance(disk, _SlowDisk)
        disk._seconds = takes_s

    def open_orders(self) -> int:
        """How many orders rest at the exchange."""
        return sum(order.state.value == "OPEN" for order in self.world.records._orders.values())

    async def until(self, holds: Callable[[], object]) -> float:
        """Virtual seconds until it holds."""
        began = trio.current_time()
        with trio.fail_after(600):
            while not holds():  # noqa: ASYNC110 - a fact about the exchange, which has no event to offer
                await trio.sleep(0.05)
        return trio.current_time() - began


def _made(facts: Sequence[Recorded]) -> dict[ClientOrderId, OrderIntent]:
    return {
        recorded.fact.order.intent.client_order_id: recorded.fact.order.intent
        for recorded in facts
        if isinstance(recorded.fact, OrderChanged) and recorded.fact.order.status is OrderStatus.NEW
    }


@pytest.mark.fault("DB-02")
def test_an_intent_that_finds_the_database_taken_is_not_sent_and_not_lost_and_trading_halts(tmp_path: Path) -> None:
    turned_away: set[ClientOrderId] = set()

    def taken(facts: Sequence[Recorded]) -> bool:
        if turned_away or len(played.durable) < 3:
            return False
        turned_away.update(_made(facts))
        return bool(turned_away)

    async def scene(it: HardLife) -> None:
        await it.until(lambda: turned_away)
        await it.until(lambda: it.daemon.halt.tripped)
        await it.until(lambda: turned_away <= it.durable.keys())
        halted = it.daemon.halt.tripped
        assert halted is not None
        assert "held by another connection" in halted.reason
        assert [alert for alert in it.daemon.heard.alerts if "held by another connection" in alert.text]
        await trio.sleep(30)

    played = HardLife(tmp_path, refuse=taken)
    assert played.play(scene) == []
    assert not turned_away & {client_id for _, client_id in played.sent}


@pytest.mark.fault("DB-10")
def test_while_a_commit_takes_five_seconds_orders_wait_for_it_and_the_kill_does_not(tmp_path: Path) -> None:
    async def scene(it: HardLife) -> None:
        for _ in range(3):
            it.commit_takes(5.0)
            await trio.sleep(5)  # what was on its way already
            sent = len(it.sent)
            await trio.sleep(30)
            left_after = [at - seconds(it.durable[order].created_at - life.START) for at, order in it.sent[sent:]]
            assert all(waited >= 5 for waited in left_after), "each waits for the commit of its own intent"
            it.commit_takes(life.DISK_S)
            await it.until(lambda sent=sent: len(it.sent) > sent + 4 and it.open_orders())  # type: ignore[misc]
        it.commit_takes(5.0)
        it.daemon.halt.trip("somebody says so", "test")
        assert await it.until(lambda: not it.open_orders()) < 2

    played = HardLife(tmp_path)
    assert played.play(scene) == []
    assert played.unwritten == []


@pytest.mark.fault("PR-12", "HC-05")
@pytest.mark.parametrize("frozen_s", [3.0, 30.0, 600.0])
def test_after_a_freeze_no_order_leaves_before_a_new_permit_and_none_that_was_meant_before_it(
    tmp_path: Path, frozen_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    renewed: list[tuple[float, PermitRenewed]] = []
    renew = OrderGate.renew

    def noted(gate: OrderGate, permit: PermitRenewed) -> None:
        renewed.append((trio.current_time(), permit))
        renew(gate, permit)

    monkeypatch.setattr(OrderGate, "renew", noted)
    thawed: list[float] = []

    async def scene(it: HardLife) -> None:
        for _ in range(8):
            await it.until(lambda: len(it.sent) % 2 == 0 and it.open_orders())
            clock = trio.lowlevel.current_clock()
            assert isinstance(clock, MockClock)
            clock.jump(frozen_s)
            thawed.append(trio.current_time())
            count = len(it.sent)
            await it.until(lambda count=count: len(it.sent) > count + 2)  # type: ignore[misc]

    played = HardLife(tmp_path)
    assert played.play(scene) == []
    for thaw in thawed:
        # what was on its way when everything stopped arrives in the very moment of the thaw; the rest left after it
        for left, client_id in ((at, name) for at, name in played.sent if thaw < at < thaw + 60):
            intent = played.durable[client_id]
            granted = [at for at, permit in renewed if thaw <= at <= left and _grants(permit, intent.kind)]
            assert granted, f"{intent.intent_id} left {left - thaw:.3f} s after the thaw under a permit from before it"
            if frozen_s > APPROVAL_S_MAX:
                assert intent.created_at >= life.START + round(thaw * SECOND), f"{intent.intent_id} is of before"


def _grants(permit: PermitRenewed, kind: OrderKind) -> bool:
    return (permit.entry_until if kind is OrderKind.ENTRY else permit.exit_until) is not None
