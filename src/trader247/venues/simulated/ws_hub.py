"""Every stream of one exchange: who is connected, what they are told, and when.

Connections are told in the order in which they came. Nothing here waits for a client: each has its own queue.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import trio

from trader247.model.instant import Instant
from trader247.ports import Clock
from trader247.runtime.alarms import sleep_to
from trader247.venues.simulated.auth import KeyRing
from trader247.venues.simulated.exchange import Event, SimulatedExchange
from trader247.venues.simulated.ws_backlog import STREAMS_MAX, Backlog
from trader247.venues.simulated.ws_channel import Notice
from trader247.venues.simulated.ws_connection import StreamConnection
from trader247.venues.simulated.ws_face import Session
from trader247.venues.simulated.ws_feed import Feed
from trader247.venues.simulated.ws_limits import Limits, Meter
from trader247.venues.simulated.ws_market import TRADES_BATCH_S

__all__ = ["StreamHub"]

_TICK_S: Final = 1.0


class StreamHub:
    """The connections and the feed they share."""

    def __init__(self, exchange: SimulatedExchange, keys: KeyRing, clock: Clock) -> None:
        """``clock`` is the market's."""
        self._keys = keys
        self._clock = clock
        self.feed = Feed(exchange)
        self._limits = Limits()
        self._batch = trio.Event()
        self._backlog = Backlog()
        self._speaking = 0
        self.connections: dict[StreamConnection, None] = {}

    @property
    def is_full(self) -> bool:
        """Whether there are as many connections as one exchange takes, handshakes included."""
        return self._speaking >= STREAMS_MAX

    def publish(self, events: Sequence[Event], now: Instant) -> int:
        """Tell what one call to the exchange did, and which books it moved; in the same breath. Never waits.

        Gives how often something was offered to a connection, the measure of the work it was.
        """
        if not self.connections:
            return 0
        offers = self._tell(self.feed.on_events(events, now), now)
        if self.feed.trades.waits:
            self._batch.set()
        return offers

    def _tell(self, notices: Iterable[Notice], now: Instant) -> int:
        """What a notice says is encoded already; each connection adds its envelope."""
        told = 0
        for notice in notices:
            told += 1
            for connection in self.connections:
                connection.publish(notice, now)
        return told * len(self.connections)

    def meter_for(self, stream: trio.abc.Stream) -> Meter:
        """The meter of messages without a token from where the client is, shared by all its connections."""
        return self._limits.messages(_address(stream))

    def connect(self, stream: trio.abc.Stream, session: Session | None = None) -> StreamConnection:
        """A connection before its handshake; ``session``, where it is of another make, has to be one of ``feed``."""
        if session is None:
            session = Session(self.feed, self._keys, self._clock.now().utc, self.meter_for(stream))
        return StreamConnection(stream, session, self._clock, self._backlog)

    async def converse(self, connection: StreamConnection, raw: bytes) -> None:
        """Speak with one client from its handshake ``raw`` on until it goes; the stream stays the caller's to close."""
        self._speaking += 1
        try:
            await connection.run(raw, self._join)
        finally:
            self._speaking -= 1
            self.connections.pop(connection, None)
            connection.leave()

    def _join(self, connection: StreamConnection) -> None:
        self.connections[connection] = None

    async def run(self) -> None:
        """Tell what the clock makes due, until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._flush)
            nursery.start_soon(self._tick)

    async def _tick(self) -> None:
        while True:
            self.tick(self._clock.now().utc)
            await sleep_to(_TICK_S)

    def tick(self, now: Instant) -> None:
        """What a second brings: heartbeats, and the ends of connections."""
        if self.connections:
            self._tell(self.feed.on_tick(now), now)
        for connection in tuple(self.connections):
            connection.tick(now)

    async def _flush(self) -> None:
        """A batch goes out its time after its first trade came; without trades nothing here wakes up."""
        while True:
            await self._batch.wait()
            await trio.sleep(TRADES_BATCH_S)
            self._batch = trio.Event()
            self._tell(self.feed.flush(), self._clock.now().utc)


def _address(stream: trio.abc.Stream) -> str:
    """Where a client comes from; one and the same for all that come without a socket."""
    if not isinstance(stream, trio.SocketStream):
        return ""
    try:
        return str(stream.socket.getpeername()[0])
    except OSError:
        return ""  # gone already
