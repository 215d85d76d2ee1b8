"""How fast the simulated exchange is, beside a bare h11 echo loop in the same process and run.

Run ``python benchmarks/exchange_matching.py [rounds]``: orders per second in the engine, requests per second of the
REST face without sockets, and over loopback with one keep-alive connection from a process of its own. Rates over
loopback are requests per second of the server's CPU, which is what one core can sustain. The median of the rounds is
printed; ratios are to the echo.
"""

import json
import random
import socket
import statistics
import sys
import time
from collections.abc import Callable

import h11
import jwt
import trio

from trader247.model.instant import SECOND, Instant, Moment, Mono, instant
from trader247.venues.simulated.auth import KeyRing, make_key
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.generated_market import GeneratedMarket
from trader247.venues.simulated.http_shapes import Request
from trader247.venues.simulated.rest_face import PREFIX, RestFace
from trader247.venues.simulated.server import serve

START = instant("2026-09-27T10:00:00Z")
KEY_TEXT = make_key(random.Random(1))
KEY = json.loads(KEY_TEXT)
HOST = "127.0.0.1:28080"
LOOPBACK_REQUESTS = 1_500
LOOPBACK_ORDERS = 450
"""As many as may rest in one book: the exchange takes 500."""


class StillClock:
    def now(self) -> Moment:
        return Moment(START, Mono(0))


def opened() -> tuple[SimulatedExchange, KeyRing]:
    exchange = SimulatedExchange(GeneratedMarket(START, products=["BTC-USD"]))
    exchange.advance(START)
    keys = KeyRing()
    keys.add_file(KEY_TEXT, exchange.portfolio_id)
    return exchange, keys


def signed(method: str, path: str) -> str:
    claims = {"sub": KEY["name"], "nbf": START // SECOND, "exp": START // SECOND + 120, "uri": f"{method} {HOST}{path}"}
    return jwt.encode(claims, KEY["privateKey"], "ES256", headers={"kid": KEY["name"]})


def order_body(number: int, price: str = "50000") -> bytes:
    fields = {"base_size": "0.0001", "limit_price": price, "post_only": True}
    body = {"client_order_id": str(number), "product_id": "BTC-USD", "side": "BUY"}
    return json.dumps(body | {"order_configuration": {"limit_limit_gtc": fields}}).encode()


def engine_place_and_cancel(count: int = 4_000) -> float:
    exchange, _ = opened()
    who, configuration = exchange.portfolio_id, {"limit_limit_gtc": {"base_size": "0.0001", "limit_price": "50000"}}
    begun = time.process_time()
    for number in range(count // 2):
        order, _ = exchange.place(who, str(number), "BTC-USD", "BUY", configuration, now=START)
        exchange.cancel(who, order.order_id, START)  # type: ignore[union-attr]
    return count / (time.process_time() - begun)


def engine_fills(count: int = 2_000) -> float:
    exchange, _ = opened()
    who, spent = exchange.portfolio_id, {"market_market_ioc": {"quote_size": "1"}}
    begun = time.process_time()
    for number in range(count):
        exchange.place(who, str(number), "BTC-USD", "BUY", spent, now=START)
    return count / (time.process_time() - begun)


def market_steps(count: int = 6_000) -> float:
    exchange, _ = opened()
    begun = time.process_time()
    exchange.advance(Instant(START + count * SECOND))
    return count / (time.process_time() - begun)


def rest_face_orders(count: int = 1_500) -> float:
    exchange, keys = opened()
    face = RestFace(exchange, keys)
    headers = {"host": HOST, "authorization": f"Bearer {signed('POST', PREFIX + '/orders')}"}
    requests = [Request("POST", PREFIX + "/orders", headers, order_body(number)) for number in range(count)]
    begun = time.process_time()
    for number, request in enumerate(requests):
        assert face.respond(request, START).status == 200
        if number % 400 == 399:
            for order in list(exchange.engine.open_orders.values()):
                exchange.cancel(order.owner, order.order_id, START)
    return count / (time.process_time() - begun)


async def echo(stream: trio.SocketStream) -> None:
    connection = h11.Connection(h11.SERVER)
    while True:
        while (event := connection.next_event()) is h11.NEED_DATA:
            connection.receive_data(bytes(await stream.receive_some(65_536)))
        if isinstance(event, h11.ConnectionClosed):
            return
        if isinstance(event, h11.EndOfMessage):
            head = connection.send(h11.Response(status_code=200, headers=[("content-length", "2")]))
            rest = connection.send(h11.Data(data=b"{}")) or b""
            await stream.send_all((head or b"") + rest + (connection.send(h11.EndOfMessage()) or b""))
            connection.start_next_cycle()


def ask(port: int, requests: list[bytes]) -> None:
    """One connection, one request at a time; every answer must be a success."""
    with socket.create_connection(("127.0.0.1", port)) as stream:
        for request in requests:
            stream.sendall(request)
            head, _, body = stream.recv(65_536).partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            while len(body) < length:
                body += stream.recv(65_536)
            assert b'"success":false' not in body, body


def asked(what: str) -> list[bytes]:
    """The requests of one row."""
    if what == "POST /orders, signed":
        token = signed("POST", PREFIX + "/orders")
        return [raw("POST", PREFIX + "/orders", order_body(n), token) for n in range(LOOPBACK_ORDERS)]
    return [raw("GET", PREFIX + "/time" if what == "GET /time" else "/")] * LOOPBACK_REQUESTS


def raw(method: str, target: str, body: bytes = b"", token: str = "") -> bytes:
    lines = [f"{method} {target} HTTP/1.1", f"host: {HOST}", f"content-length: {len(body)}"]
    lines += [f"authorization: Bearer {token}"] if token else []
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def over_loopback() -> dict[str, float]:
    """Requests per second of this process's CPU, by row."""
    exchange, keys = opened()
    results: dict[str, float] = {}
    async with trio.open_nursery() as nursery:
        echoing = await nursery.start(trio.serve_listeners, echo, await trio.open_tcp_listeners(0, host="127.0.0.1"))
        listening = await trio.open_tcp_listeners(0, host="127.0.0.1")
        serving = await nursery.start(serve, exchange, keys, StillClock(), listening)
        for name, listeners in (("bare h11 echo", echoing), ("GET /time", serving), ("POST /orders, signed", serving)):
            port = listeners[0].socket.getsockname()[1]
            begun = time.process_time()
            await trio.run_process([sys.executable, __file__, "--ask", str(port), name])
            took = time.process_time() - begun
            results[name] = len(asked(name)) / took
        nursery.cancel_scope.cancel()
    return results


def main() -> None:
    if sys.argv[1:2] == ["--ask"]:
        ask(int(sys.argv[2]), asked(sys.argv[3]))
        return
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    measured: dict[str, list[float]] = {}
    inside: dict[str, Callable[[], float]] = {
        "engine: place and cancel": engine_place_and_cancel,
        "engine: market order filled": engine_fills,
        "market step of one product": market_steps,
        "REST face: POST /orders, signed": rest_face_orders,
    }
    for _ in range(rounds):
        for name, figure in inside.items():
            measured.setdefault(name, []).append(figure())
        for name, value in trio.run(over_loopback).items():
            measured.setdefault(f"loopback: {name}", []).append(value)
    floor = statistics.median(measured["loopback: bare h11 echo"])
    print(f"{'what':36} {'per second':>11} {'us each':>9} {'of the echo':>12}   (median of {rounds})")
    for name, values in measured.items():
        each = statistics.median(values)
        print(f"{name:36} {each:11,.0f} {1e6 / each:9.1f} {each / floor:12.2f}")


if __name__ == "__main__":
    main()
