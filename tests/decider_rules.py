"""What a decider world trades under, and what must be true of every verdict and of every order in it.

Every cap is small enough to be met, every cooldown short enough to end within a story.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Final

from attrs import evolve
from tests.builders import BTC, ETH, SOL
from tests.exposure_oracle import Cap, Told
from tests.market_samples import ALPHA, BETA, DOGE, LINK

from trader247.core.integrator import Budget
from trader247.messages.orders import FillBooked
from trader247.messages.trading import CycleContext, ProposalRefused, RiskApproved
from trader247.model.ids import StrategyName
from trader247.model.instant import SECOND, Instant, Moment
from trader247.model.instrument import ProductStatus, Symbol
from trader247.model.market import Quote
from trader247.model.order import Order, OrderIntent, Side
from trader247.model.policy import Caps, Execution, LossLimits, Pacing, Policy
from trader247.model.policy_universe import THEMES, Hysteresis, Tiers, TierTerms, Universe
from trader247.model.signals import Regime

__all__ = [
    "BUDGETS",
    "CLOSED_TIER",
    "NEVER",
    "POLICY",
    "TRADED",
    "cooled_down",
    "follows_its_forerunner",
    "is_well_told",
    "may_be_entered",
    "may_be_placed",
    "universe_of",
]

NEVER: Final = Symbol("UNI-USD")
CLOSED_TIER: Final = Symbol("AVAX-USD")
TRADED: Final = (BTC, ETH, SOL, DOGE, LINK)
BUDGETS: Final = {
    ALPHA: Budget(Decimal(8), 2),
    BETA: Budget(Decimal(3), 3),
    StrategyName("gamma"): Budget(Decimal(12), 2),
}
COOLDOWN_S: Final = 12
AFTER_WIN_S: Final = 6
AFTER_STOP_S: Final = 30
PER_SYMBOL_S: Final = 4
POLICY: Final = Policy(
    caps=Caps(total_pct=Decimal(11), per_theme_pct=Decimal(8), open_positions=3),
    cooldown_minutes=COOLDOWN_S / 60,
    cooldown_after_win_minutes=AFTER_WIN_S / 60,
    cooldown_after_loss_minutes=0.3,
    cooldown_after_stop_minutes=AFTER_STOP_S / 60,
    loss_streak_pause_minutes=0.5,
    pacing=Pacing(
        trades_per_day=10_000,
        trades_per_hour=200,
        new_per_hour=200,
        min_spacing_s=0,
        per_symbol_s=PER_SYMBOL_S,
        adds_per_day=100,
    ),
    execution=Execution(entry_ttl_s=4.0),
    loss_limits=LossLimits(max_drawdown_pct=Decimal(50), daily_stop_pct=Decimal(20), weekly_stop_pct=Decimal(35)),
)
RULES: Final = frozenset(
    {
        "books_not_ready",
        "approvals_in_flight",
        "proposal_bounds",
        "min_conviction",
        "shorting_disallowed",
        "strategy_breaker",
        "strategy_cap",
        "not_in_universe",
        "banned",
        "regime",
        "product_disabled",
        "not_eligible",
        "staleness",
        "spread",
        "depth",
        "slippage",
        "volatility",
        "order_in_doubt",
        "cooldown",
        "cooldown_after_win",
        "cooldown_after_loss",
        "cooldown_after_stop",
        "loss_streak",
        "pacing",
        "adds",
        "position_cap",
        "asset_cap",
        "theme_cap",
        "tier_cap",
        "total_cap",
        "min_notional",
    }
)
_CAPS: Final = ("asset_cap", "theme_cap", "tier_cap", "total_cap")
_SLACK: Final = Fraction(1, 10**18)
"""USD; money is reckoned in 28 digits, and here in fractions."""


def universe_of(scale: Decimal) -> Universe:
    """Two open tiers whose allocations are met before the total is, one closed, and one instrument never traded."""
    core = TierTerms(
        symbols=(BTC, ETH, SOL),
        allocation_pct=Decimal(9),
        min_turnover_usd=Decimal(0),
        min_depth_usd=1_000 * scale,
    )
    rotational = evolve(
        core,
        symbols=(DOGE, LINK, NEVER),
        allocation_pct=Decimal(6),
        max_spread_bps=Decimal(35),
        slippage_budget_bps=Decimal(40),
    )
    tiers = Tiers(core, rotational, evolve(core, enabled=False, symbols=(CLOSED_TIER,)))
    return Universe(
        tiers=tiers,
        themes=THEMES,
        never_trade=(NEVER,),
        min_price_usd=Decimal("0.01") * scale,
        hysteresis=Hysteresis(enter_cycles=1, leave_cycles=2),
    )


def may_be_entered(
    given: RiskApproved,
    context: CycleContext,
    universe: Universe,
    *,
    banned_until: Instant | None,
    stopped: Iterable[StrategyName],
    scale: Decimal,
    now: Moment,
) -> None:
    """The market as the cycle saw it, and what people and breakers said of it, let this purchase through."""
    body = given.proposal.body
    (view,) = [each for each in context.instruments if each.symbol == body.symbol]
    assert body.symbol not in {NEVER, CLOSED_TIER}
    assert banned_until is None or now.utc >= banned_until
    assert body.strategy not in stopped
    assert context.regime is not Regime.CRASH
    assert view.status is ProductStatus.ONLINE
    assert not view.excluded
    assert abs(now.utc - view.quote.at) <= 5 * SECOND
    assert now.utc - view.bar_closed_at <= 90 * SECOND
    assert 80 * scale <= view.quote.mid <= 125 * scale, "a print at ten times the price"
    terms = universe.tiers.of(view.tier)
    assert view.quote.spread_bps <= terms.max_spread_bps
    assert view.depth is not None
    assert view.depth.asks >= 4 * given.notional
    taker_bps = view.quote.spread_bps / 2 + given.notional / view.depth.asks * 10
    assert taker_bps <= terms.slippage_budget_bps


def cooled_down(symbol: Symbol, fills: Iterable[FillBooked], now: Moment) -> None:
    """No entry soon after a fill that the arbiter knows of; a purchase before the last sale no longer counts."""
    mine = [told for told in fills if told.fill.symbol == symbol]
    left = max((told.fill.at for told in mine if told.fill.side is Side.SELL), default=Instant(0))
    for told in mine:
        since = now.utc - told.fill.at
        if told.fill.side is Side.BUY:
            assert told.fill.at < left or since >= COOLDOWN_S * SECOND
            continue
        assert told.fill.at < left or since >= AFTER_WIN_S * SECOND
        if told.order.intent.reason.startswith("stop"):
            assert since >= AFTER_STOP_S * SECOND


def may_be_placed(intent: OrderIntent, quote: Quote, status: ProductStatus, scale: Decimal, now: Moment) -> None:
    """An entry order, the first of its approval or a later one, is made for a market that is open, fresh and sane."""
    assert status is ProductStatus.ONLINE
    assert now.utc - quote.at <= 5 * SECOND
    assert 80 * scale <= intent.limit_price <= 126 * scale
    assert intent.notional_max >= scale, "under the venue's minimum"


def follows_its_forerunner(intent: OrderIntent, before: Order) -> None:
    """What replaces an order never costs more than that order still could: nobody approved more."""
    spent = Fraction(before.booked_notional) * Fraction("1.006")
    assert Fraction(intent.notional_max) + spent <= Fraction(before.intent.notional_max) + _SLACK


def is_well_told(
    refused: ProposalRefused, counted: Mapping[Symbol, Fraction], caps: Iterable[Cap], told: Told | None
) -> None:
    """One rule of the known ones; a cap with its four numbers, which are true, and which are really over the cap."""
    reason = refused.reason
    assert reason.rule in RULES
    assert reason.text
    numbers = (reason.current_pct, reason.proposed_pct, reason.limit_pct)
    assert (reason.rule in {*_CAPS, "position_cap", "strategy_cap", "min_notional"}) or reason.cap_type is None
    if reason.rule not in _CAPS:
        return
    current, proposed, limit = (Fraction(number) for number in numbers if number is not None)
    assert told is not None
    (cap,) = [each for each in caps if each.name == reason.cap_type]
    usd = sum((u for s, u in counted.items() if cap.symbols is None or s in cap.symbols), Fraction(0))
    assert abs(usd - current * told.nlv / 100) <= Fraction(1, 10**12)
    assert limit == cap.limit_pct
    assert usd + proposed * told.nlv / 100 > limit * told.nlv / 100 - _SLACK, "at the cap passes"
