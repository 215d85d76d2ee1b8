"""Why does it not trade: one claim per gate, in the order in which an entry meets them."""

from decimal import Decimal

import pytest
from attrs import evolve
from tests.board_samples import (
    BTC,
    ETH,
    answered,
    at,
    board,
    cycle,
    halted,
    healthy,
    instrument,
    listed,
    order,
    order_changed,
    permit,
    portfolio,
    position,
    proposal,
    quote,
    refused,
    started,
    trigger,
    view,
    withheld,
)

from trader247.core.status_board import BoardFact
from trader247.core.why import GATES, Why, WhyTerms
from trader247.messages.bans import Ban, BanKind, BanLapsed, BansListed, InstrumentBanned
from trader247.messages.market import InstrumentsListed, StreamChanged
from trader247.messages.trading import RiskApproved, RiskReason
from trader247.model.instrument import ProductStatus, Symbol
from trader247.model.mode import TradingState
from trader247.model.money import Notional
from trader247.model.order import OrderStatus
from trader247.model.policy import Policy, Staleness
from trader247.model.policy_signals import CycleTerms, Signals
from trader247.model.signals import Regime, TriggerKind, TriggerReading

pytestmark = pytest.mark.req("D2")


def ask(*facts: BoardFact, symbol: Symbol = BTC, second: float = 0) -> Why:
    return board(*facts).why(symbol, at(second))


def test_an_instrument_outside_the_universe_is_unknown() -> None:
    answer = ask(*healthy(), symbol=Symbol("PEPE-USD"))
    assert answer.gate == "unknown_instrument"
    assert "universe.yaml" in answer.change


def test_an_instrument_the_venue_does_not_know_is_told_apart_from_one_nobody_configured() -> None:
    answer = ask(started(), InstrumentsListed((instrument(BTC),), (Symbol("XYZ-USD"),)), symbol=Symbol("XYZ-USD"))
    assert answer.gate == "unknown_instrument"
    assert "venue does not know it" in answer.text


def test_before_the_first_listing_every_instrument_waits_for_it() -> None:
    assert "not listed" in ask(started(), permit()).text


def test_a_halt_comes_before_everything_of_the_instrument() -> None:
    answer = ask(*healthy(), halted("daily stop: -3.2 %"), quote(BTC, second=0), second=100)
    assert (answer.gate, answer.numbers["by"]) == ("halted", "kill_switch")
    assert "daily stop: -3.2 %" in answer.text
    assert "resume" in answer.change


def test_reducing_is_named_with_the_way_back() -> None:
    answer = ask(*healthy(), permit(state=TradingState.REDUCING))
    assert answer.gate == "trading_state"
    assert "activate" in answer.change


def test_the_first_guard_that_says_no_is_named_with_its_reason_and_age() -> None:
    answer = ask(*healthy(), permit(clock="drift is 180 ms", feed="no quote"))
    assert answer.gate == "permit"
    assert answer.numbers == {"guard": "clock", "last_vote": "0.2 s ago", "others": "1"}
    assert "drift is 180 ms" in answer.text


def test_a_permit_that_nobody_renews_stops_it() -> None:
    answer = ask(*healthy(), second=4)
    assert (answer.gate, answer.numbers) == ("permit", {"ran_out_s": "2.0"})


def test_no_permit_at_all_stops_it() -> None:
    assert ask(started(), listed(), quote()).gate == "permit"


def test_a_product_the_venue_does_not_trade_stops_it() -> None:
    answer = ask(*healthy(), listed(instrument(BTC, ProductStatus.CANCEL_ONLY)))
    assert (answer.gate, answer.numbers) == ("instrument_status", {"status": "cancel_only"})


def test_a_quote_that_never_came_stops_it() -> None:
    assert ask(started(), listed(), permit()).gate == "quote"


@pytest.mark.req("ST1")
def test_a_quote_at_the_limit_passes_and_one_past_it_stops_it() -> None:
    facts = (*healthy(), permit(10))
    assert ask(*facts, second=5).gate != "quote"
    answer = ask(*facts, second=5.5)
    assert (answer.gate, answer.numbers) == ("quote", {"age_s": "5.5", "limit_s": "5"})


def test_a_stale_quote_blames_the_stream_where_the_stream_is_down() -> None:
    answer = ask(*healthy(), permit(10), StreamChanged(up=False, why="sequence gap"), second=9)
    assert "sequence gap" in answer.text


def test_an_open_position_stops_another_entry() -> None:
    answer = ask(*healthy(), portfolio(positions=(position(),)))
    assert answer.gate == "position"
    assert answer.numbers == {"stop": "57560.43", "target": "68582.64"}


def test_a_working_order_stops_another_entry() -> None:
    answer = ask(*healthy(), portfolio(working=(order(),)))
    assert (answer.gate, answer.numbers) == ("working_order", {"filled": "0 of 0.0123"})


def test_dry_run_says_what_it_would_have_sent() -> None:
    answer = ask(*healthy(), withheld())
    assert answer.gate == "withheld"
    assert "BUY 0.0123 at 61234.5" in answer.text


def test_a_refusal_of_the_last_cycle_names_rule_numbers_and_what_would_pass() -> None:
    answer = ask(*healthy(), refused())
    assert answer.gate == "refused"
    assert answer.numbers == {"rule": "asset_cap", "current_pct": "4", "proposed_pct": "2.5", "limit_pct": "5"}
    assert answer.change.startswith("at most 1 % more fits under 5 %")


def test_a_refusal_of_an_earlier_cycle_is_history() -> None:
    seen = board(*healthy(), refused(cycle=1))
    seen.handle(cycle(2), at(1))
    assert seen.why(BTC, at(1)).gate == "trigger"


def test_before_the_first_cycle_it_waits_for_one() -> None:
    answer = ask(*healthy()[:-1])
    assert answer.gate == "universe"
    assert "no cycle" in answer.text


def test_a_cycle_that_left_it_out_says_why() -> None:
    thin = evolve(view(BTC), excluded="depth 99 USD within 20 bps, at least 100,000")
    answer = ask(*healthy()[:-1], cycle(instruments=(thin, view(ETH))))
    assert answer.gate == "universe"
    assert "left BTC-USD out of the universe: depth 99 USD" in answer.text
    assert "floors of tier core" in answer.change
    answer = ask(*healthy()[:-1], cycle(instruments=(view(ETH),), no_trade="empty_universe: 1 of 2 eligible"))
    assert answer.gate == "universe"
    assert "empty_universe" in answer.text


def test_no_strategy_that_answers_stops_it() -> None:
    answer = ask(*healthy()[:-1], cycle(answered=(), silent=("baseline",)))
    assert answer.gate == "strategy"
    assert "baseline" in answer.text


@pytest.mark.req("STR2")
def test_a_strategy_that_was_skipped_says_why() -> None:
    skipped = answered(skipped="skipped (disabled)")
    answer = ask(*healthy()[:-1], skipped, cycle(answered=(), silent=("baseline",)))
    assert "baseline: skipped (disabled)" in answer.text


def test_a_trigger_that_no_strategy_took_up_is_told() -> None:
    answer = ask(*healthy()[:-1], cycle(triggers=(trigger(),)))
    assert answer.gate == "strategy"
    assert "momentum fired with score 0.40" in answer.text


@pytest.mark.req("S1")
def test_without_a_trigger_every_reading_is_told_and_the_nearest_named() -> None:
    answer = ask(*healthy())
    assert answer.gate == "trigger"
    assert answer.numbers == {"price_move": "0.4 of 1.2 %", "momentum": "1.9 of 2 %"}
    assert answer.change == "nearest is momentum: 1.90 must reach 2.00 %"


def test_when_nothing_stops_it_the_next_cycle_is_announced() -> None:
    approved = RiskApproved(proposal(), Notional(Decimal(2500)), serial=1, expires_at=at(30))
    answer = ask(
        *healthy()[:-1],
        cycle(triggers=(trigger(),)),
        approved,
        order_changed(order(status=OrderStatus.EXPIRED, reason="post-only TTL")),
        permit(20),
        second=4,
    )
    assert (answer.gate, answer.numbers) == ("nothing", {"next_cycle_s": "56"})
    assert "EXPIRED post-only TTL" in answer.text


def test_every_answer_is_one_of_the_documented_gates() -> None:
    answers = [ask(*healthy()[:n], symbol=symbol) for n in range(8) for symbol in (BTC, ETH, Symbol("NO-USD"))]
    assert {answer.gate for answer in answers} <= set(GATES)
    assert all(answer.text and answer.change for answer in answers)


def test_a_crash_regime_shows_in_the_numbers_of_an_empty_snapshot() -> None:
    answer = ask(*healthy()[:-1], cycle(instruments=(), regime=Regime.CRASH, no_trade="crash closes all tiers"))
    assert answer.numbers == {"regime": "crash", "eligible": "0"}


def test_a_fall_counts_towards_its_threshold_as_a_rise_does() -> None:
    readings = (
        TriggerReading(TriggerKind.PRICE_MOVE, value=-2.4, threshold=2.5, unit="% in 60 min", fired=False),
        TriggerReading(TriggerKind.MOMENTUM, value=1.0, threshold=2.0, unit="% in 24 h", fired=False),
    )
    answer = ask(*healthy()[:-1], cycle(instruments=(view(BTC, *readings),)))
    assert answer.change == "nearest is price_move: -2.40 must reach 2.50 % in 60 min"


@pytest.mark.req("U4")
def test_a_banned_instrument_says_by_whom_why_and_until_when() -> None:
    flagged = Ban(BTC, BanKind.DELISTING, "leaves in May", "anna", at(0).utc, at(60).utc)
    answer = ask(*healthy(), InstrumentBanned(flagged))
    assert answer.gate == "banned"
    assert "(delisting): leaves in May (by anna)" in answer.text
    assert answer.change == "it ends by itself, or trader247 unban BTC-USD --reason TEXT"
    assert ask(*healthy(), InstrumentBanned(flagged), symbol=ETH).gate != "banned"
    assert ask(*healthy(), InstrumentBanned(flagged), quote(BTC), second=60).gate != "banned"
    assert ask(*healthy(), BansListed((flagged,)), BanLapsed(flagged)).gate != "banned"


@pytest.mark.req("CD1")
def test_a_refusal_that_time_ends_says_when() -> None:
    reason = RiskReason("loss_streak", "3 trades in a row lost", until=at(3_600).utc)
    answer = ask(*healthy(), evolve(refused(), reason=reason))
    assert answer.change == "it ends by itself at 2026-03-01T13:00:00Z"


def test_the_terms_are_those_of_the_configuration() -> None:
    terms = WhyTerms.of(Policy(staleness=Staleness(quote_s=7.0)), Signals(cycle=CycleTerms(interval_s=30.0)))
    assert (terms.quote_s_max, terms.interval_s) == (7.0, 30.0)
    assert WhyTerms.of(Policy(), Signals()) == WhyTerms()


def test_a_breakouts_distance_has_to_fall() -> None:
    reading = TriggerReading(TriggerKind.BREAKOUT, value=2.1, threshold=0.5, unit="% under the 24 h high", fired=False)
    answer = ask(*healthy()[:-1], cycle(instruments=(view(BTC, reading),)))
    assert answer.text.endswith("breakout 2.10 % under the 24 h high, at most 0.50")
    assert answer.change == "nearest is breakout: 2.10 must fall to 0.50 % under the 24 h high"


def test_what_a_filter_holds_back_is_a_gate_of_its_own() -> None:
    calm = evolve(view(BTC), filtered="calm: the ATR is 0.90 x its median of 7 days, at least 1.05 x is wanted")
    answer = ask(*healthy()[:-1], cycle(instruments=(calm,)))
    assert answer.gate == "filter"
    assert answer.gate in GATES
    assert "calm: the ATR is 0.90 x" in answer.text
