"""Coinbase Advanced Trade as a venue: the reader, and the two writes. Promises that ``place`` sends once, ever.

A cancel goes through its own client and its own connections and is repeated by policy; a place never is. Whoever gets
``OutcomeUnknown`` looks the order up by its client order id; an order under that id may be live.
"""

import random
import ssl
from collections.abc import Callable, Sequence
from typing import Final

from trader247.errors import OutcomeUnknown, VenueError
from trader247.model.ids import VenueOrderId
from trader247.model.order import OrderIntent
from trader247.ports import CancelAnswer, Clock, Gate, PlaceAnswer
from trader247.venues.coinbase import order_codec
from trader247.venues.coinbase.auth import ApiKey
from trader247.venues.coinbase.endpoints import Endpoints
from trader247.venues.coinbase.refusals import refusal
from trader247.venues.coinbase.numbers import WireFault
from trader247.venues.coinbase.rate_limit import RateLimiter
from trader247.venues.coinbase.reader import CoinbaseReader
from trader247.venues.coinbase.http_pool import tls_context
from trader247.venues.coinbase.rest import Purpose, RestClient
from trader247.venues.coinbase.wire import CreateBody

__all__ = ["CANCELS_PER_CALL", "CoinbaseVenue", "coinbase_venue"]

CANCELS_PER_CALL: Final = 100
"""The venue answers 400 to more."""


class CoinbaseVenue(CoinbaseReader):
    """Implements ``ports.Venue``. Three clients, so that no kind of work can take another's connections."""

    def __init__(self, market: RestClient, trading: RestClient, kill: RestClient, clock: Clock) -> None:
        """``aclose`` closes all three clients."""
        super().__init__(market, trading, clock)
        self._trading = trading
        self._kill = kill

    async def place(self, intent: OrderIntent, gate: Gate) -> PlaceAnswer:
        """Send the intent once, if the gate lets it.

        A venue that already has the client order id answers with the order it has. That order's terms may be others
        than the intent's: the venue echoes the new terms while the old order stands.
        Who gets an id compares the order with the intent before believing it.

        Raises:
            VenueRejected, GateClosed, VenueUnavailable, OutcomeUnknown: see ``errors``; within 10 s, whoever cancels.
        """
        body = await self._trading.write(Endpoints.CREATE, order_codec.create_request(intent), gate=gate)
        try:
            said = order_codec.create_answer(body)
        except WireFault as fault:
            raise OutcomeUnknown(f"create_order: {fault}") from fault
        return _placed(said, intent)

    async def cancel(self, orders: Sequence[VenueOrderId]) -> tuple[CancelAnswer, ...]:
        """Ask to cancel; one answer per order, in the order asked. Any number of orders, 100 per request.

        Every request is made even where an earlier one failed: the more is cancelled, the better.

        Raises:
            VenueRejected, VenueUnavailable, OutcomeUnknown: of the first request that failed, after the last was made.
        """
        answers: dict[VenueOrderId, CancelAnswer] = {}
        failed: VenueError | None = None
        # an empty id would make the venue refuse the whole request
        named = [order for order in dict.fromkeys(orders) if order]
        for first in range(0, len(named), CANCELS_PER_CALL):
            try:
                found = await self._cancel(named[first : first + CANCELS_PER_CALL])
            except VenueError as fault:
                failed = failed or fault
            else:
                answers.update((answer.venue_order_id, answer) for answer in found)
        if failed is not None:
            raise failed
        return tuple(answers.get(order) or _NAMELESS for order in orders)

    async def _cancel(self, orders: Sequence[VenueOrderId]) -> tuple[CancelAnswer, ...]:
        body = await self._kill.write(Endpoints.CANCEL, order_codec.cancel_request(orders), again=True)
        try:
            return order_codec.cancel_answers(body, orders)
        except WireFault as fault:
            raise OutcomeUnknown(f"batch_cancel: {fault}") from fault

    async def aclose(self) -> None:
        """Close all connections; within 3 s, whoever cancels."""
        for client in (self._market, self._trading, self._kill):
            await client.aclose()


_NAMELESS: Final = CancelAnswer(VenueOrderId(""), accepted=False, reason="INVALID_CANCEL_REQUEST")


def _placed(said: CreateBody, intent: OrderIntent) -> PlaceAnswer:
    if not said.success:
        raise refusal(said.error_response)
    # success and an error together have been seen: the flag and the id decide
    found = said.success_response
    if found is None or not found.order_id:
        raise OutcomeUnknown("create_order: the venue says success and names no order; look it up")
    if found.client_order_id and found.client_order_id != intent.client_order_id:
        raise OutcomeUnknown("create_order: the venue answers for another client order id; look it up")
    return PlaceAnswer(VenueOrderId(found.order_id), intent.client_order_id)


def coinbase_venue(
    base_url: str,
    key: ApiKey | None,
    clock: Clock,
    rng: random.Random,
    *,
    limiter: RateLimiter | None = None,
    on_call: Callable[[str, str, float], None] = lambda _endpoint, _status, _seconds: None,
    tls: ssl.SSLContext | None = None,
) -> CoinbaseVenue:
    """A venue at ``https://host[:port]`` (``http://`` on this machine only); close it with ``aclose``.

    Raises:
        ConfigurationInvalid: the URL may not be given a key's signatures.
    """
    shared = limiter or RateLimiter(clock)
    if tls is None and base_url.startswith("https"):
        tls = tls_context()
    market, trading, kill = (
        RestClient(purpose, base_url, key, clock, rng, limiter=shared, on_call=on_call, tls=tls)
        for purpose in (Purpose.MARKET, Purpose.TRADING, Purpose.KILL)
    )
    return CoinbaseVenue(market, trading, kill, clock)
