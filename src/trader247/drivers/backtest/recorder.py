"""What a backtest keeps of what was said: verdicts, orders, fills, round trips, and the equity by the hour.

It hears the journal's facts and every portfolio, and says nothing. Memory grows with trades and hours, not with bars.
"""

from collections import Counter
from decimal import Decimal
from typing import Final

from attrs import define, frozen

from trader247.core.journal import JournalFact
from trader247.messages.control import HaltTripped
from trader247.messages.orders import FillBooked, OrderChanged, PortfolioChanged
from trader247.messages.trading import CycleFinished, ProposalRefused, RegimeChanged, RiskApproved
from trader247.model.ids import IntentId, StrategyName
from trader247.model.instant import HOUR, MINUTE, Instant, Moment
from trader247.model.instrument import Symbol
from trader247.model.mode import OrderKind
from trader247.model.money import HUNDRED, ZERO
from trader247.model.order import Fill, Order, Side
from trader247.model.signals import TriggerKind

__all__ = ["BookedFill", "EquityPoint", "Recorder", "RoundTrip", "Verdict"]

_SURE: Final = 1e-9
"""The share by which a float is on one side of an amount for sure."""

_FILLS_MAX: Final = 1_000_000
"""Of one run: some 500 MB, and more trades than any report is read for."""


@frozen
class Verdict:
    """What the risk arbiter, or the order manager, made of a proposal; ``rule`` is empty where it was approved."""

    at: Instant
    symbol: Symbol
    side: Side
    strategy: StrategyName
    rule: str
    notional: Decimal
    why: str


@frozen
class BookedFill:
    """A fill with what it belongs to and what it realised."""

    fill: Fill
    kind: OrderKind
    strategy: StrategyName
    reason: str
    realised: Decimal


@define
class RoundTrip:
    """A position from its first buy to its last sale. Amounts in quote currency; ``fees`` are those of both sides."""

    symbol: Symbol
    strategy: StrategyName
    opened_at: Instant
    entry_reason: str
    bought: Decimal = ZERO
    spent: Decimal = ZERO
    sold: Decimal = ZERO
    earned: Decimal = ZERO
    fees: Decimal = ZERO
    realised: Decimal = ZERO
    closed_at: Instant | None = None
    exit_reason: str = ""

    @property
    def rule(self) -> str:
        """What drew attention: the first word of the proposal's reason."""
        return self.entry_reason.partition(":")[0]


@frozen
class EquityPoint:
    """The account at the end of an hour: all of it, and what is at risk by instrument."""

    at: Instant
    nlv: Decimal
    at_risk: tuple[tuple[Symbol, Decimal], ...]


class Recorder:
    """Everything a report is made from."""

    def __init__(self) -> None:
        """Nothing was heard yet."""
        self.verdicts: list[Verdict] = []
        self.orders: dict[IntentId, Order] = {}
        self.fills: list[BookedFill] = []
        self.trips: list[RoundTrip] = []
        self.equity: list[EquityPoint] = []
        self.fired: Counter[TriggerKind] = Counter()
        self.prices: dict[Symbol, list[tuple[Instant, float]]] = {}
        self.cycles = 0
        self.cycles_with_triggers = 0
        self.idle: Counter[str] = Counter()
        self.regimes: list[tuple[Instant, RegimeChanged]] = []
        self.halts: list[HaltTripped] = []
        self.opening: Decimal | None = None
        self.peak: Decimal | None = None
        self.drawdown_pct = ZERO
        self.invested_ns = 0
        self._open: dict[Symbol, RoundTrip] = {}
        self._burning: dict[Symbol, TriggerKind] = {}
        self._last: PortfolioChanged | None = None
        self._unmoved: tuple[float, float] | None = None

    def hear(self, fact: JournalFact | PortfolioChanged, now: Moment) -> None:
        """Keep what a report needs of it."""
        match fact:
            case PortfolioChanged():
                self._portfolio(fact)
            case CycleFinished():
                self._cycle(fact)
            case ProposalRefused(proposal, _, reason, more):
                body, text = proposal.body, reason.text if not more else f"{reason.text} (and {more} more)"
                self.verdicts.append(Verdict(now.utc, body.symbol, body.side, body.strategy, reason.rule, ZERO, text))
            case RiskApproved(proposal, notional):
                body = proposal.body
                self.verdicts.append(Verdict(now.utc, body.symbol, body.side, body.strategy, "", notional, body.reason))
            case OrderChanged(order):
                self.orders[order.intent.intent_id] = order
            case FillBooked():
                self._fill(fact)
            case RegimeChanged():
                self.regimes.append((now.utc, fact))
            case HaltTripped():
                self.halts.append(fact)
            case _:
                pass  # alerts, marks and listings are told again by what follows from them

    def _cycle(self, finished: CycleFinished) -> None:
        self.cycle({trigger.symbol: trigger.kind for trigger in finished.triggers}, finished.no_trade)

    def cycle(self, burning: dict[Symbol, TriggerKind], no_trade: str) -> None:
        """A cycle is over; what fired in it, by instrument, and why nothing was traded, if nothing was."""
        self.cycles += 1
        self.cycles_with_triggers += bool(burning)
        if no_trade:
            self.idle[no_trade] += 1
        for symbol, kind in burning.items():
            if self._burning.get(symbol) is not kind:  # one that goes on firing is one
                self.fired[kind] += 1
        self._burning = burning

    def _fill(self, booked: FillBooked) -> None:
        fill, intent = booked.fill, booked.order.intent
        self.orders[intent.intent_id] = booked.order
        if len(self.fills) < _FILLS_MAX:
            self.fills.append(BookedFill(fill, intent.kind, intent.strategy, intent.reason, booked.realised))
        trip = self._open.get(fill.symbol)
        if trip is None:
            trip = RoundTrip(fill.symbol, intent.strategy, fill.at, intent.reason)
            self._open[fill.symbol] = trip
            self.trips.append(trip)
        value = fill.price * fill.quantity
        trip.fees += fill.fee
        if fill.side is Side.BUY:
            trip.bought += fill.quantity
            trip.spent += value
            return
        trip.sold += fill.quantity
        trip.earned += value
        trip.realised += booked.realised
        if not booked.position.quantity:
            trip.closed_at, trip.exit_reason = fill.at, intent.reason
            del self._open[fill.symbol]

    def _portfolio(self, portfolio: PortfolioChanged) -> None:
        if not portfolio.books_ready:
            return
        nlv, last, self._unmoved = portfolio.nlv, self._last, None
        self.opening = nlv if self.opening is None else self.opening
        self.peak = nlv if self.peak is None else max(self.peak, nlv)
        if self.peak > 0:
            self.drawdown_pct = max(self.drawdown_pct, (self.peak - nlv) / self.peak * 100)
        if last is not None:
            if last.positions:
                self.invested_ns += portfolio.at.utc - last.at.utc
            if portfolio.at.utc // HOUR > last.at.utc // HOUR:
                self._point(last, Instant((last.at.utc // HOUR + 1) * HOUR))
        self._last = portfolio

    def unmoved(self, nlv: float, now: Instant) -> bool:
        """Whether a portfolio of this NLV, about, would leave every figure but the newest as it is, for sure.

        Not where an hour ends or begins: its points are taken from the portfolios on both sides.
        """
        last, peak = self._last, self.peak
        if last is None or peak is None or now // HOUR != last.at.utc // HOUR:
            return False
        if not last.positions:
            return True  # and so was every point since
        if (now + MINUTE) // HOUR != now // HOUR:
            return False
        if self._unmoved is None:
            low = float(peak * (HUNDRED - self.drawdown_pct) / HUNDRED)
            self._unmoved = low * (1 + _SURE), float(peak) * (1 - _SURE)
        return self._unmoved[0] < nlv < self._unmoved[1]

    def _point(self, portfolio: PortfolioChanged, at: Instant) -> None:
        at_risk = tuple((each.symbol, each.total) for each in portfolio.exposures if each.total)
        self.equity.append(EquityPoint(at, portfolio.nlv, at_risk))

    def see_price(self, symbol: Symbol, at: Instant, price: float) -> None:
        """An instrument's last price at the end of an hour."""
        self.prices.setdefault(symbol, []).append((at, price))

    def close(self, now: Moment) -> None:
        """The run is over."""
        if self._last is not None:
            self._point(self._last, now.utc)

    @property
    def nlv(self) -> Decimal:
        """The account as it was last seen."""
        return self._last.nlv if self._last is not None else ZERO
