"""From one format to another, and nothing lost on the way."""

import gzip
from decimal import Decimal
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from trader247.errors import ConfigurationInvalid
from trader247.venues.simulated.imported import ENDINGS, Source, read_source, written
from trader247.venues.simulated.recorded_files import read_recording

pytestmark = pytest.mark.req("BT1")

HEADER = "time,open,high,low,close,volume"
PRICES = st.decimals(min_value=Decimal("0.00000001"), max_value=Decimal(99_999_999), places=8, allow_nan=False)


def source(path: Path, product_id: str | None = None) -> Source:
    return read_source(path, product_id, {}, utc=False)


def candles(folder: Path, *starts: int, name: str = "x_BTC-USD_1m.csv", price: str = "1.5") -> Path:
    path = folder / name
    path.write_text("\n".join([HEADER, *(f"{start},{price},{price},{price},{price},2" for start in starts)]) + "\n")
    return path


@settings(max_examples=25)
@given(st.lists(st.tuples(PRICES, PRICES), min_size=1, max_size=6), st.permutations(ENDINGS))
def test_prices_survive_every_format_in_any_order_to_the_last_digit(
    tmp_path_factory: pytest.TempPathFactory, prices: list[tuple[Decimal, Decimal]], endings: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("i")
    rows = [
        f"{60 * n},{one:f},{max(one, two):f},{min(one, two):f},{two:f},{one:f}" for n, (one, two) in enumerate(prices)
    ]
    first = folder / "0_BTC-USD_1m.csv"
    first.write_text("\n".join([HEADER, *rows]) + "\n")
    path = first
    for number, ending in enumerate(endings, 1):
        written([source(path)], folder / f"{number}_BTC-USD_1m{ending}")
        path = folder / f"{number}_BTC-USD_1m{ending}"
        assert evolve(read_recording(path), path="") == evolve(read_recording(first), path="")
    columns = source(path).columns
    assert [Decimal(text) for text in columns["open"]] == [one for one, _ in prices]
    assert [Decimal(text) for text in columns["close"]] == [two for _, two in prices]


def test_every_kind_passes_as_it_is(tmp_path: Path) -> None:
    for kind in (
        "time,bid_open,bid_high,bid_low,bid_close,bid_size,ask_open,ask_high,ask_low,ask_close,ask_size\n60,1,2,1,2,0.5,3,4,3,4,0.25",
        "timestamp,symbol,ask_size,ask,bid_size,bid\n2021-01-08 00:00:01.076+00:00,BTC/USDT,1,2.5,0.5,2",
        "timestamp,trade_id,price,quantity,buyer_maker\n2021-01-08 00:00:00+00:00,1,2.5,3,True",
        "id,side,size,price,time_ms\n1,buy,3,2.5,1610064000000",
    ):
        path = tmp_path / "x_BTC-USD.csv"
        path.write_text(kind + "\n")
        out = tmp_path / "y_BTC-USD.parquet"
        written([source(path)], out)
        assert evolve(read_recording(out), path="") == evolve(read_recording(path), path="")
        out.unlink()


def test_the_same_bytes_come_of_the_same_file_each_time(tmp_path: Path) -> None:
    path = candles(tmp_path, 60, 120)
    for name in ("a_BTC-USD.csv.gz", "b_BTC-USD.csv.gz"):
        written([source(path)], tmp_path / name)
    assert (tmp_path / "a_BTC-USD.csv.gz").read_bytes() == (tmp_path / "b_BTC-USD.csv.gz").read_bytes()


def test_several_files_are_joined_in_the_order_of_their_times(tmp_path: Path) -> None:
    later = candles(tmp_path, 180, 240, name="a_BTC-USD_1m.csv")
    earlier = candles(tmp_path, 60, 120, name="b_BTC-USD_1m.csv")
    out = tmp_path / "all_BTC-USD_1m.csv"
    written([source(later), source(earlier)], out)
    assert [bar.start_s for bar in read_recording(out).bars] == [60, 120, 180, 240]


@pytest.mark.parametrize(
    ("starts", "name", "told"),
    [
        ((120, 180), "b_BTC-USD_1m.csv", "overlap: the later begins at 1970-01-01T00:02:00Z"),
        ((240, 300), "b_ETH-USD_1m.csv", "are of BTC-USD and ETH-USD"),
        ((600, 900), "b_BTC-USD_5m.csv", "are not of one kind"),
    ],
)
def test_what_does_not_belong_together_is_not_joined(
    starts: tuple[int, ...], name: str, told: str, tmp_path: Path
) -> None:
    sources = [source(candles(tmp_path, 60, 120)), source(candles(tmp_path, *starts, name=name))]
    with pytest.raises(ConfigurationInvalid, match=told):
        written(sources, tmp_path / "out_BTC-USD.csv")
    assert not (tmp_path / "out_BTC-USD.csv").exists()


def test_nothing_is_replaced_and_nothing_half_is_left(tmp_path: Path) -> None:
    found = source(candles(tmp_path, 60, 120))
    (tmp_path / "precious.csv").write_text("mine")
    for name, told in (
        ("precious.csv", "is there already"),
        ("x.xlsx", "has to end in one of"),
        ("no/x.csv", "cannot be written"),
        ("precious.csv/x.csv", "precious.csv/x.csv: cannot be written: Not a directory"),
        ("precious.csv/x.parquet", "precious.csv/x.parquet: cannot be written: .*Not a directory"),
        ("x" * 300 + ".csv", "x.csv: cannot be written: File name too long"),
    ):
        with pytest.raises(ConfigurationInvalid, match=told):
            written([found], tmp_path / name)
    assert (tmp_path / "precious.csv").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["precious.csv", "x_BTC-USD_1m.csv"]


def test_a_foreign_file_is_checked_by_its_own_lines(tmp_path: Path) -> None:
    path = tmp_path / "x_BTC-USD_1m.csv"
    path.write_text("unix,open,high,low,close,volume\n180,1,1,1,1,1\n120,1,1,1,1,1\n120,1,1,1,1,1\n60,1,1,1,1,1\n")
    with pytest.raises(ConfigurationInvalid, match=r"csv:3: '120' is wrong; expected a time after 120"):
        source(path)
    path.write_text("unix,open,high,low,close,volume\n")
    with pytest.raises(ConfigurationInvalid, match="no line after the header"):
        source(path)
    with pytest.raises(ConfigurationInvalid, match="'tim' is no column of a candle"):
        read_source(path, None, {"tim": "x"}, utc=False)


def test_a_gzipped_answer_of_an_exchange_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x_BTC-USD.json.gz"
    path.write_bytes(gzip.compress(b"[[120,1,1,1,1,1],[60,1,1,1,1,1]]"))
    assert [bar.start_s for bar in source(path).recording.bars] == [60, 120]
