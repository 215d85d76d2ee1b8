"""The configuration of a history: the one given, without the patience that would leave nothing to see."""

from collections.abc import Callable
from functools import lru_cache
from itertools import cycle
from pathlib import Path
from typing import Final

from trader247.config.loading import Loaded, load

__all__ = ["BUSY", "RESTLESS", "loaded_for", "rereading"]

RESTLESS: Final = (
    "policy.pacing.trades_per_day=10000",
    "policy.pacing.trades_per_hour=1000",
    "policy.pacing.new_per_hour=1000",
    "policy.pacing.min_spacing_s=0",
    "policy.pacing.per_symbol_s=0",
    "policy.loss_streak_pause_minutes=0",
    "policy.pacing.adds_per_day=1000",
    "policy.loss_limits.daily_stop_pct=20",
    "policy.loss_limits.weekly_stop_pct=35",
    "policy.loss_limits.max_drawdown_pct=50",
    "policy.execution.entry_ttl_s=5",
    "policy.entry.stop_pct_min=0.05",
    "policy.entry.target_pct_min=0.05",
    "signals.cycle.interval_s=15",
    # its triggers look an hour back; a week of candles would be a third of the work of every next life
    "signals.warm_up_hours=24",
    "signals.triggers.min_score=0",
    "signals.triggers.price_move.chop.move_15m_pct=0.01",
    "signals.triggers.price_move.chop.move_60m_pct=0.01",
    "universe.min_eligible_assets=1",
    "universe.tiers.rotational.enabled=false",
)
"""Whatever it sees is a reason to trade, and nothing but a cooldown makes it wait."""

BUSY: Final = (
    *RESTLESS,
    "policy.cooldown_minutes=0.05",
    "policy.cooldown_after_stop_minutes=0.2",
    "policy.cooldown_after_win_minutes=0.05",
    "policy.cooldown_after_loss_minutes=0.1",
    # a breaker that has opened is closed again within the minute in which a healed daemon has to be well
    "policy.breakers.work.open_s=15",
    "policy.breakers.stream.open_s=15",
    "policy.breakers.strategy.open_s=15",
    "policy.breakers.api_errors.open_s=15",
    "policy.breakers.rate_limits.open_s=15",
    "policy.breakers.latency.open_s=15",
)
"""A daemon that trades every minute: some forty orders in an hour instead of one."""

_CHANGED: Final = "policy.caps.open_positions=4"
"""What a reload changes, and the next one takes back."""


@lru_cache(maxsize=8)
def loaded_for(folder: Path, sets: tuple[str, ...] = (), *, busy: bool = True) -> Loaded:
    """The configuration of a folder with these overrides; nothing of the environment, which no replay would have.

    Read once per process: five files of YAML cost as much as a minute of a history.

    Raises:
        ConfigurationFaults: as ``load``.
    """
    return load(folder, environ={}, overrides=(*(BUSY if busy else ()), *sets))


def rereading(folder: Path, sets: tuple[str, ...] = (), *, busy: bool = True) -> Callable[[], Loaded]:
    """What a reload reads: the changed configuration, the old one, the changed one."""
    turns = cycle(((*sets, _CHANGED), sets))

    def read() -> Loaded:
        return loaded_for(folder, next(turns), busy=busy)

    return read
