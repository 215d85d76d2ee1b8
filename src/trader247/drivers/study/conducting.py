"""One or many searches, worked through round by round on one engine, with everything known already left out.

The rounds of all searches go to the engine together, so that no worker waits for another window's search.
"""

from collections.abc import Callable, Sequence

from attrs import define, field, frozen

from trader247.drivers.study.axes import Params
from trader247.drivers.study.engines import Engine
from trader247.drivers.study.scores import score_of
from trader247.drivers.study.searches import Search
from trader247.drivers.study.study_file import Memory
from trader247.drivers.study.trial import Found, Task

__all__ = ["Conductor", "Strand", "Trial"]


@frozen
class Trial:
    """A finished one. ``number`` counts those of its search from 1."""

    number: int
    params: Params
    score: float | None
    found: Found


@define
class Strand:
    """A search and what it has found. ``task`` makes a trial of parameters."""

    search: Search
    task: Callable[[Params], Task]
    metric: str
    trials: list[Trial] = field(factory=list)


class Conductor:
    """Runs tasks that are not known yet. ``on_done`` is told after each: how many are done, and were run just now."""

    def __init__(self, engine: Engine, memory: Memory, on_done: Callable[[int, int], None]) -> None:
        """Nothing is done yet."""
        self._engine, self._memory, self._on_done = engine, memory, on_done
        self.done = 0
        self.fresh = 0

    def run(self, tasks: Sequence[Task]) -> list[Found]:
        """The results in order; the same task twice is run once.

        Raises:
            Stopped: it was interrupted; what was finished is in the memory.
        """
        wanted = list({task.key: task for task in tasks if self._memory.get(task) is None}.values())
        known = len(tasks) - len(wanted)
        self._tell(known, fresh=0)

        def keep(index: int, found: Found) -> None:
            self._memory.add(wanted[index], found)
            self._tell(1, fresh=1)

        if wanted:
            self._engine.run(wanted, keep)
        found = [self._memory.get(task) for task in tasks]
        return [each for each in found if each is not None]

    def _tell(self, done: int, fresh: int) -> None:
        self.done += done
        self.fresh += fresh
        self._on_done(self.done, self.fresh)

    def search(self, strands: Sequence[Strand]) -> None:
        """All of them to their ends.

        Raises:
            Stopped: it was interrupted; each strand has the trials that were finished.
        """
        while True:
            rounds = [(strand, strand.search.round()) for strand in strands]
            tasks = [strand.task(params) for strand, asked in rounds for params in asked]
            if not tasks:
                return
            try:
                self.run(tasks)
            finally:
                for strand, asked in rounds:
                    self._hear(strand, asked)
            for strand, asked in rounds:
                if asked:
                    strand.search.tell([trial.score for trial in strand.trials[-len(asked) :]])

    def _hear(self, strand: Strand, asked: Sequence[Params]) -> None:
        """Of an interrupted round those that were finished, under the numbers they would have had."""
        before = len(strand.trials)
        for number, params in enumerate(asked, before + 1):
            found = self._memory.get(strand.task(params))
            if found is not None:
                strand.trials.append(Trial(number, params, score_of(found.summary, strand.metric), found))
