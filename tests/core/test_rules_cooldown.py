from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from tests.builders import BTC, ETH, SOL, at, portfolio, position, usd
from tests.core.rule_samples import POLICY, SALE, WISH, ago, books
from tests.market_samples import wish

from trader247.core.risk_books import Books
from trader247.core.risk_rules import first_objection
from trader247.core.rules_cooldown import adds_are_few, no_loss_streak, not_cooling_down
from trader247.messages.orders import Exposure
from trader247.messages.trading import RiskReason
from trader247.model.instant import DAY, MINUTE, Instant
from trader247.model.instrument import Symbol
from trader247.model.policy import Pacing, Policy
from trader247.model.portfolio import Trade

pytestmark = pytest.mark.req("CD1")

HELD = (Exposure(BTC, usd(100), usd(0)),)


def trade(minutes: float, realised: float, symbol: Symbol = BTC, *, nanoseconds: int = 0, closed: bool = True) -> Trade:
    """A trade whose last sale is so many minutes (less some nanoseconds) ago."""
    when = Instant(at(0) - round(minutes * MINUTE) + nanoseconds)
    return Trade(symbol, when, usd(Decimal(str(realised))), closed)


def after(*trades: Trade, policy: Policy = POLICY, **shown: Any) -> Books:
    return books(portfolio(trades=trades, **shown), policy=policy)


def rule_of(reason: RiskReason | None) -> str:
    return reason.rule if reason else ""


def test_the_terms_of_the_silent_policy_are_those_of_the_decision_rules() -> None:
    assert Pacing() == Pacing(120, 5, 3, 90.0, 900.0, 1)
    assert (POLICY.cooldown_minutes, POLICY.cooldown_after_win_minutes) == (30, 10)
    assert (POLICY.cooldown_after_loss_minutes, POLICY.cooldown_after_stop_minutes) == (60, 120)
    assert (POLICY.loss_streak, POLICY.loss_streak_pause_minutes) == (3, 60)


@pytest.mark.parametrize(
    ("realised", "minutes", "rule"),
    [(5, 10, "cooldown_after_win"), (-5, 60, "cooldown_after_loss"), (0, 30, "cooldown")],
)
def test_after_a_trade_the_cooldown_goes_by_its_result_and_ends_exactly(realised: int, minutes: int, rule: str) -> None:
    assert rule_of(not_cooling_down(after(trade(minutes, realised, nanoseconds=1)), WISH)) == rule
    assert not_cooling_down(after(trade(minutes, realised)), WISH) is None


def test_a_refusal_names_the_rule_the_numbers_and_when_it_ends() -> None:
    reason = not_cooling_down(after(trade(15, -12.3)), WISH)
    assert reason is not None
    text = "BTC-USD lost 12.30 USD at 2026-03-02T11:45:00Z; wait 60 min, until 2026-03-02T12:45:00Z"
    assert (reason.text, reason.until) == (text, at(45 * 60))


def test_an_exit_ends_the_cooldown_of_its_own_entry_and_begins_its_own() -> None:
    won = after(trade(10, 5), entries_24h=(ago(12 * MINUTE),))
    assert not_cooling_down(won, WISH) is None
    still_in = after(trade(20, 5), entries_24h=(ago(12 * MINUTE),))
    assert rule_of(not_cooling_down(still_in, WISH)) == "cooldown"


def test_after_a_stop_the_stop_s_longer_cooldown_is_named_and_a_later_win_does_not_shorten_it() -> None:
    stopped = after(trade(5, -5), stop_outs_24h=(ago(5 * MINUTE),))
    assert rule_of(not_cooling_down(stopped, WISH)) == "cooldown_after_stop"
    later = after(trade(100, -5), trade(15, 5), stop_outs_24h=(ago(100 * MINUTE),))
    assert rule_of(not_cooling_down(later, WISH)) == "cooldown_after_stop"


def test_a_part_of_a_position_that_was_sold_begins_a_cooldown_too() -> None:
    assert rule_of(not_cooling_down(after(trade(5, -1, closed=False)), WISH)) == "cooldown_after_loss"


def test_another_instrument_s_trade_cools_nothing_down_here() -> None:
    assert not_cooling_down(after(trade(1, -5, ETH), stop_outs_24h=(ago(0, ETH),)), WISH) is None


STREAK = (trade(50, -1, ETH), trade(40, -1, SOL), trade(30, -1, ETH))


def test_three_losses_in_a_row_pause_every_instrument_for_an_hour_from_the_last() -> None:
    reason = first_objection(after(*STREAK), WISH)
    assert reason is not None
    assert reason.rule == "loss_streak"
    assert reason.until == at(30 * 60)
    assert reason.text == (
        "3 trades in a row lost (at most 2), the last ETH-USD at 2026-03-02T11:30:00Z; wait 60 min,"
        " until 2026-03-02T12:30:00Z"
    )


@pytest.mark.parametrize(
    "trades",
    [
        STREAK[1:],
        (*STREAK, trade(20, 1, SOL)),
        (STREAK[0], trade(45, 1, SOL), *STREAK[1:]),
        (trade(300, -1), trade(200, -1), trade(60, -1, ETH)),
        (*STREAK[1:], trade(20, -1, SOL, closed=False)),
    ],
    ids=["two", "a win after", "a win between", "an hour ago", "the third is still open"],
)
def test_fewer_losses_or_a_win_among_them_or_an_hour_later_pauses_nothing(trades: tuple[Trade, ...]) -> None:
    assert no_loss_streak(after(*trades), WISH) is None


def test_the_pause_is_over_exactly_after_an_hour_and_a_fourth_loss_begins_another() -> None:
    old = (trade(3_000, -1), trade(2_000, -1))
    assert rule_of(no_loss_streak(after(*old, trade(60, -1, nanoseconds=1)), WISH)) == "loss_streak"
    assert no_loss_streak(after(*old, trade(60, -1)), WISH) is None
    assert rule_of(no_loss_streak(after(*old, trade(60, -1), trade(1, -1, ETH)), WISH)) == "loss_streak"


def test_one_add_per_asset_in_any_24_hours_exactly() -> None:
    just = after(exposures=HELD, adds_24h=(ago(DAY - 1),))
    reason = adds_are_few(just, WISH)
    assert reason is not None
    assert (reason.rule, reason.until) == ("adds", Instant(at(0) + 1))
    assert reason.text == "1 adds to BTC-USD in 24 h, at most 1; the next from 2026-03-02T12:00:00Z"
    assert adds_are_few(after(exposures=HELD, adds_24h=(ago(DAY),)), WISH) is None
    assert adds_are_few(after(exposures=HELD, adds_24h=(ago(MINUTE, ETH),)), WISH) is None


def test_an_add_that_is_under_way_counts() -> None:
    working = after(exposures=(Exposure(BTC, usd(100), usd(50)),))
    assert rule_of(adds_are_few(working, WISH)) == "adds"
    waiting = evolve(after(exposures=HELD), pending={BTC: Decimal(50)})
    assert rule_of(adds_are_few(waiting, WISH)) == "adds"


def test_a_first_entry_is_no_add_whatever_was_added_before_and_neither_is_one_beside_dust() -> None:
    before = (ago(MINUTE),)
    assert adds_are_few(after(adds_24h=before), WISH) is None
    assert adds_are_few(after(adds_24h=before, exposures=(Exposure(BTC, usd("0.99"), usd(0)),)), WISH) is None


def test_no_adds_at_all_is_a_setting() -> None:
    none = evolve(POLICY, pacing=evolve(POLICY.pacing, adds_per_day=0))
    assert rule_of(adds_are_few(after(exposures=HELD, policy=none), WISH)) == "adds"
    assert adds_are_few(after(policy=none), wish(ETH)) is None


@pytest.mark.req("R3")
def test_no_cooldown_no_streak_and_no_add_stops_an_exit() -> None:
    all_at_once = after(
        *STREAK,
        trade(1, -1),
        positions=(position(BTC),),
        exposures=HELD,
        adds_24h=(ago(0),),
        entries_24h=(ago(0),),
        stop_outs_24h=(ago(0),),
    )
    assert first_objection(all_at_once, SALE) is None
