import random
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import BTC, ETH, RULES, SOL
from tests.market_samples import ALPHA, BETA, CYCLE, TRADABLE, wish

from trader247.core.integrator import Budget, Integrated, integrate
from trader247.messages.trading import ProposalsMade, TradeProposal
from trader247.model.ids import StrategyName
from trader247.model.instrument import Symbol
from trader247.model.order import Side

NAMES = (ALPHA, BETA, RULES)
WIDE = Budget(Decimal(1_000_000), 1_000)


def made(by: StrategyName, *bodies: TradeProposal) -> ProposalsMade:
    return ProposalsMade(CYCLE, by, tuple(evolve(body, strategy=by) for body in bodies))


def integrated(*answers: ProposalsMade, budget: Budget = WIDE) -> Integrated:
    return integrate(CYCLE, answers, dict.fromkeys(NAMES, budget))


def rules_of(result: Integrated) -> list[str]:
    return [gone.reason.rule for gone in result.dropped]


numbers = st.sampled_from(["NaN", "Infinity", "-Infinity", "-10", "0", "0.5", "1", "4", "1E+30"]).map(Decimal)
wishes = st.builds(
    wish,
    st.sampled_from(TRADABLE),
    numbers,
    st.sampled_from([0.0, 0.4, 0.4, 0.9, 1.0, 1.5, -1.0, float("nan"), float("inf"), -float("inf")]),
).flatmap(
    lambda body: st.builds(
        evolve,
        st.just(body),
        side=st.sampled_from(Side),
        reason=st.sampled_from(["", "it fell", "it rose"]),
        stop_loss_pct=numbers,
    )
)
answers = st.lists(st.lists(wishes, max_size=6), min_size=3, max_size=3).map(
    lambda lists: [made(name, *bodies) for name, bodies in zip(NAMES, lists, strict=True)]
)
budgets = st.builds(Budget, st.sampled_from([Decimal(0), Decimal(4), Decimal(10)]), st.integers(0, 4))


@pytest.mark.req("STR4")
@settings(max_examples=150)
@given(answers, st.dictionaries(st.sampled_from(NAMES), budgets), st.integers(0, 2**32))
def test_arrival_order_decides_nothing(
    given_answers: list[ProposalsMade], some: dict[StrategyName, Budget], seed: int
) -> None:
    rng, all_budgets = random.Random(seed), {**dict.fromkeys(NAMES, WIDE), **some}
    shuffled = [evolve(a, proposals=tuple(_shuffled(a.proposals, rng))) for a in _shuffled(given_answers, rng)]
    told = repr(integrate(CYCLE, given_answers, all_budgets))
    assert told == repr(integrate(CYCLE, shuffled, dict(_shuffled(list(all_budgets.items()), rng))))


def _shuffled(items: Sequence[Any], rng: random.Random) -> list[Any]:
    return rng.sample(items, len(items))


@pytest.mark.req("STR3", "STR4")
@settings(max_examples=150)
@given(answers, budgets)
def test_every_wish_goes_on_loses_to_a_better_one_or_is_refused_with_a_reason(
    given_answers: list[ProposalsMade], budget: Budget
) -> None:
    result = integrated(*given_answers, budget=budget)
    asked = sum(len(answer.proposals) for answer in given_answers)
    outvoted = sum(len(proposal.outvoted) for proposal in result.proposals)
    dropped = sum(1 + gone.more for gone in result.dropped)
    assert asked == len(result.proposals) + outvoted + dropped
    ids = [p.proposal_id for p in result.proposals] + [gone.proposal.proposal_id for gone in result.dropped]
    assert len(set(ids)) == len(ids)


@pytest.mark.req("STR3", "R2")
@settings(max_examples=150)
@given(answers, budgets)
def test_what_goes_on_is_sound_one_per_instrument_sorted_and_within_every_budget(
    given_answers: list[ProposalsMade], budget: Budget
) -> None:
    bodies = [proposal.body for proposal in integrated(*given_answers, budget=budget).proposals]
    assert len({body.symbol for body in bodies}) == len(bodies)
    assert bodies == sorted(bodies, key=lambda body: (-body.conviction, body.symbol))
    for name in NAMES:
        mine = [body for body in bodies if body.strategy == name]
        assert len(mine) <= budget.trades_per_cycle_max
        assert sum(body.notional_pct for body in mine if body.side is Side.BUY) <= budget.at_risk_pct_max
    for body in bodies:
        assert body.notional_pct.is_finite()
        assert body.notional_pct > 0
        assert 0.0 <= body.conviction <= 1.0


@pytest.mark.req("STR4")
def test_the_highest_conviction_wins_and_the_losers_keep_their_attribution() -> None:
    result = integrated(made(ALPHA, wish(conviction=0.5)), made(BETA, wish(conviction=0.7)), made(RULES, wish()))
    (winner,) = result.proposals
    assert (winner.body.strategy, winner.outvoted) == (BETA, (RULES, ALPHA))


@pytest.mark.fault("ST-11", "OL-19")
@pytest.mark.req("STR4")
@pytest.mark.parametrize("changes", [{"reason": "zzz"}, {"side": Side.SELL}, {"notional_pct": Decimal(9)}])
def test_on_a_tie_the_strategy_whose_name_comes_first_wins_whatever_else_it_says(changes: dict[str, Any]) -> None:
    theirs, ours = evolve(wish(), reason="aaa"), evolve(wish(), **{"reason": "mmm", **changes})
    result = integrated(made(BETA, theirs), made(ALPHA, ours))
    assert [proposal.body.strategy for proposal in result.proposals] == [ALPHA]


@pytest.mark.req("STR3")
def test_a_budget_is_kept_exactly_at_its_limit_and_broken_over_it() -> None:
    budget = Budget(Decimal(5), 10)
    at_limit = integrated(made(ALPHA, wish(BTC, 3), wish(ETH, 2)), budget=budget)
    assert (len(at_limit.proposals), at_limit.dropped) == (2, ())
    over = integrated(made(ALPHA, wish(BTC, 3), wish(ETH, "2.0001")), budget=budget)
    (gone,) = over.dropped
    dropped, reason = gone.proposal, gone.reason
    assert (dropped.body.symbol, reason.rule, reason.cap_type) == (ETH, "strategy_cap", "strategy")
    assert (reason.current_pct, reason.proposed_pct, reason.limit_pct) == (Decimal(3), Decimal("2.0001"), Decimal(5))


@pytest.mark.req("STR3")
def test_the_least_convinced_wishes_are_the_ones_over_the_budget() -> None:
    wishes_made = (wish(BTC, conviction=0.5), wish(ETH, conviction=0.9), wish(SOL, conviction=0.7))
    result = integrated(made(ALPHA, *wishes_made), budget=Budget(Decimal(100), 2))
    assert [proposal.body.symbol for proposal in result.proposals] == [ETH, SOL]
    (gone,) = result.dropped
    dropped, reason = gone.proposal, gone.reason
    assert (dropped.body.symbol, reason.rule, reason.cap_type) == (BTC, "strategy_cap", "trades_per_cycle")


@pytest.mark.req("STR3")
def test_a_negative_size_makes_no_room_in_a_budget() -> None:
    bodies = (wish(BTC, -10, 0.9), wish(ETH, 8, 0.8))
    result = integrated(made(ALPHA, *bodies), budget=Budget(Decimal(5), 10))
    assert result.proposals == ()
    assert sorted(rules_of(result)) == ["proposal_bounds", "strategy_cap"]


@pytest.mark.req("STR3", "R3")
def test_a_sale_puts_nothing_at_risk_so_the_budget_does_not_stop_it() -> None:
    sale = evolve(wish(BTC, 100), side=Side.SELL)
    assert [p.body for p in integrated(made(ALPHA, sale), budget=Budget(Decimal(5), 1)).proposals] == [
        evolve(sale, strategy=ALPHA)
    ]


@pytest.mark.fault("ST-05")
@pytest.mark.req("R2", "STR4")
@pytest.mark.parametrize(
    "nonsense",
    [
        {"conviction": float("inf")},
        {"conviction": float("nan")},
        {"conviction": 1.0001},
        {"conviction": -0.1},
        {"notional_pct": Decimal("NaN")},
        {"notional_pct": Decimal("sNaN")},
        {"notional_pct": Decimal("Infinity")},
        {"notional_pct": Decimal(0)},
        {"notional_pct": Decimal(-1)},
        {"stop_loss_pct": Decimal("NaN")},
        {"take_profit_pct": Decimal("-Infinity")},
    ],
)
def test_one_strategys_nonsense_is_refused_and_does_not_outbid_anothers_wish(nonsense: dict[str, Any]) -> None:
    broken, sound = evolve(wish(conviction=1.0), **nonsense), wish(conviction=0.4)
    result = integrated(made(ALPHA, broken), made(BETA, sound))
    assert [proposal.body.strategy for proposal in result.proposals] == [BETA]
    (gone,) = result.dropped
    refused, reason = gone.proposal, gone.reason
    assert (refused.body.strategy, reason.rule) == (ALPHA, "proposal_bounds")
    assert next(iter(nonsense)) in reason.text


def test_no_answers_make_no_proposals() -> None:
    assert integrated() == Integrated((), ())
    assert integrated(made(ALPHA)) == Integrated((), ())


@pytest.mark.req("STR3")
@pytest.mark.parametrize("nonsense", [False, True])
def test_of_a_flood_a_few_are_told_and_the_rest_is_counted(*, nonsense: bool) -> None:
    flood = [wish(Symbol(f"A{n:04d}-USD"), conviction=n / 1000 + (9 if nonsense else 0)) for n in range(1000)]
    result = integrated(made(ALPHA, *flood), budget=Budget(Decimal(100), 3))
    assert len(result.proposals) == (0 if nonsense else 3)
    assert len(result.dropped) == 8
    assert [gone.more for gone in result.dropped] == [0] * 7 + [992 if nonsense else 989]


@pytest.mark.req("STR4")
def test_fifty_strategies_with_a_hundred_proposals_each_come_to_one_per_symbol() -> None:
    names = [StrategyName(f"s{n:02d}") for n in range(50)]
    symbols = [Symbol(f"A{n:03d}-USD") for n in range(100)]
    many = [
        made(name, *(wish(symbol, conviction=(n * 7 % 100) / 100) for n, symbol in enumerate(symbols)))
        for name in names
    ]
    result = integrate(CYCLE, many, dict.fromkeys(names, WIDE))
    assert len(result.proposals) == 100
