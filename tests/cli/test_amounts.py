"""Numbers on the command line."""

import pytest
from tests.cli.daemon_samples import call

from trader247.cli.amounts import Amount


@pytest.mark.parametrize(
    "words",
    [
        ["simulate", "--hours", "nan"],
        ["backtest", "run", "--data", "x.csv", "--funds", "nan"],
        ["backtest", "compare", "a", "b", "--tolerance", "NaN"],
        ["ban", "BTC-USD", "--kind", "exploit", "--reason", "x", "--hours", "-nan"],
        ["exchange", "serve", "--port", "0", "--speed", "nan"],
    ],
)
def test_what_is_no_number_is_out_of_every_range(words: list[str]) -> None:
    done = call(*words)
    assert done.exit_code == 2
    assert "nan is not in the range" in done.output.lower()


def test_a_number_within_its_bounds_is_taken() -> None:
    assert Amount(0, 2).convert("2", None, None) == 2.0
