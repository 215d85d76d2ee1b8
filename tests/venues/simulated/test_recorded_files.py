"""Reading recorded markets."""

import gzip
from pathlib import Path

import pytest
from tests.venues.simulated.rig import recorded

from trader247.errors import ConfigurationInvalid
from trader247.model.instant import instant, rfc3339
from trader247.venues.simulated.book import Side
from trader247.venues.simulated.market import Bar, TapeTrade
from trader247.venues.simulated.recorded_files import (
    KINDS,
    QuoteBar,
    QuoteRow,
    TradeRow,
    read_recording,
    recording_of,
)
from trader247.venues.simulated.recorded_table import RecordedTable

CANDLES = "time,open,high,low,close,volume\n"
QUOTE_BARS = "time,bid_open,bid_high,bid_low,bid_close,bid_size,ask_open,ask_high,ask_low,ask_close,ask_size\n"


def written(folder: Path, text: str, name: str = "x_BTC-USD_1m_y.csv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_candles_become_whole_increments_and_missing_bars_are_counted(tmp_path: Path) -> None:
    recording = read_recording(written(tmp_path, CANDLES + "60,1.5,2,1,1.25,3\n120,1,1,1,1,0.5\n360,1,1,1,1,0\n"))
    assert recording.bars[0] == Bar(60, 150, 200, 100, 125, 30)
    assert (recording.product_id, recording.span_s, recording.missing, recording.gaps) == ("BTC-USD", 60, 3, 1)


def test_a_gzipped_file_reads_the_same_and_dollar_coins_stand_for_dollars(tmp_path: Path) -> None:
    path = tmp_path / "binance_DOGE-USDT_1m.csv.gz"
    path.write_bytes(gzip.compress((CANDLES + "60,0.15,0.16,0.14,0.15,3\n").encode()))
    recording = read_recording(path)
    assert (recording.product_id, recording.renamed_from) == ("DOGE-USD", "DOGE-USDT")
    assert read_recording(path, "ABC-USD").product_id == "ABC-USD"


def test_quote_bars_quotes_and_both_kinds_of_trades_are_read(tmp_path: Path) -> None:
    bars = read_recording(written(tmp_path, QUOTE_BARS + "60,1,2,1,2,0.5,3,4,3,4,0.25\n"))
    assert bars.quote_bars == [QuoteBar(60, (1, 2, 1, 2), 50, (3, 4, 3, 4), 25)]
    text = "timestamp,symbol,ask_size,ask,bid_size,bid\n2021-01-08 00:00:01.076+00:00,BTC/USDT,1,2.5,0.5,2\n"
    quotes = read_recording(written(tmp_path, text))
    assert quotes.quotes == [QuoteRow(instant("2021-01-08T00:00:01.076Z"), 20, 5, 25, 10)]
    text = "timestamp,trade_id,price,quantity,buyer_maker\n2021-01-08 00:00:00+00:00,1,2.5,3,True\n"
    trades = read_recording(written(tmp_path, text))
    assert trades.trades == [TradeRow(instant("2021-01-08T00:00:00Z"), TapeTrade(25, 3, Side.SELL))]
    sold = read_recording(written(tmp_path, "id,side,size,price,time_ms\n1,buy,3,2.5,1610064000000\n"))
    assert sold.trades[0].trade == TapeTrade(25, 3, Side.BUY)


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ("60,1,1,1,1,1\n60,1,1,1,1,1\n", ":3: '60' is wrong; expected a time after 60"),
        ("120,1,1,1,1,1\n60,1,1,1,1,1\n", ":3: '60' is wrong; expected a time after 120"),
        ("60,1,1,NaN,1,1\n", ":2: 'NaN' is wrong; expected low as a plain number"),
        ("60,1,1,-1,1,1\n", ":2: '-1' is wrong; expected low as a plain number"),
        ("60,1,1,1,1,1\n120,2,1,1,1,1\n", ":3: '2,1,1,1' is wrong; expected a candle"),
        ("60,1,1,2,1,1\n", ":2: '1,1,2,1' is wrong; expected a candle"),
        ("60,1,1,1,1\n", ":2: '60,1,1,1,1' is wrong; expected 6 fields"),
        ("noon,1,1,1,1,1\n", ":2: 'noon' is wrong; expected time as unix seconds"),
        ("", ": no line after the header"),
    ],
)
def test_a_malformed_line_is_named_with_its_value_and_what_is_expected(
    tmp_path: Path, lines: str, complaint: str
) -> None:
    with pytest.raises(ConfigurationInvalid) as caught:
        read_recording(written(tmp_path, CANDLES + lines))
    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("timestamp,symbol,ask_size,ask,bid_size,bid\n2021-01-08 00:00:01+00:00,B,1,2,1,2\n", "a bid below the ask"),
        ("id,side,size,price,time_ms\n1,hold,3,2.5,1610064000000\n", "side as one of sell, buy"),
        ("id,side,size,price,time_ms\n1,buy,3,2.5,x\n", "time_ms as unix milliseconds"),
        ("id,side,size,price,time_ms\n1,buy,3,2.5,9\n1,buy,3,2.5,8\n", "a time not before 9"),
        ("a,b\n1,2\n", "header 'a,b' is none of the known"),
    ],
)
def test_malformed_ticks_and_unknown_headers_are_refused(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(ConfigurationInvalid, match=complaint):
        read_recording(written(tmp_path, text))


def test_a_file_that_cannot_be_read_or_named_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid, match="cannot be read"):
        read_recording(tmp_path / "none_BTC-USD_1m.csv")
    torn = tmp_path / "torn_BTC-USD_1m.csv.gz"
    torn.write_bytes(gzip.compress(CANDLES.encode())[:-4])
    with pytest.raises(ConfigurationInvalid, match="cannot be read"):
        read_recording(torn)
    with pytest.raises(ConfigurationInvalid, match="BTC-USD"):
        read_recording(written(tmp_path, CANDLES, "prices.csv"))


def test_a_byte_order_mark_is_read_over_in_utf_8_and_named_in_utf_16(tmp_path: Path) -> None:
    path = tmp_path / "x_BTC-USD_1m.csv"
    path.write_text(CANDLES + "60,1,1,1,1,1\n", encoding="utf-8-sig")
    assert len(read_recording(path).bars) == 1
    path.write_text(CANDLES + "60,1,1,1,1,1\n", encoding="utf-16")
    with pytest.raises(ConfigurationInvalid, match="byte order mark of UTF-16; save it as UTF-8"):
        read_recording(path)


def test_columns_that_were_read_already_are_checked_as_a_file_is() -> None:
    columns = {name: ["60", "60"] for name in CANDLES.strip().split(",")}
    table = RecordedTable.of_columns(Path("x_BTC-USD"), columns, lambda index: f"row {index}")
    with pytest.raises(ConfigurationInvalid, match="row 1: '60' is wrong; expected a time after 60"):
        recording_of(table, KINDS[0], "BTC-USD")


def test_the_recorded_files_read_as_described() -> None:
    recording = read_recording(recorded("coinbase_BTC-USD_1m_20251123_20260115.csv.gz"))
    assert (len(recording.bars), recording.missing, recording.gaps) == (77_136, 2, 1)
    assert rfc3339(recording.first, 0) == "2025-11-23T10:22:00Z"
    with pytest.raises(ConfigurationInvalid, match=r":3207: '1510459200'"):
        read_recording(recorded("coinbase_BTC-USD_1h_20170701_20201024_cdd.csv.gz"))


def test_of_a_file_beyond_any_bound_no_more_than_the_bound_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x_BTC-USD.csv"
    with path.open("wb") as file:
        file.truncate(2**40)  # holes take no place on the disk, and would take it all in memory
    with pytest.raises(ConfigurationInvalid, match="more than 256 MiB; split the file"):
        read_recording(path)


def test_a_name_that_no_file_can_have_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid, match="File name too long"):
        read_recording(tmp_path / ("x" * 300 + "_BTC-USD.csv"))
