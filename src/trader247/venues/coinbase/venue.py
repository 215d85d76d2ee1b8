"""Coinbase Advanced Trade as a venue: the reader, and the two writes. Promises that ``place`` sends once, ever.

A cancel goes through its own client and its own connections and is repeated by policy; a place never is. Whoever gets
``OutcomeUnknown`` looks the order up by its client order id; an order under that id may be live.
"""

import random
import ssl
from collections.abc import Callable, Sequence
from typing import Final

import trio

from trader247.core.order_identity import difference
from trader247.errors import OutcomeUnknown, VenueError, VenueUnavailable
from trader247.model.ids import ClientOrderId, VenueOrderId
from trader247.model.instant import HOUR, Instant
from trader247.model.order import OrderIntent
from trader247.model.venue import CancelAnswer, PlaceAnswer
from trader247.ports import Clock, Gate
from trader247.venues.coinbase import order_codec
from trader247.venues.coinbase.auth import ApiKey
from trader247.venues.coinbase.endpoints import Endpoints
from trader247.venues.coinbase.http_pool import tls_context
from trader247.venues.coinbase.numbers import WireFault, product_id_of, quoted
from trader247.venues.coinbase.rate_limit import RateLimiter
from trader247.venues.coinbase.reader import CoinbaseReader
from trader247.venues.coinbase.refusals import ClientIdTaken, refusal
from trader247.venues.coinbase.rest import CALL_S_MAX, Purpose, RestClient
from trader247.venues.coinbase.wire import CreateBody

__all__ = ["CANCELS_PER_CALL", "CoinbaseVenue", "coinbase_venue"]

CANCELS_PER_CALL: Final = 100
"""The venue answers 400 to more."""

_TAKEN_WITHIN: Final = 24 * HOUR
"""How far before an intent the order that took its identifier is looked for: ids carry the run's own name, so an older
one is not ours by any accident known, and a listing of a day ends within the call."""

_IDS_KEPT: Final = 10_000
"""Identifiers remembered as sent; at ten orders a minute this is most of a day, longer than any resend waits."""


class CoinbaseVenue(CoinbaseReader):
    """Implements ``ports.Venue``. Three clients, so that no kind of work can take another's connections."""

    def __init__(self, market: RestClient, trading: RestClient, kill: RestClient, clock: Clock) -> None:
        """``aclose`` closes all three clients."""
        super().__init__(market, trading, clock)
        self._trading = trading
        self._kill = kill
        self._sent: dict[ClientOrderId, None] = {}

    async def place(self, intent: OrderIntent, gate: Gate) -> PlaceAnswer:
        """Send the intent once, if the gate lets it.

        A venue that already has the client order id answers with the order it has, as a refusal or as a success that
        echoes the new terms while the old order stands. So where it says that the id is taken, or this object sent the
        id before, the order is read and compared: the same terms are adopted, others are an error that names both.

        Raises:
            VenueRejected, GateClosed, VenueUnavailable, OutcomeUnknown: see ``errors``; within 10 s, whoever cancels.
        """
        deadline = trio.current_time() + CALL_S_MAX
        resent = self._remember(intent.client_order_id)
        try:
            placed = await self._create(intent, gate)
        except VenueUnavailable:
            if not resent:
                del self._sent[intent.client_order_id]  # it had no effect
            raise
        except ClientIdTaken as taken:
            with trio.CancelScope(shield=True, deadline=deadline):
                return await self._adopted(intent, None, taken)
            raise
        if resent:
            doubt = OutcomeUnknown(f"create_order: {intent.client_order_id} was sent before and could not be compared")
            with trio.CancelScope(shield=True, deadline=deadline):
                return await self._adopted(intent, placed.venue_order_id, doubt)
            raise doubt
        return placed

    async def _create(self, intent: OrderIntent, gate: Gate) -> PlaceAnswer:
        body = await self._trading.write(Endpoints.CREATE, order_codec.create_request(intent), gate=gate)
        try:
            said = order_codec.create_answer(body)
        except WireFault as fault:
            raise OutcomeUnknown(f"create_order: {fault}") from fault
        return _placed(said, intent)

    async def _adopted(
        self, intent: OrderIntent, venue_order_id: VenueOrderId | None, doubt: OutcomeUnknown
    ) -> PlaceAnswer:
        """The order that has the intent's identifier, if it has its terms too; else the reason to doubt."""
        try:
            listed = await self.orders_since(Instant(intent.created_at - _TAKEN_WITHIN))
        except VenueError as failed:
            raise doubt from failed
        for found in listed.orders:
            if found.client_order_id == intent.client_order_id and venue_order_id in {None, found.venue_order_id}:
                if (other := difference(found, intent)) is not None:
                    raise OutcomeUnknown(f"create_order: {other}")
                return PlaceAnswer(found.venue_order_id, intent.client_order_id)
        raise doubt

    def _remember(self, client_order_id: ClientOrderId) -> bool:
        if client_order_id in self._sent:
            return True
        self._sent[client_order_id] = None
        if len(self._sent) > _IDS_KEPT:
            del self._sent[next(iter(self._sent))]
        return False

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
    asked = (product_id_of(intent.symbol), intent.side.value)
    if (found.product_id or asked[0], found.side or asked[1]) != asked:
        echo = quoted(f"{found.side} {found.product_id}")
        raise OutcomeUnknown(f"create_order: the venue answers {echo} to {asked[1]} {asked[0]}; look it up")
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
