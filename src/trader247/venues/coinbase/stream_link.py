"""One connection of a stream, from opening to loss: the socket, the subscriptions, and the judge of what it says."""

from typing import Final

import trio

from trader247.model.instant import SECOND, Mono, seconds
from trader247.model.instrument import Symbol
from trader247.model.market import Quote
from trader247.ports import Clock
from trader247.venues.coinbase.auth import Signer
from trader247.venues.coinbase.frames import subscription
from trader247.venues.coinbase.socket_session import OpenStream, SocketLost, SocketSession
from trader247.venues.coinbase.stream_judge import Channel, OnStream, StreamEvent, StreamJudge

__all__ = ["Link", "LinkEvent"]

LinkEvent = StreamEvent

_OPEN_S_MAX: Final = 5.0
"""Connecting, encrypting and the handshake together."""

_SUBSCRIBE_S_MAX: Final = 4.0
"""The venue hangs up on who has not subscribed after 5 s."""

_GRACE: Final = 1 * SECOND
"""After an absence of the consumer: time for what waits in the kernel to be read before silence is held against it."""


class Link:
    """``open``, then ``heard`` again and again until either gives a reason why it is lost; always ``aclose``."""

    def __init__(
        self,
        channel: Channel,
        symbols: tuple[Symbol, ...],
        url: str,
        clock: Clock,
        *,
        signer: Signer | None,
        on_stream: OnStream,
    ) -> None:
        self._channel = channel
        self._symbols = symbols
        self._url = url
        self._clock = clock
        self._signer = signer
        self._on_stream = on_stream
        self._session: SocketSession | None = None
        self._judge = StreamJudge(channel, symbols, clock.now().mono, on_stream)
        self._excused_until = Mono(0)

    async def open(self, open_stream: OpenStream) -> str | None:
        """Connect and subscribe; why it failed, or None."""
        try:
            with trio.move_on_after(_OPEN_S_MAX):
                self._session = SocketSession(self._url, await open_stream())
                await self._session.connect()
                self._judge = StreamJudge(self._channel, self._symbols, self._clock.now().mono, self._on_stream)
                self._on_stream("connected")
                return await self._subscribe(self._session)
        except SocketLost as lost:
            return str(lost)
        except (OSError, trio.BrokenResourceError) as fault:
            cause = f" ({type(fault.__cause__).__name__})" if fault.__cause__ else ""
            return f"cannot connect: {type(fault).__name__}{cause}"
        return f"no connection within {_OPEN_S_MAX:g} s"

    async def _subscribe(self, session: SocketSession) -> str | None:
        with trio.move_on_after(_SUBSCRIBE_S_MAX):
            await session.send(subscription("heartbeats", (), None))
            token = self._signer.stream_token(self._clock.now().utc) if self._signer is not None else None
            await session.send(subscription(self._channel, self._symbols, token))
            return None
        return f"could not subscribe within {_SUBSCRIBE_S_MAX:g} s"

    async def heard(self) -> tuple[list[LinkEvent], str | None]:
        """What came, at least one frame's worth, and why the link is lost now, or None. Safe to cancel."""
        if self._session is None:
            return [], "not open"
        now = self._clock.now().mono
        if now >= self._deadline():  # the consumer was away, not the venue
            self._excused_until = Mono(now + _GRACE)
        frames: list[bytes] = []
        try:
            with trio.move_on_after(seconds(self._deadline() - now)):
                frames = await self._session.frames()
        except SocketLost as lost:
            return [], str(lost)
        return self._judged(frames)

    def _judged(self, frames: list[bytes]) -> tuple[list[LinkEvent], str | None]:
        now = self._clock.now()
        events: list[LinkEvent] = []
        for frame in frames:
            verdict = self._judge.frame(frame, now)
            events.extend(verdict.events)
            if verdict.lost is not None:
                return self._conflated(events), verdict.lost
        silent = not frames or now.mono >= self._deadline()
        return self._conflated(events), self._judge.silence() if silent else None

    def _deadline(self) -> Mono:
        return max(self._judge.deadline(), self._excused_until)

    def _conflated(self, events: list[LinkEvent]) -> list[LinkEvent]:
        if self._channel is Channel.USER or len(events) < 2:
            return events
        newest = {event.symbol: at for at, event in enumerate(events) if isinstance(event, Quote)}
        kept = [event for at, event in enumerate(events) if not isinstance(event, Quote) or newest[event.symbol] == at]
        if len(kept) < len(events):
            self._on_stream("conflated")
        return kept

    async def aclose(self) -> None:
        """Close the socket, if there is one; within 1 s."""
        if self._session is not None:
            await self._session.aclose()
