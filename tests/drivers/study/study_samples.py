"""A small market in which something is bought, a study over it, and engines that need none."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from tests.config.loadable import SHIPPED
from tests.drivers.backtest.worlds import EAGER, START, made

from trader247.drivers.study.asking import Asked, Ready, ready
from trader247.drivers.study.axes import read_axes
from trader247.drivers.study.scores import METRICS
from trader247.drivers.study.trial import Found, Setting, Stopped, Task
from trader247.model.instant import DAY, HOUR, Instant

SETS = (
    *EAGER,
    "signals.warm_up_hours=24",
    "signals.triggers.filters.atr_ratio=0",
    "signals.regime.pinned=bull",
    "policy.entry.volatility_pct_max=1000",
    "policy.entry.min_conviction=0.3",
)
SIZE = "strategies.baseline.parameters.sizing.size_pct_min"
SCORE = "signals.triggers.min_score"
BEGIN = Instant(START + DAY)
END = Instant(BEGIN + HOUR // 2)
SETTING = Setting("config", (), (), "f" * 16, ())


def market(folder: Path, days: float = 1.1, seed: int = 3) -> Path:
    """Lively minutes, the first day of which is history."""
    rows = ["time,open,high,low,close,volume"]
    for bar in made("BTC-USD", seed, days, swing=0.003).bars:
        prices = ",".join(f"{Decimal(ticks).scaleb(-2)}" for ticks in bar[1:5])
        rows.append(f"{bar.start_s},{prices},{Decimal(bar.volume).scaleb(-8):f}")
    path = folder / "lively_BTC-USD_1m.csv"
    path.write_text("\n".join(rows) + "\n")
    return path


def asked(path: Path, *axes: str, **more: Any) -> Asked:
    """A study over half an hour of the market."""
    said = {"sets": SETS, "environ": {}, "start": BEGIN, "end": END, **more}
    return Asked(SHIPPED, files=[(path, None)], axes=read_axes(axes or (f"{SIZE}=0.5,1,2",)), **said)


@cache
def settled(*axes: str) -> Ready:
    """The same, checked, over a file that every test of a process shares."""
    return ready(asked(market(Path(mkdtemp(prefix="study-"))), *axes))


def found(score: float | None, **more: Any) -> Found:
    """A result with one figure, and nothing in the others."""
    amounts = dict.fromkeys(("opening", "closing", "gained", "lost"), "0")
    return Found("c" * 16, {**dict.fromkeys((*METRICS, "wins", "days")), **amounts, "pnl_pct": score, **more})


class Scored:
    """An engine that reckons a score of the parameters, in an order of its own; stops after ``most`` trials."""

    def __init__(
        self,
        score: Callable[[Task], Found],
        *,
        order: Callable[[list[int]], list[int]] = lambda indices: indices,
        most: int = 10**9,
    ) -> None:
        self.score, self.order, self.left = score, order, most
        self.run_tasks: list[Task] = []

    def run(self, tasks: Sequence[Task], on_done: Callable[[int, Found], None]) -> None:
        for index in self.order(list(range(len(tasks)))):
            if self.left == 0:
                raise Stopped("interrupted")
            self.left -= 1
            self.run_tasks.append(tasks[index])
            on_done(index, self.score(tasks[index]))

    def stop(self) -> None:
        self.left = 0

    def close(self) -> None:
        """Nothing is held."""
