"""The whole daemon put together, in virtual time, with every port scripted: for the tests that play it."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Iterator
from decimal import Decimal
from typing import TypeVar

import trio
from attrs import evolve
from tests.actors.scripted import (
    CLOCK,
    Heard,
    ScriptedChannel,
    ScriptedFile,
    ScriptedMarketStream,
    ScriptedStore,
    ScriptedUserStream,
    ScriptedVenue,
    SlowOffload,
)
from tests.builders import BTC, ETH, balance, instrument, quote
from tests.config.loadable import SHIPPED, loaded
from tests.runtime.scripted import unwrapped, virtually

from trader247.actors.roster import roster
from trader247.drivers.topology import Topology
from trader247.drivers.world import World
from trader247.messages.control import (
    KillFileSeen,
    PermitRenewed,
)
from trader247.messages.health import HealthSeen
from trader247.messages.orders import BooksLoaded, Drained
from trader247.model.ids import RunEpoch
from trader247.model.instant import EPOCH
from trader247.model.mode import Mode
from trader247.model.money import NO_NOTIONAL
from trader247.model.venue import FeeRates, OrderReports, Undecided
from trader247.ports import StreamUp
from trader247.runtime.dead_letters import DeadLetters
from trader247.runtime.halt import Halt
from trader247.runtime.reports import Report
from trader247.runtime.running import Running
from trader247.runtime.snapshot import Node
from trader247.runtime.specs import Group, Limit
from trader247.runtime.switchboard import Switchboard

NO_BOOKS = BooksLoaded((), (), frozenset(), None, (), NO_NOTIONAL, (), (), None, 0)
T = TypeVar("T")

LIMITS = (Limit(5, per=30.0), Limit(20, per=21_600.0))


class Pulse:
    def health(self) -> HealthSeen:
        return HealthSeen(0.0, 0.0, "none")


class Daemon:
    """A topology over a calm market of two instruments on an account with 10,000 USD."""

    def __init__(
        self, mode: Mode = Mode.PAPER, *, looks: tuple[KillFileSeen, ...] = (KillFileSeen(present=False),)
    ) -> None:
        config = loaded(SHIPPED).configuration
        self.halt = Halt(CLOCK)
        self.store = ScriptedStore(NO_BOOKS)
        self.channel = ScriptedChannel()
        self.drained: Heard[Drained] = Heard("driver")
        listed = (instrument(BTC), instrument(ETH))
        self.venue = ScriptedVenue(
            server_time=lambda: CLOCK.now().utc,
            instruments=listed,
            quotes=lambda: tuple(evolve(quote(symbol), at=CLOCK.now().utc) for symbol in (BTC, ETH)),
            candles=(),
            fee_rates=FeeRates(maker=Decimal("0.004"), taker=Decimal("0.006"), tier="Advanced 1"),
            balances=(balance("USD", 10_000),),
            open_orders=OrderReports((), None),
            order=Undecided("not scripted"),
            orders_since=OrderReports((), None),
            fills_since=(),
        )
        world = World(
            clock=CLOCK,
            offload=SlowOffload(),
            files=SlowOffload(),
            rng=random.Random(1),
            venue=self.venue,
            market_stream=ScriptedMarketStream(),
            user_stream=ScriptedUserStream((0, StreamUp(EPOCH))),
            open_store=lambda: self.store,
            kill_file=ScriptedFile(*looks),
            channels=(self.channel,),
            pulse=Pulse(),
        )
        epoch = RunEpoch("00c0ffee00")
        self.topology = Topology(config, mode, epoch, world, self.halt, Switchboard(CLOCK), self.drained, poll_s=0.25)
        self.reports: list[Report] = []
        self.letters = DeadLetters()

    def tree(self) -> Group:
        names = tuple(f"strategy:{name}" for name in self.topology.strategy_names)
        return roster(self.topology.desks(), names, LIMITS)

    def play(self, scene: Callable[[Running], Awaitable[None]]) -> None:
        async def main() -> None:
            running = Running(
                self.tree(),
                halt=self.halt,
                clock=CLOCK,
                rng=random.Random(1),
                report=self.report,
                dead_letters=self.letters,
            )
            async with trio.open_nursery() as nursery:
                await nursery.start(running.run)
                await scene(running)
                running.stop("the scene is over")

        unwrapped(lambda: virtually(main))

    def report(self, report: Report) -> None:
        self.reports.append(report)
        self.topology.on_report(report)

    def newest(self, kind: type[T]) -> T:
        """The newest fact of this kind, as the board was told it."""
        board = self.topology.box.board
        return [e.body for store in board._stores for e in store if isinstance(e.body, kind)][-1]

    def newest_permit(self) -> PermitRenewed:
        return self.newest(PermitRenewed)

    @property
    def facts(self) -> list[object]:
        return self.store.facts


def leaves(node: Node) -> Iterator[Node]:
    if node.kind == "worker":
        yield node
    for child in node.children:
        yield from leaves(child)
