"""Troubles that stand for a while."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trio

from trader247.drivers.simulation.history import PRODUCTS, START
from trader247.drivers.simulation.troubles import (
    ActorStruck,
    ActorTrouble,
    DiskTrouble,
    LineTrouble,
    MarketTrouble,
    PulseTrouble,
    TroubledMarket,
)
from trader247.drivers.simulation.virtual_time import VirtualClock, run_seeded
from trader247.model.instant import SECOND, Instant
from trader247.store.faults import DatabaseInUse, StorageFailed, StorageFull
from trader247.venues.simulated.generated_market import GeneratedMarket
from trader247.venues.simulated.market import MarketStep


@contextmanager
def good() -> Iterator[str]:
    yield "connection"


def transact(disk: DiskTrouble) -> None:
    with disk.around(good):
        pass


@pytest.mark.fault("DB-01", "DB-02", "DB-03")
@pytest.mark.parametrize(
    ("how", "error"), [("locked", DatabaseInUse), ("full", StorageFull), ("failed", StorageFailed)]
)
def test_a_disk_fails_for_so_long_and_tells_of_its_first_refusal(how: str, error: type[Exception]) -> None:
    loop = VirtualClock()
    disk, told = DiskTrouble(loop), []
    disk.on_refused = lambda *what: told.append(what)
    disk.fail(how, 3.0)
    loop.skip(1.0)
    for _ in range(2):
        with pytest.raises(error):
            transact(disk)
    assert told == [(how, 2.0)]
    loop.skip(2.0)
    transact(disk)


@pytest.mark.fault("DB-01")
def test_a_full_disk_has_room_once_the_ballast_is_gone(tmp_path: Path) -> None:
    disk = DiskTrouble(VirtualClock())
    disk.ballast = tmp_path / "ballast"
    disk.ballast.touch()
    disk.fail("full", 10.0)
    with pytest.raises(StorageFull):
        transact(disk)
    disk.ballast.unlink()
    transact(disk)


@pytest.mark.fault("DB-15")
def test_a_disk_that_lies_has_committed_and_a_healed_one_is_good() -> None:
    loop, done = VirtualClock(), []
    disk = DiskTrouble(loop)
    disk.lie()
    with pytest.raises(StorageFailed), disk.around(good):
        done.append("committed")
    assert done == ["committed"]
    disk.fail("failed", 100.0)
    disk.slow(2.0, 100.0)
    assert disk.extra_s == 2.0
    disk.heal()
    assert disk.extra_s == 0.0
    transact(disk)


def test_a_cut_line_is_restored_at_its_time_or_when_it_is_healed() -> None:
    loop = VirtualClock()
    line = LineTrouble(loop)

    async def main() -> float:
        line.cut(7.0)
        await line.restored()
        return loop.now_s

    assert run_seeded(main, loop, 1) == 7.0
    line.cut(7.0)
    line.heal()
    assert not line.is_cut


def steps(trouble: MarketTrouble, count: int) -> list[MarketStep]:
    market = TroubledMarket(GeneratedMarket(START, 1, PRODUCTS, 2.0), trouble)
    found = market.steps()
    return [next(found) for _ in range(count)]


@pytest.mark.fault("MD-01", "MD-02", "MD-03")
def test_a_market_is_silent_stuck_thin_and_jumps_as_it_is_told() -> None:
    plain = steps(MarketTrouble(), 60)
    until = Instant(START + 21 * SECOND)
    trouble = MarketTrouble()
    trouble.go("BTC-USD", until)
    trouble.stick("ETH-USD", until)
    trouble.thin("SOL-USD", until)
    made = steps(trouble, 60)
    names = [step.product_id for step in made if step.at < until]
    assert "BTC-USD" not in names
    assert len({(step.bid, step.ask) for step in made if step.product_id == "ETH-USD" and step.at < until}) == 1
    thin = [step.bid_size for step in made if step.product_id == "SOL-USD" and step.at < until]
    assert max(thin) * 100 < min(step.bid_size for step in plain if step.product_id == "SOL-USD")
    trouble = MarketTrouble()
    trouble.spike("BTC-USD", 2.0)
    trouble.crash("ETH-USD", 0.5)
    trouble.heal()  # a level stays, a spike that has not come does not come any more
    made = steps(trouble, 6)
    assert made[0].bid == plain[0].bid
    assert made[1].bid == round(plain[1].bid * 0.5)


def test_every_step_of_a_troubled_market_is_one_the_exchange_can_take() -> None:
    trouble = MarketTrouble()
    trouble.crash("*", 1.0)
    for symbol in PRODUCTS:
        trouble.crash(symbol, 0.0001)
    trouble.thin("*", Instant(START + 3600 * SECOND))
    assert all(0 < step.bid < step.ask and step.bid_size > 0 for step in steps(trouble, 90))


@pytest.mark.fault("AR-01", "AR-03")
def test_an_actor_hangs_once_and_is_struck_once_but_never_the_journals() -> None:
    loop = VirtualClock()
    trouble = ActorTrouble(loop, random.Random(1))

    async def main() -> list[float]:
        trouble.hang("cycle", 4.0)
        seen = []
        for name in ("order_manager", "cycle", "cycle"):
            await trouble.perturb(name)
            seen.append(loop.now_s)
        return seen

    assert run_seeded(main, loop, 1) == [0.0, 4.0, 4.0]
    trouble.strike()
    with pytest.raises(ActorStruck):
        trouble.raise_if_struck("cycle")
    trouble.raise_if_struck("cycle")
    trouble.strike()
    trouble.raise_if_struck("journal")


@pytest.mark.fault("AR-03")
def test_that_an_actor_hangs_is_told_when_it_begins_and_when_it_is_over_however_it_ends() -> None:
    loop = VirtualClock()
    told: list[tuple[str, float]] = []

    def on_hung(actor: str) -> Callable[[], None]:
        told.append((actor, loop.now_s))
        return lambda: told.append(("over", loop.now_s))

    trouble = ActorTrouble(loop, random.Random(1), on_hung=on_hung)

    async def main() -> None:
        trouble.hang("cycle", 4.0)
        await trio.sleep(1.0)
        await trouble.perturb("cycle")
        trouble.hang("cycle", 4.0)
        with trio.move_on_after(1.0):
            await trouble.perturb("cycle")

    run_seeded(main, loop, 1)
    assert told == [("cycle", 1.0), ("over", 4.0), ("cycle", 4.0), ("over", 5.0)]


def test_disorder_is_late_takes_within_its_bound() -> None:
    loop = VirtualClock()
    trouble = ActorTrouble(loop, random.Random(1), 0.5, 0.01)

    async def main() -> float:
        for _ in range(100):
            await trouble.perturb("cycle")
            await trio.lowlevel.checkpoint()
        return loop.now_s

    assert 0.0 < run_seeded(main, loop, 1) < 1.0


@pytest.mark.fault("HC-08")
def test_a_pulse_tells_the_worst_lag_once() -> None:
    pulse = PulseTrouble()
    pulse.lagged(3.0)
    pulse.lagged(1.0)
    assert [pulse.health().loop_lag_s for _ in range(2)] == [3.0, 0.0]
