"""The figures of a backtest as a person reads them: a value, its unit, and what it is measured by."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from trader247.cli.rendering import amount

__all__ = ["figures_of", "reasons_of"]


def figures_of(document: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Rows of the table: name, value with its unit, what it says. A figure that the run is too short for is ``-``."""
    found = document["summary"]
    still_open = found["open_at_the_end"]
    yield (
        "ended with",
        f"{amount(found['closing'])} USD",
        f"from {amount(found['opening'])}; what is open at last price",
    )
    yield "PnL", f"{_signed(found['pnl'])} USD", f"after fees; {_pct(found['pnl_pct'], '+')} of the funds"
    yield (
        "buy and hold",
        _pct(document["buy_and_hold"]["equal_parts_pct"], "+"),
        "all of it in equal parts, without fees",
    )
    yield "max drawdown", _pct(found["max_drawdown_pct"]), "the deepest fall from a high"
    lost = found["trades"] - found["wins"]
    waiting = f"; {still_open} still open" if still_open else ""
    yield "trades", f"{found['trades']}", f"closed: {found['wins']} won, {lost} did not{waiting}"
    yield "win rate", _pct(found["win_rate_pct"]), "of the closed trades, after fees"
    yield "profit factor", _plain(found["profit_factor"]), "gained for each USD lost, in closed trades"
    yield "fees paid", f"{amount(found['fees_paid'])} USD", ""
    yield "turnover", _plain(found["turnover_x"], " x"), "bought and sold, in times of the funds"
    yield "time in market", _pct(found["time_in_market_pct"]), "with a position open"
    yield "Sharpe", _plain(found["sharpe"]), "a year's return by its spread; from 7 days on"
    yield "Sortino", _plain(found["sortino"]), "the same, by the spread of losing days alone"
    yield "Calmar", _plain(found["calmar"]), "a year's return by the max drawdown"


def reasons_of(document: dict[str, Any]) -> Iterator[str]:
    """What became of proposals, and why the other cycles made none."""
    verdicts, idle = document["verdicts"], document["idle"]
    refused = ", ".join(f"{rule} {count:,}" for rule, count in _most_first(verdicts["refused_by_rule"]))
    asked = verdicts["approved"] + verdicts["refused"]
    if not asked:
        yield "no proposal"
    else:
        told = f"{asked:,} proposal{'' if asked == 1 else 's'}: {verdicts['approved']:,} approved"
        yield f"{told}, {verdicts['refused']:,} refused" + (f" ({refused})" if refused else "")
    if idle:
        yield "cycles without a proposal: " + ", ".join(f"{why} {count:,}" for why, count in _most_first(idle))


def _most_first(counts: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _signed(money: str) -> str:
    return f"{'+' if Decimal(money) > 0 else ''}{amount(money)}"


def _pct(value: float | None, sign: str = "") -> str:
    return "-" if value is None else f"{value:{sign}z.2f} %"


def _plain(value: float | None, unit: str = "") -> str:
    return "-" if value is None else f"{value:z.2f}{unit}"
