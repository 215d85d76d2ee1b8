"""Requests to the venue and their answers: what the shells of gateway, reconciler and feed do in the daemon.

Each is an appointment in the timetable, one latency ahead, and its answer another. An order is judged by the very gate
of the daemon, with a permit renewed at that instant.
"""

from collections.abc import Callable
from typing import Any

from trader247.core.market_feed import Reads
from trader247.core.order_gateway import GatewayIn, OrderGate
from trader247.core.reconciler import Questions
from trader247.drivers.backtest.line import Queues
from trader247.drivers.backtest.timetable import Timetable
from trader247.drivers.backtest.venue import BacktestVenue
from trader247.messages.control import PermitRenewed
from trader247.messages.market import FetchHistory
from trader247.messages.orders import (
    CancelFinished,
    CancelOrders,
    FetchFills,
    LookUpOrder,
    NotSent,
    PlaceFinished,
    PlaceOrder,
)
from trader247.model.mode import Mode

__all__ = ["Requests"]


class Requests:
    """Carries words between deciders and venue. ``renew`` has the permit renewed; ``halted`` says whether it halts."""

    def __init__(
        self,
        venue: BacktestVenue,
        time: Timetable,
        box: Queues,
        *,
        latency_ns: int,
        renew: Callable[[], None],
        halted: Callable[[], bool],
    ) -> None:
        """Listens to the queues of gateway, questions and reads, and to the venue's reports."""
        self._venue, self._time, self._box, self._latency = venue, time, box, latency_ns
        self._gate, self._renew, self._halted = OrderGate(Mode.PAPER), renew, halted
        box.order_gateway.take = self._take_gateway
        box.questions.take = self._take_question
        box.reads.take = self._take_read
        venue.on_report = self._answer

    def _take_gateway(self, message: GatewayIn) -> None:
        match message:
            case PermitRenewed():
                self._gate.renew(message)
            case CancelOrders(orders):
                refusal = self._gate.cancel_refusal(self._time.now)
                if refusal is None:
                    self._ask(lambda: self._venue.cancel(orders, self._time.now.utc))
                else:
                    self._box.order_manager.post(CancelFinished((), (), failed=orders, text=refusal))
            case PlaceOrder():
                self._renew()
                self._time.at(self._time.now.utc, lambda: self._judge(message))

    def _judge(self, place: PlaceOrder) -> None:
        refusal = self._gate.refusal(place, halted=self._halted(), now=self._time.now)
        if refusal is not None:
            self._box.order_manager.post(PlaceFinished(place.intent.intent_id, NotSent(refusal), None))
            return
        sent_at = self._time.now.utc
        self._ask(
            lambda: PlaceFinished(place.intent.intent_id, self._venue.place(place.intent, self._time.now.utc), sent_at)
        )

    def _take_question(self, question: Questions) -> None:
        match question:
            case FetchFills(order):
                self._ask(lambda: self._venue.fills_of(order))
            case LookUpOrder(intent_id, client_order_id):
                self._ask(lambda: self._venue.look_up(intent_id, client_order_id))
            case _:
                pass  # nobody but the reconciler asks for a pass, and there is none

    def _take_read(self, request: Reads) -> None:
        if isinstance(request, FetchHistory):
            self._box.market_feed.post(self._venue.history(request, self._time.now.utc))
        else:
            self._box.market_feed.post(self._venue.minutes(request))

    def _ask(self, ask: Callable[[], Any]) -> None:
        """Ask one latency from now, and be answered another one later."""
        self._time.after(self._latency, lambda: self._answer(ask()))

    def _answer(self, answer: Any) -> None:
        self._time.after(self._latency, lambda: self._box.order_manager.post(answer))
