from typing import Any

import pytest
from attrs import evolve
from tests.builders import BTC, ETH, RULES, SOL, candle, depth, instrument, moment, portfolio, position, quote
from tests.core.breaker_samples import breaker_line
from tests.market_samples import ALPHA, BETA, EPOCH, lax, minutes, wish
from tests.signal_samples import signal

from trader247.core.cycle import Cycle
from trader247.core.integrator import Budget
from trader247.messages.base import Tick
from trader247.messages.breakers import BreakersListed, BreakerState
from trader247.messages.control import AlertCleared, AlertRaised, Guard, PanelLine, PermitRenewed
from trader247.messages.market import (
    CandleClosed,
    DepthsRead,
    HistoryWanted,
    InstrumentsListed,
    MarketHistory,
    QuoteAccepted,
)
from trader247.messages.trading import (
    CycleDue,
    CycleFinished,
    Deliberate,
    EligibilityChanged,
    ProposalRefused,
    ProposalsIntegrated,
    ProposalsMade,
    RegimeChanged,
    SignalReceived,
    TradeProposal,
)
from trader247.model.ids import CycleId, StrategyName
from trader247.model.instant import SECOND, Mono
from trader247.model.instrument import ProductStatus, Symbol
from trader247.model.mode import TradingState
from trader247.model.policy_signals import Filters, Signals, Triggers
from trader247.model.policy_universe import Universe
from trader247.model.signals import Regime, TriggerKind

SIGNALS = Signals(triggers=Triggers(filters=Filters(atr_ratio=0.0)))
"""A calm day would be filtered, and has no week before it."""
BUDGET = Budget(wish(pct=10).notional_pct, 3)
DEADLINE_S = Signals().cycle.proposal_deadline_s


def permit(
    second: float = 0, state: TradingState = TradingState.ACTIVE, no: str = "", lease_s: float = 600
) -> PermitRenewed:
    until = Mono(moment(second).mono + round(lease_s * SECOND))
    panel = tuple(PanelLine(guard, guard.value != no, "stale" if guard.value == no else "", 0.1) for guard in Guard)
    granted = state is TradingState.ACTIVE and not no
    return PermitRenewed(1, state, until if granted else None, until, panel)


def learned(symbol: Symbol, *last: float) -> MarketHistory:
    """A calm day of bars that ends in these closes, at the beginning of the story."""
    closes = [100.0] * (1_500 - len(last)) + list(last)
    return MarketHistory(symbol, (), tuple(minutes(closes, symbol, first=-1_500)))


LISTED = InstrumentsListed(tuple(instrument(symbol) for symbol in (BTC, ETH, SOL)))
DEPTHS = DepthsRead(tuple(depth(symbol) for symbol in (BTC, ETH, SOL)))
WORLD: tuple[Any, ...] = (
    LISTED,
    *(learned(symbol, *((103.0,) if symbol is BTC else ())) for symbol in (BTC, ETH, SOL)),
    *(QuoteAccepted(quote(symbol)) for symbol in (BTC, ETH, SOL)),
    DEPTHS,
    portfolio(),
    permit(),
)


def cycle(*world: Any, names: tuple[StrategyName, ...] = (ALPHA, BETA), universe: Universe | None = None) -> Cycle:
    """A cycle that knows this much of the world."""
    made = Cycle(EPOCH, lax(universe or Universe()), SIGNALS, dict.fromkeys(names, BUDGET))
    assert made.start(moment(0)) == [HistoryWanted()]
    for message in world:
        assert made.handle(message, moment(0)) == []
    return made


def due(number: int = 1) -> CycleDue:
    return CycleDue(number, jitter_s=0.5)


def answer(name: StrategyName, *bodies: TradeProposal, number: int = 1, skipped: str = "") -> ProposalsMade:
    own = tuple(evolve(body, strategy=name) for body in bodies)
    return ProposalsMade(CycleId(f"{EPOCH}-c{number}"), name, own, skipped=skipped)


def kinds(out: list[Any]) -> list[str]:
    return [type(message).__name__ for message in out]


def end_of(out: list[Any]) -> CycleFinished:
    (finished,) = (message for message in out if isinstance(message, CycleFinished))
    return finished


BEGINS = ["RegimeChanged", "AlertCleared", "Deliberate"]
"""The first cycle says what the regime is."""


# -------------------------------------------------------------------------------------------------------- the dialogue
def test_a_cycle_asks_every_strategy_waits_for_all_and_hands_over_one_list() -> None:
    made = cycle(*WORLD)
    asked = made.handle(due(), moment(1))
    assert kinds(asked) == BEGINS
    assert made.handle(answer(BETA, wish(ETH, conviction=0.9)), moment(1.5)) == []
    handed, finished = made.handle(answer(ALPHA, wish(BTC)), moment(1.75))
    assert isinstance(handed, ProposalsIntegrated)
    assert [proposal.body.symbol for proposal in handed.proposals] == [ETH, BTC]
    assert asked[2] == Deliberate(handed.context)
    assert finished == CycleFinished(
        cycle=CycleId(f"{EPOCH}-c1"),
        number=1,
        jitter_s=0.5,
        took_s=0.75,
        regime=handed.context.regime,
        answered=((ALPHA, 0.75), (BETA, 0.5)),
        silent=(),
        proposals=2,
        instruments=handed.context.instruments,
        triggers=handed.context.triggers,
    )


def test_the_snapshot_is_in_canonical_order_and_shows_what_fired() -> None:
    held = position(ETH)
    made = cycle(*WORLD, portfolio(positions=(held,)))
    *_, asked = made.handle(due(), moment(1))
    assert isinstance(asked, Deliberate)
    snapshot = asked.context
    assert (snapshot.cycle, snapshot.at, snapshot.positions) == (CycleId(f"{EPOCH}-c1"), moment(1), (held,))
    assert [view.symbol for view in snapshot.instruments] == [BTC, ETH, SOL]
    assert [trigger.symbol for trigger in snapshot.triggers] == sorted(
        [BTC, ETH, SOL], key=lambda symbol: (symbol != BTC, symbol)
    )
    assert snapshot.triggers[0].kind is TriggerKind.PRICE_MOVE


@pytest.mark.req("S1")
def test_only_the_strongest_triggers_are_shown() -> None:
    few = evolve(SIGNALS, triggers=evolve(SIGNALS.triggers, max_triggers_per_cycle=1))
    made = Cycle(EPOCH, lax(Universe()), few, {ALPHA: BUDGET})
    for message in WORLD:
        made.handle(message, moment(0))
    *_, asked = made.handle(due(), moment(1))
    assert isinstance(asked, Deliberate)
    assert [trigger.symbol for trigger in asked.context.triggers] == [BTC]


def test_new_quotes_and_bars_reach_the_next_snapshot_and_leave_the_open_one_alone() -> None:
    made = cycle(*WORLD)
    (first,) = (message for message in made.handle(due(1), moment(1)) if isinstance(message, Deliberate))
    made.handle(QuoteAccepted(quote(BTC, 200, second=2)), moment(2))
    made.handle(CandleClosed(minutes([200.0])[0], traded=True), moment(61))
    made.handle(CandleClosed(minutes([200.0], Symbol("NEW-USD"))[0], traded=True), moment(61))
    assert first.context.instruments[0].quote == quote(BTC)
    out = made.handle(due(2), moment(62))
    (asked,) = (message for message in out if isinstance(message, Deliberate))
    seen = asked.context.instruments[0]
    assert seen.quote.bid == 200
    assert seen.bar_closed_at == moment(60).utc
    assert seen.move_15m_pct == pytest.approx(100.0)


# ------------------------------------------------------------------------------------------------------------ deadline
@pytest.mark.req("SUP5")
def test_at_the_deadline_the_cycle_goes_on_without_the_silent_one() -> None:
    made = cycle(*WORLD)
    made.handle(due(), moment(1))
    made.handle(answer(ALPHA, wish(BTC)), moment(1.1))
    assert made.handle(Tick(), moment(1 + DEADLINE_S - 0.001)) == []
    out = made.handle(Tick(), moment(1 + DEADLINE_S))
    assert kinds(out) == ["ProposalsIntegrated", "CycleFinished"]
    assert (end_of(out).silent, end_of(out).proposals) == ((BETA,), 1)


def test_an_answer_that_comes_too_late_changes_nothing() -> None:
    made = cycle(*WORLD)
    made.handle(due(1), moment(1))
    made.handle(Tick(), moment(1 + DEADLINE_S))
    assert made.handle(answer(BETA, wish(BTC)), moment(4)) == []
    assert kinds(made.handle(due(2), moment(61))) == BEGINS[1:]
    assert made.handle(answer(BETA, wish(BTC), number=1), moment(61)) == []
    assert made.handle(answer(ALPHA, number=2), moment(61.1)) == []
    finished = end_of(made.handle(answer(BETA, number=2), moment(61.2)))
    assert (finished.number, finished.proposals) == (2, 0)


def test_nobody_but_the_asked_counts_and_saying_it_twice_counts_once() -> None:
    made = cycle(*WORLD)
    made.handle(due(), moment(1))
    assert made.handle(answer(RULES, wish(SOL)), moment(1)) == []
    assert made.handle(answer(ALPHA, wish(BTC)), moment(1)) == []
    assert made.handle(answer(ALPHA, wish(BTC)), moment(1)) == []
    assert end_of(made.handle(answer(BETA), moment(1))).proposals == 1


def test_the_next_cycle_ends_the_one_before() -> None:
    made = cycle(*WORLD)
    made.handle(due(1), moment(1))
    out = made.handle(due(2), moment(1.5))
    assert kinds(out) == ["CycleFinished", *BEGINS[1:]]
    assert (end_of(out).number, end_of(out).silent) == (1, (ALPHA, BETA))


@pytest.mark.req("STR3")
def test_what_a_budget_stopped_is_told_before_the_rest_is_handed_over() -> None:
    made = cycle(*WORLD, names=(ALPHA,))
    made.handle(due(), moment(1))
    out = made.handle(answer(ALPHA, wish(BTC, 8), wish(ETH, 8)), moment(1))
    assert kinds(out) == ["ProposalRefused", "ProposalsIntegrated", "CycleFinished"]
    refused = out[0]
    assert isinstance(refused, ProposalRefused)
    assert (refused.proposal.body.symbol, refused.reason.rule) == (ETH, "strategy_cap")


# -------------------------------------------------------------------------------------------------------------- waiting
NOT_YET: dict[str, tuple[tuple[Any, ...], Any, str]] = {
    "permit unknown": (WORLD[:-1], permit(1), "no permit is known yet"),
    "no entry permit": ((*WORLD[:-1], permit(no="feed")), permit(1), "no entry permit: feed: stale"),
    "paused": ((*WORLD[:-1], permit(state=TradingState.REDUCING)), permit(1), "trading state is REDUCING"),
    "halted": ((*WORLD[:-1], permit(state=TradingState.HALTED)), permit(1), "trading state is HALTED"),
    "permit expired": ((*WORLD[:-1], permit(lease_s=1)), permit(1), "the entry permit has expired"),
    "no portfolio": ((*WORLD[:-2], permit()), portfolio(), "the books are not confirmed yet"),
    "books not ready": ((*WORLD, portfolio(ready=False)), portfolio(), "the books are not confirmed yet"),
    "nothing listed": (WORLD[1:], LISTED, "the venue has not listed the instruments yet"),
    "no book read": ((*WORLD[:-3], *WORLD[-2:]), DEPTHS, "the books have not been read yet"),
    "no history": ((*WORLD[:3], *WORLD[4:]), WORLD[3], "history is still being read"),
}


@pytest.mark.req("D2")
@pytest.mark.parametrize(("world", "missing", "why"), NOT_YET.values(), ids=NOT_YET.keys())
def test_a_cycle_that_may_not_begin_waits_and_begins_the_moment_it_may(
    world: tuple[Any, ...], missing: Any, why: str
) -> None:
    made = cycle(*world)
    assert made.handle(due(1), moment(1)) == []
    assert made.handle(Tick(), moment(1)) == []
    assert kinds(made.handle(missing, moment(1))) == BEGINS


@pytest.mark.req("D2")
@pytest.mark.parametrize(("world", "missing", "why"), NOT_YET.values(), ids=NOT_YET.keys())
def test_a_cycle_that_waited_in_vain_gives_way_with_its_reason_and_blames_no_strategy(
    world: tuple[Any, ...], missing: Any, why: str
) -> None:
    made = cycle(*world)
    made.handle(due(1), moment(1))
    (finished,) = made.handle(due(2), moment(61))
    assert isinstance(finished, CycleFinished)
    assert (finished.number, finished.no_trade, finished.silent, finished.answered) == (1, why, (), ())
    assert (finished.instruments, finished.triggers) == ((), ())


def test_without_a_portfolio_a_cycle_that_gave_way_is_still_told() -> None:
    made = cycle()
    made.handle(due(1), moment(1))
    assert end_of([*made.handle(due(2), moment(61))]).no_trade == "no permit is known yet"


@pytest.mark.req("EX1")
def test_a_delisted_instrument_without_bars_does_not_hold_up_the_others() -> None:
    gone = InstrumentsListed((*LISTED.instruments, instrument(Symbol("DOGE-USD"), status=ProductStatus.DISABLED)))
    assert kinds(cycle(*WORLD, gone).handle(due(), moment(1))) == BEGINS


# ----------------------------------------------------------------------------------------------------------------- halt
@pytest.mark.req("K1", "SUP3")
def test_a_halt_in_mid_cycle_hands_nothing_over_and_late_answers_find_no_cycle() -> None:
    made = cycle(*WORLD)
    made.handle(due(), moment(1))
    made.handle(answer(ALPHA, wish(BTC)), moment(1.1))
    (finished,) = made.handle(permit(1.2, TradingState.HALTED), moment(1.2))
    assert isinstance(finished, CycleFinished)
    assert (finished.no_trade, finished.proposals) == ("halted", 0)
    assert made.handle(answer(BETA, wish(ETH)), moment(1.3)) == []
    assert made.handle(Tick(), moment(9)) == []


@pytest.mark.req("K1")
def test_after_a_halt_the_cycle_that_is_due_begins_only_once_trading_is_active_again() -> None:
    made = cycle(*WORLD)
    made.handle(permit(1, TradingState.HALTED), moment(1))
    assert made.handle(due(2), moment(2)) == []
    assert kinds(made.handle(permit(3), moment(3))) == BEGINS


# ---------------------------------------------------------------------------------------------------------- no trading
@pytest.mark.req("U6", "AL1")
def test_with_too_few_eligible_instruments_the_cycle_asks_nobody_and_alerts() -> None:
    auction = InstrumentsListed(
        (instrument(BTC), instrument(ETH, status=ProductStatus.AUCTION), instrument(SOL, status=ProductStatus.UNKNOWN))
    )
    *_, alert, finished = cycle(*WORLD, auction).handle(due(), moment(1))
    assert isinstance(alert, AlertRaised)
    assert isinstance(finished, CycleFinished)
    assert (alert.key, finished.no_trade) == ("empty_universe", "1 eligible instruments, at least 2 are wanted")
    assert (finished.silent, finished.answered, finished.proposals) == ((), (), 0)


@pytest.mark.req("U6", "AL1")
def test_an_empty_universe_is_said_once_and_again_after_half_an_hour_or_when_it_was_over() -> None:
    """The alerter escalates what stands; said with every cycle it would be delivered with every cycle."""
    thin = InstrumentsListed((instrument(BTC), *(instrument(s, status=ProductStatus.AUCTION) for s in (ETH, SOL))))
    made = cycle(*WORLD, thin)

    def alerts(number: int, minute: int) -> list[str]:
        second = 60 * minute
        made.handle(permit(second), moment(second))
        for symbol in (BTC, ETH, SOL):
            made.handle(QuoteAccepted(quote(symbol, second=second)), moment(second))
        made.handle(DepthsRead(tuple(depth(s, second=second) for s in (BTC, ETH, SOL))), moment(second))
        out = made.handle(due(number), moment(second))
        return [kind for kind in kinds(out) if kind.startswith("Alert")]

    assert alerts(1, 0) == ["AlertRaised"]
    assert [alerts(1 + n, n) for n in (1, 2, 29)] == [[], [], []]
    assert alerts(31, 30) == ["AlertRaised"]
    made.handle(LISTED, moment(1_860))
    assert [alerts(number, number - 1) for number in (32, 33, 34)][-1] == ["AlertCleared"]
    made.handle(thin, moment(2_040))
    assert alerts(35, 35) == ["AlertRaised"]


@pytest.mark.req("U6")
def test_exactly_enough_eligible_instruments_are_enough_and_clear_the_alert() -> None:
    two = InstrumentsListed((instrument(BTC), instrument(ETH), instrument(SOL, status=ProductStatus.CANCEL_ONLY)))
    *_, cleared, asked = cycle(*WORLD, two).handle(due(), moment(1))
    assert isinstance(cleared, AlertCleared)
    assert isinstance(asked, Deliberate)
    assert [view.status for view in asked.context.instruments][-1] is ProductStatus.CANCEL_ONLY


@pytest.mark.req("U1")
def test_what_is_never_to_be_traded_is_not_seen() -> None:
    made = cycle(*WORLD, universe=Universe(never_trade=(BTC,)))
    asked = made.handle(due(), moment(1))[-1]
    assert isinstance(asked, Deliberate)
    assert [view.symbol for view in asked.context.instruments] == [ETH, SOL]


@pytest.mark.req("U3")
def test_a_regime_that_turns_acts_in_the_same_cycle_and_is_told_once() -> None:
    made = cycle(*WORLD, names=(ALPHA,))
    first = made.handle(due(1), moment(1))
    assert first[0] == RegimeChanged(
        CycleId(f"{EPOCH}-c1"), None, Regime.CHOP, 0.5, "chop, for want of a week of hours"
    )
    fallen = tuple(minutes([100.0 - 20.0 * n / (170 * 60) for n in range(170 * 60)], BTC, first=-170 * 60))
    made.handle(MarketHistory(BTC, (), fallen), moment(2))
    told, *_, asked = made.handle(due(2), moment(61))[1:]
    assert isinstance(told, RegimeChanged)
    assert (told.before, told.now, told.text[:9]) == (Regime.CHOP, Regime.CRASH, "crash: -1")
    assert isinstance(asked, Deliberate)
    assert asked.context.regime is Regime.CRASH
    third = made.handle(due(3), moment(119))
    assert "RegimeChanged" not in kinds(third)
    assert end_of(third).regime is Regime.CRASH


@pytest.mark.req("U1")
def test_what_comes_and_goes_is_told_once_with_its_reason() -> None:
    made = cycle(*WORLD, names=(ALPHA,))
    made.handle(due(1), moment(1))
    made.handle(
        InstrumentsListed((instrument(BTC, status=ProductStatus.POST_ONLY), *LISTED.instruments[1:])), moment(2)
    )
    (gone,) = [m for m in made.handle(due(2), moment(61)) if isinstance(m, EligibilityChanged)]
    assert (gone.symbol, gone.eligible, gone.exclusion_reason) == (BTC, False, "status")
    assert gone.text == "the venue says post_only"
    assert "EligibilityChanged" not in kinds(made.handle(due(3), moment(62)))
    made.handle(LISTED, moment(63))
    (back,) = [m for m in made.handle(due(4), moment(64)) if isinstance(m, EligibilityChanged)]
    assert (back.symbol, back.eligible, back.text) == (BTC, True, "no longer left out for its status")


@pytest.mark.req("STR2")
@pytest.mark.req("U3")
def test_a_regime_that_flips_while_strategies_think_rules_the_next_cycle_and_not_this_one() -> None:
    made = cycle(*WORLD)
    asked = made.handle(due(), moment(1))[-1]
    assert isinstance(asked, Deliberate)
    falling = tuple(candle(BTC, 130 - n / 5, minute=-1_500 - 60 * (170 - n), span_s=3_600) for n in range(170))
    made.handle(MarketHistory(BTC, falling, learned(BTC).minutes), moment(1))
    made.handle(answer(BETA), moment(1))
    handed, finished = made.handle(answer(ALPHA, wish(ETH)), moment(1))
    assert isinstance(handed, ProposalsIntegrated)
    assert isinstance(finished, CycleFinished)
    assert (handed.context, finished.regime) == (asked.context, Regime.CHOP)
    changed = made.handle(due(2), moment(1))[0]
    assert isinstance(changed, RegimeChanged)
    assert (changed.before, changed.now) == (Regime.CHOP, Regime.CRASH)


@pytest.mark.req("CB2")
def test_a_strategy_whose_breaker_is_open_is_not_asked_and_half_open_it_is() -> None:
    made = cycle(*WORLD)
    for number, state in enumerate((BreakerState.OPEN, BreakerState.HALF_OPEN, BreakerState.CLOSED), start=1):
        lines = (breaker_line(breaker="strategy:alpha", state=state), breaker_line(state=BreakerState.OPEN))
        assert made.handle(BreakersListed(lines), moment(number)) == []
        (asked,) = (m for m in made.handle(due(number), moment(number)) if isinstance(m, Deliberate))
        assert asked.held_back == ((ALPHA,) if state is BreakerState.OPEN else ())
        made.handle(answer(ALPHA, number=number), moment(number))
        made.handle(answer(BETA, number=number), moment(number))


@pytest.mark.req("CB2")
def test_who_was_not_asked_has_not_done_well() -> None:
    """Else a breaker that is half open would be closed by an answer that nobody thought about."""
    made = cycle(*WORLD)
    made.handle(due(), moment(1))
    made.handle(answer(ALPHA, skipped="breaker open"), moment(1))
    finished = end_of(made.handle(answer(BETA), moment(1)))
    assert [name for name, _ in finished.answered] == [BETA]
    assert finished.silent == ()


def test_a_cycle_in_which_every_strategy_was_skipped_says_so() -> None:
    made = cycle(*WORLD, names=(ALPHA,))
    made.handle(due(), moment(1))
    finished = end_of(made.handle(answer(ALPHA, skipped="disabled"), moment(1)))
    assert finished.no_trade == "every strategy was skipped (disabled)"


@pytest.mark.parametrize(
    ("closes", "why"), [((), "no strategy wanted to trade on what fired"), ((99.0,), "no trigger fired")]
)
def test_a_cycle_that_proposes_nothing_says_why(closes: tuple[float, ...], why: str) -> None:
    made = cycle(*WORLD, *(learned(symbol, *closes) for symbol in (BTC, ETH, SOL)), names=(ALPHA,))
    made.handle(due(), moment(1))
    assert end_of(made.handle(answer(ALPHA), moment(1))).no_trade == why


def test_without_any_strategy_a_cycle_ends_at_once() -> None:
    out = cycle(*WORLD, names=()).handle(due(), moment(1))
    assert kinds(out) == ["RegimeChanged", "AlertCleared", "CycleFinished"]
    assert end_of(out).no_trade == "no strategy is configured"


def test_the_same_story_told_twice_gives_the_same_messages() -> None:
    def told() -> str:
        made = cycle(*WORLD)
        out = [made.handle(due(), moment(1)), made.handle(answer(BETA, wish(ETH)), moment(1.2))]
        return repr([*out, made.handle(answer(ALPHA, wish(BTC)), moment(1.3))])

    assert told() == told()


# --------------------------------------------------------------------------------------------------- external signals
def shown(made: Cycle, number: int, second: float) -> list[str]:
    """The signals of the snapshot that a cycle due at this second makes."""
    (asked,) = (m for m in made.handle(due(number), moment(second)) if isinstance(m, Deliberate))
    for name in (ALPHA, BETA):
        made.handle(answer(name, number=number), moment(second))
    return [found.signal_id for found in asked.context.signals]


@pytest.mark.req("STR5", "SE1")
def test_a_signal_is_shown_in_the_next_cycle_and_never_again() -> None:
    made = cycle(*WORLD)
    assert made.handle(SignalReceived(signal()), moment(0.5)) == []
    assert shown(made, 1, 1) == ["a-1"]
    assert shown(made, 2, 2) == []


@pytest.mark.req("STR5")
def test_a_signal_waits_for_a_cycle_until_it_expires_and_not_longer() -> None:
    for second, seen in ((299.999, ["a-1"]), (300.0, [])):
        made = cycle(*WORLD)
        made.handle(SignalReceived(signal()), moment(0))
        made.handle(DepthsRead(tuple(depth(symbol, second=second) for symbol in (BTC, ETH, SOL))), moment(second))
        assert shown(made, 1, second) == seen


@pytest.mark.req("STR5")
def test_of_several_signals_for_an_instrument_the_newest_is_kept_whichever_came_first() -> None:
    older, newer = signal(0, signal_id="z"), signal(1, signal_id="a")
    for order in ((older, newer), (newer, older)):
        made = cycle(*WORLD)
        for sent in (*order, signal(signal_id="b", strategy=BETA), signal(signal_id="c", strategy=RULES)):
            made.handle(SignalReceived(sent), moment(0))
        assert shown(made, 1, 2) == ["a", "b"]  # rules is no strategy of this cycle
