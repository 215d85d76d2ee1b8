"""The decision cycle: freeze a snapshot, ask every strategy, wait for the answers to a deadline, integrate, hand over.

Arrival order decides nothing: proposals are sorted before anything is dropped. A cycle that is due while nothing may
be entered (no permit, books not confirmed, market not known yet) waits, and begins the moment it may; it gives way to
the next one that is due. A cycle that is open when trading halts hands nothing over.
"""

from collections.abc import Generator, Mapping

from attrs import define

from trader247.core.integrator import Budget, integrate
from trader247.core.regime import RegimeFound
from trader247.core.scanner import Glimpse, Scan, Scanner
from trader247.core.slices import concluded
from trader247.core.universe import Exclusion, Touch
from trader247.indicators.bars import Minute
from trader247.messages.base import Tick
from trader247.messages.breakers import BreakersListed, BreakerState, strategy_work
from trader247.messages.control import AlertCleared, AlertRaised, PermitRenewed, Severity
from trader247.messages.market import (
    CandleClosed,
    DepthsRead,
    HistoryWanted,
    InstrumentsListed,
    MarketHistory,
    QuoteAccepted,
)
from trader247.messages.orders import PortfolioChanged
from trader247.messages.trading import (
    CycleContext,
    CycleDue,
    CycleFinished,
    Deliberate,
    EligibilityChanged,
    ProposalRefused,
    ProposalsIntegrated,
    ProposalsMade,
    RegimeChanged,
    SignalReceived,
)
from trader247.model.external_signal import ExternalSignal
from trader247.model.ids import AlertKey, CycleId, RunEpoch, StrategyName, cycle_id
from trader247.model.instant import SECOND, Moment, Mono, seconds
from trader247.model.instrument import ProductStatus, Symbol
from trader247.model.market import Depth, Quote
from trader247.model.mode import TradingState
from trader247.model.money import NO_NOTIONAL
from trader247.model.policy_signals import Signals
from trader247.model.policy_universe import Universe
from trader247.model.signals import Regime

__all__ = ["Cycle", "CycleIn", "CycleOut"]

CycleIn = (
    CycleDue
    | ProposalsMade
    | QuoteAccepted
    | CandleClosed
    | MarketHistory
    | InstrumentsListed
    | DepthsRead
    | PortfolioChanged
    | PermitRenewed
    | SignalReceived
    | BreakersListed
    | Tick
)
CycleOut = (
    HistoryWanted
    | RegimeChanged
    | EligibilityChanged
    | Deliberate
    | ProposalsIntegrated
    | ProposalRefused
    | CycleFinished
    | AlertRaised
    | AlertCleared
)

_EMPTY = AlertKey("empty_universe")
_EMPTY_AGAIN_S = 1_800
"""An empty universe is said again after this many seconds: before the alerter takes it for over, and far from every
cycle, since an alert repeated each minute is one that nobody reads."""


@define
class _Open:
    due: CycleDue
    context: CycleContext
    answers: dict[StrategyName, ProposalsMade]
    answer_s: dict[StrategyName, float]

    def finished(self, now: Moment, silent: tuple[StrategyName, ...], proposals: int, no_trade: str) -> CycleFinished:
        """What this cycle did; ``silent`` are the strategies that were asked and did not answer."""
        return CycleFinished(
            cycle=self.context.cycle,
            number=self.due.number,
            jitter_s=self.due.jitter_s,
            took_s=seconds(now.mono - self.context.at.mono),
            regime=self.context.regime,
            answered=tuple(sorted(self.answer_s.items())),
            silent=silent,
            proposals=proposals,
            instruments=self.context.instruments,
            triggers=self.context.triggers,
            no_trade=no_trade,
        )


class Cycle:
    """The decider. ``budgets`` names every strategy that is asked."""

    ready = True

    def __init__(
        self, epoch: RunEpoch, universe: Universe, signals: Signals, budgets: Mapping[StrategyName, Budget]
    ) -> None:
        """All terms are fixed for the life of the decider."""
        self._epoch = epoch
        self._universe = universe
        self._signals = signals
        self._budgets = dict(sorted(budgets.items()))
        self._scanner = Scanner(universe, signals)
        self._regime: Regime | None = None
        self._quotes: dict[Symbol, Quote] = {}
        self._statuses: dict[Symbol, ProductStatus] | None = None
        self._known = False
        self._depths: dict[Symbol, Depth] | None = None
        self._excluded: Mapping[Symbol, Exclusion] = {}
        self._portfolio: PortfolioChanged | None = None
        self._permit: PermitRenewed | None = None
        self._stopped: frozenset[str] = frozenset()
        self._external: dict[tuple[StrategyName, Symbol], ExternalSignal] = {}
        self._empty_at: Mono | None = None
        self._waiting: CycleDue | None = None
        self._open: _Open | None = None

    def start(self, now: Moment) -> list[CycleOut]:
        """Ask for the past: a restarted cycle has empty windows."""
        return [HistoryWanted()]

    def handle(self, message: CycleIn, now: Moment) -> list[CycleOut]:
        """``slices``, with no pause."""
        return concluded(self.slices(message, now))

    def slices(self, message: CycleIn, now: Moment) -> Generator[None, None, list[CycleOut]]:
        """Note what the world looks like; run the cycle that is due as soon as it may run."""
        match message:
            case QuoteAccepted(quote):
                self._quotes[quote.symbol] = quote
            case CandleClosed(candle):
                self._scanner.push(candle)
            case MarketHistory():
                yield from self._scanner.learn(message)
            case InstrumentsListed(instruments):
                self._statuses, self._known = {i.symbol: i.status for i in instruments}, False
            case DepthsRead(depths):
                # a book that could not be read keeps the depth it had, until that is too old to be known
                self._depths = {**(self._depths or {}), **{depth.symbol: depth for depth in depths}}
            case PortfolioChanged():
                self._portfolio = message
            case PermitRenewed():
                self._permit = message
                if message.state is TradingState.HALTED and self._open is not None:
                    return [self._abandon(self._open, now)]
            case CycleDue():
                return (yield from self._due(message, now))
            case ProposalsMade():
                return self._answered(message, now)
            case SignalReceived(signal):
                self._keep(signal)
            case BreakersListed(lines):
                self._stopped = frozenset(line.breaker for line in lines if line.state is BreakerState.OPEN)
                return []
            case Tick():
                return (yield from self._tick(now))
        return (yield from self._try(now))

    # -------------------------------------------------------------------------------------------------- beginning
    def _due(self, due: CycleDue, now: Moment) -> Generator[None, None, list[CycleOut]]:
        out: list[CycleOut] = []
        if self._open is not None:
            out += self._close(self._open, now)
        if self._waiting is not None:
            out.append(self._skipped(self._waiting, self._obstacle(now) or "it came too late", now))
        self._waiting = due
        return [*out, *(yield from self._try(now))]

    def _try(self, now: Moment) -> Generator[None, None, list[CycleOut]]:
        due = self._waiting
        if due is None or self._open is not None or self._obstacle(now) is not None or self._portfolio is None:
            return []
        self._waiting = None
        context, told = yield from self._snapshot(due, self._portfolio, now)
        eligible = sum(not view.excluded for view in context.instruments)
        if eligible < self._universe.min_eligible_assets:
            text = f"{eligible} eligible instruments, at least {self._universe.min_eligible_assets} are wanted"
            return [*told, *self._empty(text, now), _Open(due, context, {}, {}).finished(now, (), 0, text)]
        self._empty_at = None
        self._open = _Open(due, context, {}, {})
        if not self._budgets:
            return [*told, AlertCleared(_EMPTY), *self._close(self._open, now)]
        # half open it is asked: its next answer, or silence, is the probe
        held_back = tuple(name for name in self._budgets if strategy_work(name) in self._stopped)
        return [*told, AlertCleared(_EMPTY), Deliberate(context, held_back)]

    def _empty(self, text: str, now: Moment) -> list[CycleOut]:
        if self._empty_at is not None and now.mono - self._empty_at < _EMPTY_AGAIN_S * SECOND:
            return []
        self._empty_at = now.mono
        return [AlertRaised(_EMPTY, Severity.WARNING, text)]

    def _obstacle(self, now: Moment) -> str | None:
        """Why no cycle can begin now, or None."""
        if self._permit is None:
            return "no permit is known yet"
        if self._permit.state is not TradingState.ACTIVE:
            return f"trading state is {self._permit.state.value}"
        if self._permit.entry_until is None:
            no = next((line for line in self._permit.panel if not line.yes), None)
            return f"no entry permit: {no.guard.value}: {no.reason}" if no else "no entry permit"
        if now.mono >= self._permit.entry_until:
            return "the entry permit has expired"
        if self._portfolio is None or not self._portfolio.books_ready:
            return "the books are not confirmed yet"
        if self._statuses is None:
            return "the venue has not listed the instruments yet"
        if self._depths is None:
            return "the books have not been read yet"
        return None if self._all_known() else "history is still being read"

    def _all_known(self) -> bool:
        # what admits no entries is not waited for: a delisted instrument has no bars, and never will
        if not self._known:
            statuses, knows = self._statuses or {}, self._scanner.knows
            self._known = all(knows(symbol) or not status.admits_entries for symbol, status in statuses.items())
        return self._known

    # ------------------------------------------------------------------------------------- numbers instead of messages
    @property
    def at_rest(self) -> bool:
        """Whether no cycle is open or waits, and no signal does."""
        return self._open is None and self._waiting is None and not self._external

    def glance(self, touches: Mapping[Symbol, Touch]) -> Glimpse | None:
        """What a cycle now would find and show to the strategies, where the permit for it is there.

        None where it would tell news, or takes a closer look. Whoever finds that no strategy wants to act on it may
        let the cycle pass (``passed``) instead of holding it: the same comes of it.
        """
        statuses = self._statuses
        if statuses is None or not self._budgets or self._regime is not self._scanner.regime.regime:
            return None
        if not self._all_known():
            return None
        glimpse = self._scanner.glance(touches, statuses)
        if glimpse is None or (self._excluded and any(symbol in self._excluded for symbol in glimpse.fired)):
            return None
        return glimpse

    @property
    def regime(self) -> Regime:
        """The regime of now."""
        return self._scanner.regime.regime

    def passed(self, glimpse: Glimpse) -> str:
        """The cycle was let pass; why nothing was traded, as ``CycleFinished`` says it."""
        self._scanner.passed(glimpse)
        self._empty_at = None
        return _idle(fired=bool(glimpse.triggers))

    def take_bar(self, symbol: Symbol, bar: Minute) -> None:
        """``CandleClosed`` in numbers."""
        self._scanner.take(symbol, bar)

    def note_quote(self, quote: Quote) -> None:
        """``QuoteAccepted`` while no cycle waits for anything."""
        self._quotes[quote.symbol] = quote

    # --------------------------------------------------------------------------------------------------- snapshot
    def _snapshot(
        self, due: CycleDue, portfolio: PortfolioChanged, now: Moment
    ) -> Generator[None, None, tuple[CycleContext, list[RegimeChanged | EligibilityChanged]]]:
        """The snapshot, and the news: another regime than in the cycle before, instruments that came or went."""
        scan = yield from self._scanner.scan(self._quotes, self._statuses or {}, self._depths or {}, portfolio.nlv, now)
        cycle = cycle_id(self._epoch, due.number)
        context = CycleContext(
            cycle=cycle,
            at=now,
            regime=scan.regime.regime,
            nlv=portfolio.nlv,
            instruments=scan.views,
            triggers=scan.triggers,
            positions=portfolio.positions,
            signals=self._external_for(now),
            exposures=portfolio.exposures,
        )
        return context, [*self._regime_news(cycle, scan.regime), *self._eligibility_news(cycle, scan)]

    def _regime_news(self, cycle: CycleId, found: RegimeFound) -> list[RegimeChanged]:
        before, self._regime = self._regime, found.regime
        if before is self._regime:
            return []
        return [RegimeChanged(cycle, before, self._regime, found.confidence, found.text)]

    def _eligibility_news(self, cycle: CycleId, scan: Scan) -> list[EligibilityChanged]:
        before, self._excluded = self._excluded, scan.excluded
        news: list[EligibilityChanged] = []
        for view in scan.views:
            was, now = before.get(view.symbol), scan.excluded.get(view.symbol)
            if now is not None and (was is None or was.reason is not now.reason):
                news.append(EligibilityChanged(cycle, view.symbol, view.tier, False, now.reason.value, now.text))
            elif was is not None and now is None:
                text = f"no longer left out for its {was.reason.value}"
                news.append(EligibilityChanged(cycle, view.symbol, view.tier, True, "", text))
        return news

    def _keep(self, signal: ExternalSignal) -> None:
        """The newest of each strategy and instrument, whichever came first; so there is a bound to what is kept."""
        if signal.strategy not in self._budgets:
            return
        key = signal.strategy, signal.symbol
        known = self._external.get(key)
        if known is None or (known.issued_at, known.signal_id) < (signal.issued_at, signal.signal_id):
            self._external[key] = signal

    def _external_for(self, now: Moment) -> tuple[ExternalSignal, ...]:
        """The signals that still count, in canonical order. Shown once: one that was acted on is not acted on again."""
        kept, self._external = self._external, {}
        return tuple(signal for _, signal in sorted(kept.items()) if now.utc < signal.expires_at)

    # ----------------------------------------------------------------------------------------------------- ending
    def _answered(self, answer: ProposalsMade, now: Moment) -> list[CycleOut]:
        opened = self._open
        if opened is None or answer.cycle != opened.context.cycle or answer.strategy not in self._budgets:
            return []  # an answer to a cycle that is over
        opened.answers[answer.strategy] = answer
        if not answer.skipped:  # who was not asked, or could not be, has not done well either
            opened.answer_s[answer.strategy] = seconds(now.mono - opened.context.at.mono)
        return self._close(opened, now) if len(opened.answers) == len(self._budgets) else []

    def _tick(self, now: Moment) -> Generator[None, None, list[CycleOut]]:
        if self._open is not None:
            waited_s = seconds(now.mono - self._open.context.at.mono)
            return self._close(self._open, now) if waited_s >= self._signals.cycle.proposal_deadline_s else []
        return (yield from self._try(now))

    def _close(self, opened: _Open, now: Moment) -> list[CycleOut]:
        self._open = None
        result = integrate(opened.context.cycle, tuple(opened.answers.values()), self._budgets)
        out: list[CycleOut] = [
            ProposalRefused(gone.proposal, opened.context.cycle, gone.reason, gone.more) for gone in result.dropped
        ]
        if result.proposals:
            out.append(ProposalsIntegrated(opened.context, result.proposals))
        no_trade = "" if result.proposals else self._why_nothing(opened)
        out.append(self._finished(opened, len(result.proposals), now, no_trade))
        return out

    def _why_nothing(self, opened: _Open) -> str:
        if not self._budgets:
            return "no strategy is configured"
        skipped = [answer.skipped for answer in opened.answers.values() if answer.skipped]
        if opened.answers and len(skipped) == len(opened.answers):
            return f"every strategy was skipped ({skipped[0]})"
        return _idle(fired=bool(opened.context.triggers))

    def _abandon(self, opened: _Open, now: Moment) -> CycleFinished:
        self._open = None
        return self._finished(opened, 0, now, "halted")

    def _skipped(self, due: CycleDue, why: str, now: Moment) -> CycleFinished:
        nothing = CycleContext(
            cycle=cycle_id(self._epoch, due.number),
            at=now,
            regime=self._scanner.regime.regime,
            nlv=self._portfolio.nlv if self._portfolio else NO_NOTIONAL,
            instruments=(),
            triggers=(),
            positions=(),
        )
        return _Open(due, nothing, {}, {}).finished(now, (), 0, why)

    def _finished(self, opened: _Open, proposals: int, now: Moment, no_trade: str) -> CycleFinished:
        silent = tuple(name for name in self._budgets if name not in opened.answers)
        return opened.finished(now, silent, proposals, no_trade)


def _idle(*, fired: bool) -> str:
    return "no strategy wanted to trade on what fired" if fired else "no trigger fired"
