"""What the tests of the Coinbase client share: keys made here, a clock on Trio's time, bodies of the venue."""

import json
import os
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import trio
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from trader247.model.ids import IntentId, StrategyName, client_order_id
from trader247.model.instant import SECOND, Instant, Moment, Mono, instant
from trader247.model.instrument import Symbol
from trader247.model.mode import OrderKind
from trader247.model.money import Notional, Price, Quantity
from trader247.model.order import OrderIntent, Side, Style
from trader247.venues.coinbase.auth import ApiKey
from trader247.venues.coinbase.rate_limit import RateLimiter, RateLimits
from trader247.venues.coinbase.rest import Purpose, RestClient
from trader247.venues.coinbase.venue import CoinbaseVenue

SEED = 247
START = instant("2026-09-27T10:15:30Z")
BTC, ETH = Symbol("BTC-USD"), Symbol("ETH-USD")
ORIGIN = "http://127.0.0.1:28080"
NAME = "organizations/0e5b0c1a-1111-4222-8333-444455556666/apiKeys/7c1d2e3f-aaaa-4bbb-8ccc-ddddeeeeffff"

EC_KEY = generate_private_key(SECP256R1())
EC_PEM = EC_KEY.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()

Handler = Callable[[httpx.Request], httpx.Response]


class TrioClock:
    """Reads Trio's own clock, so that a test on virtual time has one time."""

    def now(self) -> Moment:
        passed = round(trio.current_time() * SECOND)
        return Moment(Instant(START + passed), Mono(passed))


class StillClock:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.passed = 0

    def now(self) -> Moment:
        return Moment(Instant(START + self.passed), Mono(self.passed))


def key() -> ApiKey:
    return ApiKey(NAME, EC_PEM)


def client(handler: Any, purpose: Purpose = Purpose.TRADING, *, keyed: bool = True, **more: Any) -> RestClient:
    clock = TrioClock()
    more.setdefault("limiter", RateLimiter(clock, RateLimits(1000.0, 1000.0)))
    return RestClient(
        purpose,
        ORIGIN,
        key() if keyed else None,
        clock,
        random.Random(SEED),
        transport=lambda: httpx.MockTransport(unread(handler)),
        **more,
    )


class Chunks(httpx.AsyncByteStream):
    """A body in parts, as it comes from a network."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for at in range(0, len(self.content), 1000):
            yield self.content[at : at + 1000]


def unread(handler: Any) -> Callable[[httpx.Request], Coroutine[None, None, httpx.Response]]:
    """The handler's answers, whole ones made anew with a body still to be read."""

    async def fresh(request: httpx.Request) -> httpx.Response:
        found = handler(request)
        made: httpx.Response = await found if isinstance(found, Awaitable) else found
        if not hasattr(made, "_content"):
            return made
        return httpx.Response(made.status_code, headers=made.headers, stream=Chunks(made.content))

    return fresh


def venue(handler: Any, *, keyed: bool = True) -> CoinbaseVenue:
    return CoinbaseVenue(
        client(handler, Purpose.MARKET, keyed=keyed),
        client(handler, Purpose.TRADING, keyed=keyed),
        client(handler, Purpose.KILL, keyed=keyed),
        TrioClock(),
    )


def answer(body: Any, status: int = 200, **headers: str) -> Handler:
    """Always the same answer."""
    return lambda _request: reply(body, status, **headers)


def reply(body: Any, status: int = 200, **headers: str) -> httpx.Response:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    if isinstance(body, (bytes, str)):
        return httpx.Response(status, content=body, headers=names)
    return httpx.Response(status, json=body, headers=names)


def intent(style: Style = Style.POST_ONLY, quantity: str = "0.00000001", price: str = "60000.00") -> OrderIntent:
    name = IntentId("00ff00ff00-i1")
    return OrderIntent(
        intent_id=name,
        client_order_id=client_order_id(name),
        proposal_id=None,
        strategy=StrategyName("baseline"),
        symbol=BTC,
        kind=OrderKind.ENTRY,
        side=Side.BUY,
        style=style,
        quantity=Quantity(Decimal(quantity)),
        limit_price=Price(Decimal(price)),
        notional_max=Notional(Decimal(61)),
        reason="test",
        created_at=START,
    )


def product_row(**changes: Any) -> dict[str, Any]:
    row = {
        "product_id": "BTC-USD",
        "price": "68923.67",
        "base_increment": "0.00000001",
        "quote_increment": "0.01",
        "quote_min_size": "1",
        "quote_max_size": "150000000",
        "base_min_size": "0.00000001",
        "base_max_size": "3400",
        "is_disabled": False,
        "status": "online",
        "cancel_only": False,
        "limit_only": False,
        "post_only": False,
        "trading_disabled": False,
        "auction_mode": False,
        "product_type": "SPOT",
        "quote_currency_id": "USD",
        "base_currency_id": "BTC",
        "fcm_trading_session_details": None,
        "mid_market_price": "",
        "alias": "",
        "alias_to": ["BTC-USDC"],
        "view_only": False,
        "price_increment": "0.01",
    }
    return {**row, **changes}


def order_row(**changes: Any) -> dict[str, Any]:
    row = {
        "order_id": "11111111-0000-0000-0000-000000000000",
        "product_id": "BTC-USD",
        "user_id": "2222-000000-000000",
        "order_configuration": {
            "limit_limit_gtc": {"base_size": "0.001", "limit_price": "60000.00", "post_only": True}
        },
        "side": "BUY",
        "client_order_id": "0000-00000-000000",
        "status": "OPEN",
        "time_in_force": "GOOD_UNTIL_CANCELLED",
        "created_time": "2026-09-27T10:15:30.123456Z",
        "completion_percentage": "0",
        "filled_size": "0",
        "average_filled_price": "0",
        "fee": "",
        "number_of_fills": "0",
        "filled_value": "0",
        "pending_cancel": False,
        "size_in_quote": False,
        "total_fees": "0",
        "order_type": "LIMIT",
        "reject_reason": "REJECT_REASON_UNSPECIFIED",
        "settled": False,
        "product_type": "SPOT",
        "reject_message": "",
        "cancel_message": "",
        "last_fill_time": None,
        "last_update_time": "2026-09-27T10:15:31.5Z",
    }
    return {**row, **changes}


def fill_row(**changes: Any) -> dict[str, Any]:
    row = {
        "entry_id": "22222-2222222-22222222",
        "trade_id": "1111-11111-111111",
        "order_id": "0000-000000-000000",
        "trade_time": "2026-09-27T10:15:31.234567891Z",
        "trade_type": "FILL",
        "price": "68923.67",
        "size": "0.0002",
        "commission": "0.165416808",
        "product_id": "BTC-USD",
        "liquidity_indicator": "TAKER",
        "size_in_quote": False,
        "side": "BUY",
        "fillSource": "FILL_SOURCE_CLOB",
    }
    return {**row, **changes}


def account_row(currency: str, available: str, held: str = "0", **changes: Any) -> dict[str, Any]:
    row = {
        "uuid": f"uuid-of-{currency}",
        "currency": currency,
        "available_balance": {"value": available, "currency": currency},
        "hold": {"value": held, "currency": currency},
        "type": "ACCOUNT_TYPE_FIAT" if currency == "USD" else "ACCOUNT_TYPE_CRYPTO",
        "platform": "ACCOUNT_PLATFORM_CONSUMER",
    }
    return {**row, **changes}


def body(value: Any) -> bytes:
    return json.dumps(value).encode()


def recorded(name: str) -> Any:
    """A recorded wire example by its path under ``wire/``; the test is skipped where the files are not at hand."""
    return json.loads(recorded_text(name))


def recorded_text(name: str) -> str:
    """As ``recorded``, for what is not one JSON value."""
    beside = Path(__file__).resolve().parents[4] / "shared" / "data"
    path = Path(os.environ.get("TRADER247_TEST_DATA", beside)) / "wire" / name
    if not path.exists():
        pytest.skip(f"no recorded wire example {name}; set TRADER247_TEST_DATA to the folder that holds wire/")
    return path.read_text()
