"""A recording cut at an instant is what a file written at that instant would be."""

from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from trader247.model.instant import SECOND, Instant
from trader247.venues.simulated.as_of import as_of
from trader247.venues.simulated.recorded_files import Recording, read_recording

pytestmark = pytest.mark.req("BT6")

PRICES = st.sampled_from(["7", "7.5", "7.25", "7.125", "70"])
SIZES = st.sampled_from(["1", "2.5", "0.001", "0"])
KINDS = {
    "bars": "time,open,high,low,close,volume",
    "quote_bars": "time,bid_open,bid_high,bid_low,bid_close,bid_size,ask_open,ask_high,ask_low,ask_close,ask_size",
    "quotes": "timestamp,symbol,ask_size,ask,bid_size,bid",
    "trades": "timestamp,trade_id,price,quantity,buyer_maker",
}


def row(kind: str, minute: int, price: str, size: str) -> str:
    at, some = f"1970-01-01T00:{minute:02d}:00Z", size if size != "0" else "1"
    return {
        "bars": f"{minute * 60},{price},{price},{price},{price},{size}",
        "quote_bars": f"{minute * 60},{price},{price},{price},{price},{some},99,99,99,99,{some}",
        "quotes": f"{at},BTC/USD,{some},99,{some},{price}",
        "trades": f"{at},{minute},{price},{some},True",
    }[kind]


def recorded(folder: Path, kind: str, rows: list[str]) -> Recording:
    path = folder / "x_BTC-USD.csv"
    path.write_text("\n".join([KINDS[kind], *rows]) + "\n")
    return evolve(read_recording(path), path="")


@settings(max_examples=40)
@given(st.sampled_from(sorted(KINDS)), st.lists(st.tuples(PRICES, SIZES), min_size=3, max_size=6), st.integers(2, 5))
def test_it_is_the_file_that_was_there_then(
    tmp_path_factory: pytest.TempPathFactory, kind: str, drawn: list[tuple[str, str]], kept: int
) -> None:
    folder, kept = tmp_path_factory.mktemp("a"), min(kept, len(drawn) - 1)
    rows = [row(kind, minute, price, size) for minute, (price, size) in enumerate(drawn)]
    whole, then = recorded(folder, kind, rows), recorded(folder, kind, rows[:kept])
    found = as_of(whole, Instant(kept * 60 * SECOND))
    assert list(getattr(found, kind)) == list(getattr(then, kind))
    assert (found.price_digits, found.size_digits) == (then.price_digits, then.size_digits)


def test_what_ended_before_is_the_same(tmp_path: Path) -> None:
    whole = recorded(tmp_path, "bars", [row("bars", minute, "1", "1") for minute in range(3)])
    assert as_of(whole, None) is whole
    assert as_of(whole, whole.end) is whole
