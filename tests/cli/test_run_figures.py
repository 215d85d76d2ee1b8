"""A backtest's figures as they stand on a terminal: each with its unit, and where they come from."""

from typing import Any

import pytest

from trader247.cli.run_figures import figures_of, reasons_of

pytestmark = pytest.mark.req("BT2")


def document(
    idle: dict[str, int] | None = None, refused: dict[str, int] | None = None, **summary: Any
) -> dict[str, Any]:
    found = {
        "opening": "100000",
        "closing": "99852.09621993",
        "pnl": "-147.90378007",
        "pnl_pct": -0.147904,
        "max_drawdown_pct": 0.235825,
        "trades": 7,
        "wins": 2,
        "win_rate_pct": 28.571429,
        "profit_factor": 0.259944,
        "fees_paid": "37.73415394",
        "turnover_x": 0.075689,
        "time_in_market_pct": 72.570139,
        "sharpe": -9.673591,
        "sortino": None,
        "calmar": None,
        "open_at_the_end": 0,
    }
    by_rule = refused or {}
    return {
        "summary": found | summary,
        "buy_and_hold": {"equal_parts_pct": 3.2159},
        "verdicts": {"approved": 7 if refused else 0, "refused": sum(by_rule.values()), "refused_by_rule": by_rule},
        "idle": idle or {},
    }


def shown(**summary: Any) -> dict[str, tuple[str, str]]:
    return {name: (value, what) for name, value, what in figures_of(document(**summary))}


def test_every_amount_has_its_currency_and_every_share_its_percent() -> None:
    found = shown()
    assert found["ended with"] == ("99,852.10 USD", "from 100,000.00; what is open at last price")
    assert found["PnL"] == ("-147.90 USD", "after fees; -0.15 % of the funds")
    assert found["buy and hold"][0] == "+3.22 %"
    assert (found["turnover"][0], found["fees paid"][0]) == ("0.08 x", "37.73 USD")


def test_a_gain_has_its_sign_and_what_rounds_to_nothing_has_none() -> None:
    found = shown(pnl="12.5", pnl_pct=-0.0001)
    assert found["PnL"] == ("+12.50 USD", "after fees; +0.00 % of the funds")


def test_a_figure_that_the_run_is_too_short_for_is_a_dash() -> None:
    assert shown(win_rate_pct=None)["win rate"][0] == shown()["Sortino"][0] == "-"


def test_what_is_still_open_is_counted_beside_the_trades_that_are_closed() -> None:
    assert shown()["trades"] == ("7", "closed: 2 won, 5 did not")
    assert shown(open_at_the_end=2)["trades"] == ("7", "closed: 2 won, 5 did not; 2 still open")


def test_each_line_fits_a_terminal_of_80_columns() -> None:
    rows = list(
        figures_of(document(open_at_the_end=10, trades=1000, wins=400, closing="1234567.89", opening="1000000"))
    )
    name, value, what = (max(len(row[column]) for row in rows) for column in range(3))
    assert name + value + what + 4 <= 80


def test_refusals_and_idle_cycles_are_told_most_frequent_first() -> None:
    idle = {"no strategy wanted to trade on what fired": 3549, "no trigger fired": 4589}
    assert list(reasons_of(document(idle, {"loss_streak": 24, "regime": 2833}))) == [
        "2,864 proposals: 7 approved, 2,857 refused (regime 2,833, loss_streak 24)",
        "cycles without a proposal: no trigger fired 4,589, no strategy wanted to trade on what fired 3,549",
    ]


def test_a_run_without_a_proposal_says_so_and_why() -> None:
    assert list(reasons_of(document({"no trigger fired": 120}))) == [
        "no proposal",
        "cycles without a proposal: no trigger fired 120",
    ]
