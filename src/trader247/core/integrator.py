"""Many strategies, one list: nonsense out, then budgets, then one wish per instrument, in canonical order (STR3, STR4).

Arrival order decides nothing: the input is sorted before anything is dropped. A wish whose numbers are no sizes or
shares is refused before it is counted or compared, so that one strategy's broken arithmetic can neither make room in
its budget nor outbid another's wish. Of several wishes for one instrument the highest conviction wins; on a tie the
strategy whose name comes first. The losers keep their attribution.

Fifty strategies with a hundred wishes each pass here in one go, on the loop: so wishes are sorted by conviction alone
and only equals are looked at closely, and a proposal with its identity is made only for what goes on or is told of.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Final, TypeAlias

from attrs import evolve, frozen

from trader247.messages.trading import Proposal, ProposalsMade, RiskReason, TradeProposal
from trader247.model.ids import CycleId, StrategyName, proposal_id
from trader247.model.instrument import Symbol
from trader247.model.money import ZERO
from trader247.model.order import Side

__all__ = ["Budget", "Dropped", "Integrated", "integrate"]

_TOLD_MAX: Final = 8
"""Wishes of one strategy told one by one where a cycle drops more of them for one reason; the last one told says how
many more there were. A strategy that floods a cycle would else flood the journal.
"""


@frozen
class Budget:
    """What one strategy may propose per cycle; ``at_risk_pct_max`` is the sum of its buys, in percent of NLV.

    A sale puts nothing at risk, so it counts among the trades and not in the sum.
    """

    at_risk_pct_max: Decimal
    trades_per_cycle_max: int


@frozen
class Dropped:
    """A wish that was nonsense or over its strategy's own budget; so many ``more`` were dropped for the same reason."""

    proposal: Proposal
    reason: RiskReason
    more: int = 0


@frozen
class Integrated:
    """What goes on to the arbiter, and what was dropped."""

    proposals: tuple[Proposal, ...]
    dropped: tuple[Dropped, ...]


_Wish: TypeAlias = tuple[float, TradeProposal, int]
"""A sound wish behind its conviction with the sign turned, and its place among its strategy's, its identity."""


def integrate(cycle: CycleId, answers: Sequence[ProposalsMade], budgets: Mapping[StrategyName, Budget]) -> Integrated:
    """One list from all answers of a cycle; the same for every order of the answers."""
    wishes: defaultdict[Symbol, list[_Wish]] = defaultdict(list)
    dropped: list[Dropped] = []
    for answer in sorted(answers, key=attrgetter("strategy")):
        dropped += _within_budget(cycle, answer, budgets[answer.strategy], wishes)
    chosen = [_best(cycle, rivals) for rivals in wishes.values()]
    return Integrated(tuple(sorted(chosen, key=lambda p: (-p.body.conviction, p.body.symbol))), tuple(dropped))


def _rank(body: TradeProposal) -> tuple[float | str | Decimal, ...]:
    """The most convinced first; every other field follows, so that no two different wishes rank the same."""
    limits = (body.notional_pct, body.stop_loss_pct, body.take_profit_pct, Decimal(body.max_hold_s))
    return (-body.conviction, body.symbol, body.side.value, body.reason, *limits, body.canary)


def _ranked(bodies: list[TradeProposal]) -> list[TradeProposal]:
    """In the order of ``_rank``, which is worked out for equal convictions only."""
    bodies.sort(key=_CONVICTION, reverse=True)
    if len({body.conviction for body in bodies}) == len(bodies):
        return bodies
    return [body for _, equals in groupby(bodies, _CONVICTION) for body in sorted(equals, key=_rank)]


_CONVICTION: Final = attrgetter("conviction")
_FIRST: Final = itemgetter(0)


def _nonsense(body: TradeProposal) -> RiskReason | None:
    for name in ("notional_pct", "stop_loss_pct", "take_profit_pct"):
        value: Decimal = getattr(body, name)
        if not value.is_finite():
            return RiskReason("proposal_bounds", f"{name} is {value}, not a finite number")
    if body.notional_pct <= 0:
        return RiskReason("proposal_bounds", f"notional_pct is {body.notional_pct}, allowed is above 0")
    if not 0.0 <= body.conviction <= 1.0:
        return RiskReason("proposal_bounds", f"conviction is {body.conviction}, allowed is 0 to 1")
    return None


def _sound(body: TradeProposal) -> bool:
    """Whether ``_nonsense`` has nothing to say, without making words."""
    return (
        body.notional_pct.is_finite()
        and body.stop_loss_pct.is_finite()
        and body.take_profit_pct.is_finite()
        and body.notional_pct > ZERO
        and 0.0 <= body.conviction <= 1.0
    )


def _within_budget(
    cycle: CycleId, answer: ProposalsMade, budget: Budget, wishes: defaultdict[Symbol, list[_Wish]]
) -> list[Dropped]:
    """Put what the budget lets through among the wishes of its instrument; answer what was dropped."""
    strategy = answer.strategy
    sound = _ranked([body for body in answer.proposals if _sound(body)])
    if len(sound) <= budget.trades_per_cycle_max and _at_risk(sound) <= budget.at_risk_pct_max:
        for index, body in enumerate(sound):
            wishes[body.symbol].append((-body.conviction, body, index))
        dropped = []
    else:
        dropped = _the_best_that_fit(cycle, strategy, sound, budget, wishes)
    if len(sound) < len(answer.proposals):
        judged = [(body, fault) for body in answer.proposals if (fault := _nonsense(body)) is not None]
        judged.sort(key=lambda found: repr(found[0]))
        dropped += _told(cycle, strategy, judged, first=len(sound))
    return dropped


def _at_risk(bodies: list[TradeProposal]) -> Decimal:
    return sum([body.notional_pct for body in bodies if body.side is Side.BUY], ZERO)


def _the_best_that_fit(
    cycle: CycleId,
    strategy: StrategyName,
    ranked: list[TradeProposal],
    budget: Budget,
    wishes: defaultdict[Symbol, list[_Wish]],
) -> list[Dropped]:
    spent, trades = ZERO, 0
    dropped: list[Dropped] = []
    for index, body in enumerate(ranked):
        if trades >= budget.trades_per_cycle_max:
            text = f"{strategy} may make {budget.trades_per_cycle_max} proposals a cycle"
            reason = RiskReason("strategy_cap", text, cap_type="trades_per_cycle")
            dropped += _told(cycle, strategy, [(body, reason) for body in ranked[index:]], first=index)
            break
        if body.side is Side.BUY and spent + body.notional_pct > budget.at_risk_pct_max:
            dropped.append(Dropped(_proposal(cycle, strategy, body, index), _over(strategy, spent, body, budget)))
            continue
        spent += body.notional_pct if body.side is Side.BUY else ZERO  # a sale puts nothing at risk
        trades += 1
        wishes[body.symbol].append((-body.conviction, body, index))
    return dropped


def _over(strategy: StrategyName, spent: Decimal, body: TradeProposal, budget: Budget) -> RiskReason:
    return RiskReason(
        "strategy_cap",
        f"{strategy} may risk {budget.at_risk_pct_max} % a cycle",
        cap_type="strategy",
        current_pct=spent,
        proposed_pct=body.notional_pct,
        limit_pct=budget.at_risk_pct_max,
    )


def _told(
    cycle: CycleId, strategy: StrategyName, refused: Sequence[tuple[TradeProposal, RiskReason]], *, first: int
) -> list[Dropped]:
    told = [
        Dropped(_proposal(cycle, strategy, body, first + offset), reason)
        for offset, (body, reason) in enumerate(refused[:_TOLD_MAX])
    ]
    more = len(refused) - len(told)
    return [*told[:-1], evolve(told[-1], more=more)] if more else told


def _proposal(cycle: CycleId, strategy: StrategyName, body: TradeProposal, index: int) -> Proposal:
    return Proposal(proposal_id(cycle, strategy, index), body)


def _best(cycle: CycleId, rivals: list[_Wish]) -> Proposal:
    """The most convinced; its rivals' names behind it in the same order. They come in the order of their names."""
    # the sort is stable, so equal convictions stay in the order of names, and of ranks within a strategy
    (_, body, index), *losers = sorted(rivals, key=_FIRST) if len(rivals) > 1 else rivals
    outvoted = tuple([loser.strategy for _, loser, _ in losers])
    return Proposal(proposal_id(cycle, body.strategy, index), body, outvoted)
