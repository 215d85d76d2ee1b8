"""The breakers: one per kind of work, each by the table of ``core/breaker_state.py`` (requirement CB2).

Work goes on while its breaker is open, since reads, cancels and exits are never held back by it: what a breaker stops
is new entries, through its guard's vote, and a strategy's breaker stops that strategy alone: it is not asked, and what
it said before is refused by a rule of the arbiter. So the work itself probes a breaker that is half open. Only orders
and cancels have no traffic of their own: half open, they let entries pass, and the next entry is the probe.

================  ===========================================  =====================
breaker           a failure is                                 open, it stops
================  ===========================================  =====================
orders            an attempt to place that got no answer       entries
cancels           an attempt to cancel that got no answer      entries
account           the same of a read of orders or balances     entries
market_data       the same of a read of quotes or candles      entries
market_stream     a loss of the stream                         entries
api_errors        any of the first four                        entries
rate_limits       an answer 429                                entries
latency           an answer slower than ``slow_s``             nothing: it alerts
strategy:NAME     a crash, or no answer to a cycle in time     entries of NAME
================  ===========================================  =====================

An answer that says no (a bad size, too little money) is an answer: the venue works.
"""

from typing import Final

from trader247.core.breaker import Breaker
from trader247.messages.base import Tick
from trader247.messages.breakers import (
    BreakerChanged,
    BreakerLine,
    BreakersListed,
    BreakerState,
    OpenedBreaker,
    Outcome,
    SetBreaker,
    Work,
    WorkEnded,
    strategy_work,
)
from trader247.messages.control import AlertCleared, AlertRaised, Guard, GuardVoted, PolicyChanged, Severity
from trader247.messages.market import StreamChanged
from trader247.messages.trading import CycleFinished
from trader247.model.ids import AlertKey, StrategyName
from trader247.model.instant import Moment, rfc3339
from trader247.model.policy_breakers import BreakerTerms, Tripping

__all__ = ["BreakerOut", "Breakers", "BreakersIn", "breaker_names"]

BreakersIn = WorkEnded | StreamChanged | CycleFinished | SetBreaker | PolicyChanged | Tick
BreakerOut = BreakerChanged | BreakersListed | GuardVoted | AlertRaised | AlertCleared

ENTRIES: Final = "entries"
NOTHING: Final = "nothing"
_CALLS: Final = (Work.ORDERS, Work.CANCELS, Work.ACCOUNT, Work.MARKET_DATA)
_PROBED_BY_ENTRIES: Final = (Work.ORDERS, Work.CANCELS)
_ALERTS: Final = {Work.API_ERRORS: "api_error_burst", Work.RATE_LIMITS: "rate_limit_burst", Work.LATENCY: "latency"}


def breaker_names(strategies: tuple[StrategyName, ...]) -> tuple[str, ...]:
    """Every breaker of an installation with these strategies, in the order in which they are shown."""
    return (*(work.value for work in Work), *(strategy_work(name) for name in strategies))


class Breakers:
    """The decider of all of them."""

    ready = True

    def __init__(
        self,
        strategies: tuple[StrategyName, ...],
        terms: BreakerTerms,
        *,
        held: tuple[SetBreaker, ...] = (),
        opened: tuple[OpenedBreaker, ...] = (),
        before: "Breakers | None" = None,
    ) -> None:
        """``held``: those an operator opened in an earlier run, ``opened``: those that opened by themselves in it.
        ``before``: who did this work until it crashed.
        """
        self._terms = terms
        self._rows: dict[str, Breaker] = {name: Breaker(name, _stops(name)) for name in breaker_names(strategies)}
        if before is not None:
            self._rows = before._rows  # noqa: SLF001 - its own kind: a crash must close nothing
        self._held = held if before is None else ()
        self._opened = opened if before is None else ()
        self._stream_up: bool = before is not None and before._stream_up  # noqa: SLF001
        self._crashed: set[str] = set()

    def start(self, now: Moment) -> list[BreakerOut]:
        """What was open is open again, before anything else is said; an operator's word comes last."""
        for row in self._rows.values():
            row.since = row.since or now.utc
        for left in self._opened:
            if left.breaker in self._rows:
                self._rows[left.breaker].reopened(left, self._terms_of(left.breaker), now)
        for order in self._held:
            if order.breaker in self._rows:
                self._rows[order.breaker].ordered(BreakerState.OPEN, order.by, order.reason, now)
        return [self._listed(now), self._vote()]

    def handle(self, message: BreakersIn, now: Moment) -> list[BreakerOut]:
        """What follows from one message."""
        match message:
            case WorkEnded():
                return self._work_ended(message, now)
            case StreamChanged(up, why):
                self._stream_up = up
                return [] if up else self._failed(Work.MARKET_STREAM, f"lost: {why}", now)
            case CycleFinished():
                return self._cycle_finished(message, now)
            case SetBreaker():
                row = self._rows.get(message.breaker)
                return self._told(row, row.ordered(message.state, message.by, message.reason, now), now) if row else []
            case PolicyChanged(policy):
                self._terms = policy.breakers
                return []
            case Tick():
                return self._tick(now)

    # --------------------------------------------------------------------------------------------------- what ended
    def _work_ended(self, ended: WorkEnded, now: Moment) -> list[BreakerOut]:
        name, text = ended.breaker, ended.text
        if name not in _CALLS:
            self._crashed.add(name)  # so its silence in the same cycle is not counted again
            return self._failed(name, text, now)
        slow = ended.took_s > self._terms.slow_s
        late = self._failed(Work.LATENCY, f"{text} took {ended.took_s:.1f} s", now) if slow else []
        match ended.outcome:
            case Outcome.RATE_LIMITED:
                return [*late, *self._failed(Work.RATE_LIMITS, text, now)]
            case Outcome.FAILED:
                return [*late, *self._failed(name, text, now), *self._failed(Work.API_ERRORS, text, now)]
            case Outcome.OK:
                quick = [] if slow else self._went_well(Work.LATENCY, now)
                good = [self._went_well(which, now) for which in (name, Work.API_ERRORS, Work.RATE_LIMITS)]
                return [*late, *quick, *(message for told in good for message in told)]

    def _cycle_finished(self, cycle: CycleFinished, now: Moment) -> list[BreakerOut]:
        out: list[BreakerOut] = []
        for name in cycle.silent:
            if strategy_work(name) not in self._crashed:
                out += self._failed(strategy_work(name), f"no answer to cycle {cycle.number} in time", now)
        for name, _took_s in cycle.answered:
            out += self._went_well(strategy_work(name), now)
        self._crashed.clear()
        return out

    def _failed(self, name: str, why: str, now: Moment) -> list[BreakerOut]:
        row = self._rows.get(name)
        return self._told(row, row.failed(why, self._terms_of(name), now), now) if row is not None else []

    def _went_well(self, name: str, now: Moment) -> list[BreakerOut]:
        row = self._rows.get(name)
        return self._told(row, row.went_well(self._terms.probes, now), now) if row is not None else []

    def _tick(self, now: Moment) -> list[BreakerOut]:
        out: list[BreakerOut] = []
        for row in self._rows.values():
            out += self._told(row, row.look(now), now)
        if self._stream_up:  # it says nothing while all is well
            out += self._went_well(Work.MARKET_STREAM, now)
        return [*out, self._listed(now), self._vote()]

    # ------------------------------------------------------------------------------------------------ what is told
    def _told(self, row: Breaker, before: BreakerState, now: Moment) -> list[BreakerOut]:
        if row.state is before:
            return []
        line = row.line(self._terms_of(row.name), now)
        return [BreakerChanged(line, before), self._listed(now), self._vote(), *_alerts(line)]

    def _listed(self, now: Moment) -> BreakersListed:
        return BreakersListed(tuple(row.line(self._terms_of(row.name), now) for row in self._rows.values()))

    def _vote(self) -> GuardVoted:
        needed = [row for row in self._rows.values() if row.stops == ENTRIES]
        for row in needed:
            if row.open:
                until = f" until {rfc3339(row.until.utc, digits=0)}" if row.until else f", held by {row.by}"
                return GuardVoted(Guard.BREAKERS, yes=False, reason=f"{row.name} is OPEN{until}: {row.why}")
        for row in needed:
            if row.state is BreakerState.HALF_OPEN and row.name not in _PROBED_BY_ENTRIES:
                reason = f"{row.name} is HALF_OPEN: waits for {self._terms.probes} good ends"
                return GuardVoted(Guard.BREAKERS, yes=False, reason=reason)
        return GuardVoted(Guard.BREAKERS, yes=True, reason=f"{len(needed)} closed")

    def _terms_of(self, name: str) -> Tripping:
        terms = self._terms
        own = {
            Work.MARKET_STREAM: terms.stream,
            Work.API_ERRORS: terms.api_errors,
            Work.RATE_LIMITS: terms.rate_limits,
            Work.LATENCY: terms.latency,
        }
        if name in own:
            return own[Work(name)]
        return terms.work if name in _CALLS else terms.strategy


def _stops(name: str) -> str:
    if name == Work.LATENCY:
        return NOTHING
    return ENTRIES if name in tuple(Work) else f"{ENTRIES} of {name.partition(':')[2]}"


def _alerts(line: BreakerLine) -> list[BreakerOut]:
    """Raised when it opens by itself, cleared when it is closed; an operator knows what an operator did."""
    known = _ALERTS.get(Work(line.breaker)) if line.breaker in tuple(Work) else None
    key = AlertKey(known or f"breaker:{line.breaker}")
    if line.state is BreakerState.OPEN and not line.by:
        text = f"{line.breaker}: {line.why}; it stops {line.stops}"
        return [AlertRaised(key, Severity.WARNING, text)]
    return [AlertCleared(key)] if line.state is BreakerState.CLOSED else []
