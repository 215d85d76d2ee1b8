"""Runs histories and has them judged: one in this process, or many over several."""

import multiprocessing
import signal
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import closing
from pathlib import Path
from shutil import copytree
from typing import Final

from attrs import evolve, frozen

from trader247.checker.check import check
from trader247.drivers.simulation.configuring import loaded_for, rereading
from trader247.drivers.simulation.digest import digest
from trader247.drivers.simulation.evidence import evidence_of
from trader247.drivers.simulation.history import History, Past, room
from trader247.drivers.simulation.plan import Plan
from trader247.drivers.simulation.plan_file import Replay
from trader247.drivers.simulation.staging import Terms
from trader247.drivers.simulation.story import story

__all__ = ["Asked", "Judged", "judged", "judged_all"]

_BROKEN_MAX: Final = 20
"""Violations that a verdict spells out."""


@frozen
class Asked:
    """One history to run. ``keep``: where its files are copied to, None for nowhere."""

    seed: int
    hours: float
    plan: Plan
    config: Path
    sets: tuple[str, ...] = ()
    busy: bool = True
    keep: Path | None = None

    def again(self, plan: Plan) -> "Asked":
        """The same with another plan, and nothing kept."""
        return evolve(self, plan=plan, keep=None)

    def replay(self, judged: "Judged", fingerprint: str) -> Replay:
        """What it takes to have it again."""
        return Replay(
            self.seed,
            self.hours,
            self.plan,
            self.sets,
            self.busy,
            fingerprint,
            violated=tuple(judged.broken),
            story=judged.story,
        )


@frozen
class Judged:
    """A verdict on a history, small enough to be sent between processes. ``violations``: (invariant, text)."""

    seed: int
    hours: float
    digest: str
    faults: Mapping[str, int]
    orders: int
    fills: int
    lives: int
    calls: int
    checked: Mapping[str, int]
    violations: Sequence[tuple[str, str]]
    story: str = ""

    @property
    def broken(self) -> list[str]:
        """The invariants that are broken, each once."""
        return sorted({number for number, _ in self.violations})


def judged(asked: Asked, inside: Path | None = None) -> Judged:
    """Run one history here and judge it. ``inside``: where its files are meanwhile, None for a place of its own.

    Raises:
        KeyboardInterrupt: Ctrl-C, bare, whichever task of the history it met.
    """
    loaded = loaded_for(asked.config, asked.sets, busy=asked.busy)
    terms = Terms(loaded, rereading(asked.config, asked.sets, busy=asked.busy))
    with room(inside) as name:
        folder = Path(name)
        past = _run(History(asked.seed, asked.hours, asked.plan, terms, folder))
        evidence = evidence_of(past, loaded.configuration, terms.mode)
        report = check(evidence)
        if asked.keep is not None:
            copytree(folder, asked.keep / f"seed-{asked.seed}", dirs_exist_ok=True)
        violations = [(found.invariant, found.text) for found in report.violations[:_BROKEN_MAX]]
        if past.hung:
            violations.append(("I-23", "the daemon did not come to its end after the last fault was healed"))
        seen = past.scene.witness
        return Judged(
            asked.seed,
            asked.hours,
            digest(past),
            dict(sorted(Counter(f"{each.fault.layer}.{each.fault.kind}" for each in seen.struck).items())),
            len(evidence.orders),
            len(evidence.fills),
            len(seen.lives),
            len(seen.calls),
            dict(report.checked),
            violations,
            story(evidence, report.violations[0]) if report.violations else "",
        )


def _run(history: History) -> Past:
    try:
        return history.run()
    except BaseExceptionGroup as group:
        if group.subgroup(KeyboardInterrupt) is None:
            raise
        raise KeyboardInterrupt from None


def judged_all(asked: Sequence[Asked], jobs: int, on_done: Callable[[Judged], None]) -> list[Judged]:
    """Run many, ``jobs`` at once, each told when it is done; the verdicts in the order asked.

    Ctrl-C ends it at once, whatever runs: the verdicts are then those that there are.
    """
    found: dict[int, Judged] = {}
    try:
        with closing(_one_by_one(asked) if jobs <= 1 or len(asked) == 1 else _at_once(asked, jobs)) as verdicts:
            for at, verdict in verdicts:
                found[at] = verdict
                on_done(verdict)
    except KeyboardInterrupt:
        pass  # fewer verdicts than were asked for say so
    return [found[at] for at in sorted(found)]


def _one_by_one(asked: Sequence[Asked]) -> Generator[tuple[int, Judged]]:
    for at, each in enumerate(asked):
        yield at, judged(each)


def _at_once(asked: Sequence[Asked], jobs: int) -> Generator[tuple[int, Judged]]:
    others = set(multiprocessing.active_children())
    # spawned, not forked: a child then has nothing of what ran here before
    context = multiprocessing.get_context("spawn")
    with room() as shelter, ProcessPoolExecutor(min(jobs, len(asked)), mp_context=context) as pool:
        running = _submitted(pool, asked, Path(shelter))
        children = set(multiprocessing.active_children()) - others
        try:
            for future in as_completed(running):
                yield running[future], future.result()
        except BaseException:
            # nobody waits for them any more, and a history would go on for minutes
            for child in children:
                child.kill()
            pool.shutdown(cancel_futures=True)
            raise


def _submitted(pool: ProcessPoolExecutor, asked: Sequence[Asked], shelter: Path) -> dict[Future[Judged], int]:
    """All of them, by their place. The children begin here and inherit that Ctrl-C is not theirs: it is ours to end
    them, and each would say its own traceback.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return {pool.submit(judged, each, shelter): at for at, each in enumerate(asked)}
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
