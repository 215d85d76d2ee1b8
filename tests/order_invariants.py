"""What must hold after every single step of an order manager, whatever the world does to it."""

from collections.abc import Iterable
from decimal import Decimal

from tests.model_exchange import FEE, ModelExchange

from trader247.core.order_evidence import doubt_key
from trader247.core.order_manager import ManagerIn, ManagerOut, OrderManager
from trader247.core.order_state import TRANSITIONS
from trader247.messages.control import AlertCleared, AlertRaised
from trader247.messages.orders import IntentDurable, OrderChanged, PlaceOrder, PortfolioChanged
from trader247.model.ids import IntentId
from trader247.model.instrument import Symbol
from trader247.model.order import Order, OrderIntent, OrderStatus, Side

__all__ = ["OrderInvariants"]

NEVER = ("illegal_transition", "oversold", "overfilled", "order_back")
"""Alerts that an honest exchange can give no cause for."""


class OrderInvariants:
    """Listens to what goes in and out, over all runs of the daemon."""

    def __init__(self) -> None:
        self._placed: set[IntentId] = set()
        self._durable: set[IntentId] = set()
        self._alerts: set[str] = set()
        self._orders: dict[IntentId, Order] = {}

    def restarted(self, journalled: dict[IntentId, Order]) -> None:
        """A new process knows what was written, and has told nobody of anything yet."""
        self._alerts, self._orders = set(), dict(journalled)

    def goes_in(self, message: ManagerIn) -> None:
        if isinstance(message, IntentDurable):
            self._durable.add(message.intent_id)

    def came_out(self, out: ManagerOut) -> None:
        match out:
            case PlaceOrder(intent):
                assert intent.intent_id not in self._placed, f"{intent.intent_id} is placed twice"
                assert intent.intent_id in self._durable, f"{intent.intent_id} is placed before it is durable"
                self._placed.add(intent.intent_id)
            case AlertRaised(key):
                assert not key.startswith(NEVER), out.text
                self._alerts.add(key)
            case AlertCleared(key):
                self._alerts.discard(key)
            case OrderChanged(order):
                self._moves_forward(order)
            case _:
                pass

    def _moves_forward(self, order: Order) -> None:
        """An order only ever moves along the table, and what it has filled only ever grows."""
        before = self._orders.get(order.intent.intent_id)
        self._orders[order.intent.intent_id] = order
        if before is not None:
            assert order.status in {before.status, *TRANSITIONS[before.status].values()}
            assert order.filled >= before.filled
            assert order.booked >= before.booked
        assert order.booked <= order.filled <= order.intent.quantity

    def doubts_are_told(self, manager: OrderManager) -> None:
        for order in manager._books.registry.unsettled():
            if order.status is OrderStatus.UNKNOWN:
                assert doubt_key(order) in self._alerts, f"{order.intent.intent_id} is in doubt and nobody was told"

    def exposure_is_the_worst(
        self,
        manager: OrderManager,
        portfolio: PortfolioChanged,
        exchange: ModelExchange,
        on_the_way: Iterable[OrderIntent],
    ) -> None:
        """E2: what could still be bought, by the truth, is never more than the portfolio says."""
        knows = manager._books.ledger.knows
        possible: dict[Symbol, Decimal] = {}
        for order in exchange.orders.values():
            unbooked = sum((f.quantity for f in order.fills if not knows(f)), Decimal(0))
            _add(possible, order.intent, order.left + unbooked)
        for intent in on_the_way:
            _add(possible, intent, intent.quantity)
        shown = {e.symbol: e.working for e in portfolio.exposures}
        for symbol, cost in possible.items():
            counted = shown.get(symbol, Decimal(0))
            assert counted >= cost - Decimal("1e-12"), f"{symbol}: {cost} could be bought, {counted} is counted"


def _add(possible: dict[Symbol, Decimal], intent: OrderIntent, size: Decimal) -> None:
    if intent.side is Side.BUY and size > 0:
        possible[intent.symbol] = possible.get(intent.symbol, Decimal(0)) + size * intent.limit_price * (1 + FEE)
