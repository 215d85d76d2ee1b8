"""What only the streams show, as the venue's JSON objects, and the frame around everything.

As in ``wire``: numbers are strings without exponents, times RFC 3339 with ``Z``. Every frame has all five keys of the
envelope, since the official client does not do without any of them.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

import msgspec

from trader247.model.instant import SECOND, Instant, rfc3339
from trader247.model.money import plain
from trader247.venues.simulated.book import Side
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.products import Product, TradingFlags
from trader247.venues.simulated.wire import Json, ticker_object

__all__ = [
    "NO_POSITIONS",
    "batched_ticker_object",
    "encoded",
    "error_text",
    "frame_text",
    "heartbeat_object",
    "level_changes",
    "status_object",
]

NO_POSITIONS: Final[Json] = {"perpetual_futures_positions": [], "expiring_futures_positions": []}
"""Of every user event: the official client takes no null there."""

_BOOK_SIDES: Final = {Side.BUY: "bid", Side.SELL: "offer"}
_QUOTE_FIELDS: Final = ("best_bid", "best_bid_quantity", "best_ask", "best_ask_quantity")


def encoded(content: object) -> str:
    """JSON without blanks."""
    return msgspec.json.encode(content).decode()


def frame_text(channel: str, stamp: str, number: int, payload: str) -> str:
    """The envelope around one entry of ``events`` that is JSON already; ``stamp`` is RFC 3339 with nine digits."""
    return (
        f'{{"channel":"{channel}","client_id":"","timestamp":"{stamp}","sequence_num":{number},"events":[{payload}]}}'
    )


def error_text(message: str) -> str:
    """An error frame: no channel, no sequence number."""
    return encoded({"type": "error", "message": message})


def heartbeat_object(opened_at: Instant, now: Instant) -> Json:
    """A heartbeat. The counter is the seconds since the exchange opened; the time has the form of Go's printer."""
    counter = max(0, now - opened_at) // SECOND
    shown = rfc3339(now, 9).replace("T", " ").removesuffix("Z")
    return {"current_time": f"{shown} +0000 UTC m=+{counter}.000000001", "heartbeat_counter": counter}


def status_object(product: Product, flags: TradingFlags) -> Json:
    """A row of the status channel."""
    return {
        "product_type": "SPOT",
        "id": product.product_id,
        "base_currency": product.base,
        "quote_currency": product.quote,
        "base_increment": f"{product.base_increment:f}",
        "quote_increment": f"{product.quote_increment:f}",
        "display_name": product.product_id,
        "status": flags.status,
        "status_message": "",
        "min_market_funds": f"{product.quote_min_size:f}",
    }


def batched_ticker_object(exchange: SimulatedExchange, product: Product, now: Instant) -> Json:
    """A row of ``ticker_batch``: that of ``ticker`` without the best of the book."""
    row = ticker_object(exchange, product, now)
    return {key: value for key, value in row.items() if key not in _QUOTE_FIELDS}


def level_changes(levels: Iterable[tuple[Side, Decimal, Decimal]], at: Instant) -> list[Json]:
    """Rows of ``l2_data`` from side, price and the whole size now resting there; ``"0"`` takes the level away."""
    event_time = rfc3339(at)
    return [
        {
            "side": _BOOK_SIDES[side],
            "event_time": event_time,
            "price_level": plain(price),
            "new_quantity": plain(size),
        }
        for side, price, size in levels
    ]
