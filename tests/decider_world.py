"""The deciders put together in a plain loop: cycle, integrator, risk arbiter and order manager between a journal, a
gateway and a model exchange (``tests/order_world.py``), with everything going wrong in between.

At every approval an oracle of its own reckons what could be lost at worst; at every entry order the market is looked
at again. A number says to which and how: what a strategy wants is drawn from it, so one history is always the same.
"""

import math
import random
from collections.abc import Callable
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any, Final

from attrs import evolve
from tests.builders import depth, instrument, moment, quote, trade_proposal
from tests.decider_rules import (
    BUDGETS,
    CLOSED_TIER,
    NEVER,
    PER_SYMBOL_S,
    POLICY,
    TRADED,
    cooled_down,
    follows_its_forerunner,
    is_well_told,
    may_be_entered,
    may_be_placed,
    universe_of,
)
from tests.exposure_oracle import Cap, Oracle, Told, mid_of
from tests.market_samples import minutes
from tests.order_world import OrderWorld

from trader247.core.cycle import Cycle, CycleIn
from trader247.core.order_manager import ManagerIn, ManagerOut
from trader247.core.outliers import TickFilter
from trader247.core.risk_arbiter import ArbiterIn, RiskArbiter
from trader247.messages.bans import Ban, BanKind, BanLifted, InstrumentBanned
from trader247.messages.base import Tick
from trader247.messages.breakers import BreakerLine, BreakersListed, BreakerState, strategy_work
from trader247.messages.control import PermitRenewed
from trader247.messages.market import CandleClosed, DepthsRead, InstrumentsListed, MarketHistory, QuoteAccepted
from trader247.messages.orders import FillBooked, OrderChanged, PortfolioChanged
from trader247.messages.trading import (
    CycleContext,
    CycleDue,
    Deliberate,
    ProposalRefused,
    ProposalsIntegrated,
    ProposalsMade,
    RiskApproved,
    TradeProposal,
)
from trader247.model.ids import IntentId, ProposalId, RunEpoch, StrategyName
from trader247.model.instant import SECOND, Instant, Mono
from trader247.model.instrument import ProductStatus, Symbol
from trader247.model.mode import OrderKind, TradingState
from trader247.model.order import Order, OrderIntent, OrderStatus, Side
from trader247.model.policy import Outliers
from trader247.model.policy_signals import Filters, RegimeTerms, Signals, Triggers
from trader247.model.signals import Regime, RegimeChoice

__all__ = ["DeciderWorld", "Trouble"]

WANTED: Final = (*TRADED, *TRADED, *TRADED, NEVER, CLOSED_TIER)
"""What strategies ask for; the last two are never to be had."""
PAST: Final = {symbol: minutes([100.0] * 70, symbol, first=-70) for symbol in TRADED}
PERCENTS: Final = ("0.01", "0.5", "1", "2", "3", "4", "4.9999", "5", "5.0001")
NONSENSE: Final = ("0", "-1", "100", "NaN", "-Infinity", "1E+25")
CONVICTIONS: Final = (0.3, 0.37, 0.4, 0.6, 0.8, 0.9, 1.0, 1.5, math.nan)
DISTANCES: Final = ("5", "5", "5", "10", "20", "0.1", "NaN", "Infinity")
FILTER: Final = Outliers(sigmas=10.0, jump_bps_least=4_000.0)
"""Quotes of this world move by a third at once; a print at ten times the price is none of them."""


class Trouble(Enum):
    """What may happen beside the troubles of orders."""

    ASK = "ask"
    ANSWER = "answer"
    ABSURD = "absurd"
    THIN = "thin"
    STATUS = "status"
    OPEN = "open"
    BAN = "ban"
    LIFT = "lift"
    BREAKER = "breaker"
    REGIME = "regime"
    LAG = "lag"
    ARBITER = "arbiter"
    FRESH = "fresh"
    SLEEP = "sleep"


class DeciderWorld(OrderWorld):
    """The whole way from a snapshot to the exchange. ``scale`` multiplies every price and every amount of money;
    ``backwards`` has the strategies answer in the other order. ``log`` tells every verdict and order, without scale.
    """

    def __init__(self, *, scale: Decimal = Decimal(1), backwards: bool = False) -> None:
        self.scale, self.backwards = scale, backwards
        self.second, self.runs, self.halted = 0.0, 0, False
        self.universe, self.symbols = universe_of(scale), TRADED
        self.log: list[tuple[Any, ...]] = []
        self.regime, self.statuses = Regime.CHOP, dict.fromkeys(TRADED, ProductStatus.ONLINE)
        self.bans: dict[Symbol, Ban] = {}
        self.stopped: set[StrategyName] = set()
        self.filters = {symbol: TickFilter(FILTER) for symbol in TRADED}
        self.thin: dict[Symbol, Decimal] = {}
        self.bars, self.cycles, self.lag = 0, 0, 0
        self.late: Told | None = None
        self.told: Told | None = None
        self.asked: Deliberate | None = None
        self.pending: list[RiskApproved] = []
        self.given: list[RiskApproved] = []
        self.entered: dict[Symbol, Instant] = {}
        self.booked: list[FillBooked] = []
        self.entries: dict[IntentId, Order] = {}
        self.newest: dict[ProposalId, IntentId] = {}
        self.slow = False
        self.absurd: dict[Symbol, int] = {}
        self._begin_arbiter(restarted=False)
        self._begin_cycle()
        policy = evolve(POLICY, dust_usd=POLICY.dust_usd * scale, trim=evolve(POLICY.trim, least_usd=5 * scale))
        super().__init__(policy, symbols=TRADED, opening=10_000 * scale)
        self.oracle = Oracle(self.exchange, POLICY.caps, self.universe)
        self._fresh(1)

    # ------------------------------------------------------------------------------------------- what may happen
    def stir(self, trouble: Trouble, number: int) -> None:
        steps: dict[Trouble, Callable[[int], None]] = {
            Trouble.ASK: self._ask,
            Trouble.ANSWER: self._reply,
            Trouble.ABSURD: self._absurd,
            Trouble.THIN: self._thin,
            Trouble.STATUS: lambda n: self._list(TRADED[n % 5], list(ProductStatus)[n // 5 % len(ProductStatus)]),
            Trouble.OPEN: lambda n: self._list(TRADED[n % 5], ProductStatus.ONLINE),
            Trouble.BAN: self._ban,
            Trouble.LIFT: self._lift,
            Trouble.BREAKER: self._breaker,
            Trouble.REGIME: self._turn,
            Trouble.LAG: lambda n: setattr(self, "lag", 1 + n % 6),
            Trouble.ARBITER: lambda n: self._begin_arbiter(restarted=True),
            Trouble.FRESH: self._fresh,
            Trouble.SLEEP: self._sleep,
        }
        steps[trouble](number)

    def _deliver(self, n: int) -> None:
        """Approvals come by one channel, in their order; everything else overtakes as it likes."""
        if not self.mail:
            return
        chosen = self.mail[n % len(self.mail)]
        if isinstance(chosen.what, RiskApproved):
            chosen = next(sent for sent in self.mail if isinstance(sent.what, RiskApproved))
        self.mail.remove(chosen)
        self._tell(chosen.what)

    def _approve(self, side: Side, n: int) -> None:
        """A whole cycle at once; two times in five its approvals are slow on their way."""
        if n % 4:
            self._fresh(n)
        self._ask(n)
        self.slow = n % 5 < 2
        self._reply(n)
        self.slow = False

    def _quote(self, n: int) -> None:
        """Mostly near each other, so that something can rest; some through every stop and target; some wide or old."""
        bid = 85 + n % 31 if n % 5 == 0 else 97 + n % 7
        wide = Decimal("1.2") if n % 11 == 0 else Decimal("0.02")
        age = (0, 0, 0, 4, 5, 5.1)[n % 6] if n % 3 == 0 else 0
        self._see(TRADED[n % 5], Decimal(bid), wide, age)

    def _see(self, symbol: Symbol, bid: Decimal, wide: Decimal = Decimal("0.02"), age: float = 0) -> None:
        seen = quote(symbol, bid * self.scale, (bid + wide) * self.scale, second=self.second - age)
        before = self.manager._books.quotes.get(symbol)
        if (before is None or before.at <= seen.at) and self.filters[symbol].objection(seen) is None:
            self._tell(QuoteAccepted(seen))

    def _sleep(self, n: int) -> None:
        for _ in range(1 + n % 14):
            self._wait(3)

    def _absurd(self, n: int) -> None:
        """Never twice at one level: what holds for some ticks is believed, and rightly."""
        symbol = TRADED[n % 5]
        self.absurd[symbol] = 10_000 // self.absurd.get(symbol, 10)
        self._see(symbol, Decimal(self.absurd[symbol]))

    def _fresh(self, n: int) -> None:
        """New quotes, books and bars of everything, each a little elsewhere than before."""
        for place, symbol in enumerate(TRADED):
            self._see(symbol, Decimal(98 + (n // 7 + place) % 5))
        while (self.bars + 1) * 60 <= self.second:
            self.bars += 1
            for symbol in TRADED:
                self._decide(CandleClosed(self._bar(symbol, self.bars - 1), traded=True))
        self._decide(self._depths())

    def _thin(self, n: int) -> None:
        self.thin[TRADED[n % 5]] = Decimal((500, 1_100, 2_000, 4_000, 10**6)[n // 5 % 5])
        self._decide(self._depths())

    def _list(self, symbol: Symbol, status: ProductStatus) -> None:
        self.statuses[symbol] = status
        self._tell(self._listing())

    def _ban(self, n: int) -> None:
        symbol, now = TRADED[n % 5], self.now.utc
        ban = Ban(symbol, BanKind.EXPLOIT, "a test says so", "ann", now, Instant(now + (2 + n % 60) * SECOND))
        self.bans[symbol] = ban
        self._arbiter_hears(InstrumentBanned(ban))

    def _lift(self, n: int) -> None:
        if self.bans.pop(TRADED[n % 5], None) is not None:
            self._arbiter_hears(BanLifted(TRADED[n % 5], "ann", "a test says so", self.now.utc))

    def _breaker(self, n: int) -> None:
        name = tuple(BUDGETS)[n % 3]
        self.stopped ^= {name}
        self._arbiter_hears(self._breakers())

    def _turn(self, n: int) -> None:
        """The cycle begins anew in other weather; an open one is lost."""
        self.regime = list(Regime)[n % 4]
        self._begin_cycle()

    def _halt(self, n: int) -> None:
        super()._halt(n)
        self._decide(self._permit())

    def _kill(self, n: int) -> None:
        super()._kill(n)
        self.given = []
        self.told = self.late = None
        self.entries = {name: order for name, order in self.entries.items() if name in self.journal.orders}
        self._begin_arbiter(restarted=False)
        self._begin_cycle()

    # --------------------------------------------------------------------------------------------- the deciding side
    def _ask(self, n: int) -> None:
        self.cycles += 1
        self._decide(self._permit())
        self._decide(CycleDue(self.cycles, 0.0))

    def _reply(self, n: int) -> None:
        asked, self.asked = self.asked, None
        if asked is None:
            return
        rng = random.Random(n)
        answers = [ProposalsMade(asked.context.cycle, name, self._wishes(name, rng)) for name in BUDGETS]
        for answer in reversed(answers) if self.backwards else answers:
            self._decide(answer)

    def _wishes(self, name: StrategyName, rng: random.Random) -> tuple[TradeProposal, ...]:
        made = []
        for _ in range(rng.randrange(4)):
            symbol = rng.choice(WANTED)
            pct = Decimal(rng.choice(PERCENTS)) if rng.random() < 0.7 else self._room_pct(symbol, rng)
            pct = Decimal(rng.choice(NONSENSE)) if rng.random() < 0.04 else pct
            wish = trade_proposal(
                symbol,
                Side.SELL if rng.random() < 0.15 else Side.BUY,
                notional_pct=pct,
                stop_loss_pct=rng.choice(DISTANCES) if rng.random() < 0.1 else 5,
                conviction=rng.choice(CONVICTIONS) if rng.random() < 0.3 else rng.choice((0.6, 0.7)),
                strategy=name,
                max_hold_s=rng.choice((20, 60, 600)),
            )
            made.append(evolve(wish, canary=rng.random() < 0.05))
        if self.backwards:
            made.reverse()
        return tuple(made)

    def _room_pct(self, symbol: Symbol, rng: random.Random) -> Decimal:
        """What one of the caps leaves, to the last digit or so: exactly at it, or a hair over."""
        if self.told is None or not self.told.nlv:
            return Decimal(5)
        cap = rng.choice(self.oracle.caps_on(symbol, self.regime))
        usd = _held(cap, self.oracle.counted(self.told, self.pending))
        pct = cap.limit_pct - usd / self.told.nlv * 100
        exact = Decimal(pct.numerator) / Decimal(pct.denominator)
        return exact + Decimal(rng.choice(("0", "0", "1E-9", "-1E-9")))

    def _decide(self, message: CycleIn) -> None:
        for out in self.cycle.handle(message, self.now):
            match out:
                case Deliberate():
                    self.asked = out
                case ProposalsIntegrated():
                    self._rule(out)
                case ProposalRefused():
                    self._log_refusal(out)
                case _:
                    pass

    def _rule(self, integrated: ProposalsIntegrated) -> None:
        out = self.arbiter.handle(integrated, self.now)
        verdicts = [verdict for verdict in out if isinstance(verdict, RiskApproved | ProposalRefused)]
        assert [v.proposal for v in verdicts] == list(integrated.proposals), "each has its one verdict"
        for verdict in verdicts:
            if isinstance(verdict, ProposalRefused):
                self._log_refusal(verdict)
                continue
            body = verdict.proposal.body
            self.log.append(("approved", body.symbol, body.side, verdict.notional / self.scale))
            if body.side is Side.BUY:
                self._watch_entry(verdict, integrated.context)
                self.pending.append(verdict)
                self.given.append(verdict)
            self._post(verdict)
        self._watch_budgets([v for v in verdicts if isinstance(v, RiskApproved) and v.proposal.body.side is Side.BUY])
        if not self.slow:
            for sent in [m for m in self.mail if isinstance(m.what, RiskApproved)]:
                self.mail.remove(sent)
                self._tell(sent.what)

    def _log_refusal(self, refused: ProposalRefused) -> None:
        reason, body = refused.reason, refused.proposal.body
        told, caps = self.told, self.oracle.caps_on(body.symbol, self.regime)
        counted = self.oracle.counted(told, self.pending) if told is not None else {}
        is_well_told(refused, counted, caps, told)
        self.log.append(("refused", body.symbol, body.strategy, reason.rule, reason.cap_type, reason.limit_pct))

    # ------------------------------------------------------------------------------------------------ what must hold
    def _watch_entry(self, given: RiskApproved, context: CycleContext) -> None:
        told, symbol = self.told, given.proposal.body.symbol
        assert told is not None
        ban = self.bans.get(symbol)
        may_be_entered(
            given,
            context,
            self.universe,
            banned_until=ban.until if ban is not None else None,
            stopped=self.stopped,
            scale=self.scale,
            now=self.now,
        )
        cooled_down(symbol, [each for each in self.booked if each.fill.fill_id in told.booked], self.now)
        assert self.now.utc - self.entered.get(symbol, Instant(0)) >= PER_SYMBOL_S * SECOND
        self.entered[symbol] = self.now.utc
        # a serial that the order manager is past can no more be placed
        on_their_way = [each for each in self.given if each.serial > self.manager._books.approvals_seen]
        at_risk = self.oracle.truth(told, self._on_the_way(), on_their_way, self.now)
        assert symbol in at_risk or sum(usd >= POLICY.dust_usd * self.scale for usd in at_risk.values()) < 3
        at_risk[symbol] = at_risk.get(symbol, Fraction(0)) + Fraction(given.notional)
        for cap in self.oracle.caps_on(symbol, context.regime):
            held, most = _held(cap, at_risk), cap.limit_pct * told.nlv / 100
            assert held <= most + Fraction(1, 10**18), f"{cap.name}: {float(held)} at worst, at most {float(most)}"

    def _watch_budgets(self, given: list[RiskApproved]) -> None:
        """No strategy is given more in a cycle than its own cap, whatever the weather adds."""
        for name, budget in BUDGETS.items():
            usd = sum((Fraction(each.notional) for each in given if each.proposal.body.strategy == name), Fraction(0))
            assert not usd or self.told is not None
            if self.told is not None and usd:
                assert usd <= Fraction(budget.at_risk_pct_max) * self.told.nlv / 100 + Fraction(1, 10**18)

    def _on_the_way(self) -> list[OrderIntent]:
        new = [order.intent for order in self.entries.values() if order.status is OrderStatus.NEW]
        return [*new, *(request.intent for request in self.gateway), *(sent.what for sent in self.wire)]

    def _watch_order(self, order: Order) -> None:
        """The order of an entry, new or changed."""
        intent = order.intent
        if intent.intent_id not in self.entries and order.status is OrderStatus.NEW:
            seen = self.manager._books.quotes[intent.symbol]
            may_be_placed(intent, seen, self.statuses[intent.symbol], self.scale, self.now)
            price = intent.limit_price / self.scale
            self.log.append(("order", intent.symbol, intent.style, intent.quantity, price))
            if intent.proposal_id is not None:
                before = self.newest.get(intent.proposal_id)
                if before is not None:
                    follows_its_forerunner(intent, self.entries[before])
                self.newest[intent.proposal_id] = intent.intent_id
        self.entries[intent.intent_id] = order

    # ------------------------------------------------------------------------------------------------- between them
    def _tell(self, message: ManagerIn) -> None:
        if isinstance(message, InstrumentsListed):
            message = self._listing()  # one that waited in the mail would be of yesterday
        super()._tell(message)
        match message:
            case RiskApproved():
                self.given = [each for each in self.given if each is not message]
            case QuoteAccepted():
                self._decide(message)
            case InstrumentsListed():
                self._decide(message)
                self._arbiter_hears(message)
            case Tick():
                self._decide(message)
                self._arbiter_hears(message)
                self._show(self.late)
            case _:
                pass

    def _carry_out(self, out: ManagerOut) -> None:
        super()._carry_out(out)
        match out:
            case OrderChanged(order) if order.intent.kind is OrderKind.ENTRY:
                self._watch_order(order)
            case OrderChanged(order) if order.status is OrderStatus.NEW:
                self.log.append(("exit", order.intent.symbol, order.intent.quantity))
            case FillBooked():
                self.booked.append(out)
                if out.order.intent.kind is OrderKind.ENTRY:
                    self._watch_order(out.order)
            case PortfolioChanged():
                told = self._told(out)
                if self.lag:
                    self.lag, self.late = self.lag - 1, told
                else:
                    self._show(told)
            case ProposalRefused():
                self.log.append(("withdrawn", out.proposal.body.symbol, out.reason.rule))
            case _:
                pass

    def _told(self, shown: PortfolioChanged) -> Told:
        quotes = self.manager._books.quotes
        entered = {p.symbol: Fraction(p.average_entry) for p in shown.positions}
        mids = {symbol: mid_of(quotes[symbol]) if symbol in quotes else at for symbol, at in entered.items()}
        return Told(shown, mids, frozenset(each.fill.fill_id for each in self.booked))

    def _show(self, told: Told | None) -> None:
        """The arbiter and the cycle are shown a portfolio; a late one never after a newer one."""
        self.late = None
        if told is not None:
            self.told, shown = told, told.portfolio
            # an approval that the portfolio shows, or that was too old to be placed when it was taken, waits no more
            self.pending = [
                a for a in self.pending if a.serial > shown.approvals_seen and shown.at.mono <= a.expires_at.mono
            ]
            self._arbiter_hears(told.portfolio)
            self._decide(told.portfolio)

    def _arbiter_hears(self, message: ArbiterIn) -> None:
        self.arbiter.handle(message, self.now)

    def _begin_arbiter(self, *, restarted: bool) -> None:
        policy = evolve(POLICY, dust_usd=POLICY.dust_usd * self.scale)
        budgets = {name: budget.at_risk_pct_max for name, budget in BUDGETS.items()}
        bans = tuple(self.bans.values())
        self.arbiter = RiskArbiter(policy, self.universe, restarted=restarted, bans=bans, budgets=budgets)
        self.arbiter.start(self.now)
        self.pending, self.entered = [], {}
        self._arbiter_hears(self._listing())
        self._arbiter_hears(self._breakers())
        if self.told is not None:
            self._arbiter_hears(self.told.portfolio)

    def _begin_cycle(self) -> None:
        triggers = Triggers(filters=Filters(atr_ratio=0.0))
        signals = Signals(triggers=triggers, regime=RegimeTerms(pinned=RegimeChoice(self.regime.value)))
        self.cycle, self.asked = Cycle(RunEpoch(f"{self.runs:010x}"), self.universe, signals, BUDGETS), None
        for symbol in TRADED:
            later = tuple(self._bar(symbol, minute) for minute in range(self.bars))
            self._decide(MarketHistory(symbol, (), (*PAST[symbol], *later)))
        self._decide(self._listing())
        self._decide(self._depths())
        if self.told is not None:
            self._decide(self.told.portfolio)

    def _bar(self, symbol: Symbol, minute: int) -> Any:
        return minutes([100.0], symbol, first=minute)[0]

    def _listing(self) -> InstrumentsListed:
        made = (
            instrument(s, price_increment=self.scale / 100, quote_min_size=self.scale, status=self.statuses[s])
            for s in TRADED
        )
        return InstrumentsListed(tuple(made))

    def _depths(self) -> DepthsRead:
        each = (depth(s, self.thin.get(s, Decimal(10**6)) * self.scale, self.second) for s in TRADED)
        return DepthsRead(tuple(each))

    def _permit(self) -> PermitRenewed:
        state = TradingState.HALTED if self.halted else TradingState.ACTIVE
        until = None if self.halted else Mono(moment(self.second + 60).mono)
        return PermitRenewed(1, state, until, until, ())

    def _breakers(self) -> BreakersListed:
        states = {name: BreakerState.OPEN if name in self.stopped else BreakerState.CLOSED for name in BUDGETS}
        return BreakersListed(
            tuple(
                BreakerLine(strategy_work(name), state, Instant(0), None, 0, 3, 60.0, "a test says so", "", "entries")
                for name, state in states.items()
            )
        )


def _held(cap: Cap, at_risk: dict[Symbol, Fraction]) -> Fraction:
    return sum((usd for s, usd in at_risk.items() if cap.symbols is None or s in cap.symbols), Fraction(0))
