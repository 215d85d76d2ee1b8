"""The simulated exchange reached in memory: the same bytes as over sockets, in virtual time, with no thread.

It is the world outside the daemon: it goes on while no daemon runs, and several lives of one daemon may follow each
other over it. ``on_call`` is where a simulation looks or strikes: at every request, before the exchange has heard of
it and after the exchange has done what it asks.
"""

import random
from collections.abc import Awaitable, Callable
from enum import StrEnum
from functools import partial
from typing import Final

import httpx
import trio
import trio.testing
from attrs import define, field

from trader247.ports import Clock
from trader247.venues.coinbase.auth import ApiKey
from trader247.venues.coinbase.rate_limit import RateLimiter, RateLimits
from trader247.venues.coinbase.rest import Purpose, RestClient
from trader247.venues.coinbase.stream import CoinbaseMarketStream, CoinbaseUserStream
from trader247.venues.coinbase.venue import CoinbaseVenue
from trader247.venues.simulated.auth import KeyRing, make_key
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.faults.desk import FaultDesk
from trader247.venues.simulated.http_shapes import Request
from trader247.venues.simulated.server import ExchangeServer

__all__ = ["MemoryVenue", "OnCall", "Stage"]

_UNBOUND: Final = RateLimits(private_per_s=5_000, public_per_s=5_000)
"""More than a client can ask for on a market that runs a hundred times faster than time."""

_ORIGIN = "http://127.0.0.1:1"
"""Where the exchange would be. Nothing listens there; both sides sign and check this host."""


class Stage(StrEnum):
    """Where a request is: still on its way, or done and its answer on the way back."""

    BEFORE = "before"
    AFTER = "after"


OnCall = Callable[[Stage, Request], None]
OpenStream = Callable[[], Awaitable[trio.abc.Stream]]


@define
class MemoryVenue:
    """One exchange and the ways to it. ``delay_s``: virtual seconds a message needs in each direction.

    ``faults`` strike its streams; requests pass them only where their transport asks ``server.injector``. ``rates``:
    how much its clients ask per second at most; a market that runs faster than time asks for more than any venue lets.
    """

    exchange: SimulatedExchange
    clock: Clock
    rng: random.Random
    delay_s: float = 0.01
    on_call: OnCall = lambda _stage, _request: None
    faults: FaultDesk | None = None
    rates: RateLimits = _UNBOUND
    server: ExchangeServer = field(init=False)
    key: ApiKey = field(init=False)
    key_text: str = field(init=False, repr=False)
    _nursery: trio.Nursery | None = field(init=False, default=None)

    def __attrs_post_init__(self) -> None:
        """A key of its own for the exchange's one account."""
        keys, text = KeyRing(), make_key(self.rng)
        keys.add_file(text, self.exchange.portfolio_id)
        self.key, self.key_text = ApiKey.from_json_text(text), text
        self.server = ExchangeServer(self.exchange, keys, self.clock, faults=self.faults)

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Let the market go on and answer streams until cancelled."""
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            nursery.start_soon(self.server.run_market)
            task_status.started()

    def client(
        self,
        on_attempt: Callable[[str, str, float], None] | None = None,
        *,
        clock: Clock | None = None,
        transport: Callable[[Purpose], httpx.AsyncBaseTransport] | None = None,
    ) -> CoinbaseVenue:
        """The daemon's own client, its bytes carried by this object. Close it with ``aclose``.

        ``on_attempt`` is told every attempt, as ``RestClient`` tells it. ``clock``: another than the exchange's, as a
        host's is; ``transport``: what carries the bytes of a purpose instead.
        """
        told = on_attempt or (lambda _endpoint, _status, _seconds: None)
        carrier = transport or (lambda _purpose: _Carrier(self))
        ours = clock or self.clock
        limiter = RateLimiter(ours, self.rates)
        market, trading, kill = (
            RestClient(
                purpose,
                _ORIGIN,
                self.key,
                ours,
                self.rng,
                limiter=limiter,
                on_call=told,
                transport=partial(carrier, purpose),
            )
            for purpose in (Purpose.MARKET, Purpose.TRADING, Purpose.KILL)
        )
        return CoinbaseVenue(market, trading, kill, ours)

    def market_stream(self, clock: Clock | None = None, open_stream: OpenStream | None = None) -> CoinbaseMarketStream:
        """Quotes. ``clock`` and ``open_stream``: others than the exchange's clock and ``open_stream`` here."""
        ours = clock or self.clock
        return CoinbaseMarketStream(self._stream_url, ours, self.rng, open_stream=open_stream or self.open_stream)

    def user_stream(self, clock: Clock | None = None, open_stream: OpenStream | None = None) -> CoinbaseUserStream:
        """Order reports; as ``market_stream``."""
        ours = clock or self.clock
        return CoinbaseUserStream(
            self._stream_url, self.key, ours, self.rng, open_stream=open_stream or self.open_stream
        )

    @property
    def _stream_url(self) -> str:
        return _ORIGIN.replace("http", "ws") + "/ws"

    async def open_stream(self) -> trio.abc.Stream:
        """A connection to the exchange's streams. Raises ``ConnectionRefusedError``: it does not run."""
        await trio.sleep(self.delay_s)
        if self._nursery is None:
            raise ConnectionRefusedError("the exchange does not run")
        near, far = trio.testing.memory_stream_pair()
        self._nursery.start_soon(self.server.handle, far)
        return near


class _Carrier(httpx.AsyncBaseTransport):
    """Carries requests to the exchange and answers back."""

    def __init__(self, venue: MemoryVenue) -> None:
        self._venue = venue

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Delivered after ``delay_s`` and answered after another; cancelled meanwhile, as a lost connection is."""
        venue = self._venue
        body = await request.aread()
        await trio.sleep(venue.delay_s)
        headers = {name.lower(): value for name, value in request.headers.items()}
        asked = Request(request.method, request.url.raw_path.decode("ascii"), headers, body)
        venue.on_call(Stage.BEFORE, asked)
        answer = venue.server.respond(asked)
        venue.on_call(Stage.AFTER, asked)
        await trio.sleep(venue.delay_s)
        return httpx.Response(answer.status, headers=dict(answer.headers), stream=httpx.ByteStream(answer.body))
