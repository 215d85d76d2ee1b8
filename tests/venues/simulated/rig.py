"""A scripted market, an exchange on it, and a client that signs: what the tests of the simulated exchange share."""

import json
import os
import random
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import jwt
import pytest
from attrs import define, field

from trader247.model.instant import SECOND, Instant, Moment, Mono, instant
from trader247.venues.simulated.auth import KeyRing, make_key
from trader247.venues.simulated.book import Side
from trader247.venues.simulated.delays import Delays
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.fee_tiers import FeeTier
from trader247.venues.simulated.http_shapes import Request, Response
from trader247.venues.simulated.market import Bar, MarketStep, TapeTrade
from trader247.venues.simulated.order_record import ExchangeOrder
from trader247.venues.simulated.products import Product, product_named
from trader247.venues.simulated.rest_face import PREFIX, RestFace

START = instant("2026-09-27T10:00:00Z")
BTC = product_named("BTC-USD")
FUNDS = {"USD": Decimal(100_000), "BTC": Decimal(1)}
KEY_TEXT = make_key(random.Random(1))
HOST = "127.0.0.1:28080"


def at(seconds: float) -> Instant:
    """Seconds after the market's start."""
    return Instant(START + round(seconds * SECOND))


def quote(
    seconds: float, bid: str, ask: str, *trades: TapeTrade, size: str = "1", product: Product = BTC
) -> MarketStep:
    """A step of the market in plain prices."""
    ticks = [int(Decimal(price).scaleb(product.price_digits)) for price in (bid, ask)]
    units = int(Decimal(size).scaleb(product.size_digits))
    return MarketStep(at(seconds), product.product_id, ticks[0], ticks[1], units, units, trades)


@define
class ScriptedMarket:
    """Steps as written down."""

    script: Sequence[MarketStep] = (quote(0, "59999", "60001"),)
    past: Sequence[Bar] = ()
    products: Sequence[Product] = (BTC,)
    start: Instant = START
    notes: Sequence[str] = ()

    def history(self, product_id: str) -> Sequence[Bar]:
        return self.past if product_id == "BTC-USD" else ()

    def steps(self) -> Iterator[MarketStep]:
        return iter(self.script)


def exchange_on(
    *steps: MarketStep,
    funds: Mapping[str, Decimal] = FUNDS,
    past: Sequence[Bar] = (),
    delays: Delays | None = None,
    fee_tiers: Sequence[FeeTier] = (),
) -> SimulatedExchange:
    """An exchange at the start of a scripted market, its first quote standing."""
    market = ScriptedMarket(steps or (quote(0, "59999", "60001"),), past)
    exchange = SimulatedExchange(market, funds=funds, delays=delays, fee_tiers=fee_tiers)
    exchange.advance(START)
    return exchange


def limit(size: str, price: str, *, post_only: bool = False) -> dict[str, Any]:
    """A good-till-cancelled limit order's configuration."""
    return {"limit_limit_gtc": {"base_size": size, "limit_price": price, "post_only": post_only}}


def stop(size: str, price: str, stop_price: str, direction: str = "UP") -> dict[str, Any]:
    """A good-till-cancelled stop-limit order's configuration."""
    fields = {"base_size": size, "limit_price": price, "stop_price": stop_price}
    return {"stop_limit_stop_limit_gtc": fields | {"stop_direction": f"STOP_DIRECTION_STOP_{direction}"}}


def bracket(size: str, profit: str, stop_price: str) -> dict[str, Any]:
    """A good-till-cancelled bracket's configuration; without a size it can be attached."""
    fields = {"limit_price": profit, "stop_trigger_price": stop_price}
    return {"trigger_bracket_gtc": fields | ({"base_size": size} if size else {})}


def printed(seconds: float, price: str, size: str = "0.00000001", taker: Side = Side.BUY) -> MarketStep:
    """A step that only trades, at a price the book does not have to know."""
    trade = TapeTrade(int(Decimal(price).scaleb(2)), int(Decimal(size).scaleb(8)), taker)
    return MarketStep(at(seconds), "BTC-USD", 0, 0, 0, 0, (trade,))


@define
class Desk:
    """One owner's orders, numbered by themselves."""

    exchange: SimulatedExchange
    owner: str = ""
    sent: int = 0

    def place(
        self, side: str, configuration: dict[str, Any], now: Instant = START, attached: dict[str, Any] | None = None
    ) -> Any:
        """The accepted order, or the refusal."""
        self.sent += 1
        owner = self.owner or self.exchange.portfolio_id
        name = f"c{owner[:4]}{self.sent}"
        return self.exchange.place(owner, name, "BTC-USD", side, configuration, now=now, attached=attached)[0]

    def order(
        self, side: str, configuration: dict[str, Any], now: Instant = START, attached: dict[str, Any] | None = None
    ) -> ExchangeOrder:
        """The order, which has to be accepted."""
        placed = self.place(side, configuration, now, attached)
        assert isinstance(placed, ExchangeOrder), placed
        return placed

    def child_of(self, parent: ExchangeOrder) -> ExchangeOrder:
        """The order attached to another."""
        child = self.exchange.records.order(parent.owner, parent.attached_order_id)
        assert child is not None
        return child

    def edit(self, order: ExchangeOrder, price: str, size: str, now: Instant = START, **more: Any) -> str:
        """The reason an edit was refused for, empty when it was accepted."""
        body = {"price": price, "size": size, **more}
        refusal, _ = self.exchange.edit(order.owner, order.order_id, body, now)
        return refusal.reason if refusal is not None else ""


@define
class HandClock:
    """A clock moved by hand."""

    utc: Instant = START

    def now(self) -> Moment:
        return Moment(self.utc, Mono(self.utc))


def token(now: Instant, uri: str | None = None, key_text: str = KEY_TEXT, /, **claims: object) -> str:
    """A JWT as the official client makes it."""
    key = json.loads(key_text)
    now_s = now // SECOND
    content: dict[str, object] = {"sub": key["name"], "iss": "cdp", "nbf": now_s, "exp": now_s + 120}
    if uri is not None:
        content["uri"] = uri
    return jwt.encode(content | claims, key["privateKey"], "ES256", headers={"kid": key["name"], "nonce": "0a1b"})


@define
class Client:
    """Signed requests to the REST face, without sockets."""

    exchange: SimulatedExchange
    keys: KeyRing = field(factory=KeyRing)
    now: Instant = START
    face: RestFace = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.keys.add_file(KEY_TEXT, self.exchange.portfolio_id)
        self.face = RestFace(self.exchange, self.keys)

    def ask(self, method: str, target: str, content: object = None, *, signed: bool = True) -> Response:
        path = PREFIX + target.partition("?")[0]
        headers = {"host": HOST}
        if signed:
            headers["authorization"] = f"Bearer {token(self.now, f'{method} {HOST}{path}')}"
        body = b"" if content is None else json.dumps(content).encode()
        return self.face.respond(Request(method, PREFIX + target, headers, body), self.now)

    def get(self, target: str) -> Any:
        answer = self.ask("GET", target)
        assert answer.status == 200, answer.body
        return answer.json()

    def post(self, target: str, content: object) -> Any:
        answer = self.ask("POST", target, content)
        assert answer.status == 200, answer.body
        return answer.json()

    def create(self, client_order_id: str, side: str, configuration: object, product_id: str = "BTC-USD") -> Any:
        body = {"client_order_id": client_order_id, "product_id": product_id, "side": side}
        return self.post("/orders", body | {"order_configuration": configuration})


def recorded(name: str) -> Path:
    """A recorded file, or a skipped test where the recordings are not on this machine."""
    folder = os.environ.get("TRADER247_TEST_DATA")
    path = (Path(folder) if folder else Path(__file__).parents[4] / "shared" / "data") / name
    if not path.exists():
        pytest.skip(f"recorded data {name} not found; set TRADER247_TEST_DATA to its folder")
    return path
