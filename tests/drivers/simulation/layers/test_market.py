"""Quotes and the market."""

import pytest
from tests.drivers.simulation.histories import event, fault, lived

pytestmark = pytest.mark.req("SE4")


@pytest.mark.fault("MD-01")
def test_a_market_without_quotes_is_asked_for_them_until_it_moves_again() -> None:
    seen = lived(fault("market", "gap", for_s=30.0))
    asked = [(call.at - seen.evidence.began) / 10**9 for call in seen.calls("/best_bid_ask")]
    assert len([at for at in asked if 62 < at < 90]) > 5
    assert len([price for _, _, price in seen.evidence.marks]) > len({price for _, _, price in seen.evidence.marks})


@pytest.mark.fault("MD-03", "OL-17")
def test_a_spike_comes_and_goes_and_a_crash_stays() -> None:
    seen = lived(
        fault("market", "spike", symbol="BTC-USD", factor=2.0), fault("market", "crash", symbol="ETH-USD", factor=0.8)
    )
    marks = {
        name: [price for _, symbol, price in seen.evidence.marks if symbol == name] for name in ("BTC-USD", "ETH-USD")
    }
    assert float(marks["BTC-USD"][-1] / marks["BTC-USD"][0]) == pytest.approx(1.0, abs=0.1)
    assert float(marks["ETH-USD"][-1] / marks["ETH-USD"][0]) == pytest.approx(0.8, abs=0.05)


@pytest.mark.fault("MD-02", "MD-04", "MD-07", "MD-09")
def test_frames_of_nonsense_closed_products_and_a_wrong_clock_are_survived() -> None:
    plan = [
        fault("market", "mispriced", event("frame", "ticker*", after_s=20.0 + 5 * at), price=price)
        for at, price in enumerate(("zero", "nan", "negative", "tenfold", "crossed", "empty"))
    ]
    seen = lived(
        *plan,
        fault("market", "frozen", for_s=20.0),
        fault("market", "mode", symbol="SOL-USD", mode="cancel_only", for_s=20.0),
        fault("market", "maintenance", for_s=5.0),
        fault("market", "venue_clock", seconds=5.0, for_s=10.0),
    )
    assert len(seen.struck) == 10
    assert [breach.subject for breach in seen.evidence.breaches if breach.kind == "product_mode"] == ["SOL-USD"]
    assert [life.how for life in seen.evidence.lives] == ["drained"]
