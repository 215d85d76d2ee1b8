"""What a backtest is asked to do, and what is wrong with it, in words."""

from decimal import Decimal
from pathlib import Path

import pytest
from tests.drivers.backtest.samples import EDGE, candle_file, plan, prepared
from tests.drivers.backtest.worlds import busy

from trader247.drivers.backtest.plan import Costs, prepare
from trader247.errors import ConfigurationInvalid
from trader247.model.instant import HOUR, Instant

pytestmark = pytest.mark.req("BT5", "X3")


def test_costs_are_read_by_name_and_the_rest_keeps_its_default() -> None:
    assert Costs.read("") == Costs()
    read = Costs.read("maker=25,taker=40.5,latency_ms=120,slippage=0,partial_pct=50")
    assert read == Costs(Decimal(25), Decimal("40.5"), 120, 0.0, 50.0)


@pytest.mark.parametrize("text", ["fee=3", "maker", "maker=-1", "maker=1e3", "taker=nan", "latency_ms=99999"])
def test_a_cost_that_is_none_is_refused_by_name(text: str) -> None:
    with pytest.raises(ConfigurationInvalid, match=text.partition("=")[0]):
        Costs.read(text)


def test_the_run_says_what_it_was_made_of(tmp_path: Path) -> None:
    path = candle_file(tmp_path)
    ready = prepared(path, start=EDGE, end=Instant(EDGE + HOUR), seed=3, funds=Decimal(5_000))
    assert (ready.run.start, ready.run.end, ready.run.seed) == (EDGE, EDGE + HOUR, 3)
    assert ready.run.files[0]["name"] == path.name
    assert len(ready.run.files[0]["sha256"]) == 64
    assert ready.run.costs["funds"] == "5000"
    assert ready.run.strategies == ["baseline"]


def test_fees_are_the_costs_that_were_asked_for(tmp_path: Path) -> None:
    with busy() as config:
        costs, end = Costs.read("maker=1,taker=2"), Instant(EDGE + HOUR)
        ready = prepared(candle_file(tmp_path), config=config, costs=costs, start=EDGE, end=end)
        report = ready.report(ready.test.run())
    assert report["trades"]
    assert report["run"]["costs"]["maker_bps"] == "1"
    for trade in report["trades"]:
        bps = Decimal(trade["fee"]) / (Decimal(trade["price"]) * Decimal(trade["quantity"])) * 10_000
        assert round(bps, 3) == (1 if trade["liquidity"] == "MAKER" else 2)


def test_a_strategy_that_is_not_configured_is_refused_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigurationInvalid, match=r"strategy 'nobody' is not configured in strategies\.yaml; there are baseline"
    ):
        prepare(plan(candle_file(tmp_path), strategies=["nobody"]))


def test_an_instrument_that_may_not_be_traded_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid, match=r"LTC-USD may not be traded by universe\.yaml"):
        prepare(plan(candle_file(tmp_path, "LTC-USD")))
