"""The order manager's memory: orders, ledger, market and the switches, shared by its desks within one decider."""

from collections import deque
from decimal import Decimal
from typing import Final

from attrs import Factory, define, evolve

from trader247.core.bans import BanList
from trader247.core.equity import marks_after
from trader247.core.exposure import exposures_of, position_value
from trader247.core.fee_model import dearer_than_configured, reckoned_bps
from trader247.core.ledger import Ledger
from trader247.core.order_registry import OrderRegistry
from trader247.core.trade_tape import TradeTape, of_a_day
from trader247.messages.control import AlertCleared, AlertRaised, FlattenOrdered, Severity
from trader247.messages.market import FeeTierSeen
from trader247.messages.orders import BooksLoaded, EquityMarked, PortfolioChanged
from trader247.messages.reconciling import BalancesAccepted
from trader247.model.ids import AlertKey, IntentId, RunEpoch, intent_id
from trader247.model.instant import DAY, EPOCH, Instant, Moment
from trader247.model.instrument import Instrument, Symbol
from trader247.model.market import Quote
from trader247.model.mode import Mode
from trader247.model.money import NO_NOTIONAL, ZERO, Notional
from trader247.model.order import Order, Side
from trader247.model.policy import Policy
from trader247.model.policy_universe import Group
from trader247.model.portfolio import EquityMarks

__all__ = ["OrderBooks"]

_MARK_STEP: Final = Decimal("1.001")
"""A new high is journalled when it is 0.1 % above the last one written: close enough to measure a loss of percents."""

_FEE_TIER: Final = AlertKey("fee_tier")


@define
class OrderBooks:
    """What the order manager knows. ``cash_currency`` is the currency every instrument is quoted in.

    ``stopped`` is the reason why nothing new may be sent (a halt or a drain), or None. ``flattening`` is an operator's
    order to sell everything, until that is done. ``quotes_moved``: since the last portfolio.
    """

    policy: Policy
    mode: Mode
    epoch: RunEpoch
    cash_currency: str = "USD"
    groups: tuple[Group, ...] = ()
    flattening: FlattenOrdered | None = None
    bans: BanList = Factory(BanList)
    registry: OrderRegistry = Factory(OrderRegistry)
    ledger: Ledger = Factory(Ledger)
    quotes: dict[Symbol, Quote] = Factory(dict)
    quotes_moved: bool = False
    instruments: dict[Symbol, Instrument] = Factory(dict)
    fee_tier: FeeTierSeen | None = None
    entries: deque[tuple[Symbol, Instant]] = Factory(lambda: deque(maxlen=10_000))
    tape: TradeTape = Factory(TradeTape)
    stop_outs: deque[tuple[Symbol, Instant]] = Factory(lambda: deque(maxlen=10_000))
    marks: EquityMarks | None = None
    marks_written: EquityMarks | None = None
    realised_today: Notional = NO_NOTIONAL
    realised_day: Instant = EPOCH
    approvals_seen: int = 0
    intents_made: int = 0
    loaded: bool = False
    opened: bool = False
    confirmed: bool = False
    halted: bool = False
    draining: bool = False

    @property
    def ready(self) -> bool:
        """Whether the journal was read and the venue has confirmed it."""
        return self.loaded and self.opened and self.confirmed

    @property
    def stopped(self) -> str | None:
        """Why nothing new may be sent, or None."""
        return "halted" if self.halted else "draining" if self.draining else None

    def must_end(self, order: Order) -> str | None:
        """Why an order may not go on, or None. A halt ends every order; a drain leaves what protects at the venue; a
        ban ends what would buy.
        """
        stopped = None if order.intent.protects and not self.halted else self.stopped
        if stopped is None and order.intent.side is Side.BUY and order.intent.symbol in self.bans:
            return f"{order.intent.symbol} is banned"
        return stopped

    @property
    def cash(self) -> Decimal:
        """All cash of ours, what working orders hold included."""
        return self.ledger.total(self.cash_currency)

    @property
    def fee_bps(self) -> Decimal:
        """The fee that every order is reckoned with."""
        return reckoned_bps(self.policy.fees, self.fee_tier)

    def see_fees(self, tier: FeeTierSeen) -> list[AlertRaised | AlertCleared]:
        """Reckon with the account's tier from now on; one warning for each that is dearer than configured.

        The warning is over as it is told: the dearer fee is in force, and nobody has to act.
        """
        before, self.fee_tier = self.fee_tier, tier
        text = dearer_than_configured(self.policy.fees, tier)
        if text is None or tier == before:
            return []
        return [AlertRaised(_FEE_TIER, Severity.WARNING, text), AlertCleared(_FEE_TIER)]

    def next_intent_id(self) -> IntentId:
        """A new id of this run."""
        self.intents_made += 1
        return intent_id(self.epoch, self.intents_made)

    def load(self, books: BooksLoaded, now: Moment) -> None:
        """Take over what the journal gave back; its ``realised_today`` is of the UTC day of ``now``."""
        for order in books.orders:
            self.registry.add(order)
        if books.opening is not None:
            self.ledger.restore(books.opening, books.flows, books.positions, books.fill_ids)
            self.opened = True
        self.entries.extend(books.entries_24h)
        self.stop_outs.extend(books.stop_outs_24h)
        self.tape.replay(books.positions, books.tape)
        self.marks = self.marks_written = books.marks
        self.realised_day, self.realised_today = _day_of(now.utc), books.realised_today
        self.intents_made = books.intents_made
        self.loaded = True

    def enter(self, symbol: Symbol, at: Instant, *, first: bool) -> None:
        """Count an entry at its order's last fill, as the journal does: a cooldown begins with any fill (CD1).

        A fill that is not its order's ``first`` moves the instrument's newest entry.
        """
        places = range(len(self.entries) - 1, -1, -1)
        known = None if first else next((place for place in places if self.entries[place][0] == symbol), None)
        if known is None:
            self.entries.append((symbol, at))
        else:
            self.entries[known] = (symbol, max(self.entries[known][1], at))

    def realise(self, amount: Notional, at: Instant) -> None:
        """Count a realised profit or loss to its UTC day; one of an earlier day is told late and is not today's."""
        self._turn_day(at)
        if _day_of(at) == self.realised_day:
            self.realised_today = Notional(self.realised_today + amount)

    def _turn_day(self, at: Instant) -> None:
        if _day_of(at) > self.realised_day:
            self.realised_day, self.realised_today = _day_of(at), NO_NOTIONAL

    def portfolio(self, now: Moment) -> PortfolioChanged:
        """Everything as one snapshot, marked to the newest quotes."""
        self._turn_day(now.utc)
        positions = tuple(sorted(self.ledger.positions.values(), key=lambda p: p.symbol))
        nlv = self.nlv()
        value = nlv - self.cash
        if self.ready:
            self.marks = marks_after(self.marks, nlv, now.utc)
        unsettled = tuple(self.registry.unsettled())
        return PortfolioChanged(
            at=now,
            cash=self.cash,
            nlv=nlv,
            positions=positions,
            exposures=exposures_of(positions, unsettled, self.quotes),
            working=unsettled,
            in_doubt=self.registry.in_doubt(),
            approvals_seen=self.approvals_seen,
            realised_today=self.realised_today,
            unrealised=Notional(value - sum((p.cost + p.entry_fees for p in positions), ZERO)),
            entries_24h=of_a_day(self.entries, now.utc),
            stop_outs_24h=of_a_day(self.stop_outs, now.utc),
            marks=self.marks or marks_after(None, nlv, now.utc),
            totals=self.ledger.totals(),
            books_ready=self.ready,
            books_loaded=self.loaded,
            trades=self.tape.trades(now.utc),
            adds_24h=self.tape.adds(now.utc),
        )

    def accept(self, accepted: BalancesAccepted, now: Moment) -> list[EquityMarked]:
        """Take over balances that a person accepted. What came or went that way is no profit and no loss, so the
        marks that losses are measured from move with it, and are written whichever way they went.
        """
        before = self.portfolio(now)
        for each in accepted.differences:
            self.ledger.accept(each.name, each.ours, each.theirs)
        moved = self.nlv() - before.nlv
        self.marks = evolve(
            before.marks,
            high_water=Notional(before.marks.high_water + moved),
            day_open=Notional(before.marks.day_open + moved),
            week_open=Notional(before.marks.week_open + moved),
        )
        self.marks_written = evolve(self.marks)
        return [EquityMarked(self.marks)]

    def nlv(self) -> Notional:
        """Cash and positions at mid."""
        held = self.ledger.positions.values()
        return Notional(self.cash + sum((position_value(p, self.quotes.get(p.symbol)) for p in held), ZERO))

    def marks_to_write(self) -> list[EquityMarked]:
        """The marks, if they moved enough since they were last written."""
        marks, written = self.marks, self.marks_written
        if marks is None:
            return []
        same_periods = written is not None and (written.day, written.week) == (marks.day, marks.week)
        if same_periods and written is not None and marks.high_water < written.high_water * _MARK_STEP:
            return []
        self.marks_written = evolve(marks)
        return [EquityMarked(marks)]

    def tradable(self, symbol: Symbol) -> tuple[Instrument, Quote] | None:
        """The instrument and its newest quote, or None where either is not known."""
        instrument, quote = self.instruments.get(symbol), self.quotes.get(symbol)
        return (instrument, quote) if instrument and quote else None


def _day_of(at: Instant) -> Instant:
    return Instant(at - at % DAY)
