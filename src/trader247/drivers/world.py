"""Everything nondeterministic that a topology is made with."""

import random
from collections.abc import Awaitable, Callable, Sequence

from attrs import field, frozen

from trader247.actors.clock_guard import Pulse
from trader247.actors.strategy_process import Processes
from trader247.drivers.call_watch import CallWatch
from trader247.ports import (
    AlertChannel,
    Clock,
    JournalStore,
    KillFile,
    MarketStream,
    Offload,
    OncePort,
    UserStream,
    Venue,
)
from trader247.runtime.alarms import sleep_to

__all__ = ["World"]


@frozen
class World:
    """Everything nondeterministic, behind its ports.

    Without ``processes`` every strategy runs inline: virtual time cannot wait for a real process.
    """

    clock: Clock
    offload: Offload
    files: Offload
    rng: random.Random
    venue: Venue
    market_stream: MarketStream
    user_stream: UserStream
    open_store: Callable[[], JournalStore]
    kill_file: KillFile
    until_look: Callable[[float], Awaitable[None]] = field(default=sleep_to, kw_only=True)
    channels: Sequence[AlertChannel]
    pulse: Pulse
    calls: CallWatch = field(factory=CallWatch)
    processes: Processes | None = None
    once: OncePort | None = None
