"""The commands that look."""

import json
import re
from pathlib import Path

import pytest
from attrs import evolve
from tests.board_samples import alert, answered, cycle, everything, halted, healthy, permit
from tests.cli.daemon_samples import call, daemon, typed

from trader247.messages.control import FlattenOrdered
from trader247.messages.market import StreamChanged
from trader247.model.ids import StrategyName


@pytest.mark.req("SUP7")
async def test_status_says_in_a_few_lines_how_things_stand(tmp_path: Path) -> None:
    async with daemon(tmp_path, *everything()):
        told = await typed(tmp_path, "status")
    assert told.exit_code == 0
    assert told.output.splitlines() == [
        "trader247 0.1.0  ACTIVE  PAPER on embedded, up 1.0 s, configuration 0123456789abcdef",
        "allowed   entry yes, exit yes, cancel yes",
        "permit    granted: entry and exit; 14 of 14 guards say yes",
        "account   100,000.00 USD net, +0.00 % today, drawdown 0.00 %, exposure 0.75 %",
        "holdings  1 position, 1 working order, 0 in doubt; 1 alert stands",
        "cycle     #1 1.0 s ago, chop, 2 instruments, no trade: nothing proposed; next in 59 s",
        "asked     baseline proposed nothing",
    ]


async def test_status_says_first_what_stops_it(tmp_path: Path) -> None:
    facts = (*healthy(), permit(clock="drift is 180 ms"), StreamChanged(up=False, why="gap"), halted("daily stop"))
    async with daemon(tmp_path, *facts):
        lines = (await typed(tmp_path, "status")).output
    assert "halted    daily stop (by kill_switch, 2026-03-01T12:00:00.000Z); trader247 resume" in lines
    assert "allowed   entry no, exit no, cancel yes" in lines
    assert "          clock says no: drift is 180 ms (1.2 s ago)" in lines
    assert "stream    down for 1.0 s: gap" in lines


async def test_status_says_what_has_to_go_before_a_resume(tmp_path: Path) -> None:
    async with daemon(tmp_path, *healthy(), evolve(halted("kill file: x"), by="kill_file")):
        lines = (await typed(tmp_path, "status")).output
    assert "; remove the file, then trader247 resume --reason TEXT ends it" in lines


async def test_status_says_what_each_strategy_answered_last(tmp_path: Path) -> None:
    mine = StrategyName("mine")
    async with daemon(tmp_path, *healthy(), answered(proposals=2), answered(mine, skipped="breaker open")):
        lines = (await typed(tmp_path, "status")).output.splitlines()
    assert "asked     baseline proposed 2; mine skipped: breaker open" in lines


@pytest.mark.req("R3")
async def test_status_says_that_every_position_is_being_sold(tmp_path: Path) -> None:
    async with daemon(tmp_path, *healthy(), FlattenOrdered("ops", "leaving")):
        lines = (await typed(tmp_path, "status")).output
    assert "flatten   every position is being sold: leaving (by ops, 2026-" in lines


async def test_status_of_a_daemon_that_has_only_begun_is_no_error(tmp_path: Path) -> None:
    async with daemon(tmp_path, alert()):
        told = await typed(tmp_path, "status")
    assert told.exit_code == 0
    assert "account   not known yet" in told.output
    assert "cycle     none has finished yet" in told.output


async def test_the_tree_is_drawn(tmp_path: Path) -> None:
    async with daemon(tmp_path):
        told = await typed(tmp_path, "tree")
    assert "market_feed" in told.output
    assert "ValueError: bad frame" in told.output


@pytest.mark.parametrize("spelling", ["BTC-USD", "btc/usd", "btc_usd"])
async def test_why_answers_for_one_instrument_in_any_spelling(tmp_path: Path, spelling: str) -> None:
    async with daemon(tmp_path, *healthy()):
        told = await typed(tmp_path, "why", spelling)
    assert told.exit_code == 0
    assert told.output.splitlines() == [
        "BTC-USD  trigger: no trigger fired in cycle 1: price_move 0.40 of 1.20 %; momentum 1.90 of 2.00 %",
        "  price_move     0.4 of 1.2 %",
        "  momentum       1.9 of 2 %",
        "to change: nearest is momentum: 1.90 must reach 2.00 %",
    ]


async def test_why_without_a_name_answers_for_all(tmp_path: Path) -> None:
    async with daemon(tmp_path, *everything()):
        lines = (await typed(tmp_path, "why")).output.splitlines()
    assert lines[0].split() == ["instrument", "gate", "why"]
    assert [line.split()[:2] for line in lines[1:]] == [["BTC-USD", "position"], ["ETH-USD", "withheld"]]


async def test_what_is_no_instrument_is_one_line_and_exit_1(tmp_path: Path) -> None:
    async with daemon(tmp_path):
        told = await typed(tmp_path, "why", "not an instrument")
    assert (told.exit_code, told.stdout) == (1, "")
    assert "not a symbol of the form BASE-QUOTE" in told.stderr


async def test_rows_are_aligned_in_columns(tmp_path: Path) -> None:
    async with daemon(tmp_path):
        orders = (await typed(tmp_path, "orders", "--limit", "2")).output.splitlines()
        positions = (await typed(tmp_path, "positions")).output.splitlines()
        alerts = (await typed(tmp_path, "alerts")).output.splitlines()
    assert len(orders) == 3
    assert orders[1].index("client-9") == orders[0].index("id ", orders[0].index("state"))
    assert orders[0].index("state") == orders[1].index("WITHHELD") == orders[2].index("OPEN")
    assert positions[1].split()[:4] == ["BTC-USD", "0.0123", "61,234.50", "60,000.00"]
    assert re.split(r" {2,}", positions[0])[4:6] == ["entry to mid", "PnL after fees"]
    assert re.split(r" {2,}", positions[1])[4:6] == ["-2.02 %", "-18.19"]
    assert [line.split()[2] for line in alerts[1:]] == ["raised", "resolved"]


async def test_where_there_is_nothing_it_says_so(tmp_path: Path) -> None:
    async with daemon(tmp_path, cycle()):
        said = [(await typed(tmp_path, name)).output for name in ("orders", "positions", "alerts")]
    assert said == ["no order yet\n", "no position is open\n", "all quiet\n"]


@pytest.mark.parametrize("command", ["status", "tree", "why", "orders", "positions", "alerts"])
async def test_every_reading_command_speaks_json(tmp_path: Path, command: str) -> None:
    async with daemon(tmp_path):
        told = await typed(tmp_path, command, "--json")
    assert told.exit_code == 0
    assert isinstance(json.loads(told.output), dict)


@pytest.mark.parametrize("command", ["status", "tree", "why", "orders", "positions", "alerts"])
def test_without_a_daemon_it_is_one_clear_line_and_exit_1(tmp_path: Path, command: str) -> None:
    told = call(command, "--data-dir", str(tmp_path / "none"))
    assert (told.exit_code, told.stdout) == (1, "")
    assert told.stderr.startswith(f"no daemon answers at {tmp_path / 'none' / 'control.sock'}; start one with")
    assert told.stderr.count("\n") == 1
