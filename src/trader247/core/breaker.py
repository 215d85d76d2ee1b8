"""One breaker: counts failures in a window, and moves by the table of ``core/breaker_state.py``."""

from collections import deque

from attrs import Factory, define

from trader247.core.breaker_state import TRANSITIONS, BreakerEvent
from trader247.messages.breakers import BreakerLine, BreakerState, OpenedBreaker
from trader247.model.instant import EPOCH, SECOND, Instant, Moment, Mono, seconds
from trader247.model.policy_breakers import Tripping

__all__ = ["Breaker"]


@define
class Breaker:
    """``stops`` says what does not happen while it is open; ``by`` is the operator who holds it open, or nobody."""

    name: str
    stops: str
    state: BreakerState = BreakerState.CLOSED
    since: Instant = EPOCH
    until: Moment | None = None
    why: str = ""
    by: str = ""
    _failed_at: deque[Mono] = Factory(lambda: deque(maxlen=1_000))  # the most failures that a window may ask for
    _good: int = 0

    @property
    def open(self) -> bool:
        """Whether it lets nothing through."""
        return self.state is BreakerState.OPEN

    def failed(self, why: str, terms: Tripping, now: Moment) -> BreakerState:
        """A failure; the state of before. What ends badly while it is open moves nothing: it began before."""
        self._failed_at.append(now.mono)
        self._good = 0
        event = BreakerEvent.TOO_MANY_FAILED if self.failures(terms, now) >= terms.failures else BreakerEvent.FAILED
        before = self._move(event, now)
        if before is not BreakerState.OPEN and self.open:
            self.why = f"{self.failures(terms, now)} failures in {terms.window_s:g} s, the last: {why}"
            self._open_for(terms.open_s, now)
        return before

    def went_well(self, probes: int, now: Moment) -> BreakerState:
        """A good end; the state of before. Only one that is probed counts them."""
        if self.state is BreakerState.HALF_OPEN:
            self._good += 1
        event = BreakerEvent.ENOUGH_WENT_WELL if self._good >= probes else BreakerEvent.WENT_WELL
        before = self._move(event, now)
        if before is BreakerState.HALF_OPEN and self.state is BreakerState.CLOSED:
            self.why = f"{self._good} went well in a row"
            self._begin_anew()
        return before

    def look(self, now: Moment) -> BreakerState:
        """The clock moved; the state of before. One that an operator holds has no time."""
        if self.until is None or now.mono < self.until.mono:
            return self.state
        self.until, self._good = None, 0
        return self._move(BreakerEvent.TIME_IS_OVER, now)

    def ordered(self, state: BreakerState, by: str, reason: str, now: Moment) -> BreakerState:
        """An operator's word; the state of before."""
        opened = state is BreakerState.OPEN
        before = self._move(BreakerEvent.OPERATOR_OPENED if opened else BreakerEvent.OPERATOR_CLOSED, now)
        self.why = reason if opened else f"{reason} (closed by {by})"
        self.by, self.until = by if opened else "", None
        if not opened:
            self._begin_anew()
        return before

    def reopened(self, left: OpenedBreaker, terms: Tripping, now: Moment) -> None:
        """As an earlier run left it; it waits for the rest of its time, whatever a clock that was set back says."""
        self.state, self.since, self.why = BreakerState.OPEN, left.since, left.why
        rest_s = min(max(seconds(left.until - now.utc), 0.0), terms.open_s)
        self._open_for(rest_s, now)

    def failures(self, terms: Tripping, now: Moment) -> int:
        """How many are inside the window; one exactly as old as the window is long is still inside."""
        oldest = now.mono - round(terms.window_s * SECOND)
        while self._failed_at and self._failed_at[0] < oldest:
            self._failed_at.popleft()
        return len(self._failed_at)

    def line(self, terms: Tripping, now: Moment) -> BreakerLine:
        """As it stands, for people and for those who ask whether it is open."""
        return BreakerLine(
            breaker=self.name,
            state=self.state,
            since=self.since,
            until=self.until.utc if self.until is not None else None,
            failures=self.failures(terms, now),
            failures_max=terms.failures,
            window_s=terms.window_s,
            why=self.why,
            by=self.by,
            stops=self.stops,
        )

    def _move(self, event: BreakerEvent, now: Moment) -> BreakerState:
        before = self.state
        self.state = TRANSITIONS[before][event]
        if self.state is not before:
            self.since = now.utc
        return before

    def _open_for(self, open_s: float, now: Moment) -> None:
        rest = round(open_s * SECOND)
        self.until = Moment(Instant(now.utc + rest), Mono(now.mono + rest))

    def _begin_anew(self) -> None:
        self._failed_at.clear()
        self._good, self.until = 0, None
