"""The caps of requirement E1. Exactly at a cap passes; the regime takes its share of every one (``core/regime.py``).

Percentages are of NLV; exposure is counted at worst (``core/exposure.py``).
"""

from decimal import Decimal

from trader247.core.regime import CAP_SHARES, tier_share
from trader247.core.risk_books import Books
from trader247.messages.trading import RiskReason, TradeProposal
from trader247.model.instrument import asset_of
from trader247.model.money import ZERO
from trader247.model.order import Side

__all__ = ["asset_cap", "positions_cap", "strategy_cap", "theme_cap", "tier_cap", "total_cap"]


def positions_cap(books: Books, proposal: TradeProposal) -> RiskReason | None:
    """E1: how many instruments may be held at once, entries in flight included."""
    exposed, cap = books.exposed(), books.policy.caps.open_positions
    if proposal.side is Side.SELL or proposal.symbol in exposed or len(exposed) < cap:
        return None
    return RiskReason("position_cap", f"{len(exposed)} positions are open, at most {cap}", cap_type="open_positions")


def _cap(
    books: Books, proposal: TradeProposal, cap_type: str, at_risk: Decimal, limit_pct: Decimal
) -> RiskReason | None:
    if proposal.side is Side.SELL:
        return None
    limit_pct *= CAP_SHARES[books.regime]
    current_pct = books.pct(at_risk)
    if current_pct + proposal.notional_pct <= limit_pct:
        return None
    return RiskReason(
        f"{cap_type.partition(':')[0]}_cap",
        f"{cap_type} holds {current_pct:.2f} %, {proposal.notional_pct:.2f} % more is over {limit_pct} %",
        cap_type=cap_type,
        current_pct=current_pct,
        proposed_pct=proposal.notional_pct,
        limit_pct=limit_pct,
    )


def strategy_cap(books: Books, proposal: TradeProposal) -> RiskReason | None:
    """STR3: what a strategy's own cap leaves of this cycle, after the regime and the venue's least order had their say.

    The integrator holds the wishes to it; what is approved may be more than was wished.
    """
    limit_pct = books.budgets.get(proposal.strategy)
    if proposal.side is Side.SELL or limit_pct is None:
        return None
    current_pct = books.pct(books.spent.get(proposal.strategy, ZERO))
    if current_pct + proposal.notional_pct <= limit_pct:
        return None
    return RiskReason(
        "strategy_cap",
        f"{proposal.strategy} has {current_pct:.2f} % in this cycle, {proposal.notional_pct:.2f} % more is over its"
        f" own {limit_pct} %",
        cap_type="strategy",
        current_pct=current_pct,
        proposed_pct=proposal.notional_pct,
        limit_pct=limit_pct,
    )


def asset_cap(books: Books, proposal: TradeProposal) -> RiskReason | None:
    """E1: one asset, through whichever of its books (requirement U5)."""
    at_risk = books.at_risk_in(frozenset({asset_of(proposal.symbol)}))
    return _cap(books, proposal, "asset", at_risk, books.policy.caps.per_asset_pct)


def theme_cap(books: Books, proposal: TradeProposal) -> RiskReason | None:
    """U2: every theme the asset belongs to."""
    for theme in books.universe.themes_of(proposal.symbol):
        at_risk = books.at_risk_in(frozenset(asset_of(symbol) for symbol in books.universe.themes[theme]))
        over = _cap(books, proposal, f"theme:{theme}", at_risk, books.policy.caps.per_theme_pct)
        if over is not None:
            return over
    return None


def tier_cap(books: Books, proposal: TradeProposal) -> RiskReason | None:
    """U1, U3: the tier's share of the account, of which the regime leaves a share."""
    tier = books.universe.tier_of(proposal.symbol)
    if tier is None:
        return None
    terms = books.universe.tiers.of(tier)
    limit_pct = terms.allocation_pct * tier_share(tier, books.regime)
    return _cap(books, proposal, f"tier:{tier.value}", books.at_risk(terms.symbols), limit_pct)


def total_cap(books: Books, proposal: TradeProposal) -> RiskReason | None:
    """E1: everything together."""
    return _cap(books, proposal, "total", books.at_risk(), books.policy.caps.total_pct)
