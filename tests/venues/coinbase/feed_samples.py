"""Frames as the venue sends them, and a feed that serves a script of them over memory, on virtual time."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import trio
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol

URL = "ws://127.0.0.1:28080/ws"
ACK_TICKER = {"ticker": ["BTC-USD"], "heartbeats": ["heartbeats"]}
ACK_USER = {"user": ["3e625b74"], "heartbeats": ["heartbeats"]}


def frame(channel: str, number: int, events: list[Any], **changes: Any) -> str:
    said = {
        "channel": channel,
        "client_id": "",
        "timestamp": "2026-09-27T10:15:30.123456789Z",
        "sequence_num": number,
        "events": events,
    }
    return json.dumps({**said, **changes})


def ticker_row(bid: str = "68923.66", name: str = "BTC-USD", **changes: Any) -> dict[str, Any]:
    row = {
        "type": "ticker",
        "product_id": name,
        "price": "68923.67",
        "volume_24_h": "7110.01",
        "best_bid": bid,
        "best_bid_quantity": "0.41",
        "best_ask": "68923.67",
        "best_ask_quantity": "0.05",
    }
    return {**row, **changes}


def ticker(number: int, *rows: dict[str, Any], **changes: Any) -> str:
    return frame("ticker", number, [{"type": "update", "tickers": list(rows) or [ticker_row()]}], **changes)


def heartbeat(number: int) -> str:
    beat = {"current_time": "2026-09-27 10:15:30.82 +0000 UTC m=+66987.62", "heartbeat_counter": 66987 + number}
    return frame("heartbeats", number, [beat])


def ack(number: int, subscriptions: dict[str, Any] | None = None) -> str:
    return frame("subscriptions", number, [{"subscriptions": ACK_TICKER if subscriptions is None else subscriptions}])


def user_row(**changes: Any) -> dict[str, Any]:
    row = {
        "avg_price": "0",
        "cancel_reason": "",
        "client_order_id": "0000-00000-000000",
        "completion_percentage": "0",
        "cumulative_quantity": "0",
        "filled_value": "0",
        "leaves_quantity": "0.001",
        "limit_price": "60000",
        "number_of_fills": "0",
        "order_id": "1111",
        "order_side": "BUY",
        "order_type": "Limit",
        "outstanding_hold_amount": "60.36",
        "post_only": "true",
        "product_id": "BTC-USD",
        "product_type": "SPOT",
        "reject_reason": "",
        "status": "OPEN",
        "stop_price": "",
        "total_fees": "0",
        "creation_time": "2026-09-27T10:15:30.123Z",
        "end_time": "0001-01-01T00:00:00Z",
    }
    return {**row, **changes}


def user(number: int, *rows: dict[str, Any], kind: str = "update") -> str:
    return frame("user", number, [{"type": kind, "orders": list(rows), "positions": {}}])


class Feed:
    """The venue's side of one connection."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self.stream = stream
        self.protocol = ServerProtocol()
        self.heard: list[dict[str, Any]] = []
        self.pongs = 0
        self.pending: list[Any] = []

    async def accept(self) -> None:
        while not isinstance(request := await self._event(), Request):
            continue
        self.protocol.send_response(self.protocol.accept(request))
        await self.flush()

    async def hear(self, count: int = 1) -> None:
        while len(self.heard) < count:
            found = await self._event()
            if isinstance(found, Frame) and found.opcode is Opcode.TEXT:
                self.heard.append(json.loads(bytes(found.data)))
            elif isinstance(found, Frame) and found.opcode is Opcode.PONG:
                self.pongs += 1

    async def say(self, *frames: str | bytes) -> None:
        for text in frames:
            self.protocol.send_text(text.encode() if isinstance(text, str) else text)
        await self.flush()

    async def flush(self) -> None:
        await self.stream.send_all(b"".join(self.protocol.data_to_send()))

    async def _event(self) -> Any:
        while not self.pending:
            found = await self.stream.receive_some(65536)
            if not found:
                raise trio.BrokenResourceError("the client hung up")
            self.protocol.receive_data(found)
            self.pending.extend(self.protocol.events_received())
        return self.pending.pop(0)


class Feeds:
    """Opens a memory stream per connection and runs the next script of the list on its far end."""

    def __init__(self, nursery: trio.Nursery, *scripts: Callable[[Feed], Awaitable[None]] | Exception) -> None:
        self.nursery = nursery
        self.scripts = list(scripts)
        self.opened_at: list[float] = []
        self.feeds: list[Feed] = []

    async def open(self) -> trio.abc.Stream:
        await trio.lowlevel.checkpoint()
        self.opened_at.append(trio.current_time())
        script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
        if isinstance(script, Exception):
            raise script
        near, far = trio.testing.memory_stream_pair()
        feed = Feed(far)
        self.feeds.append(feed)

        async def serve() -> None:
            try:
                await script(feed)
                await trio.sleep_forever()
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                return
            finally:
                with trio.CancelScope(shield=True):
                    await trio.aclose_forcefully(far)

        self.nursery.start_soon(serve)
        return near


async def subscribed(feed: Feed, *first: str) -> None:
    """Handshake, both subscriptions heard, and the first frames said."""
    await feed.accept()
    await feed.hear(2)
    await feed.say(*first)


async def beating(feed: Feed, number: int, beats: int = 10**6) -> None:
    for beat in range(beats):
        await trio.sleep(1)
        await feed.say(heartbeat(number + beat))
