"""Runs histories and has them judged: one in this process, or many over several."""

import multiprocessing
import signal
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from pathlib import Path
from shutil import copytree, rmtree
from typing import Final

from attrs import evolve, frozen

from trader247.checker.check import check
from trader247.drivers.simulation.configuring import loaded_for, rereading
from trader247.drivers.simulation.digest import digest
from trader247.drivers.simulation.evidence import evidence_of
from trader247.drivers.simulation.history import History, room
from trader247.drivers.simulation.plan import Plan
from trader247.drivers.simulation.plan_file import Replay
from trader247.drivers.simulation.staging import Terms
from trader247.drivers.simulation.story import story
from trader247.drivers.worker_life import end_with_parent
from trader247.errors import ConfigurationInvalid, Trader247Error

__all__ = ["Asked", "HistoriesLost", "Judged", "judged", "judged_all"]

_BROKEN_MAX: Final = 20
"""Violations that a verdict spells out."""


class HistoriesLost(Trader247Error):
    """Worker processes died; the histories that were finished before were told."""

    exit_code = 5


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


def judged(asked: Asked) -> Judged:
    """Run one history here and judge it.

    Raises:
        KeyboardInterrupt: as it was, wherever in the daemon it struck.
    """
    loaded = loaded_for(asked.config, asked.sets, busy=asked.busy)
    terms = Terms(loaded, rereading(asked.config, asked.sets, busy=asked.busy))
    with room(_rooms) as name:
        folder = Path(name)
        try:
            past = History(asked.seed, asked.hours, asked.plan, terms, folder).run()
        except BaseExceptionGroup as several:  # the daemon's tree passes Ctrl-C on among what else ended with it
            if several.subgroup(KeyboardInterrupt) is None:
                raise
            raise KeyboardInterrupt from several
        evidence = evidence_of(past, loaded.configuration, terms.mode)
        report = check(evidence)
        if asked.keep is not None:
            _kept(folder, asked.keep / f"seed-{asked.seed}")
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


def _kept(folder: Path, target: Path) -> None:
    """Copy what a history wrote; of an earlier one nothing stays that would be read with it."""
    try:
        for old in target.glob("trader247.*"):
            old.unlink()
        copytree(folder, target, dirs_exist_ok=True)
    except OSError as fault:
        raise ConfigurationInvalid(
            f"{target}: the history cannot be kept there: {fault}; name another --keep"
        ) from None


def judged_all(asked: Sequence[Asked], jobs: int, on_done: Callable[[Judged], None]) -> list[Judged]:
    """Run many, ``jobs`` at once, each told when it is done; the verdicts in the order asked.

    Where it is interrupted or fails, what was finished was told, and what is not is given up at once.

    Raises:
        HistoriesLost: worker processes died.
    """
    found: dict[int, Judged] = {}
    many = jobs > 1 and len(asked) > 1
    told = _over_processes(asked, min(jobs, len(asked))) if many else ((at, judged(e)) for at, e in enumerate(asked))
    with closing(told):
        for at, verdict in told:
            found[at] = verdict
            on_done(verdict)
    return [found[at] for at in range(len(asked))]


_rooms: Path | None = None
"""In a worker process: the folder that all of them have their rooms in, which their parent clears away."""


def _begin(rooms: str) -> None:
    global _rooms  # noqa: PLW0603 - a worker process is told once, at its beginning
    _rooms = Path(rooms)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group, and is the parent's to answer
    end_with_parent(lambda: rmtree(rooms, ignore_errors=True))


def _over_processes(asked: Sequence[Asked], jobs: int) -> Generator[tuple[int, Judged], None, None]:
    # spawned, not forked: a child then has nothing of what ran here before
    context, others = multiprocessing.get_context("spawn"), multiprocessing.active_children()
    with room() as rooms, ProcessPoolExecutor(jobs, context, _begin, (rooms,)) as pool:
        left: dict[Future[Judged], int] = {}
        try:
            left = {pool.submit(judged, each): at for at, each in enumerate(asked)}
            for future in as_completed(tuple(left)):
                if not isinstance(future.exception(), BrokenProcessPool):
                    yield left.pop(future), future.result()
        except BrokenProcessPool:
            pass  # one died while the rest was handed over
        else:
            if not left:
                return
        finally:
            if left:  # a history has no end that could be waited for: it may be days long
                for worker in multiprocessing.active_children():
                    if worker not in others:
                        worker.kill()
        raise HistoriesLost(
            f"a worker process died, and with it what was not finished, of {len(left) or len(asked)} histories. "
            "Too little memory for so many at once? Try fewer --jobs"
        )
