"""An exchange in a hundred lines, written without looking at the one in the box: what really happened to our orders.

It raises ``AssertionError`` where somebody sells what is not held or sends one intent twice.
"""

from decimal import Decimal

from attrs import Factory, define

from trader247.messages.orders import OrderReported
from trader247.model.ids import ClientOrderId, FillId, IntentId, VenueOrderId
from trader247.model.instant import Instant
from trader247.model.money import Notional, Quantity
from trader247.model.order import Fill, Liquidity, OrderIntent, OrderStatus, Side, Style
from trader247.model.portfolio import Balance

__all__ = ["ModelExchange", "ModelOrder"]

FEE = Decimal("0.006")
OPENING_USD = Decimal(10_000)


@define
class ModelOrder:
    """An order as it really is."""

    intent: OrderIntent
    venue_order_id: VenueOrderId
    live: bool = True
    fills: list[Fill] = Factory(list)

    @property
    def filled(self) -> Quantity:
        return Quantity(sum((f.quantity for f in self.fills), Decimal(0)))

    @property
    def left(self) -> Quantity:
        """What may still fill."""
        return Quantity(self.intent.quantity - self.filled if self.live else Decimal(0))

    @property
    def status(self) -> OrderStatus:
        if self.filled == self.intent.quantity:
            return OrderStatus.FILLED
        if not self.live:
            return OrderStatus.CANCELED
        return OrderStatus.PARTIAL_FILL if self.fills else OrderStatus.OPEN


class ModelExchange:
    """Orders by client order id, fills in the order they happened."""

    def __init__(self, opening: Decimal = OPENING_USD) -> None:
        self.opening = opening
        self.orders: dict[ClientOrderId, ModelOrder] = {}
        self._fills_made = 0

    def take(self, intent: OrderIntent, at: Instant, share_pct: int) -> ModelOrder:
        """A new order; one that takes fills ``share_pct`` of its size at once and is over."""
        assert intent.client_order_id not in self.orders, f"{intent.intent_id} arrived twice"
        if intent.side is Side.SELL:
            assert not self.live(Side.SELL, intent.symbol), f"{intent.intent_id} is a second live sale"
            promised = sum((o.left for o in self.live(Side.SELL, intent.symbol)), Decimal(0))
            assert intent.quantity + promised <= self.held(intent.symbol), f"{intent.intent_id} sells what is not held"
        order = ModelOrder(intent, VenueOrderId(f"v{len(self.orders) + 1}"))
        self.orders[intent.client_order_id] = order
        if intent.style is Style.TAKER_IOC:
            self.fill(order, at, share_pct)
            order.live = False
        return order

    def fill(self, order: ModelOrder, at: Instant, share_pct: int) -> None:
        """So many percent of what is left are filled, at the limit; a full fill ends the order."""
        exact = order.left * share_pct / 100
        size = order.left if share_pct >= 100 else exact.quantize(Decimal("0.00000001"))
        if size <= 0:
            return
        self._fills_made += 1
        price = order.intent.limit_price
        order.fills.append(
            Fill(
                fill_id=FillId(f"t{self._fills_made}"),
                venue_order_id=order.venue_order_id,
                symbol=order.intent.symbol,
                side=order.intent.side,
                price=price,
                quantity=Quantity(size),
                fee=Notional(price * size * FEE),
                liquidity=Liquidity.MAKER,
                at=at,
            )
        )
        order.live = order.live and order.left > 0

    def find(self, venue_order_id: VenueOrderId) -> ModelOrder:
        return next(o for o in self.orders.values() if o.venue_order_id == venue_order_id)

    def live(self, side: Side | None = None, symbol: str | None = None) -> list[ModelOrder]:
        return [
            o
            for o in self.orders.values()
            if o.live and (side is None or o.intent.side is side) and (symbol is None or o.intent.symbol == symbol)
        ]

    def fills(self) -> list[Fill]:
        return [f for o in self.orders.values() for f in o.fills]

    def held(self, symbol: str) -> Decimal:
        signed = (f.quantity if f.side is Side.BUY else -f.quantity for f in self.fills() if f.symbol == symbol)
        return sum(signed, Decimal(0))

    def cash(self) -> Decimal:
        flows = ((-f.price * f.quantity if f.side is Side.BUY else f.price * f.quantity) - f.fee for f in self.fills())
        return self.opening + sum(flows, Decimal(0))

    def balances(self, symbols: tuple[str, ...]) -> tuple[Balance, ...]:
        bases = tuple(Balance(s.partition("-")[0], self.held(s), Decimal(0)) for s in symbols)
        return (Balance("USD", self.cash(), Decimal(0)), *bases)

    def report(self, order: ModelOrder, at: Instant) -> OrderReported:
        """The truth about an order at this moment."""
        return OrderReported(
            venue_order_id=order.venue_order_id,
            client_order_id=order.intent.client_order_id,
            symbol=order.intent.symbol,
            status=order.status,
            filled=order.filled,
            at=at,
            side=order.intent.side,
            quantity=order.intent.quantity,
            limit_price=order.intent.limit_price,
        )

    def intents(self) -> set[IntentId]:
        return {o.intent.intent_id for o in self.orders.values()}
