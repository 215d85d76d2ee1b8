"""The run's disk: the database with its journal and ballast, opened once, reopened by each incarnation of its actor."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import Final, TypeVar

import trio
from attrs import define

from trader247 import __version__
from trader247.drivers.comparison import BooksCompared, Row, compare
from trader247.drivers.embedded import EmbeddedVenue
from trader247.drivers.left_over import LeftOver
from trader247.messages.control import HaltTripped
from trader247.messages.orders import BooksLoaded
from trader247.model.ids import RunEpoch
from trader247.model.instant import EPOCH, Instant, Moment, Mono
from trader247.model.money import ZERO
from trader247.model.order import Order
from trader247.ports import JournalStore, Recorded
from trader247.runtime.halt import Halted
from trader247.runtime.offload import Offload
from trader247.store.ballast import Ballast
from trader247.store.binding import bind, bound_to
from trader247.store.database import Database, open_database
from trader247.store.faults import DatabaseInUse, JournalDamaged
from trader247.store.halt_note import HaltNote, NotedHalt
from trader247.store.journal import Journal, last_records
from trader247.store.projections import (
    load_acknowledged,
    load_bans,
    load_books,
    load_fills,
    load_halt,
    load_held_breakers,
    load_last_resume,
    load_open_alerts,
    load_opened_breakers,
    load_orders,
    load_recent_orders,
    load_trading_state,
)
from trader247.store.recording import Recorder
from trader247.store.server import Server
from trader247.store.starts import abnormal_starts_within, record_clean_stop, record_start
from trader247.store.verifying import verify

__all__ = ["DATABASE_NAME", "Disk", "once_free", "open_disk"]

T = TypeVar("T")

DATABASE_NAME: Final = "trader247.db"
CRASH_LOOP_STARTS: Final = 3
CRASH_LOOP_S: Final = 600
"""So many starts that did not end in order, within so many seconds, and the daemon starts halted (I-35)."""
ORDERS_LEFT: Final = 100
"""Orders of earlier runs that the faces show: what the ``orders`` command asks for, twice over."""
CHECKED_ROWS: Final = 200_000
"""So many of the newest rows are hashed again at every start: weeks of trading, some two seconds of work."""

FREE_S_MAX: Final = 5.0
"""What the alerter asked the disk last may outlive the tree; a disk that answers at all is done with it by then."""


async def once_free(offload: Offload, work: Callable[[], T]) -> T:
    """The result of ``work``, begun in the journal's thread once nothing of the ended tree is under way there.

    Raises:
        DatabaseInUse: something still is after ``FREE_S_MAX`` seconds; ``work`` was not begun.
    """
    with trio.move_on_after(FREE_S_MAX):
        return await offload.run(work)
    raise DatabaseInUse(f"the disk is still busy with what was begun {FREE_S_MAX:g} s ago; see what holds it up")


@define
class Disk:
    """Everything of this run that is on disk. Used by one thread at a time."""

    data_dir: Path
    database: Database
    account_id: str
    epoch: RunEpoch
    config_hash: str
    fresh: bool = False
    _journal: Journal | None = None
    _newest: Recorder | None = None
    _noted: bool = False

    def open_recorder(self, on_full: Callable[[str], None]) -> JournalStore:
        """The journal, opened anew: its end is checked against the head file, a lost connection is made anew first.

        ``on_full`` is told, in the thread that writes, that the disk is full and the ballast about to go; it halts.
        """
        return _Stamped(self, on_full)

    def _recorder(self, on_full: Callable[[str], None]) -> Recorder:
        if self._journal is not None:
            self._journal.close()
        self.database.renew()
        self._journal = Journal(self.database, epoch=self.epoch, config_hash=self.config_hash)
        ballast = Ballast(self.data_dir)
        ballast.take()
        opened = Recorder(self.database, self._journal, ballast, self.epoch, on_full)
        if self._newest is not None:
            opened.follow(self._newest)
        self._newest = opened
        return opened

    def halted(self, now: Instant, *, used_before: bool = False) -> Halted | None:
        """The halt in force: one that was never resumed, a journal that is gone, or a crash loop.

        ``used_before``: whether this folder or its account has a history; with an empty journal that history is lost,
        and with it every position, every halt and every mark that losses are measured from.
        """
        noted = HaltNote(self.data_dir).read()
        self._noted = noted is not None  # whichever halt this start begins with: once it is written, the note is over
        record = load_halt(self.database)
        if record is not None:
            return Halted(record.reason, record.by, Moment(record.at, Mono(0)))
        if noted is not None:
            return Halted(noted.reason, noted.by, Moment(noted.at, Mono(0)))
        if used_before and self.fresh:
            text = (
                "the journal is new but this account is not: positions, halts and losses of before are not known here; "
                "put the database back, or resume once you have looked after what the account holds"
            )
            return Halted(text, "lost_journal", Moment(now, Mono(0)))
        crashed = abnormal_starts_within(
            self.database,
            window_s=CRASH_LOOP_S,
            now=now,
            apart_from=self.epoch,
            after=load_last_resume(self.database, now),  # who resumed has seen what came before
        )
        if crashed >= CRASH_LOOP_STARTS:
            text = f"{crashed} starts within {CRASH_LOOP_S} s did not end in order"
            return Halted(text, "crash_loop", Moment(now, Mono(0)))
        return None

    def left_over(self) -> LeftOver:
        """What earlier runs left for the next one."""
        return LeftOver(
            state=load_trading_state(self.database),
            standing=load_open_alerts(self.database),
            held=load_held_breakers(self.database),
            opened=load_opened_breakers(self.database),
            bans=load_bans(self.database),
            acknowledged=load_acknowledged(self.database),
            orders=tuple(reversed(load_recent_orders(self.database, ORDERS_LEFT))),
        )

    def unsettled(self) -> tuple[Order, ...]:
        """Orders that are not over, as the journal knows them."""
        return load_orders(self.database, unsettled_only=True)

    def compare(self, venue: EmbeddedVenue) -> BooksCompared:
        """Our books beside the exchange's."""
        books = load_books(self.database, epoch=self.epoch, now=EPOCH)
        ours = {balance.currency: balance.total for balance in books.opening or ()}
        for currency, amount in books.flows:
            ours[currency] = ours.get(currency, ZERO) + amount
        theirs = venue.exchange.books()
        fills = load_fills(self.database, EPOCH)
        rows = (
            Row("fills", Decimal(len(fills)), Decimal(theirs.fill_count)),
            Row("fees", sum((fill.fee for fill in fills), ZERO), theirs.fees),
        )
        totals = {name: balance.available + balance.hold for name, balance in theirs.balances.items()}
        return compare(ours, totals, rows)

    def record_clean_stop(self, at: Instant) -> None:
        """This run ended in order."""
        record_clean_stop(self.database, epoch=self.epoch, at=at)

    def write_last(self, facts: Sequence[Recorded]) -> None:
        """Write what the journal's actor left at its end; what is known to be written already is passed over.

        Raises:
            StoreError: the disk still does not take it.
        """
        if facts:
            self._recorder(lambda _why: None).record(facts)

    def note_halt(self, halt: Halted | None) -> None:
        """Keep a halt that the journal may not have taken for the next start. Raises ``OSError``: nor does this."""
        if halt is not None:
            HaltNote(self.data_dir).write(NotedHalt(halt.reason, halt.by, halt.at.utc))

    def written(self, facts: Sequence[Recorded]) -> None:
        """These are durable now: a halt among them needs its note no more."""
        if self._noted and any(isinstance(recorded.fact, HaltTripped) for recorded in facts):
            HaltNote(self.data_dir).remove()
            self._noted = False

    def close(self) -> None:
        """Close journal and database."""
        if self._journal is not None:
            self._journal.close()
        self.database.close()


class _Stamped:
    """Implements ``ports.JournalStore``: the store's recorder, opened anew where the fingerprint changes, because a
    journal stamps all its rows with the one it was opened with.
    """

    def __init__(self, disk: Disk, on_full: Callable[[str], None]) -> None:
        self._disk = disk
        self._on_full = on_full
        self._open()

    def _open(self) -> None:
        self._recorder = self._disk._recorder(self._on_full)  # noqa: SLF001 - one object in two parts

    def record(self, facts: Sequence[Recorded]) -> int:
        number = self._recorder.record(facts)
        self._disk.written(facts)
        return number

    def check(self) -> None:
        self._recorder.check()

    def prune(self, now: Instant) -> int:
        return self._recorder.prune(now)

    def books(self, now: Instant) -> BooksLoaded:
        return self._recorder.books(now)

    def restamp(self, config_hash: str) -> None:
        self._disk.config_hash = config_hash
        self._open()


def open_disk(
    data_dir: Path,
    database_at: Path | Server,
    *,
    venue: str,
    account_id: str,
    epoch: RunEpoch,
    config_hash: str,
    now: Instant,
) -> Disk:
    """Open the database in a folder or on a server, look it over, bind it to the account, and count the start.

    Raises:
        StoreError: it cannot be opened, is damaged, newer, or another account's; the text says the way out.
    """
    with ExitStack() as undo:
        target = database_at if isinstance(database_at, Server) else database_at / DATABASE_NAME
        database = undo.enter_context(open_database(target))
        _refuse_damage(database)
        fresh = bound_to(database) is None
        bind(database, venue, account_id)
        record_start(database, epoch=epoch, at=now, code_version=__version__)
        undo.pop_all()
    return Disk(data_dir, database, account_id, epoch, config_hash, fresh)


def _refuse_damage(database: Database) -> None:
    """A file that lies about what is held is worse than none: the whole file and the newest links of the chain."""
    database.quick_check()
    newest = last_records(database, 1)
    if not newest:
        return
    verdict = verify(database, from_seq=max(newest[-1].seq - CHECKED_ROWS, 1), upto_seq=newest[-1].seq)
    if not verdict.intact:
        found = verdict.faults[0]
        raise JournalDamaged(f"{database.where}: row {found.seq}: {found.what}. {database.way_back}")
