"""What a cycle sees and asks, on top of ``tests/builders.py``: views, snapshots, wishes, series of bars.

The account is worth 10,000 USD, so a percent of NLV is 100 USD.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from attrs import evolve
from tests.builders import BTC, ETH, RULES, SOL, Amount, at, candle, moment, proposal, quote, trade_proposal, usd

from trader247.messages.orders import Exposure
from trader247.messages.trading import CycleContext, ProposalsIntegrated, TradeProposal
from trader247.model.ids import CycleId, RunEpoch, StrategyName
from trader247.model.instrument import ProductStatus, Symbol
from trader247.model.market import Candle
from trader247.model.policy import EntryBounds, Pacing, Policy
from trader247.model.policy_universe import Universe
from trader247.model.portfolio import Position
from trader247.model.signals import InstrumentView, Regime, Tier, Trigger

DOGE, LINK = Symbol("DOGE-USD"), Symbol("LINK-USD")
TRADABLE = tuple(sorted((BTC, ETH, SOL, DOGE, LINK)))
"""What the silent universe lets in: BTC, ETH, SOL of the core tier and of theme LAYER1; DOGE and LINK rotational."""
EPOCH = RunEpoch("00c0ffee00")
CYCLE = CycleId(f"{EPOCH}-c1")
ALPHA, BETA = StrategyName("alpha"), StrategyName("beta")
NLV = Decimal(10_000)
UNPACED = Policy(
    cooldown_minutes=0,
    cooldown_after_stop_minutes=0,
    pacing=Pacing(trades_per_day=10_000, trades_per_hour=1_000, new_per_hour=1_000, min_spacing_s=0, per_symbol_s=0),
    entry=EntryBounds(min_conviction=0.0),
)
"""A policy in which only the caps and the market can stop an entry."""


def minutes(closes: Iterable[float], symbol: Symbol = BTC, *, first: int = 0, volume: float = 10.0) -> list[Candle]:
    """Flat one-minute bars in a row, the first beginning ``first`` minutes into the story."""
    return [candle(symbol, close, minute=first + number, volume=volume) for number, close in enumerate(closes)]


def lax(universe: Universe) -> Universe:
    """The same universe for made markets: its tiers ask for no turnover."""
    free = {tier.value: evolve(universe.tiers.of(tier), min_turnover_usd=Decimal(0)) for tier in Tier}
    return evolve(universe, tiers=evolve(universe.tiers, **free))


def view(
    symbol: Symbol = BTC,
    *,
    second: float = 0,
    bar_second: float | None = None,
    status: ProductStatus = ProductStatus.ONLINE,
    spread_bps: Amount = 2,
    volatility_pct: float = 50.0,
    tier: Tier | None = None,
) -> InstrumentView:
    """An instrument at 100 USD whose quote and last bar are of this second."""
    half = Decimal(spread_bps) / 200
    return InstrumentView(
        symbol=symbol,
        tier=tier or Universe().tier_of(symbol) or Tier.CORE,
        status=status,
        quote=quote(symbol, 100 - half, 100 + half, second=second),
        bar_closed_at=at(second if bar_second is None else bar_second),
        move_15m_pct=0.4,
        move_60m_pct=0.9,
        return_24h_pct=1.1,
        volume_ratio=1.3,
        volatility_pct=volatility_pct,
    )


def context(
    *views: InstrumentView, triggers: tuple[Trigger, ...] = (), positions: tuple[Position, ...] = (), second: float = 0
) -> CycleContext:
    return CycleContext(CYCLE, moment(second), Regime.CHOP, usd(NLV), views, triggers, positions)


def wish(symbol: Symbol = BTC, pct: Amount = 1, conviction: float = 0.6, by: StrategyName = RULES) -> TradeProposal:
    """A wish that every rule of the silent policy lets through."""
    return trade_proposal(symbol, notional_pct=pct, conviction=conviction, strategy=by)


def integrated(
    *bodies: TradeProposal, second: float = 0, views: tuple[InstrumentView, ...] = ()
) -> ProposalsIntegrated:
    """These wishes in a cycle whose snapshot has the given views, or a fresh one of every instrument they name."""
    known = views or tuple(view(symbol, second=second) for symbol in sorted({body.symbol for body in bodies}))
    wishes = tuple(proposal(body, index=number) for number, body in enumerate(bodies))
    return ProposalsIntegrated(context(*known, second=second), wishes)


def buying(usd_by_symbol: Mapping[Symbol, Amount]) -> tuple[Exposure, ...]:
    """Exposures that are all working buys."""
    return tuple(Exposure(symbol, usd(0), usd(amount)) for symbol, amount in sorted(usd_by_symbol.items()))
