"""A story as the journal holds it: a position with its entry and two exits, a refusal, and what stands between them.

Run 00c0ffee00 buys 2 BTC at 100 in two fills, tries to leave and is not filled, leaves at 110, and buys again later.
"""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from attrs import evolve
from tests.board_samples import cycle as board_cycle
from tests.board_samples import trigger
from tests.builders import BTC, ETH, approval, at, fill, intent, moment, order, proposal, trade_proposal

from trader247.core.explain_ids import Row
from trader247.core.explain_search import Found, Search
from trader247.core.journal import JournalFact
from trader247.core.ledger import position_after
from trader247.messages.codec import as_plain, kind_of
from trader247.messages.control import HaltTripped
from trader247.messages.orders import FillBooked, OrderChanged, OrderWithheld
from trader247.messages.trading import CycleFinished, ProposalRefused, RiskReason
from trader247.model.ids import CycleId, ProposalId, RunEpoch, VenueOrderId
from trader247.model.instant import Instant
from trader247.model.mode import OrderKind
from trader247.model.money import ZERO, Notional, Quantity
from trader247.model.order import Fill, Order, OrderStatus, Side
from trader247.model.portfolio import Position
from trader247.ports import Recorded
from trader247.store.ballast import Ballast
from trader247.store.database import Database
from trader247.store.journal import Journal
from trader247.store.recording import Recorder
from trader247.store.starts import record_start

RUN = "00c0ffee00"
CONFIG = "0123456789abcdef"
CYCLE = CycleId(f"{RUN}-c1")
WISH = ProposalId(f"{CYCLE}-rules-1")
REFUSED = ProposalId(f"{CYCLE}-rules-2")
AGAIN = ProposalId(f"{RUN}-c2-rules-1")


def cycle(number: int = 1) -> CycleFinished:
    return evolve(
        board_cycle(number), cycle=CycleId(f"{RUN}-c{number}"), proposals=2, triggers=(trigger(BTC), trigger(ETH))
    )


def refused() -> ProposalRefused:
    reason = RiskReason("asset_cap", "ETH-USD would be too large", "asset", ZERO + 4, ZERO + 6, ZERO + 5)
    return ProposalRefused(proposal(trade_proposal(ETH), index=2), CYCLE, reason)


def withheld() -> OrderWithheld:
    return OrderWithheld(intent(9, symbol=ETH, proposal=f"{RUN}-c9-rules-0"))


def entry() -> Order:
    of = intent(1, size=2, proposal=WISH, stop=95, target=110, max_hold_s=3600, reason="breakout", created=1)
    return order(OrderStatus.NEW, of, venue=None, changed=1)


def unfilled_exit() -> Order:
    of = intent(2, kind=OrderKind.EXIT, size=2, limit=109, proposal=None, reason="target: 110 was reached", created=5)
    return order(OrderStatus.NEW, of, venue=None, changed=5)


def exit_() -> Order:
    of = intent(3, kind=OrderKind.EXIT, size=2, limit=108, proposal=None, reason="target: 110 was reached", created=7)
    return order(OrderStatus.NEW, of, venue=None, changed=7)


def again() -> Order:
    return order(OrderStatus.NEW, intent(4, proposal=AGAIN, created=20), venue=None, changed=20)


def moved(of: Order, status: OrderStatus, event: str, second: float, **changed: Any) -> OrderChanged:
    return OrderChanged(evolve(of, status=status, changed_at=at(second), **changed), event)


def booked(of: Order, held: Position | None, made: Fill) -> FillBooked:
    booking = position_after(held, made, of)
    quantity, fees = Quantity(of.booked + made.quantity), Notional(of.fees + made.fee)
    after = evolve(of, venue_order_id=made.venue_order_id, booked=quantity, fees=fees)
    return FillBooked(made, after, booking.position, booking.realised, ZERO)


def facts() -> tuple[tuple[JournalFact, float], ...]:
    """Every fact with its second of the story; the number of its row is its place, from 1."""
    first = booked(entry(), None, fill("one", venue="v1", size="0.5", fee="0.25", second=3))
    whole = evolve(entry(), status=OrderStatus.FILLED, filled=entry().intent.quantity)
    second = booked(whole, first.position, fill("two", venue="v1", size="1.5", fee="0.75", second=4))
    sold = fill("three", venue="v3", side=Side.SELL, at_price=110, size=2, fee="1.1", second=8)
    left = booked(exit_(), second.position, sold)
    anew = booked(again(), None, fill("four", venue="v4", size=1, fee="0.5", second=21))
    named = {"venue_order_id": VenueOrderId("v1")}
    return (
        (cycle(), 0),
        (approval(1, trade_proposal(reason="breakout")), 0),
        (refused(), 0),
        (OrderChanged(entry(), "new", await_durable=True), 1),
        (moved(entry(), OrderStatus.SUBMITTED, "sent", 1), 1),
        (moved(entry(), OrderStatus.OPEN, "accepted", 2, **named), 2),
        (first, 3),
        (moved(entry(), OrderStatus.FILLED, "seen_filled", 4, filled=entry().intent.quantity, **named), 4),
        (second, 4),
        (OrderChanged(unfilled_exit(), "new", await_durable=True), 5),
        (HaltTripped("somebody looked", "operator", moment(5)), 5),
        (moved(unfilled_exit(), OrderStatus.CANCELED, "seen_canceled", 6, venue_order_id=VenueOrderId("v2")), 6),
        (OrderChanged(exit_(), "new", await_durable=True), 7),
        (left, 8),
        (moved(exit_(), OrderStatus.FILLED, "seen_filled", 9, filled=exit_().intent.quantity), 9),
        (cycle(2), 20),
        (OrderChanged(again(), "new", await_durable=True), 20),
        (anew, 21),
        (withheld(), 22),
    )


def rows(told: Sequence[tuple[JournalFact, float]] | None = None) -> tuple[Row, ...]:
    """The facts (of the story, if none are given) as rows of a journal."""
    return tuple(
        row(fact, number, at(second)) for number, (fact, second) in enumerate(facts() if told is None else told, 1)
    )


def row(fact: JournalFact, number: int = 1, when: Instant | None = None) -> Row:
    return Row(number, at(0) if when is None else when, kind_of(fact), None, CONFIG, RUN, as_plain(fact))


def write(database: Database) -> None:
    """The story into the journal of a run that was counted."""
    record_start(database, epoch=RunEpoch(RUN), at=at(0), code_version="0.1.0")
    with closing(Journal(database, epoch=RunEpoch(RUN), config_hash=CONFIG)) as journal:
        recorder = Recorder(database, journal, Ballast(Path("unused")), RunEpoch(RUN), lambda _why: None)
        recorder.record([Recorded(fact, at(second), None) for fact, second in facts()])


def searched(key: str, told: Sequence[Row] | None = None) -> Found:
    """What a search finds in the rows. Every row is given at every look: what it is given too much does no harm."""
    search = Search(key)
    while True:
        for each in rows() if told is None else told:
            search.take(each)
        found = search.turn()
        if found is not None:
            return found
