"""The clock guard: can the time be trusted, does the loop keep up, is the venue there (TIME1 in its first form).

It watches the memory too (catalogue PR-07): over ``soft_mb`` it says so, over half as much again it asks for a halt,
which ends the run in order while there is room to do it in. The kernel's own way, at the limit of the machine or the
container, is SIGKILL in the middle of anything.

Four guards vote from here, each on its own evidence: CLOCK (the wall clock did not step against the monotonic one, and
the venue's clock is near ours), LOOP (the event loop turns), MAILBOXES (nothing money-bearing waits too long), VENUE
(the venue answered recently).
"""

from trader247.messages.base import Tick
from trader247.messages.control import AlertCleared, AlertRaised, Guard, GuardVoted, HaltRequested, Severity
from trader247.messages.health import HealthSeen
from trader247.messages.market import VenueSeen
from trader247.model.ids import AlertKey
from trader247.model.instant import MILLISECOND, SECOND, Moment, Mono, seconds
from trader247.model.mode import Mode

__all__ = ["MEMORY", "ClockGuard", "GuardIn", "GuardOut"]

GuardIn = VenueSeen | HealthSeen | Tick
GuardOut = GuardVoted | AlertRaised | AlertCleared | HaltRequested

DRIFT_MS_MAX = 150
"""Requirement TIME1: a clock further off may not trade real money."""
STEP_QUIET_S = 10.0
"""After a step of the wall clock nothing is trusted for this long."""
LOOP_LAG_S_MAX = 1.0
MAILBOX_AGE_S_MAX = 2.0
HEALTH_SILENT_S_MAX = 5.0
"""Four looks at ourselves missed; a loop nobody looks at is not known to turn."""
VENUE_SILENT_S_MAX = 30.0
"""Three looks missed; the feed's own freshness is judged elsewhere and much sooner."""

MEMORY = "memory"
"""Who asks for the halt that ends the run."""
HARD_OVER_SOFT = 1.5
"""A leak of days passes from the one to the other in days: a person has that long."""
CALM_UNDER_SOFT = 0.95
"""The warning is taken back under this share of the limit, so that it does not come and go with every collection."""

_MEMORY = AlertKey("memory_high")
_STEP = AlertKey("clock_step")
_DRIFT = AlertKey("clock_drift")
_VENUE = AlertKey("venue_unreachable")


class ClockGuard:
    """The decider."""

    ready = True

    def __init__(self, mode: Mode, soft_mb: int = 0) -> None:
        """In LIVE a drifting clock takes the vote away; elsewhere it only warns. ``soft_mb``: 0 watches no memory."""
        self._mode = mode
        self._soft_mb = soft_mb
        self._high = self._halting = False
        self._before: Moment | None = None
        self._stepped_at: Mono | None = None
        self._drift_ms: float | None = None
        self._venue_at: Mono | None = None
        self._venue_why = "not asked yet"
        self._started_at: Mono | None = None
        self._health: HealthSeen | None = None
        self._health_at: Mono | None = None

    def start(self, now: Moment) -> list[GuardOut]:
        """The first reading of both clocks."""
        self._before = now
        self._started_at = now.mono
        return []

    def handle(self, message: GuardIn, now: Moment) -> list[GuardOut]:
        """Note what was seen; compare the clocks and vote on each tick."""
        match message:
            case VenueSeen():
                return self._venue_seen(message, now)
            case HealthSeen():
                self._health, self._health_at = message, now.mono
                return self._memory(message.resident_mb)
            case Tick():
                return [*self._compare(now), *self._votes(now)]

    def _venue_seen(self, seen: VenueSeen, now: Moment) -> list[GuardOut]:
        if seen.offset_ns is None:
            self._venue_why = seen.why
            return []
        self._venue_at, self._venue_why = now.mono, ""
        # half the round trip is the part of the offset that nobody can tell from delay
        unsure_ms = seen.round_trip_ns / 2 / MILLISECOND
        if unsure_ms > DRIFT_MS_MAX:
            return [AlertCleared(_VENUE)]  # an answer this slow proves neither a good clock nor a bad one
        self._drift_ms = max(0.0, abs(seen.offset_ns) / MILLISECOND - unsure_ms)
        if self._drift_ms > DRIFT_MS_MAX:
            text = f"our clock is {self._drift_ms:.0f} ms from the venue's, at most {DRIFT_MS_MAX} ms"
            return [AlertCleared(_VENUE), AlertRaised(_DRIFT, Severity.WARNING, text)]
        return [AlertCleared(_VENUE), AlertCleared(_DRIFT)]

    def _memory(self, resident_mb: int) -> list[GuardOut]:
        soft, hard = self._soft_mb, round(self._soft_mb * HARD_OVER_SOFT)
        if not soft:
            return []
        if resident_mb >= hard and not self._halting:
            self._high = self._halting = True
            text = f"{resident_mb} MB of memory are resident, {hard} MB are the most; the run ends for a restart"
            return [AlertRaised(_MEMORY, Severity.CRITICAL, text), HaltRequested(text, MEMORY)]
        if resident_mb >= soft and not self._halting:
            self._high = True
            text = f"{resident_mb} MB of memory are resident, over {soft} MB (app.memory_soft_mb); at {hard} MB it ends"
            return [AlertRaised(_MEMORY, Severity.WARNING, f"{text}. Restart it at a quiet time")]
        if self._high and not self._halting and resident_mb < soft * CALM_UNDER_SOFT:
            self._high = False
            return [AlertCleared(_MEMORY)]
        return []

    def _compare(self, now: Moment) -> list[GuardOut]:
        before, self._before = self._before, now
        if before is None:
            return []
        step_ms = abs((now.utc - before.utc) - (now.mono - before.mono)) / MILLISECOND
        if step_ms > DRIFT_MS_MAX:
            self._stepped_at = now.mono
            return [AlertRaised(_STEP, Severity.CRITICAL, f"the wall clock stepped by {step_ms:.0f} ms")]
        if self._stepped_at is not None and seconds(now.mono - self._stepped_at) > STEP_QUIET_S:
            self._stepped_at = None
            return [AlertCleared(_STEP)]
        return []

    def _votes(self, now: Moment) -> list[GuardOut]:
        lag, waits = self._loop_faults(now)
        lag_ms = self._health.loop_lag_s * 1000 if self._health else 0.0
        rows = (
            (Guard.CLOCK, self._clock_fault(), self._clock_text()),
            (Guard.LOOP, lag, f"lag {lag_ms:.0f} ms"),
            (Guard.MAILBOXES, waits, "nothing waits long"),
            (Guard.VENUE, self._venue_fault(now), "answers"),
        )
        votes: list[GuardOut] = [
            GuardVoted(guard, yes=fault is None, reason=fault or fine) for guard, fault, fine in rows
        ]
        return [*votes, *self._venue_alert(now)]

    def _loop_faults(self, now: Moment) -> tuple[str | None, str | None]:
        health, at = self._health, self._health_at
        if health is None or at is None:
            return "not looked at yet", "not looked at yet"
        if now.mono - at > HEALTH_SILENT_S_MAX * SECOND:
            silent = f"not looked at for {seconds(now.mono - at):.0f} s"
            return silent, silent
        lag = f"the loop lags {health.loop_lag_s:.2f} s" if health.loop_lag_s > LOOP_LAG_S_MAX else None
        waits = f"a message waits in {health.mailbox} for {health.mailbox_age_s:.1f} s"
        return lag, waits if health.mailbox_age_s > MAILBOX_AGE_S_MAX else None

    def _clock_fault(self) -> str | None:
        if self._stepped_at is not None:
            return "the wall clock stepped a moment ago"
        if self._mode is Mode.LIVE and (self._drift_ms is None or self._drift_ms > DRIFT_MS_MAX):
            return "the venue's clock was not compared yet" if self._drift_ms is None else self._clock_text()
        return None

    def _clock_text(self) -> str:
        return "drift not measured yet" if self._drift_ms is None else f"drift {self._drift_ms:.0f} ms"

    def _venue_fault(self, now: Moment) -> str | None:
        if self._venue_at is None:
            return f"no answer yet: {self._venue_why}"
        silent_s = seconds(now.mono - self._venue_at)
        return f"no answer for {silent_s:.0f} s: {self._venue_why}" if silent_s > VENUE_SILENT_S_MAX else None

    def _venue_alert(self, now: Moment) -> list[GuardOut]:
        since = self._venue_at if self._venue_at is not None else self._started_at
        silent = since is not None and now.mono - since > VENUE_SILENT_S_MAX * SECOND
        text = f"the venue has not answered for {VENUE_SILENT_S_MAX:.0f} s: {self._venue_why}"
        return [AlertRaised(_VENUE, Severity.CRITICAL, text)] if silent else []
