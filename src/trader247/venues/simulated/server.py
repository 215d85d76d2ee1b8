"""The simulated exchange on sockets: the only part of it that does I/O.

One task lets the market go on and never skips a step; every connection has its own. Cancel ``serve`` to stop: nothing
in it shields itself. Every answer to a request is computed without a pause, so requests see whole states only.
"""

from collections.abc import Sequence
from functools import partial
from typing import Final

import trio

from trader247.model.instant import Instant, seconds
from trader247.ports import Clock
from trader247.venues.simulated.auth import KeyRing
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.http_connection import serve_requests
from trader247.venues.simulated.http_shapes import Request, Response
from trader247.venues.simulated.rest_face import RestFace
from trader247.venues.simulated.ws_hub import StreamHub

__all__ = ["ExchangeServer", "serve"]

Accepting = trio.abc.Listener[trio.abc.Stream]
"""A listener whose connections are streams: sockets, or memory in a simulation."""

_STEPS_PER_TURN: Final = 25
"""Market steps between two looks at the other tasks: some 3 ms of work."""

_SLEEP_S_MAX: Final = 1.0
"""An expiry of an order placed meanwhile is noticed within this time."""


class ExchangeServer:
    """The faces of one exchange and the connections to them."""

    def __init__(self, exchange: SimulatedExchange, keys: KeyRing, clock: Clock) -> None:
        """``clock`` is the market's: a scaled one makes the whole exchange run at its speed."""
        self._exchange = exchange
        self._clock = clock
        self._rest = RestFace(exchange, keys)
        self._hub = StreamHub(exchange, keys, clock)

    def respond(self, request: Request, now: Instant | None = None) -> Response:
        """Answer a request and tell the streams what it did; for those who come without a socket, too."""
        at = self._clock.now().utc if now is None else now
        response = self._rest.respond(request, at)
        self._hub.publish(self._rest.take_events(), at)
        return response

    async def run_market(self) -> None:
        """Let the market go on at the clock's pace, and tick the streams once a second, until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._advance)
            nursery.start_soon(self._hub.run)

    async def handle(self, stream: trio.abc.Stream) -> None:
        """Speak with one client until it goes; the stream is closed at the end."""
        async with stream:
            try:
                upgrade = await serve_requests(stream, self.respond, self._clock)
                if upgrade is not None:
                    await self._hub.converse(self._hub.connect(stream), upgrade.raw)
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                return

    async def _advance(self) -> None:
        while True:
            now, steps = self._clock.now().utc, 0
            while steps < _STEPS_PER_TURN and self._is_due(now):
                self._hub.publish(self._exchange.advance(now, steps_max=1), now)
                steps += 1
            due = self._exchange.next_step_at()
            wait_s = _SLEEP_S_MAX if due is None else seconds(due - self._clock.now().utc)
            await trio.sleep(min(max(wait_s, 0.0), _SLEEP_S_MAX))

    def _is_due(self, now: Instant) -> bool:
        due = self._exchange.next_step_at()
        return due is not None and due <= now


async def serve(
    exchange: SimulatedExchange,
    keys: KeyRing,
    clock: Clock,
    listeners: Sequence[Accepting],
    *,
    task_status: trio.TaskStatus[list[Accepting]] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve an exchange on listening sockets (``await trio.open_tcp_listeners(0, host="127.0.0.1")``) until cancelled.

    ``nursery.start`` returns the listeners, once they accept. HTTP and WebSocket share every port; any path upgrades.
    """
    server = ExchangeServer(exchange, keys, clock)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(server.run_market)
        accept = partial(trio.serve_listeners, server.handle, list(listeners), handler_nursery=nursery)
        task_status.started(await nursery.start(accept))
