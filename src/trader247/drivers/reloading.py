"""Taking over a changed configuration while the daemon runs (requirement SUP6): all of it, or nothing.

The same folder, environment and command line are read again, with the same checks, in a worker thread. A fault, or one
changed key that needs a restart, refuses the whole; the running configuration stays. Otherwise *trading* goes down from
the first actor that reads a changed key, *safety* follows one by one, and trading comes up again; what must not be
restarted is told (``drivers/readers.py``). Nothing is entered meanwhile, because a guard says no. If an actor does not
come up, the old configuration is put back in the same way; if that does not start either, trading halts.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any, Final

import structlog
import trio
from attrs import evolve, frozen

from trader247.config.faults import ConfigurationFaults
from trader247.config.fingerprint import Change, changes
from trader247.config.loading import Loaded
from trader247.config.schema import Configuration, LogTerms
from trader247.drivers.readers import Plan, plan_for, unread
from trader247.drivers.topology import Topology
from trader247.errors import ConfigurationInvalid, RefusedByGate, Trader247Error
from trader247.messages.control import ConfigurationReloaded, Guard, GuardVoted, KeyChanged
from trader247.ports import Offload
from trader247.runtime.administration import Answer
from trader247.runtime.asking import Reply
from trader247.runtime.exits import ActorDown, StartFailed, one_line
from trader247.runtime.incarnation import Raised, attempt
from trader247.runtime.running import Running

__all__ = ["RELOAD", "Reloaded", "Reloader", "Source", "verdict_on"]

RELOAD: Final = "reload"
"""Who trips the halt where no configuration starts any more."""

_VALUE_CHARS_MAX: Final = 200
"""A changed value in a log line or an answer; a whole strategy that comes or goes would fill a screen."""

_LISTED_MAX: Final = 20
"""Changes that a line spells out; it gives the number of the rest."""


@frozen
class Source:
    """Where the configuration came from. ``loaded`` is the one in force.

    ``read`` blocks and raises ``ConfigurationFaults``; ``fit`` cuts a configuration to what this run's market has;
    ``set_log`` is called on the loop.
    """

    loaded: Loaded
    read: Callable[[], Loaded]
    fit: Callable[[Configuration], Configuration]
    set_log: Callable[[LogTerms], None]


@frozen
class Reloaded:
    """A reload that was done. ``renewed`` are the children that were started again; nothing changed without changes.

    ``sources``: the kinds of strategies whose files changed, which only a restart takes.
    """

    before: str
    after: str
    changes: tuple[KeyChanged, ...] = ()
    renewed: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """One sentence for a person; another one where sources changed."""
        if self.sources:
            stays = evolve(self, sources=()).text
            return f"{stays}. The source of {_first(self.sources)} changed: restart the daemon to run it"
        if not self.changes:
            return f"nothing changed; configuration {self.after} stays in force"
        started = f"; started again: {', '.join(self.renewed)}" if self.renewed else ""
        return f"configuration {self.after} is in force, before {self.before}: {_listed(self.changes)}{started}"


def verdict_on(found: tuple[Change, ...]) -> tuple[KeyChanged, ...]:
    """The changes in words, if a running daemon may take all of them; none is taken where one may not.

    Raises:
        RefusedByGate: naming each key that needs a restart, both its values, and what waits with it.
    """
    unknown = frozenset(unread(found))
    fixed: list[Change] = []
    rest: list[str] = []
    for change in found:
        key = ".".join(change.path)
        if change.reloadable and key not in unknown:
            rest.append(key)
        else:
            fixed.append(change)
    if not fixed:
        return _in_words(found)
    told = _listed(_in_words(tuple(fixed)))
    waiting = f" (with them waits: {_first(rest)})" if rest else ""
    raise RefusedByGate(f"nothing was changed: {told}: restart the daemon to apply{waiting}")


def _in_words(found: tuple[Change, ...]) -> tuple[KeyChanged, ...]:
    return tuple(KeyChanged(".".join(c.path), _shown(c.before), _shown(c.after)) for c in found)


def _shown(value: Any) -> str:
    """As YAML would have it on one line, cut where it is long."""
    text = value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text if len(text) <= _VALUE_CHARS_MAX else f"{text[: _VALUE_CHARS_MAX - 1]}…"


def _listed(changed: tuple[KeyChanged, ...]) -> str:
    return _first([f"{change.key} {change.before} -> {change.after}" for change in changed])


def _first(texts: Sequence[str]) -> str:
    more = len(texts) - _LISTED_MAX
    return ", ".join([*texts[:_LISTED_MAX], *([f"and {more} more"] if more > 0 else [])])


@frozen
class _Next:
    """A configuration that may be taken: everything about it that takes time was done in the thread."""

    loaded: Loaded
    fitted: Configuration
    changed: tuple[KeyChanged, ...]
    plan: Plan
    sources: tuple[str, ...] = ()


class Reloader:
    """One reload at a time, in a task of its own: who asked may leave, and it goes on to its end."""

    def __init__(
        self,
        source: Source,
        topology: Topology,
        running: Callable[[], Running],
        *,
        offload: Offload,
        stopping: Callable[[], str],
        set_faces: Callable[[Configuration], None],
    ) -> None:
        """``stopping`` says why the daemon ends, or nothing; ``set_faces`` takes over what the faces compare with."""
        self._source = source
        self._topology = topology
        self._running = running
        self._offload = offload
        self._stopping = stopping
        self._set_faces = set_faces
        self._nursery: trio.Nursery | None = None
        self._busy = False

    async def serve(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Takes requests until cancelled. A reload that is cancelled is cut where it is: the daemon is ending."""
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            task_status.started()
            await trio.sleep_forever()

    def begin(self, reason: str, by: str) -> Reply[Reloaded]:
        """Begins a reload; its end is logged, and told to who waits for the reply.

        Raises:
            RefusedByGate: the daemon is stopping, or another reload is under way.
        """
        if self._stopping() or self._nursery is None:
            raise RefusedByGate(f"no reload: the daemon is stopping ({self._stopping() or 'it has not started'})")
        if self._busy:
            raise RefusedByGate("no reload: another one is under way; ask again when it is over")
        self._busy = True
        reply = Reply[Reloaded]()
        self._nursery.start_soon(self._carry_out, reason, by, reply)
        return reply

    async def reload(self, reason: str, by: str) -> Reloaded:
        """As ``begin``, and waits for the end. Cancelled: only the waiting ends.

        Raises:
            RefusedByGate: not now, or not without a restart; nothing was changed.
            ConfigurationInvalid: the files are wrong, every fault in the text; nothing was changed.
            Trader247Error: an actor did not start with it; the old configuration is in force, or trading halted.
        """
        return await self.begin(reason, by).wait()

    async def _carry_out(self, reason: str, by: str, reply: Reply[Reloaded]) -> None:
        log = structlog.get_logger()
        try:
            done = await self._reload(reason, by)
        except Trader247Error as error:
            log.warning("reload", text=f"refused: {'; '.join(str(error).splitlines())}")
            reply.fail(error)
        else:
            if not done.changes:
                log.info("reload", text=done.text)  # a change is told by its own fact
            reply.answer(done)
        finally:
            self._busy = False
            reply.fail(RefusedByGate("no reload: the daemon is stopping"))

    async def _reload(self, reason: str, by: str) -> Reloaded:
        found = await self._offload.run(lambda: attempt(self._look))
        if isinstance(found, Raised):
            raise _explained(found.error) from found.error
        before = self._source.loaded
        if not found.changed:
            return Reloaded(before.fingerprint, before.fingerprint, sources=found.sources)
        if self._stopping():
            raise RefusedByGate(f"no reload: the daemon is stopping ({self._stopping()})")
        try:
            await self._switch(found, reason, by)
        except StartFailed as failed:
            await self._put_back(found, before, failed)
        if self._stopping():
            raise RefusedByGate(f"the reload was cut short: the daemon is stopping ({self._stopping()})")
        return Reloaded(
            before.fingerprint,
            found.loaded.fingerprint,
            found.changed,
            (*found.plan.safety, *found.plan.trading),
            found.sources,
        )

    def _look(self) -> _Next:
        """In the thread: read, check, compare.

        Raises:
            ConfigurationFaults: the files are wrong.
            RefusedByGate: it needs a restart.
        """
        loaded = self._source.read()
        found = changes(self._source.loaded.configuration, loaded.configuration)
        changed = verdict_on(found)
        plan, sources = plan_for(found, self._running().root), self._source.loaded.third.moved_on()
        return _Next(loaded, self._source.fit(loaded.configuration), changed, plan, sources)

    # ------------------------------------------------------------------------------------------------- the change
    async def _switch(self, new: _Next, reason: str, by: str) -> None:
        """Trading down, the new configuration, safety one by one, trading up.

        Raises:
            StartFailed: a child did not come up; those before it are up, those after it down.
        """
        await self._take_down(new.plan)
        self._take(new, reason, by)
        for name in new.plan.safety:
            await self._terminate(name)
            await self._start(name)
        for name in new.plan.trading:
            await self._start(name)

    async def _put_back(self, tried: _Next, before: Loaded, failed: StartFailed) -> None:
        """The configuration of before, for every child of the plan; one that does not start is its supervisor's now.

        Raises:
            Trader247Error: always, saying which configuration is in force and why.
        """
        child, fingerprint = " / ".join(failed.path), tried.loaded.fingerprint
        why = f"{child} does not start with configuration {fingerprint}: {failed.exit.reason}"
        back = tuple(evolve(change, before=change.after, after=change.before) for change in tried.changed)
        old = _Next(before, self._source.fit(before.configuration), back, tried.plan)
        await self._take_down(old.plan)
        self._take(old, why, RELOAD)
        answers = {}
        for name in old.plan.safety:
            await self._terminate(name)
            answers[name] = await self._start(name, retried=True)
        for name in old.plan.trading:
            answers[name] = await self._start(name, retried=True)
        lost = [name for name, answer in answers.items() if answer is Answer.RESTARTING]
        if lost:
            text = f"{why}; nor does {', '.join(lost)} with {before.fingerprint}, which started before"
            self._topology.halt.trip(text, RELOAD)
            raise Trader247Error(f"{text}; trading is halted")
        raise Trader247Error(f"{why}; configuration {before.fingerprint} is in force again")

    def _take(self, new: _Next, reason: str, by: str) -> None:
        """From this step on the configuration is the new one, for who is made, who is told and what is written."""
        box = self._topology.box
        fact = ConfigurationReloaded(self._source.loaded.fingerprint, new.loaded.fingerprint, by, reason, new.changed)
        self._source = evolve(self._source, loaded=new.loaded)
        box.journal.post(fact)
        box.board.post(fact)
        self._topology.take(new.fitted)
        self._set_faces(new.fitted)
        self._source.set_log(new.fitted.app.log)

    async def _take_down(self, plan: Plan) -> None:
        """The last first; then the guard says no: what was approved under the old configuration does not leave."""
        for name in reversed(plan.trading):
            await self._terminate(name)
        if plan.trading:
            vote = GuardVoted(Guard.RISK, yes=False, reason="the configuration is being reloaded")
            self._topology.box.permit_desk.post(vote)

    async def _terminate(self, name: str) -> None:
        try:
            await self._running().terminate_child(name)
        except ActorDown:
            return  # its group gave up or the daemon ends; whoever is made after this reads the new configuration

    async def _start(self, name: str, *, retried: bool = False) -> Answer:
        try:
            return await self._running().restart_child(name, retried=retried)
        except ActorDown:
            return Answer.NOT_FOUND


def _explained(error: Exception) -> Trader247Error:
    """What reading raised, as who asked should hear it."""
    if isinstance(error, ConfigurationFaults):
        count = len(error.faults)
        faults = "\n".join(str(error).splitlines()[1:])
        return ConfigurationInvalid(f"{count} fault{'s' if count > 1 else ''}; nothing was changed\n{faults}")
    if isinstance(error, Trader247Error):
        return error
    return Trader247Error(f"the configuration cannot be read ({one_line(error)}); nothing was changed")
