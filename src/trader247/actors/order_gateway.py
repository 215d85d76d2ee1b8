"""The gateway's shell: the only place from which an order leaves the process.

Requests run side by side, each ending by the venue client's own deadline whatever happens to this actor; each has
exactly one answer. Cancels are taken before permits, permits before places, so a place is always judged by the newest
permit. The gate itself is asked by the client in the step in which the first byte leaves.
"""

from collections.abc import Callable
from typing import Final

import trio

from trader247.core.order_gateway import GatewayIn, OrderGate
from trader247.errors import OutcomeUnknown, VenueError, VenueRejected, VenueUnavailable
from trader247.messages.control import PermitRenewed
from trader247.messages.orders import (
    Accepted,
    CancelFinished,
    CancelOrders,
    InDoubt,
    NotSent,
    PlaceFinished,
    PlaceOrder,
    PlaceOutcome,
    Rejected,
)
from trader247.model.instant import Instant
from trader247.ports import Clock, Venue
from trader247.runtime.channels import Mailbox, Sender
from trader247.runtime.halt import Halt

__all__ = ["OrderGatewayActor"]

IN_FLIGHT_MAX: Final = 32
"""Places at once: three times the client's connections; more would only wait where the gate cannot see them."""
_ENDED: Final = "the gateway ended before the venue answered"


class OrderGatewayActor:
    """Sends what the gate lets out."""

    def __init__(
        self,
        inbox: Mailbox[GatewayIn],
        gate: OrderGate,
        venue: Venue,
        *,
        manager: Sender[PlaceFinished | CancelFinished],
        halt: Halt,
        clock: Clock,
    ) -> None:
        """``venue`` shields its own writes and bounds them; nothing here needs to."""
        self._inbox = inbox
        self._gate = gate
        self._venue = venue
        self._manager = manager
        self._halt = halt
        self._clock = clock
        self._places = trio.CapacityLimiter(IN_FLIGHT_MAX)

    async def run(self, ready: Callable[[], None]) -> None:
        """Until cancelled; requests under way still end in their answer."""
        async with trio.open_nursery() as requests:
            ready()
            async for envelope in self._inbox:
                match envelope.body:
                    case PermitRenewed() as permit:
                        self._gate.renew(permit)
                    case CancelOrders() as cancel:
                        requests.start_soon(self._cancel, cancel, envelope.seq)
                    case PlaceOrder() as place:
                        refusal = self._refusal(place)
                        if refusal is not None:
                            self._answer(place, NotSent(refusal), None, envelope.seq)
                        else:
                            requests.start_soon(self._place, place, envelope.seq)

    def _refusal(self, place: PlaceOrder) -> str | None:
        return self._gate.refusal(place, halted=self._halt.tripped is not None, now=self._clock.now())

    async def _place(self, place: PlaceOrder, cause: int) -> None:
        sent_at: Instant | None = None

        def gate() -> str | None:
            nonlocal sent_at
            refusal = self._refusal(place)
            sent_at = self._clock.now().utc if refusal is None else None
            return refusal

        outcome: PlaceOutcome | None = None
        try:
            async with self._places:
                outcome = await self._outcome(place, gate)
        finally:  # also where this actor ends before the request began, or the client broke its word
            if outcome is None:
                outcome = NotSent(_ENDED) if sent_at is None else InDoubt(_ENDED)
            self._answer(place, outcome, None if isinstance(outcome, NotSent) else sent_at, cause)

    async def _outcome(self, place: PlaceOrder, gate: Callable[[], str | None]) -> PlaceOutcome:
        try:
            answer = await self._venue.place(place.intent, gate)
        except VenueRejected as error:
            return Rejected(error.failure, str(error))
        except VenueUnavailable as error:
            return NotSent(str(error))
        except OutcomeUnknown as error:
            return InDoubt(str(error))
        return Accepted(answer.venue_order_id)

    def _answer(self, place: PlaceOrder, outcome: PlaceOutcome, sent_at: Instant | None, cause: int) -> None:
        self._manager.post(PlaceFinished(place.intent.intent_id, outcome, sent_at), cause)

    async def _cancel(self, cancel: CancelOrders, cause: int) -> None:
        finished = CancelFinished((), (), failed=cancel.orders, text=_ENDED)
        try:
            finished = await self._finished(cancel)
        finally:
            self._manager.post(finished, cause)

    async def _finished(self, cancel: CancelOrders) -> CancelFinished:
        refusal = self._gate.cancel_refusal(self._clock.now())
        if refusal is not None:
            return CancelFinished((), (), failed=cancel.orders, text=refusal)
        try:
            answers = await self._venue.cancel(cancel.orders)
        except VenueError as error:
            return CancelFinished((), (), failed=cancel.orders, text=str(error))
        accepted = tuple(answer.venue_order_id for answer in answers if answer.accepted)
        refused = tuple((answer.venue_order_id, answer.reason) for answer in answers if not answer.accepted)
        return CancelFinished(accepted, refused)
