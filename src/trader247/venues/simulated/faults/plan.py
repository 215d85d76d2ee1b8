"""A fault plan: which things go wrong, at which events. Data only; ``plan_file`` reads it, ``FaultDesk`` applies it.

A fault is addressed to a *point* (a kind of event), narrowed by ``match`` to events of one name, and there to some of
them by number or by a seeded rate. Addressing events instead of moments is what finds races: a fault at "the third
order sent" hits the window that a fault at a random second misses.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from attrs import field, frozen

__all__ = ["Ending", "Fault", "FaultPlan", "Kind", "Point", "Side", "When", "matcher"]


class Point(StrEnum):
    """What can be addressed. A simulation adds points of its own inside the daemon; these are the exchange's."""

    REQUEST = "request"
    """A REST call, named ``METHOD /path`` with the path below the API's prefix: ``POST /orders``."""

    FRAME = "frame"
    """A WebSocket frame about to be sent, named by its channel as the wire writes it: ``user``, ``l2_data``."""

    CONNECTION = "connection"
    """A WebSocket handshake, named by its path: ``/ws``."""

    TIME = "time"
    """The exchange's clock, so many seconds after its start."""


class Kind(StrEnum):
    """What goes wrong."""

    LATENCY = "latency"
    LOST_BEFORE = "lost_before"
    LOST_AFTER = "lost_after"
    RESET = "reset"
    DUPLICATE = "duplicate"
    TRUNCATE = "truncate"
    GARBLE = "garble"
    HTTP_STATUS = "http_status"
    LATE_ACCEPT = "late_accept"
    CANCEL_LOST_RACE = "cancel_lost_race"
    DROP = "drop"
    GAP = "gap"
    REORDER = "reorder"
    STALL = "stall"
    CLOSE = "close"
    MISPRICE = "misprice"
    CLOCK_SKEW = "clock_skew"
    PRODUCT_MODE = "product_mode"
    STATUS_FLAP = "status_flap"
    MAINTENANCE = "maintenance"


class Side(StrEnum):
    """On which side of the processing of a request something happens."""

    BEFORE = "before"
    AFTER = "after"


class Ending(StrEnum):
    """What a client sees where an answer should be: nothing at all, an orderly close, or a reset."""

    SILENCE = "silence"
    CLOSE = "close"
    RESET = "reset"


@frozen
class When:
    """Which of the matching events. Exactly one of the first four is given.

    Events are counted per fault, from 1, over everything its point and match let through.
    """

    nth: tuple[int, ...] = ()
    every: int | None = None
    rate: float | None = None
    after_s: float | None = None
    first: int = 1
    """``every`` and ``rate`` leave the events before this one alone."""

    times_max: int | None = None


@frozen
class Fault:
    """One entry. ``arguments`` hold what the kind needs, defaults filled in; ``connection`` narrows frames further."""

    point: Point
    kind: Kind
    when: When
    match: str = "*"
    connection: int | None = None
    arguments: Mapping[str, Any] = field(factory=dict)


@frozen
class FaultPlan:
    """Faults in the order in which they are applied to one event. ``seed``: of the draws; None: the run's."""

    faults: Sequence[Fault] = ()
    seed: int | None = None

    @property
    def products(self) -> list[str]:
        """The products it names, to be checked against a market."""
        named = (each.arguments.get("product", "*") for each in self.faults)
        return [name for name in dict.fromkeys(named) if name != "*"]


@frozen
class Matcher:
    """The names a ``match`` lets through: ``*`` stands for any run of characters, all else for itself.

    Looks for the pieces one after the other, never back: a regular expression could be made to try for ever.
    """

    pieces: tuple[str, ...]

    def fits(self, name: str) -> bool:
        """Whether all of ``name`` is let through."""
        first, last = self.pieces[0], self.pieces[-1]
        if len(self.pieces) == 1:
            return name == first
        at, end = len(first), len(name) - len(last)
        if not (name.startswith(first) and name.endswith(last) and at <= end):
            return False
        for piece in self.pieces[1:-1]:
            found = name.find(piece, at, end)
            if found < 0:
                return False
            at = found + len(piece)
        return True


def matcher(match: str) -> Matcher:
    """As a plan writes it."""
    return Matcher(tuple(match.split("*")))
