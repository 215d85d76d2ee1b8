"""Many strategies, one list: budgets first, then one wish per instrument, in canonical order (STR3, STR4).

Arrival order decides nothing: the input is sorted before anything is dropped. Of several wishes for one instrument the
highest conviction wins; on a tie the strategy whose name comes first. The losers keep their attribution.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from attrs import frozen

from trader247.messages.trading import Proposal, ProposalsMade, RiskReason, TradeProposal
from trader247.model.ids import CycleId, StrategyName, proposal_id
from trader247.model.instrument import Symbol

__all__ = ["Budget", "Integrated", "integrate"]


@frozen
class Budget:
    """What one strategy may propose per cycle; ``at_risk_pct_max`` is the sum of its proposals, in percent of NLV."""

    at_risk_pct_max: Decimal
    trades_per_cycle_max: int


@frozen
class Integrated:
    """What goes on to the arbiter, and what a strategy's own budget stopped."""

    proposals: tuple[Proposal, ...]
    over_budget: tuple[tuple[Proposal, RiskReason], ...]


def integrate(cycle: CycleId, answers: Sequence[ProposalsMade], budgets: Mapping[StrategyName, Budget]) -> Integrated:
    """One list from all answers of a cycle; the same for every order of the answers."""
    kept: list[Proposal] = []
    dropped: list[tuple[Proposal, RiskReason]] = []
    for answer in sorted(answers, key=lambda a: a.strategy):
        within, over = _within_budget(cycle, answer, budgets[answer.strategy])
        kept += within
        dropped += over
    return Integrated(_one_per_instrument(kept), tuple(dropped))


def _rank(body: TradeProposal) -> tuple[float, str, str, str]:
    return (-body.conviction, body.symbol, body.side.value, body.reason)


def _within_budget(
    cycle: CycleId, answer: ProposalsMade, budget: Budget
) -> tuple[list[Proposal], list[tuple[Proposal, RiskReason]]]:
    within: list[Proposal] = []
    over: list[tuple[Proposal, RiskReason]] = []
    spent = Decimal(0)
    for index, body in enumerate(sorted(answer.proposals, key=_rank)):
        proposal = Proposal(proposal_id(cycle, answer.strategy, index), body)
        if len(within) >= budget.trades_per_cycle_max:
            reason = RiskReason(
                "strategy_cap",
                f"{answer.strategy} may make {budget.trades_per_cycle_max} proposals a cycle",
                cap_type="trades_per_cycle",
            )
            over.append((proposal, reason))
        elif spent + body.notional_pct > budget.at_risk_pct_max:
            reason = RiskReason(
                "strategy_cap",
                f"{answer.strategy} may risk {budget.at_risk_pct_max} % a cycle",
                cap_type="strategy",
                current_pct=spent,
                proposed_pct=body.notional_pct,
                limit_pct=budget.at_risk_pct_max,
            )
            over.append((proposal, reason))
        else:
            spent += body.notional_pct
            within.append(proposal)
    return within, over


def _one_per_instrument(proposals: Sequence[Proposal]) -> tuple[Proposal, ...]:
    chosen: dict[Symbol, Proposal] = {}
    for proposal in sorted(proposals, key=lambda p: (*_rank(p.body), p.body.strategy)):
        winner = chosen.get(proposal.body.symbol)
        if winner is None:
            chosen[proposal.body.symbol] = proposal
        else:
            chosen[proposal.body.symbol] = Proposal(
                winner.proposal_id, winner.body, (*winner.outvoted, proposal.body.strategy)
            )
    return tuple(sorted(chosen.values(), key=lambda p: (-p.body.conviction, p.body.symbol)))
