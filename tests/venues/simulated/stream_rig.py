"""A stream session on a scripted exchange, and everything it was sent: what the tests of the streams share."""

import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from attrs import define, field
from tests.venues.simulated.rig import BTC, KEY_TEXT, START, ScriptedMarket, at, exchange_on, quote

from trader247.model.instant import Instant
from trader247.venues.simulated.auth import KeyRing
from trader247.venues.simulated.book import Side
from trader247.venues.simulated.exchange import Event, SimulatedExchange
from trader247.venues.simulated.market import MarketStep, TapeTrade
from trader247.venues.simulated.products import product_named
from trader247.venues.simulated.ws_channel import Notice
from trader247.venues.simulated.ws_face import Session
from trader247.venues.simulated.ws_feed import Feed
from trader247.venues.simulated.ws_limits import Meter

BUY = TapeTrade(6_000_100, 10**8, Side.BUY)
SELL = TapeTrade(5_999_900, 10**8, Side.SELL)
ETH = product_named("ETH-USD")

ClientBook = dict[tuple[str, Decimal], Decimal]


def lively() -> SimulatedExchange:
    """An exchange on which something trades in each of its nine seconds."""
    return exchange_on(*[quote(n, "59999", "60001", BUY) for n in range(9)])


def two_products(*steps: MarketStep) -> SimulatedExchange:
    """An exchange with BTC-USD and ETH-USD."""
    exchange = SimulatedExchange(ScriptedMarket(steps, products=(BTC, ETH)))
    exchange.advance(START)
    return exchange


@define
class Stream:
    """A session and everything it was sent, decoded. Its meter lets everything pass unless told otherwise."""

    exchange: SimulatedExchange = field(factory=lively)
    feed: Feed = field(init=False)
    meter: Meter = field(factory=lambda: Meter(10_000))
    session: Session = field(init=False)
    frames: list[Any] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.feed = Feed(self.exchange)
        self.session = self.another()

    def another(self, *key_texts: tuple[str, str]) -> Session:
        """A further session on the same feed; ``key_texts`` are keys of other portfolios."""
        keys = KeyRing()
        keys.add_file(KEY_TEXT, self.exchange.portfolio_id)
        for text, portfolio_id in key_texts:
            keys.add_file(text, portfolio_id)
        return Session(self.feed, keys, START, self.meter)

    def take(self, frames: Iterable[str]) -> list[Any]:
        decoded = [json.loads(frame) for frame in frames]
        self.frames += decoded
        return decoded

    def hear(self, notices: Iterable[Notice], now: Instant) -> list[Any]:
        return self.take(frame for notice in notices for frame in self.session.on_notice(notice, now))

    def say(self, content: object, now: Instant = START) -> list[Any]:
        return self.take(self.session.on_text(content if isinstance(content, str) else json.dumps(content), now))

    def subscribe(self, channel: str, *product_ids: str, jwt: str | None = None, now: Instant = START) -> list[Any]:
        return self._ask("subscribe", channel, product_ids, jwt, now)

    def unsubscribe(self, channel: str, *product_ids: str, jwt: str | None = None, now: Instant = START) -> list[Any]:
        return self._ask("unsubscribe", channel, product_ids, jwt, now)

    def _ask(self, kind: str, channel: str, product_ids: Sequence[str], jwt: str | None, now: Instant) -> list[Any]:
        message = {"type": kind, "channel": channel, "product_ids": list(product_ids)}
        return self.say(message | ({"jwt": jwt} if jwt else {}), now)

    def told(self, events: Sequence[Event], now: Instant = START) -> list[Any]:
        return self.hear(self.feed.on_events(events, now), now)

    def advance(self, seconds: float) -> list[Any]:
        """Step by step, as the server does, since events refer to live records."""
        now, frames = at(seconds), []
        while (due := self.exchange.next_step_at()) is not None and due <= now:
            frames += self.told(self.exchange.advance(now, steps_max=1), now)
        return frames

    def tick(self, seconds: float) -> list[Any]:
        frames = self.hear(self.feed.on_tick(at(seconds)), at(seconds))
        self.session.on_tick(at(seconds))
        return frames

    def flush(self, seconds: float = 0) -> list[Any]:
        return self.hear(self.feed.flush(), at(seconds))

    def place(
        self, side: str, configuration: dict[str, Any], number: int = 1, product_id: str = "BTC-USD"
    ) -> list[Any]:
        who = self.exchange.portfolio_id
        _, events = self.exchange.place(who, str(number), product_id, side, configuration, now=START)
        return self.told(events)


def names(frames: Iterable[Any]) -> list[str]:
    """The channels of frames."""
    return [frame["channel"] for frame in frames]


def set_levels(book: ClientBook, frames: Iterable[Any]) -> None:
    """What a client does with frames of ``l2_data``."""
    for event in (event for frame in frames if frame["channel"] == "l2_data" for event in frame["events"]):
        if event["type"] == "snapshot":
            book.clear()
        for row in event["updates"]:
            key, size = (row["side"], Decimal(row["price_level"])), Decimal(row["new_quantity"])
            book[key] = size
            if size == 0:
                del book[key]


def book_of(exchange: SimulatedExchange, product_id: str = "BTC-USD") -> ClientBook:
    """The exchange's own book, as a client would hold it."""
    book = exchange.engine.books[product_id]
    sides = {Side.BUY: "bid", Side.SELL: "offer"}
    return {(sides[side], price): size for side in Side for price, size in book.depth(side, 10_000)}
