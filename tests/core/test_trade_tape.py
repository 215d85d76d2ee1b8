"""Fills as trades: what won, what lost, what was added."""

from collections import deque
from decimal import Decimal
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import BTC, ETH, at, position, quantity, usd

from trader247.core.trade_tape import TRADES_SHOWN, TradeTape, of_a_day
from trader247.model.ids import ProposalId
from trader247.model.instant import DAY, Instant
from trader247.model.instrument import Symbol
from trader247.model.order import Side
from trader247.model.portfolio import TapedFill, Trade

pytestmark = pytest.mark.req("CD1")

DAY_S: Final = DAY / 1e9


def bought(second: float, size: int = 1, wish: str = "p1", symbol: Symbol = BTC) -> TapedFill:
    return TapedFill(symbol, Side.BUY, quantity(size), usd(0), at(second), ProposalId(wish))


def sold(second: float, realised: int, size: int = 1, symbol: Symbol = BTC) -> TapedFill:
    return TapedFill(symbol, Side.SELL, quantity(size), usd(realised), at(second), None)


def played(*fills: TapedFill) -> TradeTape:
    tape = TradeTape()
    for fill in fills:
        tape.play(fill)
    return tape


@given(st.lists(st.integers(-3 * DAY, 3 * DAY), max_size=30).map(sorted), st.integers(-2 * DAY, 2 * DAY))
def test_what_is_of_a_day_is_that_and_a_clock_that_leaps_ahead_and_back_loses_none(ages: list[int], ahead: int) -> None:
    noted = deque((BTC, Instant(at(0) + age)) for age in ages)
    before = of_a_day(noted, at(0))
    assert before == tuple(each for each in noted if at(0) - each[1] <= DAY)
    of_a_day(noted, Instant(at(0) + ahead + 7 * DAY))
    assert of_a_day(noted, at(0)) == before


def test_a_trade_is_what_all_sales_of_a_position_realised_together() -> None:
    tape = played(bought(0, 3), sold(10, 5), sold(20, -9, 2))
    assert tape.trades(at(30)) == (Trade(BTC, at(20), usd(-4), closed=True),)


def test_a_position_half_sold_is_a_trade_that_is_not_closed() -> None:
    tape = played(bought(0, 2), sold(10, 5))
    assert tape.trades(at(30)) == (Trade(BTC, at(10), usd(5), closed=False),)


def test_the_next_position_of_an_instrument_is_another_trade() -> None:
    tape = played(bought(0), sold(10, 5), bought(20), sold(30, -1))
    assert [(trade.at, trade.realised) for trade in tape.trades(at(40))] == [(at(10), usd(5)), (at(30), usd(-1))]
    assert tape.adds(at(40)) == ()


def test_an_entry_into_what_is_held_adds_to_it_and_the_parts_of_one_entry_are_one() -> None:
    tape = played(bought(0, wish="p1"), bought(1, wish="p1"), bought(10, wish="p2"), bought(11, wish="p2"))
    assert tape.adds(at(20)) == ((BTC, at(10)),)
    assert played(bought(0, wish="p1"), bought(1, wish="p2", symbol=ETH)).adds(at(20)) == ()


def test_adds_are_told_for_a_day_and_outlive_the_position() -> None:
    tape = played(bought(0, wish="p1"), bought(10, wish="p2"), sold(20, 1, 2))
    assert tape.adds(at(10 + DAY_S)) == ((BTC, at(10)),)
    assert tape.adds(at(10.001 + DAY_S)) == ()


def test_the_newest_closed_trades_are_told_whatever_their_age() -> None:
    fills = [fill for n in range(TRADES_SHOWN + 5) for fill in (bought(10 * n), sold(10 * n + 5, -1))]
    told = played(*fills).trades(at(10 * DAY_S))
    assert len(told) == TRADES_SHOWN
    assert told[-1].at == fills[-1].at


def test_a_tape_that_begins_in_the_middle_knows_what_is_held() -> None:
    tape = TradeTape()
    tape.replay((position(BTC, 2),), (sold(0, -3, 1), bought(10, 1, "p9")))
    assert tape.trades(at(20)) == (Trade(BTC, at(0), usd(-3), closed=False),)
    assert tape.adds(at(20)) == ((BTC, at(10)),)
    tape.play(sold(30, -4, 2))
    assert tape.trades(at(40)) == (Trade(BTC, at(30), usd(-7), closed=True),)


steps = st.lists(
    st.tuples(st.sampled_from((BTC, ETH)), st.booleans(), st.integers(1, 3), st.integers(-5, 5)), max_size=40
)


@given(steps, st.integers(0, 40))
def test_a_restart_anywhere_knows_what_a_run_without_one_knows(
    story: list[tuple[Symbol, bool, int, int]], cut: int
) -> None:
    held = {BTC: Decimal(0), ETH: Decimal(0)}
    fills: list[TapedFill] = []
    kept: list[dict[Symbol, Decimal]] = [dict(held)]
    for number, (symbol, buys, size, realised) in enumerate(story):
        amount = size if buys else min(size, int(held[symbol]))
        if not amount:
            continue
        held[symbol] += amount if buys else -amount
        fill = bought(number, amount, f"p{number // 2}", symbol) if buys else sold(number, realised, amount, symbol)
        fills.append(fill)
        kept.append(dict(held))
    at_once = played(*fills)
    cut = min(cut, len(fills))
    again = TradeTape()
    again.replay([position(symbol, size) for symbol, size in kept[cut].items() if size], fills[:cut])
    for fill in fills[cut:]:
        again.play(fill)
    end = at(len(story))
    assert (again.trades(end), again.adds(end)) == (at_once.trades(end), at_once.adds(end))
