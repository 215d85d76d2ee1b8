"""What deciding costs: a bar with its indicators and triggers, fifty strategies' wishes made one list, whole cycles.

Run ``python benchmarks/decision_cycle.py [rounds]``. The deciders of the daemon are called one after the other, as
their actors would be, in the slices in which they are called there; each slice is one stretch without a checkpoint,
and the longest is shown. A plain loop over the
same bars that keeps one sum stands beside the per-bar cost as the measure of the machine. CPU time; the best of three
rounds for the first two tables, percentiles over all rounds for the third.
"""

import gc
import random
import statistics
import sys
import time
from collections.abc import Callable, Generator
from decimal import Decimal
from typing import Any

from trader247.core.cycle import Cycle
from trader247.core.integrator import Budget, integrate
from trader247.core.market_board import MarketBoard
from trader247.core.risk_arbiter import RiskArbiter
from trader247.core.slices import concluded
from trader247.core.strategy_worker import StrategyWorker
from trader247.core.triggers import Thresholds, filtered, measure
from trader247.messages.control import Guard, PanelLine, PermitRenewed
from trader247.messages.market import CandleClosed, DepthsRead, InstrumentsListed, MarketHistory, QuoteAccepted
from trader247.messages.orders import PortfolioChanged
from trader247.messages.trading import (
    CycleDue,
    Deliberate,
    ProposalsIntegrated,
    ProposalsMade,
    RiskApproved,
    TradeProposal,
)
from trader247.model.ids import CycleId, RunEpoch, StrategyName
from trader247.model.instant import DAY, MINUTE, SECOND, Instant, Moment, Mono, instant
from trader247.model.instrument import Instrument, ProductStatus, Symbol
from trader247.model.market import Candle, Depth, Quote
from trader247.model.mode import TradingState
from trader247.model.money import NO_NOTIONAL, Notional, Price, Quantity
from trader247.model.order import Side
from trader247.model.policy import Policy
from trader247.model.policy_signals import Filters, Signals, Triggers
from trader247.model.policy_strategies import RulesParameters
from trader247.model.policy_universe import Tiers, TierTerms, Universe
from trader247.model.portfolio import EquityMarks
from trader247.model.signals import Regime
from trader247.runtime.actor import SlicedDecider
from trader247.runtime.garbage import short_passes
from trader247.strategies.rules_baseline import RulesBaseline

START = instant("2026-03-02T12:00:00Z")
GRID = Decimal("0.01")
DEEP = Notional(Decimal(10**9))
SIZES = ((10, 10), (100, 10), (1000, 10), (100, 50), (1000, 50))
BARS = 1_500


def walk(symbol: Symbol, count: int, seed: int) -> list[Candle]:
    """A seeded walk of one-minute bars up to the start."""
    draw, price, bars = random.Random(seed), 100.0, []
    for n in range(count):
        opened, price = price, price * (1.0 + draw.gauss(0.0, 0.0009))
        high, low = max(opened, price) * 1.0003, min(opened, price) * 0.9997
        at = Instant(START - (count - n) * MINUTE)
        bars.append(Candle(symbol, at, 60, opened, high, low, price, draw.uniform(0.0, 5.0)))
    return bars


def best_of(work: Callable[[], object], rounds: int) -> float:
    """Seconds of CPU of the best round."""
    times = []
    for _ in range(rounds):
        begun = time.process_time()
        work()
        times.append(time.process_time() - begun)
    return min(times)


def per_bar(rounds: int) -> None:
    bars = walk(Symbol("BTC-USD"), 30_000, 1)
    want = Thresholds.of(Triggers(filters=Filters(atr_ratio=1.05)), Regime.CHOP)

    def indicators() -> None:
        board = MarketBoard(168)
        for bar in bars:
            board.push(bar)

    def everything() -> None:
        board = MarketBoard(168)
        for bar in bars:
            board.push(bar)
            measure(board, want)
            filtered(board, want)

    def plain() -> float:
        total = 0.0
        for bar in bars:
            total += bar.high + bar.low + bar.close + bar.volume
        return total

    bare = best_of(plain, rounds) / len(bars) * 1e6
    print(f"{'a bar of one instrument':34} {'us':>8} {'x plain':>8}")
    for name, work in (("all indicators", indicators), ("indicators, triggers, filters", everything)):
        took = best_of(work, rounds) / len(bars) * 1e6
        print(f"{name:34} {took:8.2f} {took / bare:8.1f}")


def integrating(rounds: int) -> None:
    draw = random.Random(2)
    names = [StrategyName(f"s{n:02d}") for n in range(50)]
    answers = [ProposalsMade(CycleId("bench-c1"), name, tuple(_wish(draw, name) for _ in range(100))) for name in names]
    print(f"\n{'50 strategies x 100 proposals':34} {'ms':>8} {'go on':>8}")
    for text, budget in (
        ("the default budget", Budget(Decimal(10), 3)),
        ("all let through", Budget(Decimal(1000), 100)),
    ):
        budgets = dict.fromkeys(names, budget)
        took = best_of(lambda budgets=budgets: integrate(CycleId("bench-c1"), answers, budgets), rounds * 4)  # type: ignore[misc]
        kept = len(integrate(CycleId("bench-c1"), answers, budgets).proposals)
        print(f"{text:34} {took * 1e3:8.2f} {kept:8}")


def _wish(draw: random.Random, name: StrategyName) -> TradeProposal:
    symbol, pct = Symbol(f"S{draw.randrange(1000)}-USD"), Decimal(draw.randrange(1, 30)) / 10
    return TradeProposal(symbol, Side.BUY, pct, Decimal(5), Decimal(10), draw.random(), name, "it moved", 3600)


class World:
    """One cycle decider, its strategies and the arbiter over so many instruments."""

    def __init__(self, instruments: int, strategies: int) -> None:
        self.symbols = (Symbol("BTC-USD"), *(Symbol(f"S{n:04d}-USD") for n in range(1, instruments)))
        tiers = Tiers(
            core=TierTerms(symbols=self.symbols, allocation_pct=Decimal(100), min_turnover_usd=Decimal(0)),
            rotational=TierTerms(),
            event_driven=TierTerms(),
        )
        self.universe, policy = Universe(tiers=tiers, themes={}, max_symbols=1000), Policy()
        # a made market is calm all week: the filter would leave nothing to decide on
        signals = Signals(triggers=Triggers(filters=Filters(atr_ratio=0.0)))
        self.names = [StrategyName(f"s{n:02d}") for n in range(strategies)]
        self.cycle = Cycle(RunEpoch("bench"), self.universe, signals, dict.fromkeys(self.names, Budget(Decimal(10), 3)))
        self.workers = [
            StrategyWorker(RulesBaseline(name, RulesParameters(), policy.entry), enabled=True) for name in self.names
        ]
        self.arbiter = RiskArbiter(policy, self.universe)
        self.stretches: list[float] = []
        self.verdicts = self.fired = 0
        self.last: dict[Symbol, float] = {}
        self.draw = random.Random(instruments)
        self._learn()

    def _learn(self) -> None:
        now = self._at(0)
        self.arbiter.start(self._at(-60))
        self.cycle.handle(InstrumentsListed(tuple(_instrument(symbol) for symbol in self.symbols)), now)
        for n, symbol in enumerate(self.symbols):
            bars = tuple(walk(symbol, BARS, n % 50))
            self.last[symbol] = bars[-1].close
            self.cycle.handle(MarketHistory(symbol, (), bars), now)

    def _at(self, second: float) -> Moment:
        passed = round(second * SECOND)
        return Moment(Instant(START + passed), Mono(DAY + passed))

    def _timed(self, decider: Any, message: Any, now: Moment) -> list[Any]:
        begun = time.process_time()
        if isinstance(decider, SlicedDecider):
            out = concluded(self._watched(decider.slices(message, now)))
        else:
            out = decider.handle(message, now)
            self.stretches.append(time.process_time() - begun)
        return list(out)

    def _watched(self, slices: Generator[None, None, list[Any]]) -> Generator[None, None, list[Any]]:
        """The same work; each slice of it is a stretch."""
        begun = time.process_time()
        while True:
            try:
                next(slices)
            except StopIteration as end:
                self.stretches.append(time.process_time() - begun)
                out: list[Any] = end.value
                return out
            self.stretches.append(time.process_time() - begun)
            begun = time.process_time()
            yield

    def round(self, number: int) -> float:
        """One cycle from its due moment to the last verdict: seconds of CPU. Bars and quotes come before it."""
        now = self._at(60 * number)
        gc.collect()  # as the daemon does every five seconds, twelve times from one cycle to the next
        for symbol in self.symbols:
            price = self.last[symbol] = self.last[symbol] * (1.0 + self.draw.gauss(0.0, 0.001))
            bar = Candle(symbol, Instant(now.utc - MINUTE), 60, price, price + 0.1, price - 0.1, price, 3.0)
            self._timed(self.cycle, CandleClosed(bar, traded=True), now)
            self._timed(self.cycle, QuoteAccepted(_quote(symbol, price, now)), now)
        self.arbiter.handle(_portfolio(now), now)
        self.cycle.handle(_portfolio(now), now)
        self.cycle.handle(_permit(now), now)
        self.cycle.handle(DepthsRead(tuple(Depth(symbol, now.utc, DEEP, DEEP) for symbol in self.symbols)), now)
        begun = time.process_time()
        asked = [m for m in self._timed(self.cycle, CycleDue(number, 0.0), now) if isinstance(m, Deliberate)]
        self.fired += sum(bool(view.fired) for message in asked for view in message.context.instruments)
        assert asked, "no cycle began"
        answers = [self._timed(worker, message, now)[0] for message in asked for worker in self.workers]
        handed = [message for answer in answers for message in self._timed(self.cycle, answer, now)]
        for message in handed:
            if isinstance(message, ProposalsIntegrated):
                verdicts = self._timed(self.arbiter, message, now)
                self.verdicts += sum(isinstance(verdict, RiskApproved) for verdict in verdicts)
        return time.process_time() - begun


def _instrument(symbol: Symbol) -> Instrument:
    base, _, quote = symbol.partition("-")
    most = Quantity(Decimal(10**9))
    return Instrument(symbol, base, quote, GRID, GRID, Quantity(GRID), most, Notional(Decimal(1)), ProductStatus.ONLINE)


def _quote(symbol: Symbol, price: float, now: Moment) -> Quote:
    bid = Decimal(str(round(price, 2)))
    one = Quantity(Decimal(1))
    return Quote(symbol, now.utc, Price(bid), Price(bid + GRID), one, one, Price(bid))


def _portfolio(now: Moment) -> PortfolioChanged:
    nlv = Notional(Decimal(100_000))
    return PortfolioChanged(
        at=now, cash=nlv, nlv=nlv, positions=(), exposures=(), working=(), in_doubt=0, approvals_seen=10**6,
        realised_today=NO_NOTIONAL, unrealised=NO_NOTIONAL, entries_24h=(), stop_outs_24h=(),
        marks=EquityMarks(nlv, now.utc, nlv, now.utc, nlv), totals=(), books_ready=True, books_loaded=True,
    )  # fmt: skip


def _permit(now: Moment) -> PermitRenewed:
    until = Mono(now.mono + 60 * SECOND)
    return PermitRenewed(1, TradingState.ACTIVE, until, until, tuple(PanelLine(g, True, "", 0.1) for g in Guard))


def cycles(rounds: int) -> None:
    print(
        f"\n{'instruments x strategies':34} {'p50 ms':>8} {'p95 ms':>8} {'p99 ms':>8} {'stretch ms':>11} {'fired':>6}"
    )
    for instruments, strategies in SIZES:
        world = World(instruments, strategies)
        took = sorted(world.round(number) for number in range(1, rounds + 1))
        cuts = statistics.quantiles(took, n=100, method="inclusive")
        longest = max(world.stretches)
        print(
            f"{f'{instruments} x {strategies}':34} {cuts[49] * 1e3:8.2f} {cuts[94] * 1e3:8.2f} {cuts[98] * 1e3:8.2f} "
            f"{longest * 1e3:11.2f} {world.fired / rounds:6.0f}"
        )


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    per_bar(3)
    integrating(3)
    with short_passes():
        cycles(rounds)


if __name__ == "__main__":
    main()
