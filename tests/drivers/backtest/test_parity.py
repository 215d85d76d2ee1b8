"""The backtest and the daemon in virtual time rule, order and fill alike over the same market (requirement BT4).

What is compared is what was decided and what it cost. The drivers differ in the seconds a start takes and in the
numbers that orders get where two instruments have news at one instant, so times are compared by the quarter minute, the
market's own step, and orders without their numbers.
"""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.drivers.backtest.test_quiet import CROSSING
from tests.drivers.backtest.worlds import (
    backtested,
    busy,
    configured,
    cut,
    exchange,
    fills,
    lived,
    made,
    orders,
    verdicts,
)
from tests.recordings import recorded

from trader247.config.schema import Configuration
from trader247.drivers.backtest.recorder import Recorder
from trader247.model.instant import instant
from trader247.venues.simulated.recorded_files import Recording

pytestmark = [pytest.mark.req("BT4", "X3"), pytest.mark.slow]


def alike(config: Configuration, recordings: Sequence[Recording], hours: float, folder: Path) -> Recorder:
    """What both made of it, once it is shown to be the same."""
    end = min(each.end for each in recordings)
    tested = backtested(config, exchange(recordings, hours), end)
    daemon = lived(config, exchange(recordings, hours, lays_books=True), end, folder)
    assert verdicts(tested) == verdicts(daemon)
    assert orders(tested) == orders(daemon)
    assert fills(tested) == fills(daemon)
    assert tested.fired == daemon.fired
    return tested


@pytest.mark.parametrize(
    ("names", "until"),
    [
        (("binance_BTC-USDT_1m_20210402_20210514", "binance_ETH-USDT_1m_20210402_20210514"), "2021-04-18T03:25:00Z"),
        (("coinbase_BTC-USD_1m_20251123_20260115",), "2025-12-15T15:30:00Z"),
        (("kraken_BTC-USD_5m_20230101_20230228",), "2023-01-20T22:00:00Z"),
        (("coinbase_SOL-USD_15m_20240418_20250630",), "2024-08-05T02:30:00Z"),
    ],
    ids=["crash", "quiet", "five minutes", "quarter hours"],
)
def test_real_markets_are_traded_alike(names: tuple[str, ...], until: str, tmp_path: Path) -> None:
    recordings = [cut(recorded(f"{name}.csv.gz"), instant(until), 0.25) for name in names]
    with busy() as config:
        found = alike(config, recordings, 0.25, tmp_path)
    assert len(found.fills) >= 6


def test_the_shipped_rules_propose_and_are_ruled_on_alike(tmp_path: Path) -> None:
    recordings = [made("BTC-USD", 1), made("ETH-USD", 1)]
    found = alike(configured("policy.entry.min_conviction=0.2"), recordings, 0.6, tmp_path)
    assert found.fired


def test_a_strategy_that_works_bar_by_bar_is_traded_alike(tmp_path: Path) -> None:
    recordings = [made("BTC-USD", 5), made("ETH-USD", 5)]
    found = alike(configured(*CROSSING), recordings, 0.5, tmp_path)
    assert len(found.fills) >= 1
    assert {kind.value for kind in found.fired} >= {"ema_cross"}


@settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 10**6), swing=st.sampled_from([0.0002, 0.0009, 0.002]), several=st.booleans())
def test_made_markets_are_traded_alike(seed: int, swing: float, several: bool) -> None:
    names = ("BTC-USD", "SOL-USD") if several else ("ETH-USD",)
    with TemporaryDirectory() as folder, busy() as config:
        alike(config, [made(name, seed, swing=swing) for name in names], 0.2, Path(folder))
