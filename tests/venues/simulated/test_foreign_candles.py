"""Other people's candles become ours."""

from pathlib import Path

import pytest

from trader247.errors import ConfigurationInvalid
from trader247.venues.simulated.foreign_candles import CANDLE, Columns, candles_of, json_columns, named_columns

pytestmark = pytest.mark.req("BT1")

PATH = Path("f.csv")
OURS = [
    ("1502942400", "4261.48", "4280.56", "4261.32", "4269.36", "2.23"),
    ("1502942460", "4269", "4270", "4268", "4269", "0"),
]


def rows(columns: Columns, said: dict[str, str] | None = None, *, utc: bool = False) -> list[tuple[str, ...]]:
    found, _ = candles_of(columns, said or {}, "BTC", utc=utc)
    return list(zip(*(found.texts[name] for name in CANDLE), strict=True))


@pytest.mark.parametrize(
    "lines",
    [
        [f"{t}000,{o},{h},{low},{c},{v},{t}999,9,9,9,9,0" for t, o, h, low, c, v in OURS],
        [f"{t}000000,{o},{h},{low},{c},{v},{t}999999,9,9,9,9,0" for t, o, h, low, c, v in OURS],
        [f"{t},{o},{h},{low},{c},{v},17" for t, o, h, low, c, v in OURS],
        ["start,low,high,open,close,volume", *(f"{t},{low},{h},{o},{c},{v}" for t, o, h, low, c, v in OURS[::-1])],
        [
            "https://www.example.org",
            "Unix,Date,Symbol,Open,High,Low,Close,Volume USD,Volume BTC",
            *(f"{t}.0,noon,BTC/USD,{o},{h},{low},{c},1,{v}" for t, o, h, low, c, v in OURS[::-1]),
        ],
        [
            "timestamp,open,high,low,close,volume",
            *(f"2017-08-17T04:0{n}:00Z,{','.join(row[1:])}" for n, row in enumerate(OURS)),
        ],
    ],
    ids=["binance", "binance since 2025", "kraken", "coinbase", "cryptodatadownload", "rfc 3339"],
)
def test_a_common_layout_is_known_without_a_word(lines: list[str]) -> None:
    assert rows(named_columns(PATH, lines)) == OURS


def test_an_exchanges_answer_is_read_as_it_came_to_the_last_digit() -> None:
    t, o, h, low, c, v = OURS[0]
    coinbase = f"[[1502942460,1,1,1,1,1],[{t},{low},{h},{o},{c},{v}]]"
    assert rows(json_columns(PATH, coinbase))[0] == OURS[0]
    advanced = f'{{"candles":[{{"start":"{t}","low":"{low}","high":"{h}","open":"{o}","close":"{c}","volume":"{v}"}}]}}'
    assert rows(json_columns(PATH, advanced)) == OURS[:1]
    binance = f'[[{t}000,"{o}","{h}","{low}","{c}","{v}",{t}999,"1",1,"1","1","0"]]'
    assert rows(json_columns(PATH, binance)) == OURS[:1]


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"error": 1}', "[[1,2,3]]", "[[1,2,3,4,5,6],[1,2]]", '[{"a":1},{"b":1}]', "[[1,2,3,4,5,null]]"]
)
def test_an_answer_without_candles_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationInvalid, match=r"f\.csv: "):
        json_columns(PATH, text)


def test_a_person_says_which_column_is_which_by_name_or_number() -> None:
    said = {"time": "When", "volume": "Amount"}
    lines = ["when,open,high,low,close,amount", "2017-08-17 04:00:00,4261.48,4280.56,4261.32,4269.36,2.23"]
    assert rows(named_columns(PATH, lines), said, utc=True) == OURS[:1]
    numbers = dict(zip(CANDLE, "123456", strict=True))
    assert rows(named_columns(PATH, [",".join(OURS[0])]), numbers) == OURS[:1]


@pytest.mark.parametrize(
    ("line", "said", "told"),
    [
        ("2017-08-17 04:00:00,1,1,1,1,1", {}, "f.csv:2: '2017-08-17 04:00:00' is wrong; expected a time"),
        ("1502942400500,1,1,1,1,1", {}, "in whole seconds"),
        ("150294240000,1,1,1,1,1", {}, "f.csv:2: '150294240000' is wrong"),
        ("1502942400,1,1,1,1,1", {"volume": "volum"}, "no column 'volum' for volume (did you mean 'volume'?)"),
        ("1502942400,1,1,1,1", {}, "expected 6 fields"),
    ],
    ids=["no zone", "half a second", "twelve digits", "mistyped", "short"],
)
def test_what_is_wrong_is_named_with_line_and_value(line: str, said: dict[str, str], told: str) -> None:
    with pytest.raises(ConfigurationInvalid) as caught:
        rows(named_columns(PATH, ["time,open,high,low,close,volume", line]), said)
    assert told in str(caught.value)


def test_a_column_that_nobody_can_guess_is_asked_for() -> None:
    with pytest.raises(ConfigurationInvalid, match="as in --columns volume=NAME"):
        rows(named_columns(PATH, ["time,open,high,low,close,turnover", "1502942400,1,1,1,1,1"]))
    with pytest.raises(ConfigurationInvalid, match="is empty"):
        named_columns(PATH, [])


def test_a_row_of_a_file_that_was_turned_round_keeps_its_line() -> None:
    lines = ["time,open,high,low,close,volume", "180,1,1,1,1,1", "120,1,1,1,1,1", "60,1,1,1,1,1"]
    found, notes = candles_of(named_columns(PATH, lines), {}, "BTC", utc=False)
    assert notes == ["newest first, turned round"]
    assert [found.place(index) for index in range(3)] == ["f.csv:4", "f.csv:3", "f.csv:2"]
