"""What a supervision tree is made of: plain frozen values that can be printed, compared and checked without running.

Reading order is start order; stop order is its exact reverse. Durations are seconds. The words and their meaning are
OTP's (``supervisor``), with backoff, a start deadline and escalation added.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import partial
from math import inf, isfinite
from typing import TYPE_CHECKING, Any

import attrs
from attrs import frozen

if TYPE_CHECKING:
    from trader247.runtime.actor import Actor
    from trader247.runtime.channels import Mailbox

__all__ = ["KILL_GRACE_S", "Backoff", "Escalate", "Group", "Limit", "Restart", "Strategy", "Worker"]

KILL_GRACE_S = 1.0
"""Seconds a child has between the cut (its whole scope cancelled) and being called stuck: ample for ``except`` and
``with`` blocks to unwind, and short enough for a shutdown deadline of 30 s."""


class Restart(StrEnum):
    """When a child that ended is started again."""

    PERMANENT = "permanent"  # always
    TRANSIENT = "transient"  # only after an abnormal end
    TEMPORARY = "temporary"  # never, and its spec is forgotten


class Strategy(StrEnum):
    """Who is restarted along with a child."""

    ONE_FOR_ONE = "one_for_one"  # nobody
    ONE_FOR_ALL = "one_for_all"  # every sibling
    REST_FOR_ONE = "rest_for_one"  # the siblings after it


class Escalate(StrEnum):
    """What a group does that has used up its restarts."""

    PARENT = "parent"  # ends abnormally; its parent decides, and counts
    HALT = "halt"  # trips the halt latch first, then stops its children and stays down; siblings go on
    EXIT = "exit"  # ends the whole tree, in order


def _require(holds: bool, fault: str | Callable[[], str]) -> None:
    """``fault`` is a callable where spelling it out is dear: a factory is bound to the whole program."""
    if not holds:
        raise ValueError(fault() if callable(fault) else fault)


def _no_child(group: str, child: object) -> str:
    return f"group {group}: child {child!r} is neither a Worker nor a Group"


@frozen
class Limit:
    """At most ``restarts`` restarts within any closed window of ``per`` seconds; one more and the group gives up."""

    restarts: int
    per: float

    def __attrs_post_init__(self) -> None:
        _require(self.restarts >= 0, f"Limit.restarts is {self.restarts!r}: give a count of 0 or more")
        _require(
            isfinite(self.per) and self.per > 0, f"Limit.per is {self.per!r}: give a finite time in seconds above 0"
        )

    def __str__(self) -> str:
        return f"{self.restarts} restarts in {self.per:g} s"


@frozen
class Backoff:
    """How long to wait before a restart: not at all the first time, then ``base * factor**k`` up to ``cap``.

    ``jitter`` is the share of the delay that is drawn: 1 is full jitter, ``uniform(0, delay)``; 0 is none.
    A child that was up for ``healthy_after`` seconds starts over at "not at all".
    """

    base: float = 0.2
    cap: float = 5.0
    jitter: float = 1.0
    healthy_after: float = 60.0
    factor: float = 2.0

    def __attrs_post_init__(self) -> None:
        _require(self.base >= 0, f"Backoff.base is {self.base!r}: give seconds, 0 or more")
        _require(self.cap >= self.base, f"Backoff.cap is {self.cap!r}: give seconds, at least base ({self.base!r})")
        _require(0 <= self.jitter <= 1, f"Backoff.jitter is {self.jitter!r}: give a share of the delay from 0 to 1")
        _require(self.healthy_after > 0, f"Backoff.healthy_after is {self.healthy_after!r}: give seconds above 0")
        _require(self.factor >= 1, f"Backoff.factor is {self.factor!r}: give 1 or more")


def _check_name(name: str) -> None:
    _require(
        bool(name) and name == name.strip() and "/" not in name and name.isprintable(),
        f"name {name!r}: give a printable text without '/' or blanks at its ends",
    )


@frozen
class Worker:
    """One actor. ``make`` builds a fresh one for every incarnation, so a restart begins from a known good state.

    Attributes:
        inbox: the mailbox it consumes, for the dead letters, the snapshot and the watchdog.
        start_within: seconds from its begin to ``ready()``; later counts as a failed start.
        grace: seconds from being told to stop to the cut, cleanup included; ``inf`` is allowed.
        busy_limit: seconds one message may take, and seconds messages may wait with none being taken; longer ends the
            incarnation as hung. None: not watched.
        beat_limit: seconds between two calls of ``beat()``; longer ends it as hung. None: not watched.
        waits_on: the mailboxes it waits for with ``tell`` or ``ask``; waiting sends must not form a circle.
    """

    name: str
    make: Callable[[], Actor]
    inbox: Mailbox[Any] | None = None
    restart: Restart = Restart.PERMANENT
    start_within: float = 10.0
    grace: float = 5.0
    busy_limit: float | None = None
    beat_limit: float | None = None
    waits_on: tuple[Mailbox[Any], ...] = ()

    def __attrs_post_init__(self) -> None:
        _check_name(self.name)
        _require(
            callable(self.make),
            lambda: f"worker {self.name}: make is {self.make!r}: give a factory without arguments",
        )
        _require(isinstance(self.restart, Restart), f"worker {self.name}: restart is {self.restart!r}: give a Restart")
        _require(
            self.start_within > 0, f"worker {self.name}: start_within is {self.start_within!r}: give seconds above 0"
        )
        _require(self.grace >= 0, f"worker {self.name}: grace is {self.grace!r}: give seconds, 0 or more")
        for field, limit in (("busy_limit", self.busy_limit), ("beat_limit", self.beat_limit)):
            _require(
                limit is None or limit > 0, f"worker {self.name}: {field} is {limit!r}: give seconds above 0, or None"
            )
        _require(
            self.busy_limit is None or self.inbox is not None,
            f"worker {self.name}: busy_limit needs an inbox, for that is where the busy stamp comes from",
        )


_FAST = Limit(5, per=30.0)  # a burst: five restarts use up to 3 s of default backoff, so 30 s tells a burst from wear
_SLOW = Limit(20, per=6 * 3600.0)  # wear: what fails every 20 minutes around the clock deserves a person


@frozen
class Group:
    """Children under one strategy. In its parent's eyes a group is a worker that never needs to be cut.

    Attributes:
        limits: every one of them must hold; the first is the fast window, a second slow one catches steady failing.
        exhausted: what happens when a limit is passed. At the root, PARENT means EXIT.
        restart: how its own abnormal end is treated by its parent.
        stop_within: seconds its worst-case stop may take; checked before the tree runs. None: not checked.
    """

    name: str
    children: tuple[Worker | Group, ...] = ()
    strategy: Strategy = Strategy.ONE_FOR_ONE
    limits: tuple[Limit, ...] = (_FAST, _SLOW)
    backoff: Backoff = attrs.Factory(Backoff)
    exhausted: Escalate = Escalate.PARENT
    restart: Restart = Restart.PERMANENT
    stop_within: float | None = None

    def __attrs_post_init__(self) -> None:
        _check_name(self.name)
        _require(bool(self.limits), f"group {self.name}: limits is empty: give at least one Limit")
        for field, kind, value in (
            ("strategy", Strategy, self.strategy),
            ("exhausted", Escalate, self.exhausted),
            ("restart", Restart, self.restart),
        ):
            _require(isinstance(value, kind), f"group {self.name}: {field} is {value!r}: give a {kind.__name__}")
        for child in self.children:
            _require(
                isinstance(child, Worker | Group),
                partial(_no_child, self.name, child),
            )

    @property
    def grace(self) -> float:
        """A group is bounded by its children, never cut: cutting it would orphan them."""
        return inf

    @property
    def start_within(self) -> float:
        """A group is started when its children are; each of them has its own deadline."""
        return inf
