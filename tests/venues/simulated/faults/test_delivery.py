"""Faults on a real connection, over loopback sockets where a reset means something and in memory elsewhere."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import trio
from tests.venues.simulated.faults.plans import desk, on_request
from tests.venues.simulated.rig import KEY_TEXT, exchange_on, token
from tests.venues.simulated.test_ws_connection import TrioTime
from trio.testing import MockClock, memory_stream_pair

from trader247.venues.simulated.auth import KeyRing
from trader247.venues.simulated.http_shapes import API_PREFIX
from trader247.venues.simulated.server import ExchangeServer

BODY = {
    "client_order_id": "x",
    "product_id": "BTC-USD",
    "side": "BUY",
    "order_configuration": {"limit_limit_gtc": {"base_size": "0.1", "limit_price": "50000"}},
}


class Shop:
    """A server with faults on a port, a client of it, and what is behind it."""

    def __init__(self, *entries: dict[str, Any]) -> None:
        self.exchange = exchange_on()
        keys = KeyRing()
        keys.add_file(KEY_TEXT, self.exchange.portfolio_id)
        self.clock = TrioTime()
        self.server = ExchangeServer(self.exchange, keys, self.clock, faults=desk(*entries))
        self.host = ""

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        async with trio.open_nursery() as nursery:
            (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
            self.host = f"127.0.0.1:{listener.socket.getsockname()[1]}"
            nursery.start_soon(trio.serve_listeners, self.server.handle, [listener])
            async with httpx.AsyncClient(base_url=f"http://{self.host}", trust_env=False, timeout=30) as http:
                yield http
            nursery.cancel_scope.cancel()

    async def order(self, http: httpx.AsyncClient) -> httpx.Response:
        path = API_PREFIX + "/orders"
        signed = token(self.clock.now().utc, f"POST {self.host}{path}")
        return await http.post(path, json=BODY, headers={"authorization": f"Bearer {signed}"})

    @property
    def orders(self) -> int:
        return len(self.exchange.engine.open_orders)


@pytest.mark.fault("NW-03", "RA-03")
@pytest.mark.parametrize(
    ("entry", "error", "orders"),
    [
        (on_request("lost_before"), httpx.RemoteProtocolError, 0),
        (on_request("lost_after"), httpx.RemoteProtocolError, 1),
        (on_request("lost_after", ending="reset"), httpx.ReadError, 1),
        (on_request("reset"), httpx.ReadError, 0),
        (on_request("reset", side="after"), httpx.ReadError, 1),
        (on_request("truncate", bytes=5), httpx.RemoteProtocolError, 1),
    ],
)
async def test_a_client_that_gets_no_whole_answer_cannot_tell_what_happened(
    entry: dict[str, Any], error: type[httpx.HTTPError], orders: int
) -> None:
    shop = Shop(entry)
    async with shop.client() as http:
        with pytest.raises(error):
            await shop.order(http)
        assert shop.orders == orders
        again = await shop.order(http)
        assert again.json()["success"], "the next one is as any other"
        assert shop.orders == 1


@pytest.mark.fault("RA-04", "RA-06")
@pytest.mark.parametrize(
    ("entry", "status", "orders"),
    [
        (on_request("http_status", code=503, body="html"), 503, 0),
        (on_request("http_status", code=502, body="text", side="after"), 502, 1),
        (on_request("http_status", code=429, retry_after_s=3), 429, 0),
        (on_request("garble"), 200, 1),
        (on_request("duplicate"), 200, 1),
    ],
)
async def test_an_answer_may_be_another_than_what_happened(entry: dict[str, Any], status: int, orders: int) -> None:
    shop = Shop(entry)
    async with shop.client() as http:
        answer = await shop.order(http)
        assert (answer.status_code, shop.orders) == (status, orders)
        assert answer.headers.get("retry-after") == ("3" if status == 429 else None)
        assert (await http.get(API_PREFIX + "/time")).status_code == 200, "the connection lives on"


def test_a_late_request_takes_effect_late_and_silence_lasts_until_the_client_goes() -> None:
    async def main() -> None:
        shop = Shop(
            on_request("latency", seconds=7),
            on_request("latency", nth=2, seconds=2, side="after"),
            on_request("lost_before", nth=3, ending="silence"),
        )
        client, far = memory_stream_pair()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(shop.server.handle, far)
            for waited in (7, 2):
                began = trio.current_time()
                await client.send_all(b"GET /api/v3/brokerage/time HTTP/1.1\r\nHost: h\r\n\r\n")
                answer = await client.receive_some(4096)
                assert answer.startswith(b"HTTP/1.1 200")
                assert trio.current_time() - began == pytest.approx(waited)
            await client.send_all(b"GET /api/v3/brokerage/time HTTP/1.1\r\nHost: h\r\n\r\n")
            with trio.move_on_after(500) as waiting:
                await client.receive_some(4096)
            assert waiting.cancelled_caught
            await client.aclose()

    trio.run(main, clock=MockClock(autojump_threshold=0))


def test_even_silence_has_an_end() -> None:
    async def main() -> None:
        shop = Shop(on_request("lost_after", ending="silence"))
        client, far = memory_stream_pair()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(shop.server.handle, far)
            await client.send_all(b"GET /api/v3/brokerage/time HTTP/1.1\r\nHost: h\r\n\r\n")
            assert await client.receive_some(4096) == b""
            assert trio.current_time() == pytest.approx(600)

    trio.run(main, clock=MockClock(autojump_threshold=0))
