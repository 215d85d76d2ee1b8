"""A minute that passes in numbers is one at which the messages would have said nothing (requirement BT1).

The same run is made twice: with every minute as messages, and with numbers wherever the deciders allow it. All that is
recorded, to the last digit of the drawdown and the last idle cycle, has to be the same.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from tests.drivers.backtest.worlds import LATENCY, busy, configured, epoch_of, exchange, made

from trader247.config.schema import Configuration
from trader247.drivers.backtest import quiet
from trader247.drivers.backtest.recorder import Recorder
from trader247.drivers.backtest.run import Backtest
from trader247.venues.simulated.market import Bar
from trader247.venues.simulated.recorded_files import Recording

pytestmark = pytest.mark.req("BT1", "X3")

CROSSING = (
    "signals.triggers.ema_cross.enabled=true",
    "signals.triggers.filters.atr_ratio=0",
    "signals.regime.pinned=chop",
    "policy.execution.maker_first=false",
    "policy.cooldown_minutes=0",
    "policy.cooldown_after_win_minutes=0",
    "policy.cooldown_after_loss_minutes=0",
    "policy.loss_streak_pause_minutes=0",
    "strategies.baseline.enabled=false",
    "strategies.cross.kind=ema_cross",
    "strategies.cross.enabled=true",
    "strategies.cross.parameters.notional_pct=3",
)
RULES = (
    "policy.entry.min_conviction=0.2",
    "signals.triggers.filters.atr_ratio=0",
    *(f"strategies.baseline.parameters.rules.momentum_up.{term}" for term in ("stop_pct=0.6", "target_pct=1.5")),
    "strategies.baseline.parameters.rules.momentum_up.max_hold_h=1",
)
TRAILING = ("policy.exits.trailing_stop_pct=0.5", "policy.caps.per_asset_pct=1.4", "policy.trim.tolerance_pct=0")


def run(config: Configuration, recordings: Sequence[Recording], hours: float, *, in_numbers: bool) -> Recorder:
    world, end = exchange(recordings, hours), min(each.end for each in recordings)
    test = Backtest(config, world, end, epoch=epoch_of(7), latency_ns=LATENCY, in_numbers=in_numbers)
    return test.run()


def everything(found: Recorder) -> dict[str, Any]:
    """All it keeps, but what belongs to its own book-keeping."""
    kept = {name: value for name, value in vars(found).items() if not name.startswith("_")}
    return kept | {"nlv": found.nlv, "orders": sorted(found.orders.items())}


def alike(config: Configuration, recordings: Sequence[Recording], hours: float) -> Recorder:
    told, passed = (run(config, recordings, hours, in_numbers=numbers) for numbers in (False, True))
    assert everything(passed) == everything(told)
    return passed


def holed(recording: Recording, every: int, dry: int) -> Recording:
    """Without some of its minutes, and with hardly any volume in others: one, two or three units."""
    bars = [
        bar._replace(volume=1 + number % 3) if number % dry == 0 else bar
        for number, bar in enumerate(recording.bars)
        if number % every or number < 2
    ]
    return evolve(recording, bars=bars)


def leaping(recording: Recording, every: int, share: float) -> Recording:
    """Once in so many minutes the price leaps by a share, and lies there from then on; every other leap goes back."""
    bars, factor = [], 1.0
    for number, bar in enumerate(recording.bars):
        if number % every == 0 and number:
            factor = 1.0 if factor != 1.0 else 1.0 + share
        opened, high, low, close = (round(price * factor) for price in bar[1:5])
        bars.append(Bar(bar.start_s, opened, high, low, close, bar.volume))
    return evolve(recording, bars=bars)


@settings(max_examples=8, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(
    seed=st.integers(0, 10**6),
    swing=st.sampled_from([0.0002, 0.0009, 0.003]),
    names=st.sampled_from([("ETH-USD",), ("BTC-USD", "SOL-USD")]),
    every=st.sampled_from([7, 10**9]),
    leap=st.sampled_from([0.0, 0.012, 0.12]),
    terms=st.sampled_from([RULES, CROSSING, (*CROSSING, *TRAILING)]),
    hours=st.sampled_from([1.5, 2.35]),
)
def test_numbers_and_messages_come_to_the_same_on_any_market(
    *, seed: int, swing: float, names: tuple[str, ...], every: int, leap: float, terms: tuple[str, ...], hours: float
) -> None:
    recordings = [leaping(holed(made(n, seed, 9.2, swing=swing), every, 11), 97, leap) for n in names]
    alike(configured(*terms), recordings, hours)


def test_most_minutes_of_a_strategy_that_waits_pass_in_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    passed: list[bool] = []
    let_pass = quiet.QuietMinutes.cycle

    def counted(self: quiet.QuietMinutes) -> bool:
        passed.append(let_pass(self))
        return passed[-1]

    monkeypatch.setattr(quiet.QuietMinutes, "cycle", counted)
    found = alike(configured(*CROSSING), [made("BTC-USD", 5)], 6.0)
    assert found.fills
    assert passed.count(True) > 300


def test_a_strategy_that_cannot_wait_is_asked_each_minute() -> None:
    with busy() as config:
        found = alike(config, [made("BTC-USD", 3), made("SOL-USD", 3)], 1.5)
    assert len(found.fills) > 10


def test_a_halt_is_told_at_the_same_minute() -> None:
    limits = ("policy.loss_limits.daily_stop_pct=0.05", "policy.loss_limits.weekly_stop_pct=0.05")
    found = alike(configured(*CROSSING, *limits), [made("BTC-USD", 5)], 6.0)
    assert found.halts


def test_a_run_that_ends_within_an_hour_is_worth_what_its_last_cycle_saw() -> None:
    found = alike(configured(*CROSSING), [made("BTC-USD", 5, 9.51)], 3.3)
    assert found.nlv != Decimal(100_000)
