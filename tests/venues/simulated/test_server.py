"""The server on real loopback sockets."""

import json

import httpx
import pytest
import trio
from tests.venues.simulated.rig import KEY_TEXT, START, HandClock, ScriptedMarket, exchange_on, limit, quote, token
from tests.venues.simulated.test_ws_connection import TrioTime, subscription
from tests.venues.simulated.test_ws_hub import HANDSHAKE
from trio.testing import MockClock, memory_stream_pair, wait_all_tasks_blocked
from websockets.trio.client import connect

from trader247.model.instant import Instant, Moment
from trader247.venues.simulated.auth import KeyRing
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.generated_market import GeneratedMarket
from trader247.venues.simulated.http_shapes import Request
from trader247.venues.simulated.order_record import OrderState
from trader247.venues.simulated.rest_face import PREFIX
from trader247.venues.simulated.server import ExchangeServer, serve

B = PREFIX


class Wall:
    """A clock that ticks with Trio's, from the market's start on."""

    def __init__(self) -> None:
        self._began = trio.current_time()

    def now(self) -> Moment:
        moment = TrioTime().now()
        shift = round(self._began * 1e9)
        return moment._replace(utc=Instant(moment.utc - shift))


async def test_rest_and_stream_share_a_port_and_tell_the_same_story() -> None:
    exchange = SimulatedExchange(GeneratedMarket(START, step_s=0.05))
    keys, clock = KeyRing(), Wall()
    keys.add_file(KEY_TEXT, exchange.portfolio_id)
    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(
            serve, exchange, keys, clock, await trio.open_tcp_listeners(0, host="127.0.0.1")
        )
        host = f"127.0.0.1:{listeners[0].socket.getsockname()[1]}"
        with trio.fail_after(20):
            async with (
                httpx.AsyncClient(base_url=f"http://{host}", trust_env=False) as http,
                connect(f"ws://{host}/ws", proxy=None) as ws,
            ):
                await ws.send(json.dumps({"type": "subscribe", "channel": "user", "jwt": token(clock.now().utc)}))
                assert json.loads(await ws.recv())["events"][0]["type"] == "snapshot"
                await ws.recv()
                await trio.sleep(0.2)
                uri = f"POST {host}{B}/orders"
                body = {"client_order_id": "x", "product_id": "BTC-USD", "side": "BUY"}
                answer = await http.post(
                    f"{B}/orders",
                    json=body | {"order_configuration": {"market_market_ioc": {"quote_size": "100"}}},
                    headers={"authorization": f"Bearer {token(clock.now().utc, uri)}"},
                )
                order_id = answer.json()["success_response"]["order_id"]
                update = json.loads(await ws.recv())["events"][0]["orders"][0]
                assert (update["order_id"], update["status"]) == (order_id, "FILLED")
                page = (await http.get(f"{B}/market/products/BTC-USD/ticker")).json()
                assert len(page["trades"]) > 1, "the market went on by itself"
        nursery.cancel_scope.cancel()


async def test_a_cancel_stops_the_server_while_a_client_does_not_read() -> None:
    exchange = exchange_on(*(quote(n / 100, "59999", "60001") for n in range(10)))
    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(
            serve, exchange, KeyRing(), Wall(), await trio.open_tcp_listeners(0, host="127.0.0.1")
        )
        stream = await trio.open_tcp_stream("127.0.0.1", listeners[0].socket.getsockname()[1])
        await stream.send_all(f"GET {B}/market/products HTTP/1.1\r\nHost: h\r\n\r\n".encode() * 500)
        await trio.sleep(0.1)
        with trio.fail_after(1):
            nursery.cancel_scope.cancel()
            await trio.lowlevel.checkpoint_if_cancelled()
    await stream.aclose()


def test_without_a_socket_requests_are_answered_all_the_same() -> None:
    server = ExchangeServer(SimulatedExchange(ScriptedMarket()), KeyRing(), HandClock())
    assert server.respond(Request("GET", f"{B}/time")).status == 200


def test_the_market_reaches_a_resting_order_by_itself() -> None:
    async def main() -> None:
        began = trio.current_time()
        exchange = exchange_on(quote(0, "59999", "60001"), quote(began + 30, "49000", "49002"))
        server = ExchangeServer(exchange, KeyRing(), TrioTime())
        order, _ = exchange.place(exchange.portfolio_id, "1", "BTC-USD", "BUY", limit("0.1", "50000"), now=START)
        with trio.move_on_after(60):
            await server.run_market()
        assert getattr(order, "state", None) is OrderState.FILLED
        assert getattr(order, "last_fill_at", 0) == START + round((began + 30) * 1e9)

    trio.run(main, clock=MockClock(autojump_threshold=0))


@pytest.mark.parametrize("channel", ["ticker", "candles"])
async def test_a_frame_follows_its_step_within_a_moment(channel: str) -> None:
    clock = Wall()
    exchange = SimulatedExchange(GeneratedMarket(START, products=["BTC-USD"], step_s=0.2))
    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(
            serve, exchange, KeyRing(), clock, await trio.open_tcp_listeners(0, host="127.0.0.1")
        )
        with trio.fail_after(10):
            async with connect(f"ws://127.0.0.1:{listeners[0].socket.getsockname()[1]}/ws", proxy=None) as ws:
                await ws.send(subscription(channel))
                channels = [json.loads(await ws.recv())["channel"] for _ in range(3)]
        assert channels == [channel, "subscriptions", channel]
        nursery.cancel_scope.cancel()


class Held:
    """A client that came and says nothing until it is let go."""

    def __init__(self, server: ExchangeServer, nursery: trio.Nursery) -> None:
        self.near, far = memory_stream_pair()
        nursery.start_soon(server.handle, far)


async def test_one_connection_too_many_is_told_so_and_there_is_room_again_once_one_has_gone() -> None:
    server = ExchangeServer(exchange_on(), KeyRing(), HandClock(START))
    async with trio.open_nursery() as nursery:
        held = [Held(server, nursery) for _ in range(512)]
        await wait_all_tasks_blocked()
        late = Held(server, nursery)
        assert (await late.near.receive_some(4096)).startswith(b"HTTP/1.1 503 ")
        assert await late.near.receive_some(1) == b""
        await held[0].near.aclose()
        await wait_all_tasks_blocked()
        after = Held(server, nursery)
        await after.near.send_all(f"GET {B}/time HTTP/1.1\r\nHost: h\r\n\r\n".encode())
        assert (await after.near.receive_some(4096)).startswith(b"HTTP/1.1 200 ")
        nursery.cancel_scope.cancel()


async def test_one_stream_too_many_is_told_so_while_requests_are_still_answered() -> None:
    server = ExchangeServer(exchange_on(), KeyRing(), HandClock(START))
    async with trio.open_nursery() as nursery:
        held = [Held(server, nursery) for _ in range(257)]
        for each in held:
            await each.near.send_all(HANDSHAKE)
            await wait_all_tasks_blocked()
        answers = [bytes(await each.near.receive_some(4096)) for each in held]
        assert [b" 101 " in each for each in answers] == [True] * 256 + [False]
        assert answers[-1].startswith(b"HTTP/1.1 503 ")
        asking = Held(server, nursery)
        await asking.near.send_all(f"GET {B}/time HTTP/1.1\r\nHost: h\r\n\r\n".encode())
        assert (await asking.near.receive_some(4096)).startswith(b"HTTP/1.1 200 ")
        nursery.cancel_scope.cancel()
