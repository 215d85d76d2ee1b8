"""All channels of one exchange, shared by all connections: what happens is put into words here, once.

Nothing is encoded, and no book is watched, for a channel and product without a listener.
"""

import itertools
from collections.abc import Mapping, Sequence

from trader247.model.instant import Instant, rfc3339
from trader247.venues.simulated.exchange import Event, SimulatedExchange
from trader247.venues.simulated.ws_channel import Channel, Notice
from trader247.venues.simulated.ws_level2 import Level2Channel
from trader247.venues.simulated.ws_market import (
    CandlesChannel,
    HeartbeatsChannel,
    StatusChannel,
    TickerBatchChannel,
    TickerChannel,
    TradesChannel,
)
from trader247.venues.simulated.ws_user import FuturesChannel, UserChannel

__all__ = ["Feed"]


class Feed:
    """The channels by the names they are subscribed to."""

    def __init__(self, exchange: SimulatedExchange) -> None:
        """Reads live records: tell it of events in the same breath in which they came."""
        self.exchange = exchange
        self.level2 = Level2Channel(exchange)
        self.trades = TradesChannel(exchange)
        self.user = UserChannel(exchange)
        self._by_event: tuple[Channel, ...] = (
            TickerChannel(exchange),
            TickerBatchChannel(exchange),
            self.trades,
            self.user,
        )
        by_clock = (HeartbeatsChannel(exchange), CandlesChannel(exchange), StatusChannel(exchange))
        self._by_clock: tuple[Channel, ...] = (*by_clock, self._by_event[1])
        everything = (*self._by_event, *by_clock, self.level2, FuturesChannel(exchange))
        self.channels: Mapping[str, Channel] = {channel.name: channel for channel in everything}
        self._stamp = (Instant(-1), "")

    def stamp(self, now: Instant) -> str:
        """The time of a frame, printed once for all frames of an instant."""
        if self._stamp[0] != now:
            self._stamp = (now, rfc3339(now, 9))
        return self._stamp[1]

    def on_events(self, events: Sequence[Event], now: Instant) -> list[Notice]:
        """What one call to the exchange gives to tell: first the events, then the books it moved."""
        told = itertools.chain.from_iterable(
            channel.on_event(event, now) for event in events for channel in self._by_event
        )
        return [*told, *self.level2.moved(now)]

    def on_tick(self, now: Instant) -> list[Notice]:
        """What is told by the clock; call it once a second."""
        return [notice for channel in self._by_clock for notice in channel.on_tick(now)]

    def flush(self) -> list[Notice]:
        """The trades waiting for their batch; call it a batch's time after ``trades.waits`` turned true."""
        return self.trades.flush()
