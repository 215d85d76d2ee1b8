"""An order manager between a journal, a gateway and a model exchange, where everything may be late, lost, told twice
or in the wrong order, and the daemon may die at any step. Every step checks what must hold at all times.
"""

from collections.abc import Callable
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from attrs import define
from tests.builders import BTC, ETH, approval, instrument, moment, quote, trade_proposal
from tests.model_exchange import OPENING_USD, ModelExchange
from tests.model_journal import ModelJournal
from tests.order_invariants import OrderInvariants

from trader247.core.order_manager import ManagerIn, ManagerOut, OrderManager
from trader247.errors import Failure
from trader247.messages.base import Tick
from trader247.messages.market import InstrumentsListed, QuoteAccepted
from trader247.messages.orders import (
    Accepted,
    BalancesSeen,
    CancelAll,
    CancelFinished,
    CancelOrders,
    Drained,
    DrainOrders,
    FetchFills,
    FillsFetched,
    InDoubt,
    IntentDurable,
    LoadBooks,
    LookUpOrder,
    NotSent,
    OrderLookedUp,
    OrderReported,
    PlaceFinished,
    PlaceOrder,
    PlaceOutcome,
    PortfolioChanged,
    ReconcileFinished,
    Rejected,
    ResumeOrders,
)
from trader247.model.ids import RunEpoch
from trader247.model.instant import Moment
from trader247.model.instrument import Symbol
from trader247.model.mode import Mode
from trader247.model.order import OrderIntent, Side
from trader247.model.policy import Policy

__all__ = ["Act", "OrderWorld"]

SYMBOLS: Final = (BTC, ETH)
WIRE_S: Final = 10
"""The longest a request lives between the gateway and the exchange."""
MAIL_S: Final = 5
"""The longest a message waits in a mailbox."""


class Act(Enum):
    """What may happen next; the number beside it says to which and how."""

    BUY = "buy"
    SELL = "sell"
    QUOTE = "quote"
    DELIVER = "deliver"
    FLOW = "flow"
    SMOOTH = "smooth"
    TWICE = "twice"
    LOSE = "lose"
    JOURNAL = "journal"
    GATEWAY = "gateway"
    ARRIVE = "arrive"
    FILL = "fill"
    REPORT = "report"
    READ = "read"
    CANCEL = "cancel"
    MEDDLE = "meddle"
    TICK = "tick"
    WAIT = "wait"
    PASS = "pass"
    HALT = "halt"
    RESUME = "resume"
    RESTART = "restart"
    KILL = "kill"


@define
class _Sent:
    what: Any
    second: float


class OrderWorld:
    """The daemon's order side, its world, and the invariants between them."""

    def __init__(
        self,
        policy: Policy | None = None,
        *,
        symbols: tuple[Symbol, ...] = SYMBOLS,
        opening: Decimal = OPENING_USD,
    ) -> None:
        self.policy, self.symbols = policy or Policy(), symbols
        self.exchange, self.journal = ModelExchange(opening), ModelJournal()
        self.second, self.runs, self.serial = 0.0, 0, 0
        self.halted = False
        self.mail: list[_Sent] = []
        self.gateway: list[PlaceOrder] = []
        self.wire: list[_Sent] = []
        self.reads: list[LookUpOrder | FetchFills] = []
        self.cancels: list[CancelOrders] = []
        self.watch = OrderInvariants()
        self.drained = False
        self.manager = self._start()
        self._deliver_all()
        for _ in range(2):
            self.go(Act.PASS, 0)
            self._deliver_all()
        self.journal.write_all()

    @property
    def now(self) -> Moment:
        return moment(self.second)

    # ------------------------------------------------------------------------------------------- what may happen
    def go(self, act: Act, number: int) -> None:
        steps: dict[Act, Callable[[int], None]] = {
            Act.BUY: lambda n: self._approve(Side.BUY, n),
            Act.SELL: lambda n: self._approve(Side.SELL, n),
            Act.QUOTE: self._quote,
            Act.DELIVER: self._deliver,
            Act.FLOW: lambda n: self._deliver_all(),
            Act.SMOOTH: self._smooth,
            Act.TWICE: self._deliver_twice,
            Act.LOSE: self._lose,
            Act.JOURNAL: lambda n: self._post(*self.journal.write(1 + n % 4)),
            Act.GATEWAY: self._gateway,
            Act.ARRIVE: self._arrive,
            Act.FILL: self._fill,
            Act.REPORT: self._report,
            Act.READ: self._read,
            Act.CANCEL: self._cancel,
            Act.MEDDLE: self._meddle,
            Act.TICK: lambda n: self._tell(Tick()),
            Act.WAIT: self._wait,
            Act.PASS: self._pass,
            Act.HALT: self._halt,
            Act.RESUME: self._resume,
            Act.RESTART: self._restart,
            Act.KILL: self._kill,
        }
        steps[act](number)

    def _approve(self, side: Side, n: int) -> None:
        self.serial += 1
        if n % 4:  # else there is none, or an old one
            self._quote(n)
        body = trade_proposal(SYMBOLS[n % 2], side, stop_loss_pct=5, take_profit_pct=10)
        self._tell(approval(self.serial, body, notional=100 + n, second=self.second))

    def _quote(self, n: int) -> None:
        """Most near each other, so that something can rest; some through every stop and target."""
        bid = 85 + n % 31 if n % 5 == 0 else 97 + n % 7
        self._tell(QuoteAccepted(quote(SYMBOLS[n % 2], bid=bid, second=self.second)))

    def _deliver(self, n: int) -> None:
        if self.mail:
            self._tell(self.mail.pop(n % len(self.mail)).what)

    def _deliver_twice(self, n: int) -> None:
        repeatable = [m for m in self.mail if isinstance(m.what, OrderReported | FillsFetched | IntentDurable)]
        if repeatable:
            self._tell(repeatable[n % len(repeatable)].what)

    def _lose(self, n: int) -> None:
        losable = [m for m in self.mail if not isinstance(m.what, LoadBooks | PlaceFinished)]
        if losable:
            lost = losable[n % len(losable)]
            if type(lost.what).__name__ != "BooksLoaded":
                self.mail.remove(lost)

    def _gateway(self, n: int) -> None:
        if not self.gateway:
            return
        request = self.gateway.pop(n % len(self.gateway))
        intent, how = request.intent, n % 7
        if how == 0 or self.now.mono >= request.expires_at.mono:
            self._answer(intent, NotSent("the gate is closed"))
        elif how == 1:
            self._answer(intent, Rejected(Failure.INVALID_ORDER, "INVALID_LIMIT_PRICE_POST_ONLY"))
        elif how == 2:
            self.wire.append(_Sent(intent, self.second))
            self._answer(intent, InDoubt("timed out"))
        elif how == 3:
            self.wire.append(_Sent(intent, self.second))
        else:
            taken = self.exchange.take(intent, self.now.utc, n % 101)
            self._answer(intent, Accepted(taken.venue_order_id))

    def _answer(self, intent: OrderIntent, outcome: PlaceOutcome) -> None:
        self._post(PlaceFinished(intent.intent_id, outcome, self.now.utc))

    def _arrive(self, n: int) -> None:
        """A request of unknown fate reaches the exchange after all."""
        if self.wire:
            self.exchange.take(self.wire.pop(n % len(self.wire)).what, self.now.utc, n % 101)

    def _fill(self, n: int) -> None:
        live = self.exchange.live()
        if live:
            self._quote(n)
            self.exchange.fill(live[n % len(live)], self.now.utc, 10 + n % 120)

    def _report(self, n: int) -> None:
        orders = list(self.exchange.orders.values())
        if orders:
            self._post(self.exchange.report(orders[n % len(orders)], self.now.utc))

    def _read(self, n: int) -> None:
        if self.reads:
            self._answer_read(self.reads.pop(n % len(self.reads)), fails=n % 5 == 0)

    def _answer_read(self, asked: LookUpOrder | FetchFills, *, fails: bool) -> None:
        if isinstance(asked, FetchFills):
            if not fails:
                self._post(FillsFetched(tuple(self.exchange.find(asked.venue_order_id).fills)))
            return
        order = self.exchange.orders.get(asked.client_order_id)
        if fails or order is None:
            self._post(OrderLookedUp(asked.intent_id, absent=not fails, text="listed to the last page"))
        else:
            self._post(self.exchange.report(order, self.now.utc))

    def _cancel(self, n: int) -> None:
        if not self.cancels:
            return
        asked = self.cancels.pop(n % len(self.cancels))
        if n % 5 == 0:
            self._post(CancelFinished((), (), failed=asked.orders, text="the connection was reset"))
            return
        found = [self.exchange.find(v) for v in asked.orders]
        refused = tuple((o.venue_order_id, "already over") for o in found if not o.live)
        accepted = tuple(o.venue_order_id for o in found if o.live)
        for order in found:
            order.live = False
        if n % 5 != 1:  # else the answer is lost
            self._post(CancelFinished(accepted, refused))

    def _meddle(self, n: int) -> None:
        """Somebody cancels an order of ours at the exchange."""
        live = self.exchange.live()
        if live:
            live[n % len(live)].live = False

    def _smooth(self, n: int) -> None:
        """For a moment nothing goes wrong."""
        self._post(*self.journal.write_all())
        self._deliver_all()
        while self.gateway:
            self._gateway(4)
        for order in self.exchange.orders.values():
            self._post(self.exchange.report(order, self.now.utc))
        while self.cancels:
            self._cancel(2)
        while self.reads:
            self._answer_read(self.reads.pop(0), fails=False)
        self._deliver_all()
        self._wait(n)
        self._tell(Tick())

    def _wait(self, n: int) -> None:
        self.second += (0.1, 0.5, 1, 3)[n % 4]
        self.wire = [w for w in self.wire if self.second - w.second < WIRE_S]
        while self.mail and self.second - self.mail[0].second >= MAIL_S:
            self._deliver(0)

    def _pass(self, n: int) -> None:
        for order in self.exchange.orders.values():
            self._post(self.exchange.report(order, self.now.utc))
        self._post(FillsFetched(tuple(self.exchange.fills())))
        self._post(BalancesSeen(self.exchange.balances(self.symbols), self.now.utc), ReconcileFinished(self.now.utc))

    def _halt(self, n: int) -> None:
        self.halted = True
        self._tell(CancelAll("a test says so"))

    def _resume(self, n: int) -> None:
        self.halted = False
        self._tell(ResumeOrders())

    def _restart(self, n: int) -> None:
        """The actor dies and its next incarnation asks for the books; mailboxes and gateway live on."""
        self._post(*self.journal.write_all())
        self.manager = self._start()

    def _kill(self, n: int) -> None:
        """The process dies: what was not written is gone, what was on its way may still arrive."""
        durable = self.journal.write(n % 3)
        self.journal.lose_rest()
        for told in durable:
            assert isinstance(told, IntentDurable)
        self.wire += [_Sent(request.intent, self.second) for request in self.gateway[: n % 2]]
        self.mail, self.gateway, self.reads, self.cancels = [], [], [], []
        self.serial = 0
        self.runs += 1
        self.watch.restarted(self.journal.orders)
        self.manager = self._start()

    def _start(self) -> OrderManager:
        epoch = RunEpoch(f"{self.runs:010x}")
        manager = OrderManager(self.policy, Mode.PAPER, epoch, halted=self.halted)
        self.portfolio: PortfolioChanged | None = None
        for out in manager.start(self.now):
            assert out == LoadBooks()
            self._post(self.journal.books(epoch))
        self._post(self._listing())
        return manager

    def _listing(self) -> InstrumentsListed:
        return InstrumentsListed(tuple(instrument(s) for s in self.symbols))

    # ------------------------------------------------------------------------------------ in, out, and what must hold
    def _post(self, *messages: ManagerIn) -> None:
        self.mail += [_Sent(message, self.second) for message in messages]

    def _tell(self, message: ManagerIn) -> None:
        self.watch.goes_in(message)
        for out in self.manager.handle(message, self.now):
            self._carry_out(out)
        self.watch.doubts_are_told(self.manager)
        if self.portfolio is not None and self.portfolio.books_loaded:
            on_the_way = [*(r.intent for r in self.gateway), *(w.what for w in self.wire)]
            self.watch.exposure_is_the_worst(self.manager, self.portfolio, self.exchange, on_the_way)

    def _carry_out(self, out: ManagerOut) -> None:
        self.watch.came_out(out)
        self.journal.take(out)
        match out:
            case PlaceOrder():
                self.gateway.append(out)
            case CancelOrders():
                self.cancels.append(out)
            case LookUpOrder() | FetchFills():
                self.reads.append(out)
            case PortfolioChanged():
                self.portfolio = out
            case Drained():
                self.drained = True
            case _:
                pass

    # ------------------------------------------------------------------------------------------------- the end
    def settle(self) -> None:
        """Every fault is over: all that is on its way arrives, every question is answered, the manager drains.

        What rests at the exchange may have met its end unseen; the last pass tells it, as it does at the next start.
        """
        self.halted, passed = False, False
        self._tell(DrainOrders())
        for _ in range(90):
            for request in self.gateway:
                self._answer(request.intent, NotSent("stopping"))
            for sent in self.wire:
                self.exchange.take(sent.what, self.now.utc, 50)
            self.gateway, self.wire = [], []
            while self.cancels:
                self._cancel(2)
            while self.reads:
                self._answer_read(self.reads.pop(0), fails=False)
            self._post(*self.journal.write_all())
            self._deliver_all()
            quiet = self.drained and not self.mail and not self.reads and self._loaded()
            if quiet and passed:
                break
            if quiet:
                self._pass(0)
                passed = True
            self.second += 1
            self._tell(Tick())
        self.journal.write_all()

    def _loaded(self) -> bool:
        return self.portfolio is not None and self.portfolio.books_loaded

    def _deliver_all(self) -> None:
        while self.mail:
            self._deliver(0)
