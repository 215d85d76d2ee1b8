"""What the faces remember of the facts that passed by: the newest of each kind, and bounded tails.

Nothing here decides anything and nothing is asked back; losing all of it costs a person some history and the trading
nothing. Every bound is a count of rows a person might scroll through, and together they keep the face under some MB.
"""

from collections import deque
from collections.abc import Iterable
from typing import Final, Generic, TypeVar

from attrs import evolve, frozen

from trader247.core.status_series import ThinnedSeries
from trader247.messages.bans import Ban, BanLapsed, BanLifted, BansListed, InstrumentBanned
from trader247.messages.breakers import BreakerChanged, BreakerLine, BreakersListed
from trader247.messages.control import (
    AlertChanged,
    ConfigurationReloaded,
    DaemonStarted,
    FlattenEnded,
    FlattenOrdered,
    HaltCleared,
    HaltTripped,
    LossAcknowledged,
    PermitRenewed,
    SetTradingState,
)
from trader247.messages.market import InstrumentsListed, QuoteAccepted, QuoteRejected, StreamChanged
from trader247.messages.orders import FillBooked, OrderChanged, OrderWithheld, PortfolioChanged, TrimEnded
from trader247.messages.reconciling import AccountCompared
from trader247.messages.trading import (
    CycleFinished,
    EligibilityChanged,
    ProposalRefused,
    ProposalsMade,
    RegimeChanged,
    RiskApproved,
    SignalReceived,
    SignalRefused,
)
from trader247.model.ids import AlertKey, ClientOrderId, StrategyName
from trader247.model.instant import MINUTE, SECOND, Moment, Mono, seconds
from trader247.model.instrument import Instrument, Symbol
from trader247.model.market import Quote
from trader247.model.money import Notional, Price
from trader247.model.order import Order

__all__ = ["ALERTS_MAX", "FILLS_MAX", "ORDERS_MAX", "REFUSALS_MAX", "BoardFact", "Facts", "Seen"]

ORDERS_MAX: Final = 500
FILLS_MAX: Final = 500
REFUSALS_MAX: Final = 200
ALERTS_MAX: Final = 200
CYCLES_MAX: Final = 50
EQUITY_POINTS_MAX: Final = 2_000  # twice the pixels of a wide plot
QUOTE_POINTS_MAX: Final = 500
SYMBOLS_MAX: Final = 200  # a universe has 30; a feed that invents symbols must not fill the memory
STRATEGIES_MAX: Final = 100

BoardFact = (
    PermitRenewed
    | PortfolioChanged
    | OrderChanged
    | FillBooked
    | OrderWithheld
    | ProposalRefused
    | ProposalsMade
    | RiskApproved
    | CycleFinished
    | RegimeChanged
    | EligibilityChanged
    | AlertChanged
    | HaltTripped
    | HaltCleared
    | QuoteAccepted
    | QuoteRejected
    | InstrumentsListed
    | DaemonStarted
    | ConfigurationReloaded
    | StreamChanged
    | SetTradingState
    | BreakerChanged
    | BreakersListed
    | InstrumentBanned
    | BanLifted
    | BanLapsed
    | BansListed
    | LossAcknowledged
    | FlattenOrdered
    | FlattenEnded
    | TrimEnded
    | AccountCompared
    | SignalReceived
    | SignalRefused
)

_Rare = (
    ProposalsMade
    | RiskApproved
    | AlertChanged
    | HaltTripped
    | HaltCleared
    | InstrumentsListed
    | DaemonStarted
    | ConfigurationReloaded
    | StreamChanged
    | RegimeChanged
    | EligibilityChanged
    | QuoteRejected
    | SetTradingState
    | BreakerChanged
    | BreakersListed
    | InstrumentBanned
    | BanLifted
    | BanLapsed
    | BansListed
    | LossAcknowledged
    | AccountCompared
    | SignalReceived
    | SignalRefused
    | FlattenOrdered
    | FlattenEnded
    | TrimEnded
)
"""What does not come with every cycle, order or quote."""

T = TypeVar("T")


@frozen
class Seen(Generic[T]):
    """A fact and when the face took it in."""

    fact: T
    at: Moment

    def age_s(self, now: Moment) -> float:
        """Seconds since then, never negative."""
        return max(0.0, seconds(now.mono - self.at.mono))


class Facts:
    """The memory of the faces. ``note`` is the only way in; everything else is read."""

    def __init__(self) -> None:
        """Nothing was seen yet."""
        self.started: Seen[DaemonStarted] | None = None
        self.permit: Seen[PermitRenewed] | None = None
        self.portfolio: Seen[PortfolioChanged] | None = None
        self.listed: Seen[InstrumentsListed] | None = None
        self.stream: Seen[StreamChanged] | None = None
        self.compared: Seen[AccountCompared] | None = None
        self.halt: HaltTripped | None = None
        self.flattening: Seen[FlattenOrdered] | None = None
        self.quotes: dict[Symbol, Seen[Quote]] = {}
        self.prices: dict[Symbol, ThinnedSeries[Price]] = {}
        self.equity: ThinnedSeries[Notional] = ThinnedSeries(EQUITY_POINTS_MAX, SECOND)
        self.orders: dict[ClientOrderId, Seen[Order | OrderWithheld]] = {}
        self.alerts: dict[AlertKey, AlertChanged] = {}
        self.fills: deque[FillBooked] = deque(maxlen=FILLS_MAX)
        self.refusals: deque[Seen[ProposalRefused]] = deque(maxlen=REFUSALS_MAX)
        self.cycles: deque[Seen[CycleFinished]] = deque(maxlen=CYCLES_MAX)
        self.answers: dict[StrategyName, Seen[ProposalsMade]] = {}
        self.approvals: dict[Symbol, Seen[RiskApproved]] = {}
        self.breakers: tuple[BreakerLine, ...] = ()
        self.bans: dict[Symbol, Ban] = {}

    def remember(self, orders: Iterable[Order]) -> None:
        """Orders of earlier runs, oldest first; none of them happened in this one."""
        for order in orders:
            self._note_order(order.intent.client_order_id, Seen(order, Moment(order.changed_at, Mono(0))))

    def note(self, fact: BoardFact, now: Moment) -> None:
        """Remember a fact; constant time but for the rows that a full tail drops."""
        match fact:
            case QuoteAccepted(quote):
                self._note_quote(quote, now)
            case PermitRenewed():
                self.permit = Seen(fact, now)
            case PortfolioChanged():
                self.portfolio = Seen(fact, now)
                if fact.books_ready:  # before that the account is not worth nothing, it is not known
                    self.equity.add(fact.at.utc, fact.nlv)
            case OrderChanged(order):
                self._note_order(order.intent.client_order_id, Seen(order, now))
            case OrderWithheld(intent):
                self._note_order(intent.client_order_id, Seen(fact, now))
            case FillBooked():
                self.fills.append(fact)
                self._note_order(fact.order.intent.client_order_id, Seen(fact.order, now))
            case ProposalRefused():
                self.refusals.append(Seen(fact, now))
            case CycleFinished():
                self.cycles.append(Seen(fact, now))
            case _:
                self._note_rare(fact, now)

    def _note_rare(self, fact: _Rare, now: Moment) -> None:
        match fact:
            case ProposalsMade():
                _bounded_put(self.answers, fact.strategy, Seen(fact, now), STRATEGIES_MAX)
            case RiskApproved():
                _bounded_put(self.approvals, fact.proposal.body.symbol, Seen(fact, now), SYMBOLS_MAX)
            case AlertChanged():
                _bounded_put(self.alerts, fact.key, fact, ALERTS_MAX)
            case HaltTripped():
                self.halt, self.flattening = self.halt or fact, None
            case HaltCleared():
                self.halt = None
            case InstrumentsListed():
                self.listed = Seen(fact, now)
            case DaemonStarted():
                self.started = Seen(fact, now)
            case ConfigurationReloaded(after=config_hash):
                if self.started is not None:
                    self.started = evolve(self.started, fact=evolve(self.started.fact, config_hash=config_hash))
            case StreamChanged():
                self.stream = Seen(fact, now)
            case AccountCompared():
                self.compared = Seen(fact, now)
            case BreakersListed(lines):
                self.breakers = lines
            case BansListed() | InstrumentBanned() | BanLifted() | BanLapsed():
                self._note_ban(fact)
            case FlattenOrdered():
                self.flattening = self.flattening or Seen(fact, now)
            case FlattenEnded():
                self.flattening = None
            case (
                TrimEnded()
                | SetTradingState()
                | BreakerChanged()
                | LossAcknowledged()
                | SignalReceived()
                | SignalRefused()
            ):
                pass  # the next permit or list says it, and what comes of a signal says itself; these are for the story

    def _note_ban(self, fact: BansListed | InstrumentBanned | BanLifted | BanLapsed) -> None:
        match fact:
            case BansListed(bans):
                self.bans = {ban.symbol: ban for ban in bans}
            case InstrumentBanned(ban):
                self.bans[ban.symbol] = ban
            case BanLifted(symbol=symbol):
                self.bans.pop(symbol, None)
            case BanLapsed(ban):
                self.bans.pop(ban.symbol, None)

    def _note_quote(self, quote: Quote, now: Moment) -> None:
        _bounded_put(self.quotes, quote.symbol, Seen(quote, now), SYMBOLS_MAX)
        series = self.prices.get(quote.symbol)
        if series is None:
            series = ThinnedSeries(QUOTE_POINTS_MAX, MINUTE)
            _bounded_put(self.prices, quote.symbol, series, SYMBOLS_MAX)
        series.add(quote.at, quote.mid)

    def _note_order(self, key: ClientOrderId, seen: Seen[Order | OrderWithheld]) -> None:
        """Newest last; when full, the oldest that is over goes first, so a working order is never forgotten."""
        self.orders.pop(key, None)
        self.orders[key] = seen
        if len(self.orders) > ORDERS_MAX:
            over = (k for k, s in self.orders.items() if isinstance(s.fact, OrderWithheld) or s.fact.status.terminal)
            self.orders.pop(next(over, next(iter(self.orders))))

    # ------------------------------------------------------------------------------------------------ questions
    def instrument(self, symbol: Symbol) -> Instrument | None:
        """The venue's description, or None where it was not listed."""
        found = self.listed.fact.instruments if self.listed else ()
        return next((instrument for instrument in found if instrument.symbol == symbol), None)

    def last_cycle(self) -> Seen[CycleFinished] | None:
        """The newest finished cycle."""
        return self.cycles[-1] if self.cycles else None

    def symbols(self) -> tuple[Symbol, ...]:
        """Every instrument anything is known of, by name."""
        listed = [i.symbol for i in self.listed.fact.instruments] if self.listed else []
        held = [p.symbol for p in self.portfolio.fact.positions] if self.portfolio else []
        return tuple(sorted({*listed, *held, *self.quotes}))


K = TypeVar("K")
V = TypeVar("V")


def _bounded_put(rows: dict[K, V], key: K, value: V, rows_max: int) -> None:
    rows.pop(key, None)
    rows[key] = value
    if len(rows) > rows_max:
        rows.pop(next(iter(rows)))
