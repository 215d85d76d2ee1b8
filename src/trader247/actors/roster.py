"""The supervision tree on one page. Reading order is start order, stop order is its reverse.

*exchange* is the outside world, brought along when the venue is embedded. *safety* keeps cancelling, reconciling and
alerting when *trading* gives up; trading gives up into a halt, safety into the end of the process. In *trading* the
start order is the trust order: who loses the clock loses everything that trusts it (rest_for_one).
"""

from collections.abc import Callable, Mapping
from typing import Any

from attrs import frozen

from trader247.runtime.actor import Actor
from trader247.runtime.channels import Mailbox
from trader247.runtime.specs import Backoff, Escalate, Group, Limit, Restart, Strategy, Worker

__all__ = ["Desk", "roster"]


@frozen
class Desk:
    """One actor's place: how to make it, and the mailbox it consumes.

    ``busy_limit_s``: seconds one message may take, where that is longer than for most.
    """

    make: Callable[[], Actor]
    inbox: Mailbox[Any] | None = None
    busy_limit_s: float | None = None


def roster(desks: Mapping[str, Desk], strategies: tuple[str, ...], limits: tuple[Limit, ...]) -> Group:
    """The tree over the desks that exist; ``strategies`` are the names of the strategy workers' desks."""

    def worker(name: str, *, grace: float = 0.3, start_within: float = 10.0, busy_limit: float | None = 5.0) -> Worker:
        desk = desks[name]
        return Worker(
            name,
            desk.make,
            inbox=desk.inbox,
            restart=Restart.PERMANENT,
            grace=grace,
            start_within=start_within,
            busy_limit=(desk.busy_limit_s or busy_limit) if desk.inbox is not None else None,
        )

    world = (worker("exchange", busy_limit=None),) if "exchange" in desks else ()
    intake = (worker("signal_intake"),) if "signal_intake" in desks else ()
    safety = Group(
        "safety",
        (
            worker("journal", grace=5.0, busy_limit=None),  # a disk may be slow; its vote stops, and that is enough
            worker("alerter"),
            worker("permit_desk"),
            worker("breakers"),
            worker("order_gateway", grace=11.0),  # a request under way ends by the client's deadline of 10 s
            worker("order_manager"),
            worker("user_feed"),
            worker("reconciler", start_within=30.0),
            worker("kill_switch"),
            *((worker("web_face"),) if "web_face" in desks else ()),
        ),
        limits=limits,
        exhausted=Escalate.EXIT,
        stop_within=30.0,  # trading is left out: its actors wait for nothing but their mailboxes, however many they are
    )
    trading = Group(
        "trading",
        (
            worker("clock_guard"),
            worker("market_feed", start_within=30.0),
            worker("cycle"),
            worker("risk_arbiter"),
            Group("strategies", (*(worker(name, grace=1.0) for name in strategies), *intake), limits=limits),
        ),
        strategy=Strategy.REST_FOR_ONE,
        limits=limits,
        exhausted=Escalate.HALT,
    )
    return Group(
        "trader247",
        (*world, safety, trading),
        limits=limits,
        backoff=Backoff(),
        exhausted=Escalate.EXIT,
    )
