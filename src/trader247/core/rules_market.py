"""Rules about the market: what may be traded at all, and whether its word is fresh and its price fair."""

from trader247.core.regime import SIZE_FACTORS
from trader247.core.risk_books import Books
from trader247.messages.trading import RiskReason, TradeProposal
from trader247.model.instant import seconds
from trader247.model.instrument import ProductStatus
from trader247.model.market import DEPTH_BPS
from trader247.model.money import HUNDRED
from trader247.model.order import Side

__all__ = [
    "calm_enough",
    "deep_enough",
    "eligible",
    "listed",
    "market_is_fresh",
    "product_admits",
    "slippage_is_small",
    "spread_is_narrow",
    "weather_allows",
]


def listed(books: Books, proposal: TradeProposal) -> RiskReason | None:
    """U1 in its first form: the instrument is in the configured universe."""
    if proposal.side is Side.SELL or proposal.symbol in books.universe.tradable:
        return None
    return RiskReason(
        "not_in_universe", f"{proposal.symbol} is in no enabled tier of universe.yaml, or never to be traded"
    )


def eligible(books: Books, proposal: TradeProposal) -> RiskReason | None:
    """U1: what the universe left out of this cycle is not entered."""
    view = books.views.get(proposal.symbol)
    if proposal.side is Side.SELL or view is None or not view.excluded:
        return None
    return RiskReason("not_eligible", f"{proposal.symbol} is left out of the universe: {view.excluded}")


def weather_allows(books: Books, proposal: TradeProposal) -> RiskReason | None:
    """U3: in a regime whose sizes are nothing, nothing is entered."""
    if proposal.side is Side.SELL or SIZE_FACTORS[books.regime] > 0:
        return None
    return RiskReason("regime", f"the regime is {books.regime.value}: nothing is entered until it turns")


def product_admits(books: Books, proposal: TradeProposal) -> RiskReason | None:
    """EX1: only an instrument that is fully online admits entries; an unknown status fails closed."""
    view = books.views.get(proposal.symbol)
    status = view.status if view else ProductStatus.UNKNOWN
    admitted = status.admits_entries if proposal.side is Side.BUY else status.admits_exits
    return None if admitted else RiskReason("product_disabled", f"the venue says {proposal.symbol} is {status.value}")


def market_is_fresh(books: Books, proposal: TradeProposal) -> RiskReason | None:
    """ST1: a quote and a one-minute bar that are young enough; at the limit they still count.

    A quote as far ahead of our clock as it may be behind it is refused too: nobody knows when it will be old.
    """
    view, limits = books.views.get(proposal.symbol), books.policy.staleness
    if view is None:
        return RiskReason("staleness", f"no quote or no closed bars of {proposal.symbol} yet")
    quote_s, bar_s = seconds(books.now.utc - view.quote.at), seconds(books.now.utc - view.bar_closed_at)
    if quote_s < -limits.quote_s:
        return RiskReason(
            "staleness", f"quote is from {-quote_s:.1f} s ahead of our clock, at most {limits.quote_s:g} s"
        )
    if quote_s > limits.quote_s:
        return RiskReason("staleness", f"quote is {quote_s:.1f} s old, at most {limits.quote_s:g} s")
    if bar_s > limits.bar_s:
        return RiskReason("staleness", f"last bar closed {bar_s:.0f} s ago, at most {limits.bar_s:g} s")
    return None


def spread_is_narrow(books: Books, proposal: TradeProposal) -> RiskReason | None:
    """U1: the tier's widest spread; an exit is never stopped by it."""
    view = books.views.get(proposal.symbol)
    if proposal.side is Side.SELL or view is None:
        return None
    widest, spread = books.universe.tiers.of(view.tier).max_spread_bps, view.quote.spread_bps
    if spread <= widest:
        return None
    return RiskReason("spread", f"spread is {spread:.1f} bps, at most {widest} for tier {view.tier.value}")


def deep_enough(books: Books, proposal: TradeProposal) -> RiskReason | None:
    """MKT1: the asks near the mid hold some times the order. A book that was not read, the universe leaves out."""
    view, times = books.views.get(proposal.symbol), books.policy.entry.depth_multiple
    if proposal.side is Side.SELL or view is None or view.depth is None:
        return None
    order = books.portfolio.nlv * proposal.notional_pct / HUNDRED
    if view.depth.asks >= order * times:
        return None
    text = f"{view.depth.asks:.0f} USD of asks within {DEPTH_BPS} bps, at least {times:f} x the order of {order:.0f}"
    return RiskReason("depth", text)


def slippage_is_small(books: Books, proposal: TradeProposal) -> RiskReason | None:
    """MKT1: what a taker would pay over the mid is inside the tier's budget.

    Half the spread, and half the way through ``DEPTH_BPS`` for the share of its asks that the order takes, as if they
    were spread evenly.
    """
    view = books.views.get(proposal.symbol)
    if proposal.side is Side.SELL or view is None or view.depth is None or view.depth.asks <= 0:
        return None
    order = books.portfolio.nlv * proposal.notional_pct / HUNDRED
    expected = view.quote.spread_bps / 2 + order / view.depth.asks * DEPTH_BPS / 2
    most = books.universe.tiers.of(view.tier).slippage_budget_bps
    if expected <= most:
        return None
    text = f"a taker would pay some {expected:.1f} bps over the mid, at most {most} for tier {view.tier.value}"
    return RiskReason("slippage", text)


def calm_enough(books: Books, proposal: TradeProposal) -> RiskReason | None:
    """VOL1: an instrument that swings too much for any stop to mean anything; what is not known yet is 0 and passes."""
    view, most = books.views.get(proposal.symbol), books.policy.entry.volatility_pct_max
    if proposal.side is Side.SELL or view is None or view.volatility_pct <= most:
        return None
    return RiskReason("volatility", f"volatility is {view.volatility_pct:.0f} % a year, at most {most:g} %")
