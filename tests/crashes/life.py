"""A daemon that trades far more often than a sane one, over the exchange in memory: the life that is crashed."""

import random
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path

from attrs import evolve, frozen
from tests.config.loadable import SHIPPED

from trader247.config.loading import load
from trader247.config.schema import Configuration
from trader247.drivers.memory_venue import MemoryVenue, OnCall
from trader247.drivers.simulate import SimulatedDaemon
from trader247.drivers.simulation.configuring import RESTLESS
from trader247.messages.trading import CycleContext, TradeProposal
from trader247.model.ids import StrategyName
from trader247.model.instant import Instant, instant
from trader247.model.order import Side
from trader247.ports import Recorded
from trader247.runtime.clock import LoopClock
from trader247.strategies.registry import BUILDERS
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.generated_market import GeneratedMarket

START = instant("2026-09-27T10:00:00Z")
PRODUCTS = ("BTC-USD", "ETH-USD", "SOL-USD")
FUNDS = {"USD": Decimal(100_000)}
STEP_S = 2.0
DISK_S = 0.03
"""Slower than the way to the exchange and back: whoever sends before it is written is found out."""

BUSY = (
    *RESTLESS,
    "policy.cooldown_minutes=0",
    "policy.cooldown_after_stop_minutes=0",
    "policy.cooldown_after_win_minutes=0",
    "policy.cooldown_after_loss_minutes=0",
)


@frozen
class Busy:
    """Wants every instrument it does not hold, with stop and target so near that it soon leaves again."""

    name: StrategyName
    stop_pct: Decimal = Decimal("0.1")
    target_pct: Decimal = Decimal("0.1")
    max_hold_s: int = 60

    def generate_proposals(self, context: CycleContext) -> list[TradeProposal]:
        """One wish per instrument without a position."""
        held = {position.symbol for position in context.positions if position.quantity}
        return [
            TradeProposal(
                view.symbol,
                Side.BUY,
                Decimal("0.8"),
                self.stop_pct,
                self.target_pct,
                0.9,
                self.name,
                "busy",
                self.max_hold_s,
            )
            for view in context.instruments
            if view.symbol not in held
        ]


_WISHES = {
    "none": Busy(StrategyName("busy")),
    "stop_limit": Busy(StrategyName("busy"), Decimal("0.05"), Decimal(3), 600),
    "bracket": Busy(StrategyName("busy"), Decimal("0.05"), Decimal("0.05"), 300),
}


def busy(*more: str, exits: str = "none") -> Configuration:
    """The shipped configuration without its patience, and with these overrides.

    ``exits``: what rests at the venue, for positions that wait longer; a stop that rests alone follows the bid.
    """
    BUILDERS["rules"] = lambda name, _terms, _conviction: evolve(_WISHES[exits], name=name)  # type: ignore[index]
    overrides: tuple[str, ...] = (*BUSY, *more, f"policy.exits.rest_at_venue={exits}")
    if exits == "stop_limit":
        overrides += ("policy.exits.trailing_stop_pct=0.05",)
    return _loaded(overrides)


@cache  # read before the first fork, or every one of some thousand lives would read five files of YAML again
def _loaded(overrides: tuple[str, ...]) -> Configuration:
    return load(SHIPPED, environ={}, overrides=overrides).configuration


def exchange(seed: int) -> SimulatedExchange:
    """A fresh exchange over a generated market."""
    return SimulatedExchange(GeneratedMarket(START, seed, PRODUCTS, STEP_S), funds=FUNDS, seed=seed)


def venue(world: SimulatedExchange, at: Instant, seed: int, on_call: OnCall | None = None) -> MemoryVenue:
    """The exchange reached in memory, by a loop whose clock shows ``at`` at its 0."""
    found = MemoryVenue(world, LoopClock(at), random.Random(seed))
    if on_call is not None:
        found.on_call = on_call
    return found


def daemon(
    reached: MemoryVenue,
    folder: Path,
    seed: int,
    watch: Callable[[str, Sequence[Recorded]], None] | None = None,
    exits: str = "none",
) -> SimulatedDaemon:
    """One life over that venue."""
    return SimulatedDaemon(busy(exits=exits), folder, reached, seed, disk_s=DISK_S, watch=watch)
