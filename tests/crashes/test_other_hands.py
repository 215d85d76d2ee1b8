"""Somebody else acts on the daemon's account, and no stream says so: what each class of difference comes to."""

import json
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest
import trio
from attrs import define, field
from tests.crashes import life
from tests.crashes.truth import violations
from tests.runtime.scripted import unwrapped, virtually

from trader247.drivers.memory_venue import MemoryVenue
from trader247.drivers.simulate import SimulatedDaemon
from trader247.messages.control import AlertChanged, AlertState, Severity
from trader247.messages.reconciling import AcceptBalances
from trader247.model.instant import Instant
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.ledger import HOUSE
from trader247.venues.simulated.order_record import ExchangeOrder, OrderState

pytestmark = [pytest.mark.req("REC1"), pytest.mark.timeout(120)]

SEED = 4
PASSES_S = 70
"""Two turns of the reconciler and a little: what stands is believed by then."""
PATIENT = ("policy.execution.entry_ttl_s=600",)
BY_FILLS_ALONE = ("I-03", "I-07", "I-08")
"""The checker sums fills, of which what came or went otherwise has none; the tables are compared by ``totals``."""
FAR = {"limit_limit_gtc": {"base_size": "0.01", "limit_price": "10000", "post_only": True}}


@define
class Account:
    """A daemon at work, and the exchange under somebody else's hands."""

    folder: Path
    patient: bool = False
    world: SimulatedExchange = field(factory=lambda: life.exchange(SEED))
    daemon: SimulatedDaemon = field(init=False)
    reached: MemoryVenue = field(init=False)

    def play(self, scene: Callable[["Account"], Awaitable[None]]) -> list[str]:
        """The scene, a drain, and what is then wrong with the books."""
        unwrapped(lambda: virtually(lambda: self._main(scene), seed=SEED))
        return violations(self.world, self.folder)

    async def _main(self, scene: Callable[["Account"], Awaitable[None]]) -> None:
        self.reached = life.venue(self.world, life.START, SEED)
        config = life.busy(*(PATIENT if self.patient else ()))
        async with trio.open_nursery() as outside:
            await outside.start(self.reached.run)
            async with trio.open_nursery() as inside:
                self.daemon = SimulatedDaemon(config, self.folder, self.reached, SEED, disk_s=life.DISK_S)
                await inside.start(self.daemon.run)
                await trio.sleep(60)
                await scene(self)
                with trio.fail_after(900):
                    await self.daemon.drain()
            outside.cancel_scope.cancel()

    @property
    def me(self) -> str:
        return self.world.portfolio_id

    def now(self) -> Instant:
        return self.reached.clock.now().utc

    def alerts(self, key: str) -> list[AlertChanged]:
        return [alert for alert in self.daemon.heard.alerts if alert.key == key]

    def made(self) -> int:
        """How many orders the daemon has at the exchange, ever."""
        return sum(not each.client_order_id.startswith("hand") for each in self.world.records._orders.values())

    async def resting(self) -> ExchangeOrder:
        """A buy of the daemon's that rests, untouched."""
        with trio.fail_after(600):
            while True:
                before = self._untouched()
                await trio.sleep(0.5)  # long enough for an answer to arrive
                if still := [order for order in before if order in self._untouched()]:
                    return still[0]

    def _untouched(self) -> list[ExchangeOrder]:
        return [
            order
            for order in self.world.records._orders.values()
            if order.state is OrderState.OPEN and order.side.value == "BUY" and not order.filled_size
        ]

    def totals(self) -> list[dict[str, Decimal]]:
        """What the tables say the account holds, and what the exchange says; zeros left out."""
        with closing(sqlite3.connect(self.folder / "trader247.db")) as books:
            ((opening,),) = books.execute("SELECT value FROM meta WHERE key = 'opening_balances'").fetchall()
            flows = books.execute("SELECT currency, amount FROM flows").fetchall()
        ours = {name: Decimal(free) + Decimal(held) for name, free, held in json.loads(opening)}
        for currency, amount in flows:
            ours[currency] = ours.get(currency, Decimal(0)) + Decimal(amount)
        theirs = {name: balance.total for name, balance in self.world.ledger.balances(self.me).items()}
        return [{name: total for name, total in side.items() if total} for side in (ours, theirs)]

    def kinds(self) -> list[str]:
        """Every kind of difference that was believed, as the journal has them."""
        with closing(sqlite3.connect(self.folder / "trader247.db")) as books:
            rows = books.execute("SELECT body FROM journal WHERE kind = 'difference_found' ORDER BY seq").fetchall()
        return [json.loads(body)["difference"]["kind"] for (body,) in rows]


@pytest.mark.fault("OL-12", "OP-07")
def test_an_order_of_another_client_is_counted_and_left_alone_while_trading_goes_on(tmp_path: Path) -> None:
    async def scene(it: Account) -> None:
        it.world.place(it.me, "hand-1", "BTC-USD", "BUY", FAR, now=it.now())
        before = it.made()
        await trio.sleep(2 * PASSES_S)
        told = it.alerts("external_activity")
        assert [(a.severity, a.text) for a in told if a.state is AlertState.RAISED][:1] == [
            (Severity.INFO, "external: 1 working on BTC-USD not ours. It is left alone")
        ]
        assert it.made() > before

    it = Account(tmp_path)
    found = it.play(scene)
    (hand,) = (o for o in it.world.records._orders.values() if o.client_order_id == "hand-1")
    assert hand.state is OrderState.OPEN
    assert [text for text in found if "hand-1" not in text and hand.order_id not in text] == []
    assert it.kinds() == ["external"]


def test_a_deposit_is_told_and_trading_goes_on_with_what_the_books_say(tmp_path: Path) -> None:
    async def scene(it: Account) -> None:
        it.world.ledger.deposit(it.me, "USD", Decimal(1_000))
        before = it.made()
        await trio.sleep(3 * PASSES_S)
        assert [a.severity for a in it.alerts("external_activity")][:1] == [Severity.WARNING]
        assert it.alerts("reconcile_mismatch") == []
        assert it.made() > before
        it.daemon.topology.box.reconciler.post(AcceptBalances("a deposit", "test"))
        await trio.sleep(PASSES_S)
        assert it.alerts("external_activity")[-1].state is AlertState.RESOLVED

    it = Account(tmp_path)
    assert [text for text in it.play(scene) if not text.startswith(BY_FILLS_ALONE)] == []
    ours, theirs = it.totals()
    assert ours == theirs


def test_a_withdrawal_stops_entries_until_a_person_accepts_it_and_is_no_loss(tmp_path: Path) -> None:
    async def scene(it: Account) -> None:
        it.world.ledger.pay(it.me, HOUSE, "USD", Decimal(60_000))
        await trio.sleep(3 * PASSES_S)
        (first, *_) = it.alerts("reconcile_mismatch")
        assert first.severity is Severity.CRITICAL
        assert "size: USD: ours " in first.text
        assert "accept-balances" in first.text
        stood = it.made()
        await trio.sleep(PASSES_S)
        assert it.made() <= stood + 3  # exits of what was held
        it.daemon.topology.box.reconciler.post(AcceptBalances("my own withdrawal", "test"))
        await trio.sleep(2 * PASSES_S)
        assert it.alerts("reconcile_mismatch")[-1].state is AlertState.RESOLVED
        assert it.daemon.halt.tripped is None, "sixty percent less is a withdrawal, and no drawdown"
        assert it.made() > stood + 3

    it = Account(tmp_path)
    assert [text for text in it.play(scene) if not text.startswith(BY_FILLS_ALONE)] == []
    ours, theirs = it.totals()
    assert ours == theirs
    assert "size" in it.kinds()


def test_an_order_edited_by_hand_is_told_with_both_numbers_and_over_when_the_order_is(tmp_path: Path) -> None:
    async def scene(it: Account) -> None:
        order = await it.resting()
        size, limit = order.terms.base_size, order.terms.limit_price
        assert size is not None
        assert limit is not None
        lower = (limit * Decimal("0.9")).quantize(limit)
        refusal, _ = it.world.edit(it.me, order.order_id, {"price": str(lower), "size": str(size * 2)}, it.now())
        assert refusal is None
        await trio.sleep(PASSES_S)
        told = it.alerts("reconcile_mismatch")[-1]
        assert told.severity is Severity.CRITICAL
        assert f"size: order {order.order_id} was made for " in told.text
        assert f"price: order {order.order_id} was made at " in told.text
        it.world.cancel(it.me, order.order_id, it.now())
        await trio.sleep(PASSES_S)
        assert it.alerts("reconcile_mismatch")[-1].state is AlertState.RESOLVED

    it = Account(tmp_path, patient=True)
    assert it.play(scene) == []
    assert {"price", "size"} <= set(it.kinds())


@pytest.mark.fault("OP-07", "WS-07")
def test_an_order_cancelled_by_hand_ends_in_our_books_by_the_venues_history(tmp_path: Path) -> None:
    async def scene(it: Account) -> None:
        order = await it.resting()
        it.world.cancel(it.me, order.order_id, it.now())
        await trio.sleep(PASSES_S)
        working = [o.venue_order_id for o in it.daemon.disk.unsettled()]
        assert order.order_id not in working

    it = Account(tmp_path, patient=True)
    assert it.play(scene) == []
    assert it.kinds() == []


@pytest.mark.fault("WS-07")
def test_a_fill_that_no_stream_told_is_fetched_and_booked(tmp_path: Path) -> None:
    async def scene(it: Account) -> None:
        order = await it.resting()
        it.world.open_portfolio("other", {"BTC": Decimal(1_000), "ETH": Decimal(10_000), "SOL": Decimal(100_000)})
        limit, size = order.terms.limit_price, order.terms.base_size
        assert limit is not None
        asked = {"sor_limit_ioc": {"base_size": "900", "limit_price": str(limit)}}
        it.world.place("other", "sells", order.product_id, "SELL", asked, now=it.now())
        assert order.filled_size == size, "the scene needs it filled"
        await trio.sleep(PASSES_S)
        assert order.order_id not in [o.venue_order_id for o in it.daemon.disk.unsettled()]
        assert it.alerts("reconcile_mismatch") == []

    it = Account(tmp_path, patient=True)
    assert it.play(scene) == []
    assert it.kinds() == []


def test_coins_of_a_position_sold_by_hand_leave_the_books_when_a_person_accepts_it(tmp_path: Path) -> None:
    async def scene(it: Account) -> None:
        with trio.fail_after(600):
            while not (held := it.world.ledger.available(it.me, "ETH")):  # noqa: ASYNC110 - a fact without an event
                await trio.sleep(0.2)
        it.world.ledger.pay(it.me, HOUSE, "ETH", held)
        it.world.ledger.deposit(it.me, "USD", held * 2_000)
        await trio.sleep(3 * PASSES_S)
        assert "ETH: ours" in it.alerts("reconcile_mismatch")[-1].text
        it.daemon.topology.box.reconciler.post(AcceptBalances("sold by hand", "test"))
        await trio.sleep(PASSES_S)
        assert it.alerts("reconcile_mismatch")[-1].state is AlertState.RESOLVED

    it = Account(tmp_path)
    assert [text for text in it.play(scene) if not text.startswith(BY_FILLS_ALONE)] == []
    ours, theirs = it.totals()
    assert ours == theirs
