"""The read model of the faces."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.board_samples import BTC, ETH, at, board, cycle, everything, halted, permit, portfolio, quote, started
from tests.builders import intent, order

from trader247.core.status_board import BoardFact, StatusBoard
from trader247.messages.control import FlattenEnded, FlattenOrdered
from trader247.messages.market import StreamChanged
from trader247.messages.orders import OrderChanged
from trader247.model.order import OrderStatus


def answers(seen: StatusBoard, second: float) -> list[object]:
    now = at(second)
    return [
        seen.status(now),
        seen.orders(),
        seen.fills(),
        seen.refusals(),
        seen.positions(),
        seen.alerts(),
        seen.equity(),
        seen.prices(BTC),
        seen.quotes(now),
        seen.why_all(now),
    ]


def test_an_empty_board_answers_every_question() -> None:
    shown = answers(StatusBoard(), 0)
    assert json.loads(json.dumps(shown)) == shown


@given(st.lists(st.sampled_from(everything()), max_size=30), st.floats(0, 1e6))
def test_any_facts_in_any_order_give_answers_that_json_can_carry(facts: list[BoardFact], second: float) -> None:
    shown = answers(board(*facts), second)
    assert json.loads(json.dumps(shown)) == shown


@pytest.mark.req("SUP7")
def test_status_tells_state_run_permit_account_and_cycle() -> None:
    shown = board(*everything()).status(at(1))
    assert (shown["state"], shown["mode"], shown["uptime_s"]) == ("ACTIVE", "PAPER", 1.0)
    assert shown["permit"]["entry"] is True
    assert [line["guard"] for line in shown["permit"]["panel"]][:2] == ["mode", "kill_switch"]
    assert shown["account"]["nlv"] == "100000"
    assert shown["cycle"]["next_s"] == 59.0
    assert shown["counts"]["working_orders"] == 1
    assert shown["counts"]["alerts_standing"] == 1


def test_a_halt_is_the_state_whatever_the_last_permit_said() -> None:
    shown = board(started(), permit(), halted("kill file present")).status(at(0))
    assert shown["state"] == "HALTED"
    assert shown["halt"]["reason"] == "kill file present"


@pytest.mark.req("R3")
def test_an_order_to_sell_everything_is_shown_until_it_is_over_or_trading_halts() -> None:
    order = FlattenOrdered("ops", "leaving")
    for end in (FlattenEnded("ops", "leaving", "nothing is held"), halted("kill file present")):
        before, after = board(order).status(at(0)), board(order, end).status(at(0))
        assert (before["flattening"]["by"], before["flattening"]["reason"]) == ("ops", "leaving")
        assert after["flattening"] is None


def test_a_permit_that_ran_out_is_shown_as_not_granted() -> None:
    shown = board(started(), permit()).status(at(2))
    assert (shown["permit"]["entry"], shown["permit"]["exit"]) == (False, False)


def test_drawdown_and_the_day_are_measured_from_the_marks() -> None:
    account = board(portfolio(nlv="97000")).status(at(0))["account"]
    assert (account["drawdown_pct"], account["today_pct"]) == (3.0, -3.0)


def test_orders_of_earlier_runs_are_shown_newest_first_under_those_of_this_one() -> None:
    old = tuple(order(OrderStatus.FILLED, intent(number)) for number in (1, 2))
    seen = StatusBoard(orders=old)
    ids = [each.intent.client_order_id for each in old]
    assert [line["client_order_id"] for line in seen.orders()] == ids[::-1]
    seen.handle(OrderChanged(old[0], "filled"), at(1))
    assert [line["client_order_id"] for line in seen.orders()] == ids


def test_equity_and_prices_are_lines_over_the_run() -> None:
    seen = StatusBoard()
    for second in range(180):
        seen.handle(portfolio(second, nlv=str(100000 + second)), at(second))
        seen.handle(quote(ETH, str(3000 + second), second), at(second))
    assert len(seen.equity()) == 180
    assert seen.equity()[-1] == {"at": "2026-03-01T12:02:59.000Z", "nlv": "100179"}
    assert [point["mid"] for point in seen.prices(ETH)] == ["3000", "3060", "3120", "3179"]


def test_alerts_that_stand_come_before_those_that_are_over() -> None:
    assert [alert["state"] for alert in board(*everything()).alerts()] == ["raised", "resolved"]


def test_the_newest_orders_come_first_and_limits_hold() -> None:
    seen = board(*everything())
    assert [order["client_order_id"] for order in seen.orders()] == ["client-9", "client-2", "client-1"]
    assert seen.orders(limit=1)[0]["status"] == "WITHHELD"
    assert seen.orders(limit=-1) == []


def test_a_stream_that_went_down_is_told_with_its_reason() -> None:
    seen = board(StreamChanged(up=False, why="sequence gap"), cycle())
    assert seen.status(at(3))["streams"] == {"up": False, "why": "sequence gap", "since_s": 3.0}


def test_why_is_answered_for_every_instrument_at_once() -> None:
    shown = board(*everything()).why_all(at(0))
    assert {row["symbol"]: row["gate"] for row in shown} == {"BTC-USD": "position", "ETH-USD": "withheld"}
