"""What the Coinbase client costs, beside a raw loop and bare httpx in the same process and run.

Run ``python benchmarks/client_decoding.py [rounds]``. Frames: from the bytes of a WebSocket to typed messages, beside
the raw loop of the same ``websockets`` protocol that ends in ``msgspec.json.decode``, and beside that decode alone.
REST: one request after the other over loopback with one keep-alive connection, client and server on one thread, beside
``httpx.AsyncClient`` asking the same. CPU time; the median of the rounds is printed.
"""

import json
import random
import statistics
import sys
import time
from collections.abc import Awaitable, Callable

import httpx
import msgspec
import trio
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol
from websockets.uri import parse_uri

from trader247.model.instant import Instant, Moment, Mono, instant
from trader247.model.instrument import Symbol
from trader247.venues.coinbase.auth import ApiKey
from trader247.venues.coinbase.book_frames import book_changes
from trader247.venues.coinbase.endpoints import Endpoints
from trader247.venues.coinbase.frames import envelope
from trader247.venues.coinbase.numbers import Timestamps
from trader247.venues.coinbase.rate_limit import RateLimiter, RateLimits
from trader247.venues.coinbase.rest import Purpose, RestClient
from trader247.venues.coinbase.socket_session import SocketSession
from trader247.venues.coinbase.stream_judge import Channel, StreamJudge

URL = "ws://127.0.0.1:28080/ws"
NOW = Moment(instant("2026-09-27T10:15:30Z"), Mono(0))
BTC = Symbol("BTC-USD")
FRAMES = 10_000
REQUESTS = 1_000
LEVELS_PER_FRAME = 8
CHUNK_BYTES = 64 * 1024
ANSWER = b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n{"ok":true}'


# ------------------------------------------------------------------------------------------------------------- frames
def enveloped(channel: str, number: int, events: list[object]) -> bytes:
    at = f"2026-09-27T10:{15 + number // 6000:02}:{number // 100 % 60:02}.{number * 7919 % 10**9:09}Z"
    said = {"channel": channel, "client_id": "", "timestamp": at, "sequence_num": number, "events": events}
    return json.dumps(said, separators=(",", ":")).encode()


def ticker_frames(rng: random.Random) -> list[bytes]:
    frames, cents = [], 6_892_366
    for number in range(1, FRAMES + 1):
        cents += rng.randint(-50, 50)
        row = {
            "type": "ticker",
            "product_id": BTC,
            "price": f"{cents / 100:.2f}",
            "volume_24_h": "7110.01223344",
            "low_24_h": "68000",
            "high_24_h": "69999.9",
            "low_52_w": "49000.01",
            "high_52_w": "126000",
            "price_percent_chg_24_h": "-0.28560028286595",
            "best_bid": f"{cents / 100:.2f}",
            "best_bid_quantity": f"{rng.random():.8f}",
            "best_ask": f"{cents / 100 + 0.01:.2f}",
            "best_ask_quantity": f"{rng.random():.8f}",
        }
        frames.append(enveloped("ticker", number, [{"type": "update", "tickers": [row]}]))
    return frames


def level2_frames(rng: random.Random) -> list[bytes]:
    def level() -> dict[str, str]:
        return {
            "side": rng.choice(("bid", "offer")),
            "event_time": "2026-09-27T10:15:30.123456Z",
            "price_level": f"{68_923 + rng.random():.2f}",
            "new_quantity": rng.choice(("0", f"{rng.random():.8f}")),
        }

    return [
        enveloped(
            "l2_data",
            number,
            [{"type": "update", "product_id": BTC, "updates": [level() for _ in range(LEVELS_PER_FRAME)]}],
        )
        for number in range(1, FRAMES + 1)
    ]


class Canned(trio.abc.Stream):
    """A venue that accepts one WebSocket and has said everything already."""

    def __init__(self, frames: list[bytes]) -> None:
        sent = b"".join(Frame(Opcode.TEXT, frame).serialize(mask=False) for frame in frames)
        self._said = [sent[at : at + CHUNK_BYTES] for at in range(0, len(sent), CHUNK_BYTES)]
        self._server = ServerProtocol()

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        await trio.lowlevel.checkpoint()
        self._server.receive_data(bytes(data))
        for event in self._server.events_received():
            if isinstance(event, Request):
                self._server.send_response(self._server.accept(event))
                self._said.insert(0, b"".join(self._server.data_to_send()))

    async def wait_send_all_might_not_block(self) -> None:
        await trio.lowlevel.checkpoint()

    async def receive_some(self, max_bytes: int | None = None) -> bytes:  # noqa: ARG002 - chunks are small enough
        await trio.lowlevel.checkpoint()
        return self._said.pop(0)

    async def aclose(self) -> None:
        await trio.lowlevel.checkpoint()


def decode_alone(frames: list[bytes]) -> float:
    begun = time.process_time()
    for frame in frames:
        msgspec.json.decode(frame)
    return time.process_time() - begun


async def raw_loop(frames: list[bytes]) -> float:
    stream, protocol, seen = Canned(frames), ClientProtocol(parse_uri(URL), max_size=2**24), 0
    protocol.send_request(protocol.connect())
    await stream.send_all(b"".join(protocol.data_to_send()))
    begun = time.process_time()
    while seen < len(frames):
        protocol.receive_data(await stream.receive_some())
        for event in protocol.events_received():
            if isinstance(event, Frame):
                msgspec.json.decode(event.data)
                seen += 1
    return time.process_time() - begun


async def session_on(frames: list[bytes]) -> SocketSession:
    session = SocketSession(URL, Canned(frames))
    await session.connect()
    return session


async def typed_tickers(frames: list[bytes]) -> float:
    judge, seen = StreamJudge(Channel.TICKER, (BTC,), Mono(0)), 0
    judge.frame(enveloped("subscriptions", 0, [{"subscriptions": {"ticker": [BTC], "heartbeats": ["h"]}}]), NOW)
    session = await session_on(frames)
    begun = time.process_time()
    while seen < len(frames):
        for frame in await session.frames():
            seen += len(judge.frame(frame, NOW).events)
    return time.process_time() - begun


async def typed_books(frames: list[bytes]) -> float:
    times, seen = Timestamps(), 0
    session = await session_on(frames)
    begun = time.process_time()
    while seen < len(frames):
        for frame in await session.frames():
            found = envelope(frame)
            seen += len(book_changes(found, times.read(found.timestamp)))
    return time.process_time() - begun


def frames_once(measured: dict[str, list[float]]) -> None:
    for name, frames, typed in (
        ("ticker", ticker_frames(random.Random(1)), typed_tickers),
        (f"level2 of {LEVELS_PER_FRAME}", level2_frames(random.Random(1)), typed_books),
    ):
        for what, spent_s in (
            ("msgspec alone", decode_alone(frames)),
            ("websockets + msgspec", trio.run(raw_loop, frames)),
            ("our client", trio.run(typed, frames)),
        ):
            measured.setdefault(f"{name} frame, {what}", []).append(len(frames) / spent_s)


# --------------------------------------------------------------------------------------------------------------- REST
class RealClock:
    def now(self) -> Moment:
        return Moment(Instant(time.time_ns()), Mono(time.monotonic_ns()))


async def answering(stream: trio.SocketStream) -> None:
    try:
        while True:
            head = b""
            while b"\r\n\r\n" not in head:
                found = await stream.receive_some(65_536)
                if not found:
                    return
                head += found
            head, _, body = head.partition(b"\r\n\r\n")
            length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
            while len(body) < int(length or 0):
                body += await stream.receive_some(65_536)
            await stream.send_all(ANSWER)
    except trio.BrokenResourceError:
        return


async def per_second(ask: Callable[[], Awaitable[object]]) -> float:
    for _ in range(20):
        await ask()
    begun = time.process_time()
    for _ in range(REQUESTS):
        await ask()
    return REQUESTS / (time.process_time() - begun)


def api_key() -> ApiKey:
    made = generate_private_key(SECP256R1())
    text = made.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
    return ApiKey("organizations/o/apiKeys/k", text)


async def rest_once(measured: dict[str, list[float]]) -> None:
    clock, rng, order = RealClock(), random.Random(1), b'{"client_order_id":"0000","order_configuration":{}}'
    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(
            trio.serve_listeners, answering, await trio.open_tcp_listeners(0, host="127.0.0.1")
        )
        base = f"http://127.0.0.1:{listeners[0].socket.getsockname()[1]}"
        limiter = RateLimiter(clock, RateLimits(1e6, 1e6))
        ours = RestClient(Purpose.TRADING, base, api_key(), clock, rng, limiter=limiter)
        async with httpx.AsyncClient(base_url=base, trust_env=False) as bare:
            asks: dict[str, Callable[[], Awaitable[object]]] = {
                "GET, bare httpx": lambda: bare.get("/api/v3/brokerage/time"),
                "GET public, our client": lambda: ours.read(Endpoints.TIME),
                "GET signed, our client": lambda: ours.read(Endpoints.ORDER, "a-b", (("limit", "1"),)),
                "POST, bare httpx": lambda: bare.post("/api/v3/brokerage/orders", content=order),
                "POST signed and gated, our client": lambda: ours.write(Endpoints.CREATE, order, gate=lambda: None),
            }
            for name, ask in asks.items():
                measured.setdefault(name, []).append(await per_second(ask))
        await ours.aclose()
        nursery.cancel_scope.cancel()


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    measured: dict[str, list[float]] = {}
    for _ in range(rounds):
        frames_once(measured)
        trio.run(rest_once, measured)
    middle = {name: statistics.median(values) for name, values in measured.items()}
    raw_loop_name, bare = "websockets + msgspec", "bare httpx"
    floors = {"ticker": raw_loop_name, "level2": raw_loop_name, "GET": bare, "POST": bare}
    print(f"{'what':40} {'per second':>11} {'us each':>9} {'x the raw':>10}   (median of {rounds}, CPU time)")
    for name, each in middle.items():
        kind = name.split(",")[0].split(" ")[0]
        floor = next(found for peer, found in middle.items() if peer.startswith(kind) and peer.endswith(floors[kind]))
        print(f"{name:40} {each:11,.0f} {1e6 / each:9.1f} {floor / each:10.2f}")


if __name__ == "__main__":
    main()
