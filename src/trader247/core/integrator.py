"""Many strategies, one list: nonsense out, then budgets, then one wish per instrument, in canonical order (STR3, STR4).

Arrival order decides nothing: the input is sorted before anything is dropped. A wish whose numbers are no sizes or
shares is refused before it is counted or compared, so that one strategy's broken arithmetic can neither make room in
its budget nor outbid another's wish. Of several wishes for one instrument the highest conviction wins; on a tie the
strategy whose name comes first. The losers keep their attribution.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from attrs import frozen

from trader247.messages.trading import Proposal, ProposalsMade, RiskReason, TradeProposal
from trader247.model.ids import CycleId, StrategyName, proposal_id
from trader247.model.instrument import Symbol
from trader247.model.money import ZERO
from trader247.model.order import Side

__all__ = ["Budget", "Integrated", "integrate"]


@frozen
class Budget:
    """What one strategy may propose per cycle; ``at_risk_pct_max`` is the sum of its buys, in percent of NLV.

    A sale puts nothing at risk, so it counts among the trades and not in the sum.
    """

    at_risk_pct_max: Decimal
    trades_per_cycle_max: int


@frozen
class Integrated:
    """What goes on to the arbiter, and what was nonsense or stopped by the strategy's own budget."""

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


def _rank(body: TradeProposal) -> tuple[float | str | Decimal, ...]:
    """The most convinced first; every other field follows, so that no two different wishes rank the same."""
    limits = (body.notional_pct, body.stop_loss_pct, body.take_profit_pct, Decimal(body.max_hold_s))
    return (-body.conviction, body.symbol, body.side.value, body.reason, *limits)


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


def _within_budget(
    cycle: CycleId, answer: ProposalsMade, budget: Budget
) -> tuple[list[Proposal], list[tuple[Proposal, RiskReason]]]:
    within: list[Proposal] = []
    over: list[tuple[Proposal, RiskReason]] = []
    spent = ZERO
    judged = [(body, _nonsense(body)) for body in answer.proposals]
    sound = sorted((body for body, fault in judged if fault is None), key=_rank)
    for index, body in enumerate(sound):
        proposal = Proposal(proposal_id(cycle, answer.strategy, index), body)
        objection = _over_budget(answer.strategy, body, budget, trades=len(within), spent=spent)
        if objection is not None:
            over.append((proposal, objection))
            continue
        spent += _at_risk(body)
        within.append(proposal)
    unsound = sorted(((body, fault) for body, fault in judged if fault is not None), key=lambda found: repr(found[0]))
    for index, (body, fault) in enumerate(unsound, start=len(sound)):
        over.append((Proposal(proposal_id(cycle, answer.strategy, index), body), fault))
    return within, over


def _at_risk(body: TradeProposal) -> Decimal:
    return body.notional_pct if body.side is Side.BUY else ZERO


def _over_budget(
    strategy: StrategyName, body: TradeProposal, budget: Budget, *, trades: int, spent: Decimal
) -> RiskReason | None:
    if trades >= budget.trades_per_cycle_max:
        text = f"{strategy} may make {budget.trades_per_cycle_max} proposals a cycle"
        return RiskReason("strategy_cap", text, cap_type="trades_per_cycle")
    if body.side is Side.BUY and spent + body.notional_pct > budget.at_risk_pct_max:
        return RiskReason(
            "strategy_cap",
            f"{strategy} may risk {budget.at_risk_pct_max} % a cycle",
            cap_type="strategy",
            current_pct=spent,
            proposed_pct=body.notional_pct,
            limit_pct=budget.at_risk_pct_max,
        )
    return None


def _one_per_instrument(proposals: Sequence[Proposal]) -> tuple[Proposal, ...]:
    chosen: dict[Symbol, Proposal] = {}
    for proposal in sorted(proposals, key=lambda p: (-p.body.conviction, p.body.strategy, *_rank(p.body))):
        winner = chosen.get(proposal.body.symbol)
        if winner is None:
            chosen[proposal.body.symbol] = proposal
        else:
            chosen[proposal.body.symbol] = Proposal(
                winner.proposal_id, winner.body, (*winner.outvoted, proposal.body.strategy)
            )
    return tuple(sorted(chosen.values(), key=lambda p: (-p.body.conviction, p.body.symbol)))
