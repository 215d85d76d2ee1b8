"""The embedded venue put together: market, exchange, its books on disk, a key for the daemon, and the address of both.

The daemon gets a URL and a key, as it would from the real exchange, and nothing else.
"""

import random
from decimal import Decimal
from pathlib import Path
from typing import Final

import trio
from attrs import frozen

from trader247.actors.exchange import Port
from trader247.model.instant import Instant
from trader247.ports import Clock
from trader247.venues.simulated.auth import KeyRing, make_key
from trader247.venues.simulated.books_file import BooksFile, exchange_with_books
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.market import MarketSource
from trader247.venues.simulated.server import serve

__all__ = ["FUNDS", "EmbeddedVenue", "embedded_venue"]

FUNDS: Final = {"USD": Decimal(100_000)}
"""What the paper account starts with."""

_BOOKS_NAME: Final = "exchange.jsonl"


@frozen
class EmbeddedVenue:
    """The exchange, which outlives every incarnation of the actor that serves it."""

    exchange: SimulatedExchange
    books: BooksFile
    keys: KeyRing
    key_text: str
    clock: Clock
    port: Port

    async def serve(self, listeners: list[trio.SocketListener], task_status: trio.TaskStatus[object]) -> None:
        """Serve until cancelled."""
        await serve(self.exchange, self.keys, self.clock, listeners, task_status=task_status)

    @property
    def account_id(self) -> str:
        """Whose books these are."""
        return self.exchange.portfolio_id

    @property
    def rest_url(self) -> str:
        """Where REST answers; valid once the port is listening."""
        return f"http://127.0.0.1:{self.port.number}"

    @property
    def stream_url(self) -> str:
        """Where both streams are."""
        return f"ws://127.0.0.1:{self.port.number}/ws"

    def next_step_at(self) -> Instant | None:
        """When the market has its next step; None once a recorded market is over."""
        return self.exchange.next_step_at()


def embedded_venue(market: MarketSource, folder: Path, clock: Clock, rng: random.Random, seed: int) -> EmbeddedVenue:
    """The venue with its books in ``folder``.

    Raises:
        ConfigurationInvalid: the books there are damaged or of another format.
    """
    exchange, books = exchange_with_books(market, folder / _BOOKS_NAME, funds=FUNDS, seed=seed)
    keys, text = KeyRing(), make_key(rng)
    keys.add_file(text, exchange.portfolio_id)
    return EmbeddedVenue(exchange, books, keys, text, clock, Port())
