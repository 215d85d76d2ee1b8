"""``data check`` says what is wrong with a file by line and value, and what is odd; ``data import`` makes it ours."""

import json
from pathlib import Path

import click
import pytest
from tests.cli.daemon_samples import call

from trader247.cli.recordings import recorded_file

pytestmark = pytest.mark.req("BT1")

HEADER = "time,open,high,low,close,volume"


def checked(folder: Path, *rows: str, more: tuple[str, ...] = ()) -> tuple[int, str]:
    path = folder / "x_BTC-USD_1m.csv"
    path.write_text("\n".join([HEADER, *rows]) + "\n")
    done = call("data", "check", str(path), *more)
    return done.exit_code, done.output


def row(minute: int, low: float = 99.0) -> str:
    return f"{1_600_000_020 + 60 * minute},100.00,101.00,{low:.2f},100.00,5.0"


def test_a_sound_file_is_described_in_a_line(tmp_path: Path) -> None:
    code, said = checked(tmp_path, *(row(minute) for minute in range(5)))
    assert (code, said) == (
        0,
        "x_BTC-USD_1m.csv: BTC-USD, 5 candles of 60 s, 2020-09-13T12:27:00Z to 2020-09-13T12:32:00Z\n",
    )


def test_a_price_that_cannot_be_true_is_exit_code_1(tmp_path: Path) -> None:
    rows = [row(minute, 10.0 if minute == 2 else 99.0) for minute in range(5)]
    code, said = checked(tmp_path, *rows)
    assert code == 1
    assert "WRONG: 2020-09-13T12:29:00Z: open, high, low, close 100, 101, 10, 100" in said
    code, said = checked(tmp_path, *rows, more=("--json",))
    assert json.loads(said)["findings"][0]["serious"] is True


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([row(0), row(0)], "a time after 1600000020 of the line before"),
        ([row(1), row(0)], "a time after 1600000080 of the line before"),
        (["1600000020000,100.00,101.00,99.00,100.00,5.0"], "time as unix seconds"),
        (["1600000020,100.00,90.00,99.00,100.00,5.0"], "none beyond high or low"),
    ],
    ids=["twice", "unsorted", "milliseconds", "high under low"],
)
def test_what_cannot_be_read_is_exit_code_2_with_line_and_value(rows: list[str], told: str, tmp_path: Path) -> None:
    code, said = checked(tmp_path, *rows)
    assert code == 2
    assert told in said
    assert "x_BTC-USD_1m.csv:" in said


def test_others_candles_are_imported_and_checked_in_one_go(tmp_path: Path) -> None:
    path, out = tmp_path / "BTCUSDT-1m-2020-09.csv", tmp_path / "sept.parquet"
    path.write_text("\n".join(f"{1_600_000_020_000 + 60_000 * n},100.00,101,99,100.50,5,0,0,0,0,0,0" for n in range(3)))
    done = call("data", "import", f"{path}=BTC-USD", "--out", str(out))
    assert done.exit_code == 0, done.output
    assert "note: BTCUSDT-1m-2020-09.csv: time is open_time" in done.stderr
    assert "use it as sept.parquet=BTC-USD" in done.stderr
    assert "sept.parquet: BTC-USD, 3 candles of 60 s, 2020-09-13T12:27:00Z" in done.stdout
    again = call("data", "check", f"{out}=BTC-USD", "--json")
    assert json.loads(again.stdout)["rows"] == 3


def test_an_import_that_cannot_be_made_is_exit_code_2_and_a_spike_in_it_1(tmp_path: Path) -> None:
    path = tmp_path / "x_BTC-USD_1m.csv"
    path.write_text("\n".join([HEADER.replace("time", "when"), *(row(n, 10.0 if n == 2 else 99.0) for n in range(5))]))
    out = str(tmp_path / "y_BTC-USD_1m.csv.gz")
    done = call("data", "import", str(path), "--out", out)
    assert (done.exit_code, "--columns time=NAME" in done.output) == (2, True), done.output
    done = call("data", "import", str(path), "--out", out, "--columns", "time=when")
    assert (done.exit_code, "WRONG: 2020-09-13T12:29:00Z" in done.output) == (1, True), done.output


@pytest.mark.parametrize(
    ("said", "path", "symbol"),
    [
        ("x.csv", "x.csv", None),
        ("x.csv=BTC-USD", "x.csv", "BTC-USD"),
        ("symbol=BTC-USD/x.csv", "symbol=BTC-USD/x.csv", None),
        ("symbol=BTC-USD/x.csv=ETH-USD", "symbol=BTC-USD/x.csv", "ETH-USD"),
        ("symbol=BTC-USD/none.csv", "symbol=BTC-USD/none.csv", None),
        ("symbol=BTC-USD/none.csv=ETH-USD", "symbol=BTC-USD/none.csv", "ETH-USD"),
        ("a=b", "a=b", None),
    ],
)
def test_a_folder_or_file_may_have_an_equals_sign_in_its_name(
    said: str, path: str, symbol: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("symbol=BTC-USD").mkdir()
    for name in ("x.csv", "symbol=BTC-USD/x.csv", "a=b"):
        Path(name).touch()
    assert recorded_file(said) == (Path(path), symbol)


def test_a_name_that_is_no_text_is_refused_before_anything_is_read() -> None:
    with pytest.raises(click.UsageError, match="is no name in UTF-8: rename the file"):
        recorded_file("x\udcff_BTC-USD.csv")
