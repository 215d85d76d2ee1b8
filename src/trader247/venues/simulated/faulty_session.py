"""A WebSocket session whose frames pass a line on which things go wrong, and the task that lets the delayed ones go."""

from collections.abc import Callable, Iterable

import trio

from trader247.model.instant import Instant, seconds
from trader247.ports import Clock
from trader247.venues.simulated.auth import KeyRing
from trader247.venues.simulated.faults.frame_line import FrameLine
from trader247.venues.simulated.faults.injector import FaultInjector
from trader247.venues.simulated.ws_channel import Notice
from trader247.venues.simulated.ws_face import Session
from trader247.venues.simulated.ws_feed import Feed
from trader247.venues.simulated.ws_limits import Meter

__all__ = ["FaultySession"]


class FaultySession(Session):
    """Says what ``Session`` says, through a ``FrameLine``. ``is_hung_up`` once the connection is to be reset."""

    def __init__(self, feed: Feed, keys: KeyRing, now: Instant, meter: Meter, *, injector: FaultInjector) -> None:
        """As a session's; ``injector`` counts the connection."""
        super().__init__(feed, keys, now, meter)
        self._injector = injector
        self._line: FrameLine = injector.new_line()
        self._stirred = trio.Event()
        self.is_hung_up = False

    def on_text(self, text: str | bytes, now: Instant) -> list[str]:
        """As the session's, through the line."""
        return self._through(super().on_text(text, now), now)

    def on_notice(self, notice: Notice, now: Instant) -> list[str]:
        """As the session's, through the line."""
        return self._through(super().on_notice(notice, now), now)

    def on_tick(self, now: Instant) -> list[str]:
        """As the session's, through the line."""
        return self._through(super().on_tick(now), now)

    async def follow(self, clock: Clock, offer: Callable[[Iterable[str]], None], scope: trio.CancelScope) -> None:
        """Offer delayed frames when their time comes, and cancel ``scope`` once the connection is to be reset."""
        while not self.is_hung_up:
            due = self._line.next_release()
            wait_s = float("inf") if due is None else max(0.0, seconds(due - clock.now().utc))
            with trio.move_on_after(wait_s):
                await self._stirred.wait()
                self._stirred = trio.Event()
            offer(self._line.released(clock.now().utc))
        scope.cancel()

    def _through(self, frames: Iterable[str], now: Instant) -> list[str]:
        line = self._line
        out = line.pass_on(frames, now)
        if line.other_hits:
            self._injector.follow_up(line, now)
        if line.wants_close and self.close_reason is None:
            self.close_reason = "going away"
        self.is_hung_up = self.is_hung_up or line.wants_reset
        if self.is_hung_up or line.next_release() is not None:
            self._stirred.set()
        return out
