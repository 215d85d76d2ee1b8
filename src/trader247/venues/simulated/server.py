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
from trader247.runtime.alarms import sleep_to
from trader247.venues.simulated.auth import KeyRing
from trader247.venues.simulated.error_pages import BodyKind, error_page
from trader247.venues.simulated.exchange import Event, SimulatedExchange
from trader247.venues.simulated.faults.delivery import end, reset_on_close
from trader247.venues.simulated.faults.desk import FaultDesk
from trader247.venues.simulated.faults.injector import FaultInjector, OrderHooks
from trader247.venues.simulated.faulty_session import FaultySession
from trader247.venues.simulated.http_connection import Upgrade, peer_of, refusal, serve_requests
from trader247.venues.simulated.http_shapes import Request, Response, json_response
from trader247.venues.simulated.rate_limits import RateLimits, too_many_requests
from trader247.venues.simulated.rest_face import RestFace
from trader247.venues.simulated.switches import Switches
from trader247.venues.simulated.ws_hub import StreamHub

__all__ = ["ExchangeServer", "serve"]

Accepting = trio.abc.Listener[trio.abc.Stream]
"""A listener whose connections are streams: sockets, or memory in a simulation."""

_STEPS_PER_TURN: Final = 25
"""Market steps between two looks at the other tasks: some 3 ms of work."""

_OFFERS_PER_TURN: Final = 1_000
"""Frames offered to connections between two looks, and one step's more: some 5 ms of work."""

_CONNECTIONS_MAX: Final = 512
"""At once, requests and streams together: half of what a process may usually open. One more is told so and closed."""

_GREETING_S_MAX: Final = 5.0
"""For telling it."""

_SLEEP_S_MAX: Final = 1.0
"""An expiry of an order placed meanwhile is noticed within this time."""

_FAULTS_S: Final = 1.0


class ExchangeServer:
    """The faces of one exchange and the connections to them."""

    def __init__(
        self,
        exchange: SimulatedExchange,
        keys: KeyRing,
        clock: Clock,
        *,
        limits: RateLimits | None = None,
        switches: Switches | None = None,
        faults: FaultDesk | None = None,
        orders: OrderHooks | None = None,
    ) -> None:
        """``clock`` is the market's: a scaled one makes the whole exchange run at its speed.

        Without ``limits`` nobody is told to wait, without ``faults`` nothing goes wrong. Whoever keeps the ``switches``
        can switch product modes and maintenance while it runs; ``orders`` stands in for the exchange's own order desk.

        Raises:
            ConfigurationInvalid: the faults do not fit this exchange.
        """
        self._exchange = exchange
        self._keys = keys
        self._clock = clock
        self.switches = switches or Switches(exchange)
        self._limits = limits
        hooks = orders or exchange.desk
        self.injector = FaultInjector(faults, exchange, self.switches, hooks) if faults is not None else None
        self._rest = RestFace(exchange, keys, limits, self.switches)
        self._hub = StreamHub(exchange, keys, clock)
        self._open = 0

    def respond(self, request: Request, now: Instant | None = None) -> Response:
        """Answer a request and tell the streams what it did; for those who come without a socket, too."""
        at = self._clock.now().utc if now is None else now
        response = self._rest.respond(request, at)
        self._hub.publish(self._rest.take_events(), at)
        return response

    def tell(self, events: Sequence[Event], at: Instant) -> None:
        """Tell the streams what was done beside the requests, by another way into the exchange."""
        self._hub.publish(events, at)

    async def run_market(self) -> None:
        """Let the market go on at the clock's pace, and tick the streams once a second, until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._advance)
            nursery.start_soon(self._hub.run)
            if self.injector is not None:
                nursery.start_soon(self._watch_faults, self.injector)

    async def handle(self, stream: trio.abc.Stream) -> None:
        """Speak with one client until it goes; the stream is closed at the end."""
        async with stream:
            self._open += 1
            try:
                if self._open > _CONNECTIONS_MAX:
                    await self._send_away(stream)
                    return
                upgrade = await serve_requests(stream, self.respond, self._clock, self.injector)
                if upgrade is not None and await self._lets_in(stream, upgrade):
                    await self._speak(stream, upgrade.raw)
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                return
            finally:
                self._open -= 1

    async def _send_away(self, stream: trio.abc.Stream) -> None:
        """Say that there is no room, which is the venue's answer in overload; the caller closes."""
        with trio.move_on_after(_GREETING_S_MAX):
            await stream.send_all(refusal(error_page(503, BodyKind.TEXT), self._clock.now().utc))

    async def _lets_in(self, stream: trio.abc.Stream, upgrade: Upgrade) -> bool:
        """Whether a handshake may go on; one that may not has its answer already."""
        now = self._clock.now().utc
        refused = None
        if self._hub.is_full:
            refused = error_page(503, BodyKind.TEXT)
        elif self._limits is not None and not self._limits.handshakes.take(peer_of(stream), now).allowed:
            refused = json_response(too_many_requests(), 429)
        elif self.injector is not None:
            fate = self.injector.connection_fate(upgrade.path, now)
            await trio.sleep(fate.before_s)
            if fate.ending_before is not None:
                await end(stream, fate.ending_before)
                return False
            refused = fate.forged
        if refused is not None:
            await stream.send_all(refusal(refused, now))
        return refused is None

    async def _speak(self, stream: trio.abc.Stream, raw: bytes) -> None:
        if self.injector is None:
            await self._hub.converse(self._hub.connect(stream), raw)
            return
        now, meter = self._clock.now().utc, self._hub.meter_for(stream)
        faulty = FaultySession(self._hub.feed, self._keys, now, meter, injector=self.injector)
        connection = self._hub.connect(stream, faulty)
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(faulty.follow, self._clock, connection.offer, nursery.cancel_scope)
                await self._hub.converse(connection, raw)
                nursery.cancel_scope.cancel()
        except* (trio.BrokenResourceError, trio.ClosedResourceError):
            pass  # the client went without a word
        if faulty.is_hung_up:
            reset_on_close(stream)

    async def _advance(self) -> None:
        while True:
            now, steps, offers = self._clock.now().utc, 0, 0
            while steps < _STEPS_PER_TURN and offers < _OFFERS_PER_TURN and self._is_due(now):
                offers += self._hub.publish(self._exchange.advance(now, steps_max=1), now)
                steps += 1
            due = self._exchange.next_step_at()
            wait_s = _SLEEP_S_MAX if due is None else seconds(due - self._clock.now().utc)
            await trio.sleep(min(max(wait_s, 0.0), _SLEEP_S_MAX))

    def go_on(self, now: Instant) -> None:
        """Let the market reach ``now`` in one breath, told to the streams: for who cannot let other tasks run."""
        while self._is_due(now):
            due = self._exchange.next_step_at()
            self._hub.publish(self._exchange.advance(now, steps_max=1), now if due is None else due)
        self._hub.tick(now)

    def _is_due(self, now: Instant) -> bool:
        due = self._exchange.next_step_at()
        return due is not None and due <= now

    async def _watch_faults(self, injector: FaultInjector) -> None:
        """What is addressed to the clock happens while nobody asks, too."""
        while True:
            injector.advance(self._clock.now().utc)
            await sleep_to(_FAULTS_S)


async def serve(
    exchange: SimulatedExchange,
    keys: KeyRing,
    clock: Clock,
    listeners: Sequence[Accepting],
    *,
    limits: RateLimits | None = None,
    switches: Switches | None = None,
    faults: FaultDesk | None = None,
    orders: OrderHooks | None = None,
    task_status: trio.TaskStatus[list[Accepting]] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve an exchange on listening sockets (``await trio.open_tcp_listeners(0, host="127.0.0.1")``) until cancelled.

    ``nursery.start`` returns the listeners, once they accept. HTTP and WebSocket share every port; any path upgrades.
    The keyword arguments are those of ``ExchangeServer``.
    """
    server = ExchangeServer(exchange, keys, clock, limits=limits, switches=switches, faults=faults, orders=orders)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(server.run_market)
        accept = partial(trio.serve_listeners, server.handle, list(listeners), handler_nursery=nursery)
        task_status.started(await nursery.start(accept))
