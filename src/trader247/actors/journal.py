"""The journal's shell: the only writer of the database. It commits in groups, on a worker thread, and never loses one.

What was taken and not yet written is kept in the ``backlog``, which outlives a restart of this actor as the mailbox
does. A disk that is full or failing trips the halt latch first, in memory; then this actor fails, and its supervisor
tries it again until its patience is used up and the daemon ends with its last-gasp cancel.
"""

from collections import deque
from collections.abc import Callable
from functools import partial
from itertools import islice, takewhile
from typing import Final

import trio

from trader247.core.journal import JournalFact, JournalIn, waits_for_disk
from trader247.errors import FactRefused, Trader247Error
from trader247.messages.control import AlertRaised, ConfigurationReloaded, Guard, GuardVoted, Severity
from trader247.messages.orders import BooksLoaded, IntentDurable, LoadBooks
from trader247.model.ids import AlertKey
from trader247.ports import Clock, JournalStore, Offload, Recorded
from trader247.runtime.alarms import next_multiple
from trader247.runtime.channels import Envelope, Mailbox, Sender
from trader247.runtime.halt import Halt

__all__ = ["JOURNAL", "JournalActor"]

JOURNAL: Final = "journal"
"""Who trips the halt when nothing can be written any more."""

_GROUP_MAX: Final = 512
"""Facts per commit: about 25 ms of work on the thread, one fsync for all of them."""
_VOTE_S: Final = 1.0
_PRUNE_FIRST_S: Final = 60.0
"""A start has better things to do."""
_PRUNE_EVERY_S: Final = 3_600.0
_PRUNE_AGAIN_S: Final = 1.0
"""Between two steps while there is more: 3,600,000 rows an hour at most, and the thread is free between them."""


class JournalActor:
    """Writes facts in the order they came; answers ``IntentDurable`` and ``BooksLoaded``."""

    def __init__(
        self,
        inbox: Mailbox[JournalIn],
        open_store: Callable[[], JournalStore],
        backlog: deque[Recorded],
        *,
        manager: Sender[IntentDurable | BooksLoaded],
        desk: Sender[GuardVoted],
        alerter: Sender[AlertRaised],
        halt: Halt,
        clock: Clock,
        offload: Offload,
    ) -> None:
        """``open_store`` opens the disk anew for each incarnation; ``backlog`` is the topology's."""
        self._inbox = inbox
        self._open_store = open_store
        self._backlog = backlog
        self._manager = manager
        self._desk = desk
        self._alerter = alerter
        self._halt = halt
        self._clock = clock
        self._offload = offload
        self._rows = 0

    async def run(self, ready: Callable[[], None]) -> None:
        """Until cancelled. Raises what the store raised when it can write no more."""
        store = await self._offload.run(self._open_store)
        await self._flush(store)
        ready()
        next_vote = trio.current_time()
        next_prune = next_vote + _PRUNE_FIRST_S
        while True:
            if trio.current_time() >= next_vote:
                self._check(store)
                self._desk.post(GuardVoted(Guard.JOURNAL, yes=True, reason=f"{self._rows} rows"))
                next_vote = next_multiple(_VOTE_S, trio.current_time())
            if trio.current_time() >= next_prune and not self._inbox.depth:  # nobody waits for the disk
                more = await self._prune(store)
                next_prune = trio.current_time() + (_PRUNE_AGAIN_S if more else _PRUNE_EVERY_S)
            envelope = await self._inbox.take_until(next_vote)
            if envelope is not None:
                await self._take_group(store, envelope)

    async def close(self, _why: object) -> None:
        """Write what is left, within the grace: stopping loses nothing."""
        while self._inbox.depth:
            envelope = await self._inbox.take()
            if not isinstance(envelope.body, LoadBooks):
                self._keep(envelope.body, envelope)
        if self._backlog:
            await self._flush(await self._offload.run(self._open_store))

    async def _prune(self, store: JournalStore) -> bool:
        try:
            return await self._offload.run(partial(store.prune, self._clock.now().utc)) > 0
        except Trader247Error as error:
            self._give_up(error)
            raise

    def _check(self, store: JournalStore) -> None:
        try:
            store.check()
        except Trader247Error as error:
            self._give_up(error)
            raise

    def _give_up(self, error: Trader247Error) -> None:
        self._halt.trip(f"the journal cannot write: {error}", JOURNAL)
        self._desk.post(GuardVoted(Guard.JOURNAL, yes=False, reason=str(error)))

    async def _take_group(self, store: JournalStore, first: Envelope[JournalIn]) -> None:
        envelope: Envelope[JournalIn] | None = first
        while envelope is not None:
            body = envelope.body
            if isinstance(body, LoadBooks):
                await self._flush(store)
                now = self._clock.now().utc
                self._manager.post(await self._offload.run(partial(store.books, now)), envelope.seq)
            else:
                self._keep(body, envelope)
            more = self._inbox.depth > 0 and len(self._backlog) < _GROUP_MAX
            envelope = await self._inbox.take() if more else None
        await self._flush(store)

    def _keep(self, fact: JournalFact, envelope: Envelope[JournalIn]) -> None:
        self._backlog.append(Recorded(fact, envelope.at.utc, envelope.cause))

    async def _flush(self, store: JournalStore) -> None:
        while self._backlog:
            group = await self._next_group(store)
            try:
                await self._write(store, group)
            except FactRefused as error:
                if len(group) > 1:
                    await self._one_by_one(store, len(group))
                else:
                    self._set_aside(error)

    async def _next_group(self, store: JournalStore) -> list[Recorded]:
        """A change of the configuration begins a group, stamped anew: whatever came before it carries the old one.

        Where its write fails it stays in the backlog, and the next try stamps the same again.
        """
        first = self._backlog[0]
        if isinstance(first.fact, ConfigurationReloaded):
            try:
                await self._offload.run(partial(store.restamp, first.fact.after))
            except Trader247Error as error:
                self._give_up(error)
                raise
            return [first]
        waiting = islice(self._backlog, _GROUP_MAX)
        return list(takewhile(lambda recorded: not isinstance(recorded.fact, ConfigurationReloaded), waiting))

    async def _one_by_one(self, store: JournalStore, count: int) -> None:
        """Find the fact that cannot be written, and write the others."""
        for _ in range(count):
            try:
                await self._write(store, [self._backlog[0]])
            except FactRefused as error:
                self._set_aside(error)

    async def _write(self, store: JournalStore, group: list[Recorded]) -> None:
        """One commit of the backlog's first facts; a disk that fails halts before anybody else hears of it."""
        try:
            self._rows = await self._offload.run(partial(store.record, group))
        except FactRefused:
            raise
        except Trader247Error as error:
            self._give_up(error)
            raise
        for recorded in group:
            self._backlog.popleft()
            answer = waits_for_disk(recorded.fact)
            if answer is not None:
                self._manager.post(answer)

    def _set_aside(self, error: FactRefused) -> None:
        recorded = self._backlog.popleft()
        text = f"the journal refused {type(recorded.fact).__name__}: {error}"
        self._halt.trip(text, "journal_refused")
        self._alerter.post(AlertRaised(AlertKey("journal_refused"), Severity.CRITICAL, text))
