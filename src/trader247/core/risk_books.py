"""What a rule may look at: the portfolio, what was approved and is not shown yet, the cycle's snapshot, the policy."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from attrs import Factory, frozen

from trader247.messages.bans import Ban
from trader247.messages.orders import PortfolioChanged
from trader247.messages.trading import RiskReason, TradeProposal
from trader247.model.ids import StrategyName
from trader247.model.instant import Instant, Moment
from trader247.model.instrument import Symbol, asset_of
from trader247.model.money import HUNDRED, ZERO
from trader247.model.policy import Policy
from trader247.model.policy_universe import Universe
from trader247.model.signals import InstrumentView, Regime

__all__ = ["Books", "Rule"]


@frozen
class Books:
    """Everything a rule may look at. ``pending`` are approvals the portfolio does not show yet, in USD per symbol.

    ``stopped`` says of strategies whose breaker is open why it is. ``budgets`` are the strategies' own caps of a cycle,
    in percent of NLV, and ``spent`` is what was approved of each in this one, in USD.
    """

    now: Moment
    policy: Policy
    universe: Universe
    portfolio: PortfolioChanged
    pending: Mapping[Symbol, Decimal]
    views: Mapping[Symbol, InstrumentView]
    approved_at: tuple[tuple[Symbol, Instant], ...]
    regime: Regime = Regime.CHOP
    stopped: Mapping[StrategyName, str] = Factory(dict)
    bans: Mapping[Symbol, Ban] = Factory(dict)
    budgets: Mapping[StrategyName, Decimal] = Factory(dict)
    spent: Mapping[StrategyName, Decimal] = Factory(dict)

    def at_risk(self, symbols: tuple[Symbol, ...] | None = None) -> Decimal:
        """Worst-case exposure of the named instruments (all, where None), pending approvals included, in USD."""
        shown = sum((e.total for e in self.portfolio.exposures if symbols is None or e.symbol in symbols), ZERO)
        waiting = sum((usd for symbol, usd in self.pending.items() if symbols is None or symbol in symbols), ZERO)
        return shown + waiting

    def at_risk_in(self, assets: frozenset[str]) -> Decimal:
        """The same of assets, through whichever of their books (requirement U5)."""
        known = (*(exposure.symbol for exposure in self.portfolio.exposures), *self.pending)
        return self.at_risk(tuple(symbol for symbol in known if asset_of(symbol) in assets))

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
