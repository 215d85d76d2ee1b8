"""Messages about permission and attention: votes, permits, halts, alerts."""

from enum import StrEnum

from attrs import field, frozen

from trader247.model.ids import AlertKey
from trader247.model.instant import Instant, Moment, Mono
from trader247.model.instrument import Symbol
from trader247.model.mode import Mode, TradingState
from trader247.model.policy import Policy
from trader247.model.policy_universe import Group
from trader247.model.portfolio import AcknowledgedLoss

__all__ = [
    "AlertChanged",
    "AlertCleared",
    "AlertDue",
    "AlertRaised",
    "AlertState",
    "ConfigurationReloaded",
    "DaemonStarted",
    "DaemonStopped",
    "FlattenEnded",
    "FlattenOrdered",
    "GroupsChanged",
    "Guard",
    "GuardVoted",
    "HaltCleared",
    "HaltRequested",
    "HaltTripped",
    "KeyChanged",
    "KillFileSeen",
    "LossAcknowledged",
    "PanelLine",
    "PermitRenewed",
    "PolicyChanged",
    "SetTradingState",
    "Severity",
    "TripHalt",
]


class Guard(StrEnum):
    """Who must have said yes recently before an order may leave. The order here is the order of the panel."""

    MODE = "mode"
    KILL_SWITCH = "kill_switch"
    JOURNAL = "journal"
    CLOCK = "clock"
    LOOP = "loop"
    MAILBOXES = "mailboxes"
    VENUE = "venue"
    FEED = "feed"
    USER_FEED = "user_feed"
    RECONCILER = "reconciler"
    ORDERS = "orders"
    BREAKERS = "breakers"
    RISK = "risk"
    DRAWDOWN = "drawdown"


@frozen
class GuardVoted:
    """One guard's word, good for a short while only: who stops voting stops the trading."""

    guard: Guard
    yes: bool
    reason: str = ""


@frozen
class PanelLine:
    """A guard on the panel: its last vote, its age, and which permits it holds back."""

    guard: Guard
    yes: bool
    reason: str
    age_s: float | None


@frozen
class PermitRenewed:
    """The lease. ``entry_until`` and ``exit_until`` are monotonic; None where that grade is not granted."""

    serial: int
    state: TradingState
    entry_until: Mono | None
    exit_until: Mono | None
    panel: tuple[PanelLine, ...] = field(repr=False)


@frozen
class SetTradingState:
    """An operator's order: ACTIVE or REDUCING. (HALTED is the latch's, not a message.)"""

    state: TradingState
    by: str
    reason: str


@frozen
class FlattenOrdered:
    """An operator's order: sell every position until nothing is held. Nothing automatic ever says it."""

    by: str
    reason: str


@frozen
class FlattenEnded:
    """Why ``FlattenOrdered`` is over; ``left`` are the positions that stayed, all of them dust where it was done."""

    by: str
    reason: str
    text: str
    left: tuple[Symbol, ...] = ()


@frozen
class KillFileSeen:
    """What a look at the kill file gave; a file that cannot be read counts as present."""

    present: bool
    text: str = ""


@frozen
class HaltRequested:
    """Someone on the inside found a reason to stop trading; the kill switch trips the latch."""

    reason: str
    by: str


@frozen
class TripHalt:
    """Request to the kill switch's shell: trip the latch in this very step."""

    reason: str
    by: str


@frozen
class HaltTripped:
    """Trading is halted. The first reason stands until an operator resumes."""

    reason: str
    by: str
    at: Moment


@frozen
class HaltCleared:
    """An operator resumed, with a reason."""

    reason: str
    by: str
    at: Moment


@frozen
class LossAcknowledged:
    """An operator resumed over breached loss limits; these are all that are acknowledged from now on."""

    losses: tuple[AcknowledgedLoss, ...]
    by: str
    reason: str


class Severity(StrEnum):
    """How loud an alert is."""

    INFO = "INFO"
    WARNING = "WARNING"
    CRITICAL = "CRITICAL"

    @property
    def louder(self) -> "Severity":
        """The next step up, where an unresolved alert escalates to."""
        return Severity.WARNING if self is Severity.INFO else Severity.CRITICAL


@frozen
class AlertRaised:
    """Something a person should know. Equal keys are the same alert."""

    key: AlertKey
    severity: Severity
    text: str


@frozen
class AlertCleared:
    """The condition behind an alert is over."""

    key: AlertKey


class AlertState(StrEnum):
    """Where an alert stands."""

    RAISED = "raised"
    ESCALATED = "escalated"
    RESOLVED = "resolved"


@frozen
class AlertChanged:
    """An alert was raised, repeated, escalated or resolved. ``count`` is how often it was raised."""

    key: AlertKey
    severity: Severity
    text: str
    state: AlertState
    count: int
    raised_at: Instant
    changed_at: Instant


@frozen
class AlertDue:
    """Request to the alerter's shell: deliver this now."""

    alert: AlertChanged


@frozen
class DaemonStarted:
    """A run began."""

    epoch: str
    version: str
    mode: Mode
    venue: str
    account: str
    config_hash: str


@frozen
class DaemonStopped:
    """A run ended in order. ``resting``: the orders that were left at the venue to protect positions, in words."""

    reason: str
    clean: bool
    resting: tuple[str, ...] = ()


@frozen
class KeyChanged:
    """A configured value before and after, as text; a secret only ever as its reference. ``key`` begins with the file's
    name: ``policy.caps.total_pct``.
    """

    key: str
    before: str
    after: str


@frozen
class ConfigurationReloaded:
    """Another configuration is in force, from fingerprint ``before`` to ``after``; what is written from here on carries
    the second.
    """

    before: str
    after: str
    by: str
    reason: str
    changes: tuple[KeyChanged, ...]


@frozen
class PolicyChanged:
    """The policy in force from now on, for those who hold in memory what a restart would lose."""

    policy: Policy


@frozen
class GroupsChanged:
    """The themes and tiers whose caps count from now on, for the order manager."""

    groups: tuple[Group, ...]
