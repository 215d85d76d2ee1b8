"""The simulated exchange as the backtest's venue: the daemon's own words in and out, with no wire between.

An order is described to the exchange as the client describes it (``venues/coinbase/order_codec``), so what the
exchange refuses in the daemon it refuses here. Every word takes ``latency_ns`` on its way, in each direction.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final

import msgspec

from trader247.messages.market import CandlesFetched, FeeTierSeen, FetchHistory, FetchMinutes, HistoryFetched
from trader247.messages.orders import (
    Accepted,
    CancelFinished,
    FillsFetched,
    OrderLookedUp,
    OrderReported,
    PlaceOutcome,
    Rejected,
)
from trader247.model.ids import ClientOrderId, FillId, IntentId, VenueOrderId
from trader247.model.instant import HOUR, MINUTE, SECOND, Instant
from trader247.model.instrument import Instrument, ProductStatus, Symbol
from trader247.model.market import DEPTH_BPS, Candle, Depth, Quote
from trader247.model.money import BPS, Notional, Price, Quantity
from trader247.model.order import Fill, Liquidity, OrderIntent, Side
from trader247.model.portfolio import Balance
from trader247.venues.coinbase.order_codec import create_request
from trader247.venues.coinbase.refusals import failure_of_refusal
from trader247.venues.coinbase.statuses import order_status
from trader247.venues.simulated.exchange import OrderMoved, SimulatedExchange
from trader247.venues.simulated.idle_books import Level, depth_of
from trader247.venues.simulated.order_record import ExchangeOrder, FillRow, OrderState
from trader247.venues.simulated.order_terms import BadRequest, Refusal
from trader247.venues.simulated.products import Product

__all__ = ["BacktestVenue"]

_MINUTES_OF_HISTORY: Final = 24 * 60 + 5
"""As the daemon's feed asks for at its start."""


class BacktestVenue:
    """One account at one exchange. ``on_report`` is told of every change of an order, when it happens there."""

    def __init__(self, exchange: SimulatedExchange, symbols: Sequence[Symbol], hours: int) -> None:
        """``symbols`` that the exchange does not list are left out; ``hours`` of history are read at the start."""
        self.exchange = exchange
        self.symbols = tuple(symbol for symbol in symbols if symbol in exchange.products)
        self.missing = tuple(symbol for symbol in symbols if symbol not in exchange.products)
        self.on_report: Callable[[OrderReported], None] = lambda _report: None
        self._hours = hours
        self._me = exchange.portfolio_id

    # ------------------------------------------------------------------------------------------------------ market
    def advance(self, now: Instant) -> list[Symbol]:
        """Let the market reach ``now``; whose quotes moved, in the order they did."""
        exchange, moved = self.exchange, []
        while (step := exchange.upcoming) is not None and step.at <= now and exchange.note_next():
            if step.bid > 0:
                moved.append(Symbol(step.product_id))
        while (due := exchange.next_step_at()) is not None and due <= now:
            step = exchange.upcoming
            if step is not None and step.at <= due and step.bid > 0:
                moved.append(Symbol(step.product_id))
            self._tell(exchange.advance(due, steps_max=1))
        return moved

    def quote(self, symbol: Symbol, now: Instant) -> Quote | None:
        """The touch as it stands, vouched for at ``now``; None where a side is empty or nothing ever traded."""
        (bid, bid_size), (ask, ask_size) = self._touch(symbol)
        last = self.exchange.candles[symbol].last
        if not bid or not ask or last is None:
            return None
        price = self.exchange.products[symbol].price(last)
        return Quote(symbol, now, Price(bid), Price(ask), Quantity(bid_size), Quantity(ask_size), Price(price))

    def last_price(self, symbol: Symbol) -> float | None:
        """What it traded at last, for people."""
        last = self.exchange.candles[symbol].last
        return None if last is None else last / 10.0 ** self.exchange.products[symbol].price_digits

    def depth(self, symbol: Symbol, now: Instant) -> Depth | None:
        """The book near its mid."""
        bids, asks = self._depth(symbol)
        return Depth(symbol, now, Notional(bids), Notional(asks)) if bids and asks else None

    def _touch(self, symbol: Symbol) -> tuple[Level, Level]:
        idle = self.exchange.idle
        return self.exchange.touch(symbol) if idle is None else idle.touch(symbol)

    def _depth(self, symbol: Symbol) -> tuple[Decimal, Decimal]:
        idle = self.exchange.idle
        return depth_of(self.exchange.engine, symbol, DEPTH_BPS) if idle is None else idle.depth(symbol, DEPTH_BPS)

    def minutes(self, asked: FetchMinutes) -> CandlesFetched:
        """Closed minutes."""
        return CandlesFetched(asked.symbol, self._candles(asked.symbol, 60, asked.start, asked.end), asked.end)

    def history(self, asked: FetchHistory, now: Instant) -> HistoryFetched:
        """What the daemon reads at its start."""
        minute, hour = Instant(now - now % MINUTE), Instant(now - now % HOUR)
        hours = self._candles(asked.symbol, 3600, Instant(hour - self._hours * HOUR), hour)
        minutes = self._candles(asked.symbol, 60, Instant(minute - _MINUTES_OF_HISTORY * MINUTE), minute)
        return HistoryFetched(asked.symbol, hours, minutes, minute)

    def _candles(self, symbol: Symbol, span_s: int, start: Instant, end: Instant) -> tuple[Candle, ...]:
        product = self.exchange.products[symbol]
        bars = self.exchange.candles[symbol].candles(span_s, start // SECOND, end // SECOND - span_s)
        per_price, per_size = 10.0**product.price_digits, 10.0**product.size_digits
        return tuple(
            Candle(
                symbol,
                Instant(bar.start_s * SECOND),
                span_s,
                bar.open / per_price,
                bar.high / per_price,
                bar.low / per_price,
                bar.close / per_price,
                bar.volume / per_size,
            )
            for bar in bars
        )

    def instruments(self) -> tuple[Instrument, ...]:
        """Every instrument asked for that is listed."""
        return tuple(_instrument(self.exchange.products[symbol]) for symbol in self.symbols)

    def fee_tier(self, now: Instant) -> FeeTierSeen:
        """The account's tier."""
        tier = self.exchange.fees.tier(self._me, now)
        return FeeTierSeen(tier.maker * BPS, tier.taker * BPS, tier.name)

    def balances(self) -> tuple[Balance, ...]:
        """Every currency held."""
        held = self.exchange.wallets(self._me)
        return tuple(Balance(name, each.available, each.hold) for name, each in sorted(held.items()))

    # ------------------------------------------------------------------------------------------------------ orders
    def place(self, intent: OrderIntent, now: Instant) -> PlaceOutcome:
        """Send an order, and hear what the exchange says of it."""
        asked = msgspec.json.decode(create_request(intent))
        outcome, events = self.exchange.place(
            self._me,
            asked["client_order_id"],
            asked["product_id"],
            asked["side"],
            asked["order_configuration"],
            now=now,
        )
        self._tell(events)
        if isinstance(outcome, ExchangeOrder):
            return Accepted(VenueOrderId(outcome.order_id))
        reason = outcome.reason if isinstance(outcome, Refusal) else "INVALID_REQUEST"
        return Rejected(failure_of_refusal(reason), f"create_order: refused: {reason} {_words(outcome)}".strip())

    def cancel(self, orders: Sequence[VenueOrderId], now: Instant) -> CancelFinished:
        """Ask for the end of orders."""
        accepted: list[VenueOrderId] = []
        refused: list[tuple[VenueOrderId, str]] = []
        for order in orders:
            reason, events = self.exchange.cancel(self._me, order, now)
            self._tell(events)
            if reason:
                refused.append((order, reason))
            else:
                accepted.append(order)
        return CancelFinished(tuple(accepted), tuple(refused))

    def fills_of(self, order: VenueOrderId) -> FillsFetched:
        """The fills of one order so far."""
        return FillsFetched(
            tuple(_fill(row) for _, row in reversed(self.exchange.records.fill_rows_of(self._me, [order])))
        )

    def look_up(self, intent_id: IntentId, client_order_id: ClientOrderId) -> OrderReported | OrderLookedUp:
        """What became of an order."""
        order = self.exchange.records.by_client_id(self._me, client_order_id)
        if order is None:
            return OrderLookedUp(intent_id, absent=True, text="the exchange does not have it")
        return _reported(order)

    def _tell(self, events: Sequence[object]) -> None:
        for event in events:
            if isinstance(event, OrderMoved) and event.order.owner == self._me:
                self.on_report(_reported(event.order))


def _words(outcome: Refusal | BadRequest) -> str:
    return outcome.message or ""


def _reported(order: ExchangeOrder) -> OrderReported:
    unset = "REJECT_REASON_UNSPECIFIED"
    reject = order.reject_reason if order.reject_reason != unset else ""
    said = (reject, order.reject_message, order.cancel_message)
    pending = order.state is OrderState.CANCEL_QUEUED
    return OrderReported(
        venue_order_id=VenueOrderId(order.order_id),
        client_order_id=ClientOrderId(order.client_order_id),
        symbol=Symbol(order.product_id),
        status=order_status(order.state.value, order.filled_size, pending_cancel=pending),
        filled=Quantity(order.filled_size),
        at=order.updated_at,
        reason=": ".join(filter(None, said)),
        side=Side(order.side.value),
    )


def _fill(row: FillRow) -> Fill:
    return Fill(
        fill_id=FillId(row.entry_id),
        venue_order_id=VenueOrderId(row.order_id),
        symbol=Symbol(row.product_id),
        side=Side(row.side.value),
        price=Price(row.price),
        quantity=Quantity(row.size),
        fee=Notional(row.commission),
        liquidity=Liquidity.MAKER if row.is_maker else Liquidity.TAKER,
        at=row.at,
    )


def _instrument(product: Product) -> Instrument:
    return Instrument(
        symbol=Symbol(product.product_id),
        base=product.base,
        quote=product.quote,
        price_increment=product.price_increment,
        base_increment=product.base_increment,
        base_min_size=Quantity(product.base_min_size),
        base_max_size=Quantity(product.base_max_size),
        quote_min_size=Notional(product.quote_min_size),
        status=ProductStatus.ONLINE,
    )
