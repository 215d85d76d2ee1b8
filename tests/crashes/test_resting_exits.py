"""What rests at the exchange goes on protecting while no daemon runs, and the next life books what it did."""

import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest
import trio
from tests.crashes import life
from tests.crashes.truth import violations
from tests.runtime.scripted import unwrapped, virtually

from trader247.drivers.memory_venue import MemoryVenue
from trader247.drivers.simulate import SimulatedDaemon
from trader247.model.instant import MINUTE, Instant
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.order_record import ExchangeOrder, OrderState

pytestmark = [pytest.mark.req("R3", "OM3", "REC1"), pytest.mark.timeout(300)]

SEED = 2
DOWN_MINUTES = 20
"""The market falls through a stop that is a twentieth of a percent away in that time, with this seed."""


class Lives:
    """Several lives of one daemon over one exchange."""

    def __init__(self, folder: Path, exits: str) -> None:
        self.folder, self.exits = folder, exits
        self.world: SimulatedExchange = life.exchange(SEED)
        self.at: Instant = life.START
        self.daemon: SimulatedDaemon | None = None
        self.count = 0

    def live(self, *, drains: bool, minutes: float) -> None:
        """One life of so many minutes; then it is killed where it is, or drained."""
        self.count += 1

        async def main() -> None:
            reached = life.venue(self.world, self.at, SEED + self.count)
            async with trio.open_nursery() as outside:
                await outside.start(reached.run)
                async with trio.open_nursery() as inside:
                    self.daemon = life.daemon(reached, self.folder, SEED + self.count, None, self.exits)
                    await inside.start(self.daemon.run)
                    await trio.sleep(minutes * 60)
                    if drains:
                        with trio.fail_after(60):
                            await self.daemon.drain()
                    inside.cancel_scope.cancel()
                self._end(reached)
                outside.cancel_scope.cancel()

        unwrapped(lambda: virtually(main, seed=SEED))

    def _end(self, reached: MemoryVenue) -> None:
        self.at = reached.clock.now().utc

    def resting(self) -> list[ExchangeOrder]:
        """What sells at its stop, and is live at the exchange."""
        return [o for o in self.world.records._orders.values() if o.terms.kind.has_stop and o.state is OrderState.OPEN]

    def sold(self, product_id: str) -> list[str]:
        """The orders of ours that sold a product at the exchange, by their client order ids."""
        orders = self.world.records._orders.values()
        return [
            o.client_order_id for o in orders if (o.product_id, o.side.value) == (product_id, "SELL") and o.filled_size
        ]

    def passes(self, minutes: int) -> None:
        """The market goes on, and nobody looks."""
        self.at = Instant(self.at + minutes * MINUTE)
        self.world.advance(self.at)

    def booked(self, client_order_id: str) -> tuple[str, Decimal]:
        """What the books say of an order."""
        with closing(sqlite3.connect(self.folder / "trader247.db")) as books:
            named = "SELECT status, booked FROM orders WHERE client_order_id = ?"
            status, booked = books.execute(named, (client_order_id,)).fetchone()
        return status, Decimal(booked)

    def positions(self) -> dict[str, Decimal]:
        """What the books hold."""
        with closing(sqlite3.connect(self.folder / "trader247.db")) as books:
            return {symbol: Decimal(size) for symbol, size in books.execute("SELECT symbol, quantity FROM positions")}


@pytest.mark.parametrize(("exits", "drains"), [("stop_limit", False), ("bracket", True)], ids=["killed", "drained"])
def test_a_stop_that_sells_while_no_daemon_runs_is_booked_by_the_next_life_and_nothing_is_sold_twice(
    tmp_path: Path, exits: str, *, drains: bool
) -> None:
    lives = Lives(tmp_path, exits)
    lives.live(drains=drains, minutes=2)
    left, held = lives.resting(), lives.positions()
    assert left, "a position was bought, and its protection rests when the daemon is gone"
    assert all(order.terms.base_size == held[order.product_id] for order in left)
    lives.passes(DOWN_MINUTES)
    triggered = [order for order in left if order.state is OrderState.FILLED]
    assert triggered, "the price went through a stop"
    before = {order.product_id: lives.sold(order.product_id) for order in triggered}
    assert all(before[order.product_id][-1] == order.client_order_id for order in triggered)

    lives.live(drains=True, minutes=0.1)
    assert violations(lives.world, tmp_path) == []
    for order in triggered:
        assert lives.sold(order.product_id) == before[order.product_id], "nothing more was sold"
        assert lives.booked(order.client_order_id) == ("FILLED", order.filled_size)
    halt = lives.daemon.halt.tripped if lives.daemon is not None else None
    assert halt is None
