"""The simulated exchange without its sockets: market, engine, ledger, candles and records behind one facade. Pure.

Time comes in with every call. ``advance(now)`` lets the market reach ``now``; orders and cancels take effect at once.
Whatever a call made happen comes back as events, which refer to live records: read or encode them before the next call.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from attrs import evolve, field, frozen

from trader247.errors import ConfigurationInvalid
from trader247.model.instant import Instant
from trader247.model.money import ZERO
from trader247.venues.simulated.bar_steps import BarSteps
from trader247.venues.simulated.book import Side
from trader247.venues.simulated.candles import CandleStore
from trader247.venues.simulated.delays import Delays, TrailingBalances
from trader247.venues.simulated.editing import EditRefusal
from trader247.venues.simulated.fee_tiers import FeeDesk, FeeTier
from trader247.venues.simulated.house import House
from trader247.venues.simulated.identifiers import Identifiers
from trader247.venues.simulated.idle_books import IdleBooks, touch_of
from trader247.venues.simulated.ledger import HOUSE, Balance, Ledger
from trader247.venues.simulated.market import MarketSource, MarketStep
from trader247.venues.simulated.matching import Engine, Traded
from trader247.venues.simulated.order_desk import Ask, OrderDesk
from trader247.venues.simulated.order_record import ExchangeOrder, FillRow, OrderState
from trader247.venues.simulated.order_terms import BadRequest, Refusal
from trader247.venues.simulated.products import Product, TradingFlags, with_aliases
from trader247.venues.simulated.records import Records

__all__ = [
    "DEFAULT_FUNDS",
    "Books",
    "Change",
    "Event",
    "FeeTier",
    "OrderMoved",
    "SimulatedExchange",
    "TapeMoved",
]

DEFAULT_FUNDS: Final[Mapping[str, Decimal]] = {"USD": Decimal(100_000), "BTC": Decimal(1), "ETH": Decimal(10)}
_HOUSE_FUNDS: Final = Decimal(10) ** 11
"""Of every asset: more than any client can take from the house, few enough digits to stay exact in 28."""

_TAPE_MAX: Final = 1_000
"""Trades kept per product for the ticker endpoint, which gives at most 100."""


@frozen
class OrderMoved:
    """An order of a client changed."""

    order: ExchangeOrder


@frozen
class TapeMoved:
    """One or more trades of a product were printed, oldest first."""

    product_id: str
    trades: Sequence[Traded]


Event = OrderMoved | TapeMoved


@frozen
class Change:
    """What one call changed for clients: enough to rebuild the books. ``balances`` are those after it."""

    orders: Sequence[ExchangeOrder]
    fills: Sequence[FillRow]
    balances: Sequence[tuple[str, str, Balance]]


@frozen
class Books:
    """One account at a moment, for comparison with what a client believes; fees and volume over all fills kept."""

    balances: Mapping[str, Balance]
    open_orders: int
    fill_count: int
    fees: Decimal
    volume: Decimal
    currencies: Sequence[str] = field(default=())


class SimulatedExchange:
    """One venue over one market. ``portfolio_id`` is the account every key acts for unless it names another."""

    def __init__(
        self,
        market: MarketSource,
        *,
        funds: Mapping[str, Decimal] = DEFAULT_FUNDS,
        fee_tier: FeeTier | None = None,
        fee_tiers: Sequence[FeeTier] = (),
        delays: Delays | None = None,
        seed: int = 247,
        start_number: int = 0,
        portfolio_id: str | None = None,
        on_change: Callable[[Change], None] | None = None,
        lays_books: bool = True,
    ) -> None:
        """``start_number`` counts the starts of the same books, so that identifiers never repeat.

        ``fee_tier`` is everybody's tier whatever the volume, unless ``fee_tiers`` are given, which go by volume.

        ``on_change`` is called once per call that changed a client's order, fill or balance, before the call returns;
        what it raises, the call raises.

        ``lays_books`` False: a book is laid only where a client has an order in it (``idle_books``); for a backtest.
        """
        self.market = market
        self.products: Mapping[str, Product] = {each.product_id: each for each in market.products}
        self.listed: Mapping[str, Product] = with_aliases(market.products)
        """What can be ordered: ``products``, which have books of their own, and what shares one of those."""
        self.ids = Identifiers(seed, start_number)
        self.portfolio_id = portfolio_id or self.ids.unique()
        self.opened_at = market.start
        self.ledger = Ledger()
        self.records = Records()
        self.fees = FeeDesk(fee_tiers or (fee_tier or FeeTier(),), self.records)
        self.delays = delays or Delays()
        self.engine = Engine(self.listed, self.ledger, self.ids)
        self.desk = OrderDesk(self.engine, self.records, self.ids, self.fees, self.delays)
        self._trailing = TrailingBalances(self.delays.balances_ns) if self.delays.balances_ns else None
        stores = {name: CandleStore(market.history(name)) for name in self.products}
        for name, candles in stores.items():
            if candles.last is not None:
                self.engine.triggers[name].last = self.products[name].price(candles.last)
        tapes: Mapping[str, deque[Traded]] = {name: deque(maxlen=_TAPE_MAX) for name in self.products}
        self.candles = {name: stores[each.book_id] for name, each in self.listed.items()}
        self.tape = {name: tapes[each.book_id] for name, each in self.listed.items()}
        self._houses = {name: House(product, self.engine) for name, product in self.products.items()}
        self.idle = None if lays_books else IdleBooks(self._houses, self.engine, self.candles)
        self._steps: Iterator[MarketStep] = market.steps()
        self._upcoming: MarketStep | None = next(self._steps, None)
        self._on_change = on_change
        for currency in self.currencies():
            self.ledger.deposit(HOUSE, currency, _HOUSE_FUNDS)
        self.open_portfolio(self.portfolio_id, funds)

    def open_portfolio(self, portfolio_id: str, funds: Mapping[str, Decimal]) -> None:
        """Give a further account its first deposit.

        Raises:
            ConfigurationInvalid: an amount is negative.
        """
        for currency, amount in funds.items():
            if amount < 0:
                raise ConfigurationInvalid(f"funds of {currency}: {amount} is negative; give zero or more")
            self.ledger.deposit(portfolio_id, currency, amount)
            self._show_at_once(portfolio_id, currency)

    def currencies(self) -> list[str]:
        """Every currency traded, quote currencies first."""
        quotes = dict.fromkeys(each.quote for each in self.listed.values())
        return list(quotes | dict.fromkeys(each.base for each in self.listed.values()))

    # ------------------------------------------------------------------------------------------------------ time
    def next_step_at(self) -> Instant | None:
        """When the market, an expiry or a delayed task has work next; None once a recorded market has ended."""
        step = self._upcoming.at if self._upcoming is not None else None
        times = (step, self.engine.next_expiry(), self.desk.next_at())
        return min((each for each in times if each is not None), default=None)

    def advance(self, now: Instant, steps_max: int | None = None) -> list[Event]:
        """Apply everything due at or before ``now`` in time order, at most ``steps_max`` steps of it."""
        events: list[Event] = []
        done = 0
        while (due := self.next_step_at()) is not None and due <= now and (steps_max is None or done < steps_max):
            done += 1
            self.engine.expire(due)
            self.desk.run(due)
            step = self._upcoming
            if step is not None and step.at <= due:
                self._upcoming = next(self._steps, None)
                if self.idle is not None and self.idle.note(step):
                    continue
                self._houses[step.product_id].step(step)
                self.engine.follow_up(due)
            events += self._collect()
        self._show_until(now)
        return events

    @property
    def upcoming(self) -> MarketStep | None:
        """The market's next step; None once a recorded market has ended."""
        return self._upcoming

    def note_next(self) -> bool:
        """Take the market's next step the short way, where nobody has an order and nothing is delayed; False where not.

        What ``advance`` would do, without asking what else is due before it.
        """
        step = self._upcoming
        if step is None or self.idle is None or self.engine.open_orders or self.desk.next_at() is not None:
            return False
        self._upcoming = next(self._steps, None)
        return self.idle.note(step)

    def by_minutes(self) -> BarSteps | None:
        """The market by the minute, where nobody has an order and nothing is delayed; until ``by_steps`` is called."""
        steps, nobody = self._steps, not self.engine.open_orders and self.desk.next_at() is None
        if not isinstance(steps, BarSteps) or self.idle is None or not nobody or self.engine.next_expiry() is not None:
            return None
        if self._upcoming is not None:
            steps.put_back(self._upcoming)
            self._upcoming = None
        return steps

    def by_steps(self) -> None:
        """The market goes on step by step."""
        self._upcoming = next(self._steps, None)

    def catch_up(self, now: Instant) -> list[Event]:
        """Do the delayed tasks due at or before ``now`` that come before the market's next step, without it.

        A client that asks sees then what is true at ``now``, however late the market itself is let go on.
        """
        events: list[Event] = []
        while (due := self.desk.next_at()) is not None and due <= now:
            if self._upcoming is not None and self._upcoming.at <= due:
                break
            self.engine.expire(due)
            self.desk.run(due)
            events += self._collect()
        self._show_until(now)
        return events

    # ---------------------------------------------------------------------------------------------------- orders
    def place(
        self,
        owner: str,
        client_order_id: str,
        product_id: str,
        side: object,
        configuration: object,
        *,
        now: Instant,
        attached: object = None,
    ) -> tuple[ExchangeOrder | Refusal | BadRequest, list[Event]]:
        """Enter an order of a portfolio. A used client order id gives the order that has it, whatever is asked now."""
        ask = Ask(owner, client_order_id, product_id, side, configuration, attached)
        if self.idle is not None and product_id in self.listed:
            self.idle.lay(self.listed[product_id].book_id)
        return self.desk.place(ask, now), self._collect()

    def cancel(self, owner: str, order_id: str, now: Instant) -> tuple[str, list[Event]]:
        """Cancel an open order; the wire's failure reason, empty when the request was accepted."""
        return self.desk.cancel(owner, order_id, now), self._collect()

    def edit(
        self, owner: str, order_id: str, body: Mapping[str, Any], now: Instant
    ) -> tuple[EditRefusal | None, list[Event]]:
        """Change price, size and stop of an open order as the request ``body`` says; None when accepted."""
        return self.desk.edit(owner, order_id, body, now), self._collect()

    def take_delays(self, delays: Delays) -> None:
        """From now on the exchange is this late; how far wallets trail stays what it was from the start."""
        self.delays = evolve(delays, balances_ns=self.delays.balances_ns)
        self.desk.take_delays(self.delays)

    def set_flags(self, product_id: str, flags: TradingFlags) -> None:
        """Change what is allowed on a product, and on those that share its book; resting orders stay."""
        for name, product in self.listed.items():
            if product_id in {name, product.alias}:
                self.engine.flags[name] = flags

    def touch(self, product_id: str) -> tuple[tuple[Decimal, Decimal], tuple[Decimal, Decimal]]:
        """Best bid and best ask, each price and size; zeros for an empty side."""
        return touch_of(self.engine, product_id)

    # ----------------------------------------------------------------------------------------------------- books
    def books(self, owner: str | None = None) -> Books:
        """Balances, fills and fees of an account (the first one by default)."""
        who = owner or self.portfolio_id
        fills = self.records.fills(who)
        return Books(
            balances=self.ledger.balances(who),
            open_orders=sum(order.owner == who for order in self.engine.open_orders.values()),
            fill_count=len(fills),
            fees=sum((fill.commission for fill in fills), ZERO),
            volume=sum((fill.price * fill.size for fill in fills), ZERO),
            currencies=self.currencies(),
        )

    def wallets(self, owner: str) -> Mapping[str, Balance]:
        """What the account pages show: balances, or where they trail, those of a while ago."""
        return self.ledger.balances(owner) if self._trailing is None else self._trailing.of(owner)

    def _show_at_once(self, owner: str, currency: str) -> None:
        if self._trailing is not None:
            self._trailing.set(owner, currency, self.ledger.balance(owner, currency))

    def _show_until(self, now: Instant) -> None:
        if self._trailing is not None:
            self._trailing.reach(now)

    def restore(
        self, balances: Iterable[tuple[str, str, Balance]], orders: Iterable[ExchangeOrder], fills: Iterable[FillRow]
    ) -> None:
        """Take over the books of an earlier run; working orders go back into their books, oldest first.

        Working orders of products that this market does not have are cancelled and their holds freed.
        """
        for owner, currency, balance in balances:
            self.ledger.restore(owner, currency, balance)
            self._show_at_once(owner, currency)
        for order in orders:
            self.records.add_order(order)
            if order.is_terminal:
                continue
            if order.product_id in self.listed:
                self.desk.revive(order, self.opened_at)
                continue
            base, _, quote = order.product_id.partition("-")
            self.ledger.release(order.owner, base if order.side is Side.SELL else quote, order.hold)
            order.state, order.hold, order.cancel_message = (
                OrderState.CANCELLED,
                ZERO,
                "the product has left the market",
            )
        for fill in fills:
            self.records.add_fill(fill)

    def _collect(self) -> list[Event]:
        """Book what the engine did into candles, tape, records and journal, and tell it as events."""
        engine = self.engine
        events: list[Event] = []
        if engine.traded:
            events.append(self._book_tape(engine.traded))
            engine.traded = []
        for fill in engine.fills:
            self.records.add_fill(fill)
        if engine.changed:
            changed = list(engine.changed.values())
            events += [OrderMoved(order) for order in changed]
            if self._on_change is not None or self._trailing is not None:
                self._tell_change(changed, engine.fills)
            engine.changed, engine.fills = {}, []
        return events

    def _tell_change(self, changed: Sequence[ExchangeOrder], fills: Sequence[FillRow]) -> None:
        balances = self._touched_balances(changed)
        if self._trailing is not None:
            at = max(order.updated_at for order in changed)
            for owner, currency, balance in balances:
                self._trailing.change(at, owner, currency, balance)
        if self._on_change is not None:
            self._on_change(Change(changed, fills, balances))

    def _book_tape(self, trades: Sequence[Traded]) -> TapeMoved:
        product = self.products[trades[0].product_id]
        candles, tape = self.candles[product.product_id], self.tape[product.product_id]
        for trade in trades:
            price, size = trade.price.scaleb(product.price_digits), trade.size.scaleb(product.size_digits)
            candles.record(trade.at, int(price), int(size))
            tape.append(trade)
        return TapeMoved(product.product_id, trades)

    def _touched_balances(self, orders: Sequence[ExchangeOrder]) -> list[tuple[str, str, Balance]]:
        touched: dict[tuple[str, str], Balance] = {}
        for order in orders:
            product = self.listed[order.product_id]
            for currency in (product.base, product.quote):
                touched[order.owner, currency] = self.ledger.balance(order.owner, currency)
        return [(owner, currency, balance) for (owner, currency), balance in touched.items()]

    def configuration_of(self, order: ExchangeOrder) -> Mapping[str, Any]:
        """The order's configuration as the venue echoes it: as sent, with the two flags the real one adds."""
        kind, fields = next(iter(order.configuration.items()))
        return {kind: {**fields, "rfq_disabled": False, "reduce_only": False}}
