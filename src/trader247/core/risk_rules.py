"""The rules, one function each; ``RULES`` is their order, and the first that objects is the one that is named.

The rules together are total: given the books and any proposal they answer None or a structured reason, and
``within_bounds`` comes before every rule that does arithmetic with the proposal's numbers. At a limit a proposal
passes, over it it is refused. Percentages are of NLV; exposure is counted at worst (``core/exposure.py``). The regime
takes its share of every cap (``core/regime.py``).
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from attrs import frozen

from trader247.core.regime import CAP_SHARES, SIZE_FACTORS, tier_share
from trader247.messages.orders import PortfolioChanged
from trader247.messages.trading import RiskReason, TradeProposal
from trader247.model.instant import DAY, HOUR, MINUTE, SECOND, Instant, Moment, seconds
from trader247.model.instrument import ProductStatus, Symbol
from trader247.model.money import HUNDRED, ZERO
from trader247.model.order import OrderStatus, Side
from trader247.model.policy import Policy
from trader247.model.policy_universe import Universe
from trader247.model.signals import InstrumentView, Regime

__all__ = ["RULES", "Books", "first_objection"]

_HOLD_S_MAX: Final = 365 * 24 * 3600
"""The longest hold that the configuration knows; a time that never comes would be no exit."""


@frozen
class Books:
    """Everything a rule may look at. ``pending`` are approvals the portfolio does not show yet, in USD per symbol."""

    now: Moment
    policy: Policy
    universe: Universe
    portfolio: PortfolioChanged
    pending: Mapping[Symbol, Decimal]
    views: Mapping[Symbol, InstrumentView]
    approved_at: tuple[tuple[Symbol, Instant], ...]
    regime: Regime = Regime.CHOP

    def at_risk(self, symbols: tuple[Symbol, ...] | None = None) -> Decimal:
        """Worst-case exposure of the named instruments (all, where None), pending approvals included, in USD."""
        shown = sum((e.total for e in self.portfolio.exposures if symbols is None or e.symbol in symbols), ZERO)
        waiting = sum((usd for symbol, usd in self.pending.items() if symbols is None or symbol in symbols), ZERO)
        return shown + waiting

    def pct(self, usd: Decimal) -> Decimal:
        """An amount in percent of NLV; an account worth nothing can carry nothing."""
        return usd / self.portfolio.nlv * HUNDRED if self.portfolio.nlv > 0 else HUNDRED * HUNDRED

    def exposed(self) -> frozenset[Symbol]:
        """Instruments with a position, a working buy, or an approval on its way; what is worth dust is no position."""
        shown = {e.symbol for e in self.portfolio.exposures if e.total > 0 and e.total >= self.policy.dust_usd}
        return frozenset(shown | {symbol for symbol, usd in self.pending.items() if usd > 0})

    def entries_since(self, since: Instant) -> tuple[tuple[Symbol, Instant], ...]:
        """Entries filled or approved at or after an instant; an approval that filled is counted once."""
        filled = [(s, at) for s, at in self.portfolio.entries_24h if at >= since]
        unseen = [
            (s, at) for s, at in self.approved_at if at >= since and not any(s == f and t >= at for f, t in filled)
        ]
        return (*filled, *unseen)


Rule = Callable[[Books, TradeProposal], RiskReason | None]


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


def not_in_doubt(books: Books, proposal: TradeProposal) -> RiskReason | None:
    """OM2: an instrument with an order whose outcome nobody knows is blocked until it is known."""
    for order in books.portfolio.working:
        if order.intent.symbol == proposal.symbol and order.status is OrderStatus.UNKNOWN:
            return RiskReason("order_in_doubt", f"the outcome of order {order.intent.intent_id} is not known yet")
    return None


def not_cooling_down(books: Books, proposal: TradeProposal) -> RiskReason | None:
    """CD1: no entry soon after a fill of the same instrument, and longer none after its stop."""
    if proposal.side is Side.SELL:
        return None
    rows = (
        ("cooldown", "an entry", books.portfolio.entries_24h, books.policy.cooldown_minutes),
        ("cooldown_after_stop", "its stop", books.portfolio.stop_outs_24h, books.policy.cooldown_after_stop_minutes),
    )
    for rule, what, events, minutes in rows:
        last = max((at for symbol, at in events if symbol == proposal.symbol), default=None)
        if last is not None and books.now.utc - last < minutes * MINUTE:
            ago = (books.now.utc - last) / MINUTE
            return RiskReason(rule, f"{what} was {ago:.0f} min ago, wait {minutes:g} min")
    return None


def paced(books: Books, proposal: TradeProposal) -> RiskReason | None:
    """CD1: entries per day and hour, new assets per hour, and the spacing between entries."""
    if proposal.side is Side.SELL:
        return None
    pacing, now = books.policy.pacing, books.now.utc
    hour, day = books.entries_since(Instant(now - HOUR)), books.entries_since(Instant(now - DAY))
    held = {position.symbol for position in books.portfolio.positions}
    last = max((at for _, at in day), default=None)
    mine = max((at for s, at in day if s == proposal.symbol), default=None)
    if last is not None and now - last < pacing.min_spacing_s * SECOND:
        return RiskReason(
            "pacing", f"the last entry was {(now - last) / SECOND:.0f} s ago, wait {pacing.min_spacing_s:g} s"
        )
    if mine is not None and now - mine < pacing.per_symbol_s * SECOND:
        return RiskReason("pacing", f"the last {proposal.symbol} entry was {(now - mine) / SECOND:.0f} s ago")
    if len(hour) >= pacing.trades_per_hour:
        return RiskReason("pacing", f"{len(hour)} entries in the last hour, at most {pacing.trades_per_hour}")
    if proposal.symbol not in held and len({s for s, _ in hour}) >= pacing.new_per_hour:
        return RiskReason("pacing", f"{pacing.new_per_hour} new assets in the last hour already")
    if len(day) >= pacing.trades_per_day:
        return RiskReason("pacing", f"{pacing.trades_per_day} entries in the last day already")
    return None


def positions_cap(books: Books, proposal: TradeProposal) -> RiskReason | None:
    """E1: how many instruments may be held at once, entries in flight included."""
    exposed, cap = books.exposed(), books.policy.caps.open_positions
    if proposal.side is Side.SELL or proposal.symbol in exposed or len(exposed) < cap:
        return None
    return RiskReason("position_cap", f"{len(exposed)} positions are open, at most {cap}", cap_type="open_positions")


def _cap(
    books: Books, proposal: TradeProposal, cap_type: str, symbols: tuple[Symbol, ...] | None, limit_pct: Decimal
) -> RiskReason | None:
    if proposal.side is Side.SELL:
        return None
    limit_pct *= CAP_SHARES[books.regime]
    current_pct = books.pct(books.at_risk(symbols))
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


def asset_cap(books: Books, proposal: TradeProposal) -> RiskReason | None:
    """E1: one asset."""
    return _cap(books, proposal, "asset", (proposal.symbol,), books.policy.caps.per_asset_pct)


def theme_cap(books: Books, proposal: TradeProposal) -> RiskReason | None:
    """U2: every theme the asset belongs to."""
    for theme in books.universe.themes_of(proposal.symbol):
        over = _cap(books, proposal, f"theme:{theme}", books.universe.themes[theme], books.policy.caps.per_theme_pct)
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
    return _cap(books, proposal, f"tier:{tier.value}", terms.symbols, limit_pct)


def total_cap(books: Books, proposal: TradeProposal) -> RiskReason | None:
    """E1: everything together."""
    return _cap(books, proposal, "total", None, books.policy.caps.total_pct)


RULES: Final[tuple[Rule, ...]] = (
    books_are_ready,
    within_bounds,
    no_shorts,
    listed,
    weather_allows,
    product_admits,
    eligible,
    market_is_fresh,
    spread_is_narrow,
    not_in_doubt,
    not_cooling_down,
    paced,
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
