"""Prices that are none."""

import json

import pytest

from trader247.venues.simulated.faults.mispricing import MISPRICED, mispriced

TICKER = '{"product_id":"BTC-USD","price":"64000.5","best_bid":"64000","best_ask":"64001","volume":"7"}'


@pytest.mark.fault("MD-04")
@pytest.mark.parametrize("how", MISPRICED)
def test_every_price_is_another_and_all_else_as_it_was(how: str) -> None:
    before, after = json.loads(TICKER), json.loads(mispriced(TICKER, how))
    assert {name for name in before if before[name] != after[name]} >= {"best_bid", "best_ask"}
    assert (after["product_id"], after["volume"]) == ("BTC-USD", "7")


@pytest.mark.fault("MD-04")
def test_a_crossed_frame_has_its_bid_over_its_ask() -> None:
    after = json.loads(mispriced(TICKER, "crossed"))
    assert (after["best_bid"], after["best_ask"]) == ("64001", "64000")


def test_tenfold_is_ten_times_and_what_is_no_number_stays() -> None:
    assert json.loads(mispriced(TICKER, "tenfold"))["price"] == "640005.0"
    assert mispriced('{"price":"x"}', "tenfold") == '{"price":"x"}'
