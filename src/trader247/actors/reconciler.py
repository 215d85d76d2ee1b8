"""The reconciler's shell: complete looks at the account, and the single questions of the order manager.

A pass tells the order manager what it read only after every list was read to its last page; a partial snapshot is
never told. Single questions are answered in the order they came, between passes.
"""

from collections.abc import Awaitable, Callable

import trio

from trader247.actors.user_feed import reported
from trader247.core.reconciler import Questions, ReconcilerIn
from trader247.errors import VenueError
from trader247.messages.orders import (
    BalancesSeen,
    FetchFills,
    FillsFetched,
    LookUpOrder,
    OrderLookedUp,
    OrderReported,
    PassFailed,
    ReconcileFinished,
    ReconcilePass,
)
from trader247.messages.reconciling import AccountSeen, VenueOrder
from trader247.model.instant import MINUTE, Instant
from trader247.model.venue import Absent, Found, OrderLookup, OrderReport, Undecided
from trader247.ports import Clock, VenueReader
from trader247.runtime.channels import Mailbox, Sender

__all__ = ["ReconcilerActor"]

Evidence = OrderReported | FillsFetched | OrderLookedUp | BalancesSeen | ReconcileFinished


class ReconcilerActor:
    """Runs the decider's shell beside the reads."""

    def __init__(
        self,
        shell: Callable[[Callable[[], None]], Awaitable[None]],
        inbox: Mailbox[ReconcilerIn],
        questions: Mailbox[Questions],
        *,
        manager: Sender[Evidence],
        venue: VenueReader,
        clock: Clock,
    ) -> None:
        """``shell`` is the ``run`` of the decider's standard shell."""
        self._shell = shell
        self._inbox = inbox
        self._questions = questions
        self._manager = manager
        self._venue = venue
        self._clock = clock

    async def run(self, ready: Callable[[], None]) -> None:
        """Until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._answer)
            await self._shell(ready)

    async def _answer(self) -> None:
        async for envelope in self._questions:
            match envelope.body:
                case ReconcilePass(since):
                    await self._pass(since, envelope.seq)
                case LookUpOrder() as question:
                    await self._look_up(question, envelope.seq)
                case FetchFills(venue_order_id):
                    try:
                        fills = await self._venue.fills_of(venue_order_id)
                    except VenueError:
                        continue  # the order's own timer asks again
                    self._manager.post(FillsFetched(fills), envelope.seq)

    async def _pass(self, since: Instant, cause: int) -> None:
        asked_at = self._clock.now().utc
        try:
            recent = await self._venue.orders_since(since)
            working = await self._venue.open_orders()
            fills = await self._venue.fills_since(since)
            balances = await self._venue.balances()
        except VenueError as error:
            self._inbox.post(PassFailed(str(error)), cause)
            return
        told = {report.venue_order_id: report for report in (*recent.orders, *working.orders)}
        for report in told.values():
            self._manager.post(reported(report), cause)
        self._manager.post(FillsFetched(fills), cause)
        self._manager.post(BalancesSeen(balances, asked_at), cause)
        self._manager.post(ReconcileFinished(asked_at), cause)
        listed = tuple(_listed(report) for report in told.values())
        self._inbox.post(AccountSeen(listed, fills, balances, asked_at), cause)

    async def _look_up(self, question: LookUpOrder, cause: int) -> None:
        match await self._find(question):
            case Found(report):
                self._manager.post(reported(report), cause)
            case Absent(evidence):
                self._manager.post(OrderLookedUp(question.intent_id, absent=True, text=evidence), cause)
            case Undecided(why):
                self._manager.post(OrderLookedUp(question.intent_id, absent=False, text=why), cause)

    async def _find(self, question: LookUpOrder) -> OrderLookup:
        since = Instant(question.created_at - MINUTE)  # the venue's clock may be behind ours
        try:
            if question.venue_order_id is not None:
                return await self._venue.order(question.venue_order_id)
            listing = await self._venue.orders_since(since)
        except VenueError as error:
            return Undecided(str(error))
        for report in listing.orders:
            if report.client_order_id == question.client_order_id:
                return Found(report)
        return Absent(f"not among {len(listing.orders)} orders made since the intent")


def _listed(report: OrderReport) -> VenueOrder:
    return VenueOrder(
        report.venue_order_id,
        report.client_order_id,
        report.symbol,
        report.status,
        report.filled,
        report.quantity,
        report.limit_price,
    )
