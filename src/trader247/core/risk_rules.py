"""The rules, one function each; ``RULES`` is their order, and the first that objects is the one that is named.

The rules together are total: given the books and any proposal they answer None or a structured reason, and
``within_bounds`` comes before every rule that does arithmetic with the proposal's numbers. At a limit a proposal
passes, over it it is refused. Those about a subject of their own stand in ``rules_market``, ``rules_cooldown`` and
``rules_caps``.
"""

from decimal import Decimal
from typing import Final

from trader247.core.risk_books import Books, Rule
from trader247.core.rules_caps import asset_cap, positions_cap, strategy_cap, theme_cap, tier_cap, total_cap
from trader247.core.rules_cooldown import adds_are_few, no_loss_streak, not_cooling_down, paced
from trader247.core.rules_market import (
    calm_enough,
    deep_enough,
    eligible,
    listed,
    market_is_fresh,
    product_admits,
    slippage_is_small,
    spread_is_narrow,
    weather_allows,
)
from trader247.messages.trading import RiskReason, TradeProposal
from trader247.model.instant import rfc3339
from trader247.model.money import HUNDRED, ZERO
from trader247.model.order import OrderStatus, Side

__all__ = ["RULES", "first_objection", "within_bounds"]

_HOLD_S_MAX: Final = 365 * 24 * 3600
"""The longest hold that the configuration knows; a time that never comes would be no exit."""


def books_are_ready(books: Books, proposal: TradeProposal) -> RiskReason | None:
    """Nothing is approved on books that were not yet read from the journal and the venue."""
    if not books.portfolio.books_ready:
        return RiskReason("books_not_ready", "positions and cash have not been confirmed by the venue yet")
    return None


def within_bounds(books: Books, proposal: TradeProposal) -> RiskReason | None:
    """R2: stop, target and longest hold inside their bounds, a positive size, enough conviction."""
    entry = books.policy.entry
    rows: tuple[tuple[str, Decimal, Decimal, Decimal], ...] = (
        ("stop_loss_pct", proposal.stop_loss_pct, entry.stop_pct_min, entry.stop_pct_max),
        ("take_profit_pct", proposal.take_profit_pct, entry.target_pct_min, entry.target_pct_max),
    )
    if proposal.side is Side.BUY:
        for name, value, low, high in rows:
            if not (value.is_finite() and low <= value <= high):
                return RiskReason("proposal_bounds", f"{name} is {value}, allowed is {low} to {high}")
        if not 0 < proposal.max_hold_s <= _HOLD_S_MAX:
            return RiskReason("proposal_bounds", f"max_hold_s is {proposal.max_hold_s}, allowed is 1 to {_HOLD_S_MAX}")
    if not (proposal.notional_pct.is_finite() and ZERO < proposal.notional_pct <= HUNDRED):
        return RiskReason("proposal_bounds", f"notional_pct is {proposal.notional_pct}, allowed is above 0 to 100")
    if not 0.0 <= proposal.conviction <= 1.0:
        return RiskReason("proposal_bounds", f"conviction is {proposal.conviction}, allowed is 0 to 1")
    least = entry.min_conviction - entry.canary_margin if proposal.canary else entry.min_conviction
    if proposal.conviction < least:
        return RiskReason("min_conviction", f"conviction is {proposal.conviction:.3f}, at least {least:g}")
    if proposal.canary and proposal.notional_pct > entry.canary_pct_max:
        text = f"notional_pct of a canary is {proposal.notional_pct}, at most {entry.canary_pct_max}"
        return RiskReason("proposal_bounds", text)
    return None


def no_shorts(books: Books, proposal: TradeProposal) -> RiskReason | None:
    """R1: a sale needs a long position of ours; how much of it is the order manager's arithmetic."""
    if proposal.side is Side.BUY:
        return None
    if any(position.symbol == proposal.symbol for position in books.portfolio.positions):
        return None
    return RiskReason("shorting_disallowed", f"no {proposal.symbol} is held")


def not_in_doubt(books: Books, proposal: TradeProposal) -> RiskReason | None:
    """OM2: an instrument with an order whose outcome nobody knows is blocked until it is known."""
    for order in books.portfolio.working:
        if order.intent.symbol == proposal.symbol and order.status is OrderStatus.UNKNOWN:
            return RiskReason("order_in_doubt", f"the outcome of order {order.intent.intent_id} is not known yet")
    return None


def strategy_works(books: Books, proposal: TradeProposal) -> RiskReason | None:
    """CB2: a strategy whose breaker is open enters nothing; half open, its next proposal is let through."""
    why = books.stopped.get(proposal.strategy)
    if proposal.side is Side.SELL or why is None:
        return None
    return RiskReason("strategy_breaker", f"the breaker of {proposal.strategy} is OPEN: {why}")


def not_banned(books: Books, proposal: TradeProposal) -> RiskReason | None:
    """U4: an instrument with a red flag is not entered until the ban is over; it may be left at any time."""
    ban = books.bans.get(proposal.symbol)
    if proposal.side is Side.SELL or ban is None:
        return None
    text = f"{ban.kind.value}: {ban.reason} (by {ban.by}); until {rfc3339(ban.until, 0)}"
    return RiskReason("banned", text, until=ban.until)


RULES: Final[tuple[Rule, ...]] = (
    books_are_ready,
    within_bounds,
    no_shorts,
    strategy_works,
    listed,
    not_banned,
    weather_allows,
    product_admits,
    eligible,
    market_is_fresh,
    spread_is_narrow,
    deep_enough,
    slippage_is_small,
    calm_enough,
    not_in_doubt,
    not_cooling_down,
    no_loss_streak,
    paced,
    adds_are_few,
    strategy_cap,
    positions_cap,
    asset_cap,
    theme_cap,
    tier_cap,
    total_cap,
)


def first_objection(books: Books, proposal: TradeProposal) -> RiskReason | None:
    """The first rule's objection, or None where every rule agrees."""
    for rule in RULES:
        reason = rule(books, proposal)
        if reason is not None:
            return reason
    return None
