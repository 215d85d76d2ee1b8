"""What a connection's frames mean, and whether the connection can still be trusted. Pure: frames and time in.

The rules of one connection:

- It is up when every channel asked for is acknowledged, within 5 s. Data often comes before that; it is kept and comes
  right after ``StreamUp``, so that the first thing heard of a connection is that it is up.
- Every frame carries the connection's own sequence number, one more than the last over all channels. A number that was
  seen is an old frame and is left out; a number skipped is a loss, and the connection is given up.
- A frame that cannot be read is counted and skipped; as it may have used a number, one number per such frame may be
  missing afterwards. More than 10 in a minute give the connection up. On the user channel the first one does: what it
  said about money is lost, and only a new connection's snapshot tells it again.
- A heartbeat comes each second. Without one for 5 s the connection is given up: the socket may be open and dead.
"""

from collections import deque
from collections.abc import Callable
from enum import StrEnum
from typing import Final

import msgspec

from trader247.model.instant import MINUTE, SECOND, Moment, Mono
from trader247.model.instrument import Symbol
from trader247.model.market import Quote
from trader247.model.venue import OrderReport
from trader247.ports import StreamUp
from trader247.venues.coinbase.frames import (
    Envelope,
    TickerFrame,
    acknowledged,
    envelope,
    quotes,
    quotes_of,
    reports,
    ticker_frame,
)
from trader247.venues.coinbase.numbers import Timestamps, WireFault, quoted
from trader247.venues.coinbase.symbols import book_name

__all__ = ["ACK_S_MAX", "HEARTBEAT_S_MAX", "MALFORMED_MAX", "Channel", "StreamJudge", "Verdict"]

ACK_S_MAX: Final = 5
HEARTBEAT_S_MAX: Final = 5
MALFORMED_MAX: Final = 10
_KEPT_MAX: Final = 10_000
"""Reports kept for the acknowledgement: 200 batches of the venue's snapshot; more is not a snapshot."""

StreamEvent = Quote | OrderReport | StreamUp
OnStream = Callable[[str], None]


class Channel(StrEnum):
    """The channel a stream is for, as the venue calls it."""

    TICKER = "ticker"
    USER = "user"


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """What a frame brought, and why the connection is to be given up, or None where it goes on."""

    events: tuple[StreamEvent, ...] = ()
    lost: str | None = None


_NOTHING: Final = Verdict()


class StreamJudge:
    """Judges one connection from its opening to its end; a new connection gets a new judge."""

    def __init__(
        self,
        channel: Channel,
        symbols: tuple[Symbol, ...],
        opened: Mono,
        count: OnStream = lambda _event: None,
    ) -> None:
        """``count(event)`` is told of ``malformed``, ``repeated``, ``foreign`` and ``unacknowledged`` frames."""
        self._channel = channel
        self._names = _names_of(symbols)
        self._count = count
        self._opened = opened
        self._beat = opened
        self._up = False
        self._last: int | None = None
        self._skipped = 0
        self._times = Timestamps()
        self._malformed: deque[Mono] = deque()
        self._kept: list[StreamEvent] = []

    @property
    def up(self) -> bool:
        """Whether the connection is acknowledged."""
        return self._up

    def deadline(self) -> Mono:
        """When silence condemns the connection."""
        if self._up:
            return Mono(self._beat + HEARTBEAT_S_MAX * SECOND)
        return Mono(self._opened + ACK_S_MAX * SECOND)

    def silence(self) -> str:
        """Why the connection is given up when the deadline passes without a frame that moves it."""
        if self._up:
            return f"no heartbeat for {HEARTBEAT_S_MAX} s"
        return f"subscription not acknowledged within {ACK_S_MAX} s"

    def frame(self, frame: bytes | str, now: Moment) -> Verdict:
        """What this frame brings, in order."""
        if self._up and self._channel is Channel.TICKER and (ticker := ticker_frame(frame)) is not None:
            return self._ticker(ticker, now)
        return self._any(frame, now)

    def _ticker(self, found: TickerFrame, now: Moment) -> Verdict:
        if (refused := self._numbered(found.sequence_num)) is not None:
            return refused
        try:
            return Verdict(tuple(quotes_of(found.events, self._times.read(found.timestamp), self._names)))
        except WireFault as fault:
            return self._unreadable(fault, now.mono)

    def _any(self, frame: bytes | str, now: Moment) -> Verdict:
        try:
            found = envelope(frame)
        except WireFault as fault:
            self._skipped += 1
            return self._unreadable(fault, now.mono)
        if found.type == "error":
            return Verdict(lost=f"the venue says {quoted(found.message)}")
        if (refused := self._numbered(found.sequence_num or 0)) is not None:
            return refused
        try:
            return self._opened_up(found, now)
        except WireFault as fault:
            return self._unreadable(fault, now.mono)

    # ------------------------------------------------------------------------------------------------------- sequence
    def _numbered(self, number: int) -> Verdict | None:
        """The verdict on a frame whose number is not the next one, or None."""
        last, self._last = self._last, number
        if last is None or number == last + 1:
            self._skipped = 0
            return None
        if number <= last:
            self._last = last
            self._count("repeated")
            return _NOTHING
        missing = number - last - 1 - self._skipped
        self._skipped = 0
        return Verdict(lost=f"{missing} frames missing before {number}") if missing > 0 else None

    def _unreadable(self, fault: WireFault, now: Mono) -> Verdict:
        self._count("malformed")
        if self._channel is Channel.USER:
            return Verdict(lost=f"unreadable frame on the user channel: {fault}")
        self._malformed.append(now)
        while now - self._malformed[0] > MINUTE:
            self._malformed.popleft()
        if len(self._malformed) > MALFORMED_MAX:
            return Verdict(lost=f"more than {MALFORMED_MAX} unreadable frames within a minute, the last: {fault}")
        return _NOTHING

    # ------------------------------------------------------------------------------------------------------- channels
    def _opened_up(self, found: Envelope, now: Moment) -> Verdict:
        if found.channel == self._channel:
            return self._given(self._data(found))
        if found.channel == "heartbeats":
            self._beat = now.mono
        elif found.channel == "subscriptions":
            return self._acknowledge(acknowledged(found), now)
        else:
            self._count("foreign")
        return _NOTHING

    def _data(self, found: Envelope) -> list[StreamEvent]:
        at = self._times.read(found.timestamp)
        if self._channel is Channel.USER:
            return list(reports(found, at))
        return list(quotes(found, at, self._names))

    def _given(self, events: list[StreamEvent]) -> Verdict:
        if self._up:
            return Verdict(tuple(events))
        self._kept.extend(events)
        if len(self._kept) > _KEPT_MAX:
            return Verdict(lost=f"more than {_KEPT_MAX} events before the acknowledgement")
        return _NOTHING

    def _acknowledge(self, said: dict[str, tuple[str, ...]], now: Moment) -> Verdict:
        if not {self._channel.value, "heartbeats"} <= said.keys():
            if self._up:
                return Verdict(lost=f"the subscription was lost: {quoted(sorted(said))}")
            return _NOTHING
        if self._up:
            return _NOTHING
        granted = set(said[self._channel])
        if any(symbol not in granted and book_name(symbol) not in granted for symbol in self._asked()):
            # an unknown instrument must not keep the known ones from being heard
            self._count("unacknowledged")
        self._up, self._beat = True, now.mono
        kept, self._kept = self._kept, []
        return Verdict((StreamUp(now.utc), *kept))

    def _asked(self) -> set[Symbol]:
        return {symbol for symbols in self._names.values() for symbol in symbols}


def _names_of(symbols: tuple[Symbol, ...]) -> dict[str, tuple[Symbol, ...]]:
    names: dict[str, tuple[Symbol, ...]] = {}
    for symbol in dict.fromkeys(symbols):
        for name in dict.fromkeys((str(symbol), str(book_name(symbol)))):
            names[name] = (*names.get(name, ()), symbol)
    return names
