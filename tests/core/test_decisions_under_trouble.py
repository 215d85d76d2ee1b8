"""The deciders of a cycle taken together, in markets and moments that nobody would choose."""

from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import BTC, ETH, SOL, at, instrument, marks, moment, portfolio, position, price, quote, usd
from tests.core.scripted_orders import NO_BOOKS, Script, only
from tests.market_samples import ALPHA, BETA, CYCLE, DOGE, LINK, TRADABLE, UNPACED, buying, context, view, wish

from trader247.core.integrator import Budget, integrate
from trader247.core.market_feed import MarketFeed
from trader247.core.risk_arbiter import RiskArbiter
from trader247.core.risk_rules import RULES
from trader247.core.strategy_worker import StrategyWorker
from trader247.messages.market import InstrumentsListed, QuoteAccepted, QuoteSeen
from trader247.messages.orders import CancelAll, OrderChanged, PortfolioChanged, ResumeOrders
from trader247.messages.trading import (
    CycleContext,
    Deliberate,
    Proposal,
    ProposalRefused,
    ProposalsIntegrated,
    ProposalsMade,
    RiskApproved,
    TradeProposal,
)
from trader247.model.ids import proposal_id
from trader247.model.instant import MINUTE, Instant
from trader247.model.instrument import ProductStatus, Symbol
from trader247.model.order import Side
from trader247.model.policy import Outliers, Policy, Staleness
from trader247.model.policy_universe import Universe
from trader247.model.signals import InstrumentView, Regime

UNIVERSE = Universe()
OTHER = Symbol("NOBODY-USD")
WIDE = Budget(Decimal(1_000), 1_000)


def ruled(
    asked: ProposalsIntegrated, shown: PortfolioChanged, second: float = 0, policy: Policy = UNPACED
) -> list[RiskApproved | ProposalRefused]:
    arbiter = RiskArbiter(policy, UNIVERSE)
    arbiter.start(moment(second - 60))
    arbiter.handle(shown, moment(second))
    out = arbiter.handle(asked, moment(second))
    return [one for one in out if isinstance(one, RiskApproved | ProposalRefused)]


def asking(*bodies: TradeProposal, views: tuple[InstrumentView, ...], regime: Regime = Regime.CHOP) -> Any:
    wishes = tuple(Proposal(proposal_id(CYCLE, body.strategy, n), body) for n, body in enumerate(bodies))
    return ProposalsIntegrated(evolve(context(*views), regime=regime), wishes)


sights = st.builds(
    evolve,
    st.sampled_from(TRADABLE).flatmap(
        lambda symbol: st.builds(
            view,
            st.just(symbol),
            second=st.sampled_from([-90, -5.001, -5, 0, 5, 6]),
            bar_second=st.sampled_from([-91, -90, 0]),
            status=st.sampled_from([ProductStatus.ONLINE, *ProductStatus]),
            spread_bps=st.sampled_from(["1", "20", "35", "36", "200"]),
        )
    ),
    excluded=st.sampled_from(["", "", "", "too thin"]),
)


@pytest.mark.req("E1", "EX1", "ST1", "U1", "U3", "CD1", "R1")
@settings(max_examples=400)
@given(
    sights,
    st.builds(
        lambda symbol, side, pct: evolve(wish(symbol, pct), side=side),
        st.sampled_from([*TRADABLE, OTHER]),
        st.sampled_from(list(Side)),
        st.sampled_from(["0.5", "3", "5", "5.0001"]),
    ),
    st.sampled_from(list(Regime)),
    st.sampled_from([None, 1, 29.99, 30, 500]),
    st.booleans(),
)
def test_what_is_approved_is_fresh_open_eligible_in_season_not_cooling_and_no_short(
    seen: InstrumentView, body: TradeProposal, regime: Regime, entered_min_ago: float | None, held: bool
) -> None:
    symbol, side = body.symbol, body.side
    entries = () if entered_min_ago is None else ((symbol, Instant(at(0) - round(entered_min_ago * MINUTE))),)
    shown = portfolio(positions=(position(symbol),) if held else (), entries_24h=entries)
    policy = evolve(UNPACED, cooldown_minutes=30.0)
    (verdict,) = ruled(asking(body, views=(seen,), regime=regime), shown, policy=policy)
    if isinstance(verdict, ProposalRefused):
        assert verdict.reason.rule
        assert verdict.reason.text
        return
    assert seen.symbol == symbol
    assert abs((at(0) - seen.quote.at) / 10**9) <= 5
    assert (at(0) - seen.bar_closed_at) / 10**9 <= 90
    if side is Side.SELL:
        assert held
        assert seen.status.admits_exits
        return
    assert seen.status is ProductStatus.ONLINE
    assert not seen.excluded
    assert regime is not Regime.CRASH
    assert seen.quote.spread_bps <= UNIVERSE.tiers.of(seen.tier).max_spread_bps
    assert entered_min_ago is None or entered_min_ago >= 30
    assert verdict.notional <= usd(500)


@pytest.mark.req("E1")
@settings(max_examples=150)
@given(
    st.lists(st.tuples(st.sampled_from(TRADABLE), st.sampled_from(["0.5", "2", "4.9", "5"])), min_size=1, max_size=6),
    st.dictionaries(st.sampled_from(TRADABLE), st.integers(0, 600), max_size=4),
    st.sampled_from([Decimal("0.001"), Decimal("0.5"), Decimal(2), Decimal(1000)]),
    st.sampled_from([Regime.CHOP, Regime.BULL, Regime.BEAR]),
)
def test_scaling_the_whole_account_scales_the_sizes_and_nothing_else(
    wanted: list[tuple[Symbol, str]], exposed: dict[Symbol, int], factor: Decimal, regime: Regime
) -> None:
    bodies = [wish(symbol, pct, conviction=0.9 - n / 100) for n, (symbol, pct) in enumerate(wanted)]
    views = tuple(view(symbol) for symbol in TRADABLE)
    free = evolve(UNPACED, dust_usd=Decimal(0))

    def told(scale: Decimal) -> list[Any]:
        nlv = 10_000 * scale
        exposures = buying({symbol: amount * scale for symbol, amount in exposed.items()})
        shown = portfolio(nlv=nlv, cash=nlv, equity=marks(nlv), exposures=exposures)
        verdicts = ruled(asking(*bodies, views=views, regime=regime), shown, policy=free)
        return [v.notional / scale if isinstance(v, RiskApproved) else v.reason.rule for v in verdicts]

    assert told(factor) == told(Decimal(1))


@pytest.mark.req("STR4")
def test_two_strategies_that_want_opposite_sides_of_one_instrument_get_the_more_convinced_one() -> None:
    sale = evolve(wish(BTC, conviction=0.8), side=Side.SELL, strategy=BETA)
    answers = [ProposalsMade(CYCLE, ALPHA, (evolve(wish(BTC), strategy=ALPHA),)), ProposalsMade(CYCLE, BETA, (sale,))]
    (winner,) = integrate(CYCLE, answers, dict.fromkeys((ALPHA, BETA), WIDE)).proposals
    assert (winner.body.side, winner.outvoted) == (Side.SELL, (ALPHA,))
    (verdict,) = ruled(asking(winner.body, views=(view(BTC),)), portfolio(positions=(position(BTC),)))
    assert isinstance(verdict, RiskApproved)
    (verdict,) = ruled(asking(winner.body, views=(view(BTC),)), portfolio())
    assert isinstance(verdict, ProposalRefused)
    assert verdict.reason.rule == "shorting_disallowed"


class Flood:
    """A strategy that proposes everything ten thousand times."""

    name = ALPHA

    def generate_proposals(self, context: CycleContext) -> list[TradeProposal]:
        return [evolve(wish(TRADABLE[n % 5], conviction=0.5 + n / 100_000), strategy=ALPHA) for n in range(10_000)]


@pytest.mark.req("STR3", "STR4")
@pytest.mark.fault("ST-06")
def test_ten_thousand_proposals_are_cut_counted_and_come_to_one_per_instrument() -> None:
    (answer,) = StrategyWorker(Flood(), enabled=True).handle(Deliberate(context(view(BTC))), moment())
    assert len(answer.proposals) == 1_000
    result = integrate(CYCLE, [answer], {ALPHA: Budget(Decimal(10), 3)})
    assert len(result.proposals) <= 3
    assert len(result.dropped) <= 16
    assert sum(1 + gone.more for gone in result.dropped) + 3 == 1_000


@pytest.mark.req("U3")
def test_a_cycle_is_ruled_by_the_regime_it_began_in() -> None:
    bear = asking(wish(BTC, 5), views=(view(BTC),), regime=Regime.BEAR)
    (verdict,) = ruled(bear, portfolio())
    assert isinstance(verdict, RiskApproved)
    assert verdict.notional == usd(300)
    (verdict,) = ruled(evolve(bear, context=evolve(bear.context, regime=Regime.CRASH)), portfolio())
    assert isinstance(verdict, ProposalRefused)


@pytest.mark.req("ST1")
@pytest.mark.fault("HC-01")
@pytest.mark.parametrize("back_s", [1, 6, 3_600, 86_400])
def test_a_clock_that_goes_back_makes_nothing_fresh(back_s: int) -> None:
    asked = asking(wish(BTC), wish(ETH), wish(SOL), views=tuple(view(symbol) for symbol in (BTC, ETH, SOL)))
    verdicts = ruled(asked, portfolio(second=-back_s), second=-back_s)
    rules = [verdict.reason.rule if isinstance(verdict, ProposalRefused) else "" for verdict in verdicts]
    assert rules == ([""] * 3 if back_s <= 5 else ["staleness"] * 3)


@pytest.mark.req("E1")
def test_every_refusal_of_the_arbiter_is_one_rules_and_bears_its_numbers() -> None:
    crowded = portfolio(exposures=buying({BTC: 500, ETH: 400, SOL: 100, DOGE: 300}))
    bodies = (wish(BTC, 1), wish(ETH, 2), wish(SOL, 1), wish(LINK, "2.0001"), wish(OTHER, 1))
    verdicts = ruled(asking(*bodies, views=tuple(view(s) for s in (*TRADABLE, OTHER))), crowded)
    told = [v.reason for v in verdicts if isinstance(v, ProposalRefused)]
    assert [reason.rule for reason in told] == ["asset_cap", "asset_cap", "theme_cap", "total_cap", "not_in_universe"]
    for reason in told[:4]:
        assert None not in {reason.cap_type, reason.current_pct, reason.proposed_pct, reason.limit_pct}
        assert str(reason.limit_pct) in reason.text
    assert len({rule.__name__ for rule in RULES}) == len(RULES)


@pytest.mark.req("E1")
@pytest.mark.parametrize(("second", "rules"), [("3.5", ["", "", ""]), ("3.500001", ["", "asset_cap", ""])])
def test_two_approvals_meet_a_cap_exactly_and_a_millionth_more_does_not_fit(second: str, rules: list[str]) -> None:
    bodies = (wish(BTC, "1.5", conviction=0.9), wish(BTC, second, conviction=0.8), wish(ETH, 5, conviction=0.7))
    verdicts = ruled(asking(*bodies, views=(view(BTC), view(ETH))), portfolio())
    assert [v.reason.rule if isinstance(v, ProposalRefused) else "" for v in verdicts] == rules


@pytest.mark.req("X3", "E1")
@pytest.mark.parametrize("fee_fits", [True, False])
def test_a_wish_of_exactly_the_venues_minimum_misses_it_by_the_fee_and_is_raised_only_where_a_cap_allows(
    fee_fits: bool,
) -> None:
    """20 USD buy 19.88 USD of an asset and its fee; the least order is 20 and its fee."""
    ruler = RiskArbiter(UNPACED, UNIVERSE)
    ruler.start(moment(-60))
    listed = InstrumentsListed((instrument(BTC, quote_min_size=20),))
    ruler.handle(listed, moment(0))
    held = 470 if fee_fits else 480
    ruler.handle(portfolio(exposures=buying({BTC: held})), moment(0))
    (verdict,) = ruler.handle(asking(wish(BTC, "0.2"), views=(view(BTC),)), moment(0))
    manager = Script(bid=100)
    manager.say(listed)
    if fee_fits:
        assert isinstance(verdict, RiskApproved)
        assert usd(20) < verdict.notional <= usd(30)
        (made,) = only(manager.say(verdict), OrderChanged)
        assert made.order.intent.quantity * made.order.intent.limit_price >= 20
    else:
        assert isinstance(verdict, ProposalRefused)
        assert verdict.reason.rule == "min_notional"


@pytest.mark.req("CD1")
@pytest.mark.parametrize(("minutes", "rule"), [(29.99, "cooldown"), (30, "")])
def test_a_cooldown_goes_on_over_a_restart(minutes: float, rule: str) -> None:
    """What the journal gives back is what the portfolio shows, and the arbiter is a new one."""
    entered = Instant(at(0) - round(minutes * MINUTE))
    again = Script(evolve(NO_BOOKS, entries_24h=((BTC, entered),)))
    (shown,) = only(again.say(CancelAll("a test"), ResumeOrders()), PortfolioChanged)[-1:]
    policy = evolve(UNPACED, cooldown_minutes=30.0)
    (verdict,) = ruled(asking(wish(BTC), views=(view(BTC),)), shown, policy=policy)
    assert (verdict.reason.rule if isinstance(verdict, ProposalRefused) else "") == rule


@pytest.mark.req("O1", "ST1")
@pytest.mark.fault("MD-04")
@pytest.mark.parametrize("bid", ["NaN", "sNaN", "Infinity", "-Infinity", "-100", "0", "1E-400", "1E+400"])
def test_a_price_that_is_none_is_never_seen_by_a_decider_and_ends_nobody(bid: str) -> None:
    feed = MarketFeed((BTC,), Staleness(), Outliers())
    feed.start(moment(0))
    feed.handle(QuoteSeen(quote(BTC, 100)), moment(0))
    absurd = evolve(quote(BTC, second=1), bid=price(bid), ask=price(bid))
    assert feed.handle(QuoteSeen(absurd), moment(1)) == []
    assert [type(m) for m in feed.handle(QuoteSeen(quote(BTC, 100, second=2)), moment(2))] == [QuoteAccepted]


@pytest.mark.req("R2")
@pytest.mark.parametrize("pct", ["NaN", "sNaN", "Infinity", "-1", "0", "1E+25", "1E-25"])
def test_a_size_that_is_none_is_refused_by_whoever_sees_it_first(pct: str) -> None:
    absurd = evolve(wish(BTC, by=ALPHA), notional_pct=Decimal(pct))
    integrated = integrate(CYCLE, [ProposalsMade(CYCLE, ALPHA, (absurd,))], {ALPHA: WIDE})
    told = [gone.reason.rule for gone in integrated.dropped]
    for verdict in ruled(asking(absurd, views=(view(BTC),)), portfolio()):
        told += [verdict.reason.rule] if isinstance(verdict, ProposalRefused) else []
        assert isinstance(verdict, ProposalRefused) or verdict.notional < usd("0.01")
    assert set(told) <= {"proposal_bounds", "strategy_cap"}
