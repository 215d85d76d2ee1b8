"""Columns of text through Parquet and back."""

import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trader247.errors import ConfigurationInvalid
from trader247.venues.simulated.parquet_file import ParquetFile, is_parquet, write_parquet
from trader247.venues.simulated.recorded_files import read_recording

pytestmark = pytest.mark.req("BT1")

CANDLE = {"time": [60, 120], "open": ["1.5", "1"], "high": ["2", "1"], "low": ["1", "1"], "close": ["1.25", "1"]}
DECIMALS = st.decimals(min_value=0, max_value=10**12, allow_nan=False, places=8).map(lambda value: f"{value:f}")


def stored(folder: Path, columns: dict[str, Any], name: str = "x_BTC-USD_1m.parquet") -> Path:
    pq.write_table(pa.table(columns), folder / name)
    return folder / name


def candles(folder: Path, **changed: Any) -> Path:
    return stored(folder, {**CANDLE, "volume": [3, 0], **changed})


@settings(max_examples=25)
@given(st.lists(DECIMALS, min_size=1, max_size=8))
def test_every_decimal_comes_back_with_the_value_it_had(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    path = tmp_path_factory.mktemp("p") / "x.parquet"
    write_parquet(path, {"price": texts, "symbol": texts}, path)
    found = ParquetFile(path)
    assert [Decimal(text) for text in found.texts("price")] == [Decimal(text) for text in texts]
    assert found.texts("symbol") == texts


def test_digits_beyond_the_decimal_type_stay_as_text(tmp_path: Path) -> None:
    text = "1." + "123456789" * 5
    write_parquet(tmp_path / "x.parquet", {"price": [text]}, tmp_path / "x.parquet")
    assert ParquetFile(tmp_path / "x.parquet").texts("price") == [text]


@pytest.mark.parametrize(
    "opens",
    [
        ["1.5", "1"],
        pa.array([Decimal("1.50"), Decimal("1.00")], pa.decimal128(20, 2)),
        pa.array([1.5, 1.0], pa.float64()),
    ],
    ids=["text", "decimal", "float"],
)
def test_prices_are_read_from_text_decimals_and_floats_alike(tmp_path: Path, opens: Any) -> None:
    recording = read_recording(candles(tmp_path, open=opens))
    assert [(bar.open, bar.volume) for bar in recording.bars] == [(150, 3), (100, 0)]


def test_columns_stand_in_any_order_and_among_others(tmp_path: Path) -> None:
    path = stored(tmp_path, {"Volume": [3, 0], "note": ["a", "b"], **{name.title(): CANDLE[name] for name in CANDLE}})
    assert len(read_recording(path).bars) == 2


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_a_time_with_its_zone_is_unix_seconds_for_a_bar_and_rfc_3339_for_a_tick(tmp_path: Path, unit: str) -> None:
    at = pa.array([60, 120], pa.timestamp("s", tz="Europe/Berlin")).cast(pa.timestamp(unit, tz="Europe/Berlin"))
    assert [bar.start_s for bar in read_recording(candles(tmp_path, time=at)).bars] == [60, 120]
    path = stored(tmp_path, {"timestamp": at}, "t.parquet")
    assert ParquetFile(path).texts("timestamp")[0] == "1970-01-01T00:01:00.000000000Z"


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"time": pa.array([60, 120], pa.timestamp("s"))}, "time is a time without a zone"),
        ({"time": pa.array([60_500, 120_000], pa.timestamp("ms", tz="UTC"))}, "row 1: '60.5' is wrong; expected time"),
        ({"time": [60, 60]}, "row 2: '60' is wrong; expected a time after 60"),
        ({"time": [120, 60]}, "row 2: '60' is wrong; expected a time after 120"),
        ({"open": pa.array([1.5, 1.0], pa.float32())}, "open is of type float; expected text, a decimal"),
        ({"open": ["1.5", None]}, "row 2: open is empty"),
        ({"high": [2.0, float("nan")]}, "row 2: 'nan' is wrong; expected high as a plain number"),
        ({"high": ["1.25", "1"]}, "row 1: '150,125,100,125' is wrong; expected a candle"),
    ],
    ids=["no zone", "half a second", "twice", "unsorted", "seven digits", "empty", "nan", "high under open"],
)
def test_a_wrong_row_is_named_with_its_value_and_what_is_expected(
    tmp_path: Path, changed: dict[str, Any], told: str
) -> None:
    with pytest.raises(ConfigurationInvalid) as caught:
        read_recording(candles(tmp_path, **changed))
    assert told in str(caught.value)


def test_a_file_that_is_none_has_no_rows_or_other_columns_is_refused(tmp_path: Path) -> None:
    fake = tmp_path / "x_BTC-USD_1m.parquet"
    fake.write_text("time,open\n")
    for path, told in (
        (fake, "cannot be read as Parquet"),
        (tmp_path / "none_BTC-USD.parquet", "cannot be read as Parquet"),
        (stored(tmp_path, {"a": [1]}, "a_BTC-USD_1m.parquet"), "columns 'a' are none of the known"),
        (stored(tmp_path, {**{name: [] for name in CANDLE}, "volume": []}, "e_BTC-USD_1m.parquet"), "has no rows"),
    ):
        with pytest.raises(ConfigurationInvalid, match=told):
            read_recording(path)
    (tmp_path / "d.parquet").mkdir()
    with pytest.raises(ConfigurationInvalid, match="no plain file"):
        ParquetFile(tmp_path / "d.parquet")


def test_parquet_is_known_by_its_first_bytes_too(tmp_path: Path) -> None:
    assert is_parquet(candles(tmp_path).rename(tmp_path / "renamed_BTC-USD_1m.bin"))
    (tmp_path / "x.csv").write_text("time\n")
    assert not is_parquet(tmp_path / "x.csv")
    assert not is_parquet(tmp_path / "none.csv")


def test_where_the_library_is_missing_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = candles(tmp_path)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ConfigurationInvalid, match=r"install trader247\[research\]"):
        read_recording(path)
    with pytest.raises(ConfigurationInvalid, match=r"install trader247\[research\]"):
        write_parquet(tmp_path / "y.parquet", {"time": ["1"]}, tmp_path / "y.parquet")
