"""Who is sent what: one table per actor, checked by the type checker and printable as the edges of the topology."""

from __future__ import annotations

import types
from collections.abc import Iterable
from typing import Any, Generic, Protocol, TypeVar, Union, get_args, get_origin

from attrs import frozen

from trader247.runtime.exits import ActorError

__all__ = ["Edge", "NoRoute", "Routes", "Sender"]

Out = TypeVar("Out")
T = TypeVar("T")
M_contra = TypeVar("M_contra", contravariant=True)


class Sender(Protocol[M_contra]):
    """The end of a mailbox that a sender holds."""

    @property
    def name(self) -> str:
        """As in the topology."""

    def post(self, message: M_contra, cause: int | None = None) -> None:
        """Hands it over without waiting.

        Raises:
            MailboxFull: there is no room and the message may not be dropped.
        """


class NoRoute(ActorError):
    """An actor said something that its topology sends nowhere."""


@frozen
class Edge:
    """``source`` sends ``message`` to ``target``."""

    source: str
    message: str
    target: str


class Routes(Generic[Out]):
    """Built once with the topology. Sending never waits."""

    def __init__(self, source: str) -> None:
        """``source`` is the name of the actor that sends."""
        self.source = source
        self._targets: dict[type[Any], tuple[Sender[Any], ...]] = {}

    def to(self, kind: type[T], *targets: Sender[T]) -> Routes[Out]:
        """Sends every message of exactly this type to each target, in order; no target: said on purpose to nobody.

        Raises:
            ValueError: this type has a route already.
        """
        if kind in self._targets:
            raise ValueError(f"routes of {self.source}: {kind.__name__} has a route already; name all targets at once")
        self._targets[kind] = targets
        return self

    def emit(self, out: Iterable[Out], cause: int | None = None) -> None:
        """Posts each message to its targets.

        Raises:
            NoRoute: a message's type was never given a route.
            MailboxFull: a target refused; the messages before it were sent.
        """
        for message in out:
            targets = self._targets.get(type(message))
            if targets is None:
                raise NoRoute(f"{self.source} said {type(message).__name__}, which has no route; add one with to()")
            for target in targets:
                target.post(message, cause)

    def missing(self, union: Any) -> None:
        """Checks that every member of the union ``Out`` has a route.

        Raises:
            NoRoute: naming all members that have none.
        """
        without = sorted(kind.__name__ for kind in _members(union) if kind not in self._targets)
        if without:
            raise NoRoute(f"routes of {self.source} lack {', '.join(without)}; add each with to()")

    def edges(self) -> tuple[Edge, ...]:
        """Every route, in the order given."""
        return tuple(
            Edge(self.source, kind.__name__, target.name)
            for kind, targets in self._targets.items()
            for target in targets
        )


def _members(union: Any) -> tuple[type[Any], ...]:
    if get_origin(union) in {Union, types.UnionType}:
        return tuple(member for part in get_args(union) for member in _members(part))
    return (get_origin(union) or union,)
