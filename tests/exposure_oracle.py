"""What could be lost at worst and what may be, reckoned a second time from the exchange's own books, in fractions.

Nothing here is taken from ``core/exposure.py``, ``core/risk_books.py`` or ``core/rules_caps.py``; the shares of the
regimes are written out again.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Final

from attrs import define, frozen
from tests.model_exchange import FEE, ModelExchange, ModelOrder

from trader247.messages.orders import PortfolioChanged
from trader247.messages.trading import RiskApproved
from trader247.model.instant import Moment
from trader247.model.instrument import Symbol
from trader247.model.market import Quote
from trader247.model.order import OrderIntent, OrderStatus, Side
from trader247.model.policy import Caps
from trader247.model.policy_universe import Universe
from trader247.model.signals import Regime, Tier

__all__ = ["Cap", "Oracle", "Told", "mid_of"]

_WITH_FEE: Final = 1 + Fraction(FEE)
_SHARES: Final = {
    Regime.BULL: Fraction(1),
    Regime.CHOP: Fraction(1),
    Regime.BEAR: Fraction(6, 10),
    Regime.CRASH: Fraction(0),
}
_ROTATIONAL: Final = {
    Regime.BULL: Fraction(1),
    Regime.CHOP: Fraction(8, 10),
    Regime.BEAR: Fraction(5, 10),
    Regime.CRASH: Fraction(0),
}


@frozen
class Cap:
    """A cap by the name a refusal gives it, whom it is about (None: everybody), and its limit in percent of NLV."""

    name: str
    symbols: frozenset[Symbol] | None
    limit_pct: Fraction


@frozen
class Told:
    """The portfolio the arbiter knows, with the quotes it was marked to and the fills that it had booked."""

    portfolio: PortfolioChanged
    mids: Mapping[Symbol, Fraction]
    booked: frozenset[str]

    @property
    def nlv(self) -> Fraction:
        return Fraction(self.portfolio.nlv)


@define
class Oracle:
    """Knows what really happened at the exchange, and what may be at risk by configuration."""

    exchange: ModelExchange
    caps: Caps
    universe: Universe

    def caps_on(self, symbol: Symbol, regime: Regime) -> list[Cap]:
        """Every cap on the money in one instrument."""
        share, caps = _SHARES[regime], self.caps
        found = [
            Cap("asset", frozenset(_siblings(symbol, self.universe)), Fraction(caps.per_asset_pct) * share),
            Cap("total", None, Fraction(caps.total_pct) * share),
        ]
        for theme, members in self.universe.themes.items():
            if symbol in members:
                found.append(Cap(f"theme:{theme}", frozenset(members), Fraction(caps.per_theme_pct) * share))
        for tier in Tier:
            terms = self.universe.tiers.of(tier)
            if symbol in terms.symbols:
                own = Fraction(terms.allocation_pct) * (_ROTATIONAL[regime] if tier is Tier.ROTATIONAL else 1)
                found.append(Cap(f"tier:{tier.value}", frozenset(terms.symbols), own * share))
        return found

    def truth(
        self, told: Told, on_the_way: Iterable[OrderIntent], given: Iterable[RiskApproved], now: Moment
    ) -> dict[Symbol, Fraction]:
        """What may be held at worst, by instrument: what the arbiter knows to be held at its mark, and all the rest
        (fills it was not told of, live orders, requests and approvals on their way) at the limit with its fee.
        """
        at_risk: dict[Symbol, Fraction] = {}

        def add(symbol: Symbol, usd: Fraction) -> None:
            at_risk[symbol] = at_risk.get(symbol, Fraction(0)) + usd

        for position in told.portfolio.positions:
            add(position.symbol, Fraction(position.quantity) * told.mids[position.symbol])
        for order in self.exchange.orders.values():
            if order.intent.side is Side.BUY:
                add(order.intent.symbol, self._of_order(order, told))
        for intent in {each.intent_id: each for each in on_the_way}.values():
            if intent.side is Side.BUY and intent.client_order_id not in self.exchange.orders:
                add(intent.symbol, Fraction(intent.notional_max))
        for approval in given:
            if now.mono < approval.expires_at.mono:
                add(approval.proposal.body.symbol, Fraction(approval.notional))
        return at_risk

    @staticmethod
    def _of_order(order: ModelOrder, told: Told) -> Fraction:
        unbooked = sum((Fraction(f.quantity) for f in order.fills if f.fill_id not in told.booked), Fraction(0))
        return (Fraction(order.left) + unbooked) * Fraction(order.intent.limit_price) * _WITH_FEE

    def counted(self, told: Told, pending: Iterable[RiskApproved]) -> dict[Symbol, Fraction]:
        """What the arbiter has to count by what it was told, by instrument."""
        at_risk: dict[Symbol, Fraction] = {}
        for position in told.portfolio.positions:
            mid = told.mids[position.symbol]
            at_risk[position.symbol] = at_risk.get(position.symbol, Fraction(0)) + Fraction(position.quantity) * mid
        for order in told.portfolio.working:
            intent = order.intent
            if intent.side is Side.SELL or order.status is OrderStatus.REJECTED:
                continue
            may_be = Fraction(order.filled if order.status.terminal else intent.quantity) - Fraction(order.booked)
            worst = Fraction(intent.notional_max) * max(may_be, Fraction(0)) / Fraction(intent.quantity)
            at_risk[intent.symbol] = at_risk.get(intent.symbol, Fraction(0)) + worst
        for approval in pending:
            symbol = approval.proposal.body.symbol
            at_risk[symbol] = at_risk.get(symbol, Fraction(0)) + Fraction(approval.notional)
        return at_risk


def _siblings(symbol: Symbol, universe: Universe) -> set[Symbol]:
    """The books of the same asset."""
    base = symbol.partition("-")[0]
    listed = (s for tier in Tier for s in universe.tiers.of(tier).symbols)
    return {symbol, *(s for s in listed if s.partition("-")[0] == base)}


def mid_of(quote: Quote) -> Fraction:
    return (Fraction(quote.bid) + Fraction(quote.ask)) / 2
