"""The last cancel reaches our orders only, and never raises."""

import errno
import os
import threading
from collections.abc import Sequence
from typing import Any, cast

import pytest
import trio
from attrs import evolve
from tests.builders import BTC, intent, order, price

from trader247.drivers import last_words
from trader247.drivers.last_words import EXIT_HURRIED, EXIT_STUCK, LastWords, cancel_everything, to_cancel
from trader247.errors import Failure, VenueUnavailable
from trader247.model.ids import ClientOrderId, VenueOrderId
from trader247.model.instant import Instant
from trader247.model.mode import OrderKind
from trader247.model.money import NO_NOTIONAL, NO_QUANTITY
from trader247.model.order import OrderStatus, Side, Style
from trader247.model.venue import CancelAnswer, OrderReport, OrderReports
from trader247.ports import Venue
from trader247.runtime.watchdog import Blocked


def _report(name: str) -> OrderReport:
    return OrderReport(
        venue_order_id=VenueOrderId(f"v-{name}"),
        client_order_id=ClientOrderId(name),
        symbol=BTC,
        side=Side.BUY,
        status=OrderStatus.OPEN,
        filled=NO_QUANTITY,
        filled_notional=NO_NOTIONAL,
        fees=NO_NOTIONAL,
        fill_count=0,
        at=Instant(0),
    )


class _Venue:
    def __init__(self, *, broken: bool = False) -> None:
        self.broken = broken
        self.cancelled: list[VenueOrderId] = []

    async def open_orders(self) -> OrderReports:
        await trio.lowlevel.checkpoint()
        if self.broken:
            raise VenueUnavailable("gone", failure=Failure.RETRYABLE)
        return OrderReports((_report("ours"), _report("theirs")), None)

    async def cancel(self, orders: Sequence[VenueOrderId]) -> tuple[CancelAnswer, ...]:
        await trio.lowlevel.checkpoint()
        self.cancelled += orders
        return ()


class _Ended(Exception):
    pass


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    codes: list[int] = []

    def end(code: int) -> None:
        codes.append(code)
        raise _Ended

    monkeypatch.setattr(os, "_exit", end)
    return codes


@pytest.mark.fault("PR-14")
def test_who_ends_at_once_notes_the_halt_first(ended: list[int]) -> None:
    noted: list[str] = []
    words = LastWords(lambda: noted.append("halt"))
    with pytest.raises(_Ended):
        words.hurried("SIGTERM")
    with pytest.raises(_Ended):
        words.stuck(("feed",))
    with pytest.raises(_Ended):
        words.blocked(Blocked(10.0, "feed", ""))
    assert (noted, ended) == (["halt"] * 3, [EXIT_HURRIED, EXIT_STUCK, EXIT_STUCK])


@pytest.mark.fault("PR-14")
def test_a_disk_that_does_not_answer_or_refuses_keeps_nobody_alive(
    ended: list[int], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(last_words, "NOTE_S_MAX", 0.01)
    answers = threading.Event()

    def wait() -> None:
        answers.wait(60)

    with pytest.raises(_Ended):
        LastWords(wait).hurried("SIGINT")
    answers.set()

    def refuse() -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(last_words, "NOTE_S_MAX", 10.0)
    with pytest.raises(_Ended):
        LastWords(refuse).hurried("SIGINT")
    assert ended == [EXIT_HURRIED, EXIT_HURRIED]
    assert "could not be noted (No space left on device)" in capfd.readouterr().err


def _gasp(venue: Any) -> None:
    trio.run(cancel_everything, cast("Venue", venue), [ClientOrderId("ours")])


def test_our_working_orders_are_cancelled_and_nobody_elses() -> None:
    venue = _Venue()
    _gasp(venue)
    assert venue.cancelled == ["v-ours"]


def test_a_venue_that_is_gone_raises_nothing() -> None:
    venue = _Venue(broken=True)
    _gasp(venue)
    assert venue.cancelled == []


def test_the_last_cancel_is_sent_although_everything_around_it_is_cancelled() -> None:
    venue = _Venue()

    async def cancelled() -> None:
        with trio.CancelScope() as scope:
            scope.cancel()
            await cancel_everything(cast("Venue", venue), [ClientOrderId("ours")])

    trio.run(cancelled)
    assert venue.cancelled == ["v-ours"]


def test_a_process_that_dies_leaves_what_protects_its_positions_unless_it_was_halted() -> None:
    entry = order()
    resting = order(of=evolve(intent(2, kind=OrderKind.EXIT), style=Style.STOP_LIMIT, stop_price=price(95)))
    names = [each.intent.client_order_id for each in (entry, resting)]
    assert to_cancel([entry, resting], halted=False) == names[:1]
    assert to_cancel([entry, resting], halted=True) == names
