"""Small markets to backtest over, and the daemon in virtual time over the same ones."""

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import trio
from attrs import evolve
from tests.config.loadable import SHIPPED
from tests.crashes import life
from tests.runtime.scripted import virtually

from trader247.config.loading import load
from trader247.config.schema import Configuration
from trader247.drivers.backtest.recorder import Recorder
from trader247.drivers.backtest.run import Backtest
from trader247.drivers.memory_venue import MemoryVenue
from trader247.drivers.simulate import SimulatedDaemon
from trader247.model.ids import RunEpoch, StrategyName
from trader247.model.instant import DAY, MILLISECOND, SECOND, Instant, Moment, instant
from trader247.ports import Recorded
from trader247.runtime.clock import LoopClock
from trader247.strategies.registry import BUILDERS, Builder
from trader247.venues.simulated.careful_market import CarefulMarket
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.market import Bar
from trader247.venues.simulated.recorded_files import Recording, read_recording

FUNDS = {"USD": Decimal(100_000)}
START = instant("2026-09-27T00:00:00Z")
SEED = 7
LATENCY = 10 * MILLISECOND
FREE = ("universe.tiers.core.min_depth_usd=0", "universe.tiers.core.min_turnover_usd=0")
EAGER = (
    "universe.min_eligible_assets=1",
    *FREE,
    "universe.tiers.rotational.enabled=false",
    "signals.cycle.jitter_pct=0",
)


def configured(*more: str) -> Configuration:
    """The shipped configuration for a market of a few instruments, without jitter."""
    return load(SHIPPED, environ={}, overrides=(*EAGER, *more)).configuration


@contextmanager
def busy() -> Iterator[Configuration]:
    """One that buys whatever it does not hold and leaves again within minutes, in the place of the rules."""
    calm = "signals.triggers.filters.atr_ratio=0"
    before = BUILDERS["rules"]
    found = life.busy("signals.cycle.interval_s=60", "signals.cycle.jitter_pct=0", calm, *FREE)
    wish = life.Busy(StrategyName("busy"), Decimal("0.15"), Decimal("0.15"), 240)
    BUILDERS["rules"] = lambda name, _terms, _entry: evolve(wish, name=name)  # type: ignore[index]
    try:
        yield found
    finally:
        BUILDERS["rules"] = before  # type: ignore[index]


def made(product_id: str, seed: int, days: float = 9.5, *, swing: float = 0.0009) -> Recording:
    """Minutes of a seeded random walk that ends ``days`` after ``START``."""
    draw, price = random.Random(f"{product_id}:{seed}"), 5_000_000.0
    bars = []
    for number in range(round(days * 1440)):
        closing = price * (1 + draw.gauss(0.0, swing) + 0.0004 * draw.choice((-1, 0, 0, 0, 1)))
        spread = abs(draw.gauss(0.0, swing / 2))
        high, low = max(price, closing) * (1 + spread), min(price, closing) * (1 - spread)
        volume = round(draw.lognormvariate(0.0, 0.6) * 4e8)
        ticks = (round(price), round(high), round(low), round(closing))
        bars.append(Bar(START // SECOND + 60 * number, ticks[0], max(ticks), min(ticks), ticks[3], volume))
        price = closing
    end = Instant(START + len(bars) * 60 * SECOND)
    return Recording(f"made:{product_id}", product_id, 2, 8, START, end, span_s=60, bars=bars)


def cut(path: Path, end: Instant, hours: float) -> Recording:
    """The end of a recorded file as of then, with the days before it that the windows need."""
    whole = read_recording(path)
    first = Instant(end - round(hours * 3600) * SECOND - 9 * DAY)
    span_s = whole.span_s or 60
    bars = [bar for bar in whole.bars if first <= bar.start_s * SECOND and (bar.start_s + span_s) * SECOND <= end]
    return evolve(whole, bars=bars, first=Instant(bars[0].start_s * SECOND), end=end)


def exchange(recordings: Sequence[Recording], hours: float, *, lays_books: bool = False) -> SimulatedExchange:
    """The last ``hours`` of the recordings, everything before as history."""
    end = min(each.end for each in recordings)
    start = Instant(round(end - hours * 3600 * SECOND) // (60 * SECOND) * 60 * SECOND)
    market = CarefulMarket(recordings, start=start)
    return SimulatedExchange(market, funds=FUNDS, seed=SEED, lays_books=lays_books)


def epoch_of(seed: int) -> RunEpoch:
    """As the simulated daemon draws it."""
    return RunEpoch(f"{random.Random(seed).getrandbits(40):010x}")


def backtested(
    config: Configuration,
    world: SimulatedExchange,
    end: Instant,
    builders: Mapping[str, Builder] = BUILDERS,
) -> Recorder:
    """What the backtest makes of it."""
    return Backtest(config, world, end, epoch=epoch_of(SEED), latency_ns=LATENCY, builders=builders).run()


def lived(config: Configuration, world: SimulatedExchange, end: Instant, folder: Path) -> Recorder:
    """What the daemon's own actors make of it in virtual time, heard at its journal."""
    recorder, start = Recorder(), world.market.start

    def watch(when: str, facts: Sequence[Recorded]) -> None:
        if when == "after":
            for each in facts:
                recorder.hear(each.fact, Moment(each.at, each.at))  # type: ignore[arg-type]

    async def main() -> None:
        reached = MemoryVenue(world, LoopClock(start), random.Random(SEED), delay_s=LATENCY / SECOND)
        async with trio.open_nursery() as outside:
            await outside.start(reached.run)
            await trio.sleep(5.1)
            async with trio.open_nursery() as inside:
                daemon = SimulatedDaemon(config, folder, reached, SEED, watch=watch)
                await inside.start(daemon.run)
                await trio.sleep((end - start) / SECOND - trio.current_time())
                inside.cancel_scope.cancel()
            outside.cancel_scope.cancel()

    virtually(main, seed=3)
    return recorder


def verdicts(found: Recorder) -> list[tuple[object, ...]]:
    """What was ruled, to the minute: the two drivers' clocks differ by the seconds a start takes."""
    minute = 60 * SECOND
    return [(v.at // minute, v.symbol, v.side, v.strategy, v.rule, v.notional, v.why) for v in found.verdicts]


def orders(found: Recorder) -> list[tuple[object, ...]]:
    """Every order, its terms and how it ended; each driver numbers them as its messages came, so without numbers."""
    return sorted(
        (
            order.intent.created_at // (15 * SECOND),
            order.intent.symbol,
            order.intent.kind,
            order.intent.side,
            order.intent.style,
            order.intent.quantity,
            order.intent.limit_price,
            order.intent.stop_price or Decimal(0),
            order.intent.reason.partition(":")[0],
            order.status,
            order.booked,
        )
        for order in found.orders.values()
    )


def fills(found: Recorder) -> list[tuple[object, ...]]:
    """Every fill: terms and money. The venue lists those of one instant in no order of its own."""
    return sorted(
        (
            each.fill.at // (15 * SECOND),
            each.fill.symbol,
            each.kind,
            each.fill.side,
            each.fill.price,
            each.fill.quantity,
            each.fill.fee,
            each.fill.liquidity,
        )
        for each in found.fills
    )
