"""What a study is asked to do, made ready: configuration loaded, data read and named by digest, values checked."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from trader247.config.loading import load
from trader247.drivers.backtest.plan import Costs, Plan, Prepared, prepare
from trader247.drivers.study.axes import Axis, checked
from trader247.drivers.study.scores import METRICS, is_better
from trader247.drivers.study.searches import TRIALS_MAX, OptunaSearch, Search, grid, random_search
from trader247.drivers.study.trial import Setting, data_files, environment_of
from trader247.errors import ConfigurationInvalid
from trader247.model.instant import Instant, rfc3339

__all__ = ["SEARCHES", "Asked", "Ready", "ready"]

SEARCHES: Final = ("grid", "random", "optuna")
_TRIALS: Final = 100
"""Of a random or Optuna search where nobody says."""


@frozen
class Asked:
    """A study as the command line says it. ``environ`` is that of the process."""

    folder: Path
    sets: tuple[str, ...]
    environ: Mapping[str, str]
    files: Sequence[tuple[Path, str | None]]
    axes: Sequence[Axis]
    search: str = "grid"
    trials: int | None = None
    metric: str = "pnl_pct"
    strategies: tuple[str, ...] = ()
    start: Instant | None = None
    end: Instant | None = None
    seed: int = 247
    funds: Decimal = Decimal(100_000)
    costs: str = ""


@frozen
class Ready:
    """The same, checked. ``start`` and ``end`` are where the data let a backtest begin and end."""

    asked: Asked
    setting: Setting
    start: Instant
    end: Instant
    instruments: Sequence[str]
    notes: Sequence[str]

    def searching(self) -> Search:
        """A new search; all of a study's are alike.

        Raises:
            ConfigurationInvalid: a grid is too large, or Optuna is missing.
        """
        asked = self.asked
        if asked.search == "grid":
            return grid(asked.axes, asked.trials)
        trials = min(asked.trials or _TRIALS, TRIALS_MAX)
        if asked.search == "random":
            return random_search(asked.axes, asked.seed, trials)
        return OptunaSearch(asked.axes, asked.seed, trials, higher=METRICS[asked.metric])

    def about(self, command: str, more: Mapping[str, Any]) -> dict[str, Any]:
        """What makes results comparable: what a study's file says of itself."""
        asked, setting = self.asked, self.setting
        searched = {"metric": asked.metric} if asked.search == "optuna" else {}
        return {
            "command": command,
            "trader247": setting.version,
            "data": [{"name": Path(each.path).name, "sha256": each.sha256, "as": each.symbol} for each in setting.data],
            "configuration": setting.fingerprint,
            "strategies": list(setting.strategies),
            "from": rfc3339(self.start, 0),
            "to": rfc3339(self.end, 0),
            "seed": setting.seed,
            "funds": setting.funds,
            "costs": dict(Costs.read(setting.costs).as_plain()),
            "param": {axis.key: list(axis.values) for axis in asked.axes},
            "search": asked.search,
            **searched,
            **more,
        }

    def described(self) -> dict[str, Any]:
        """For a report: what was asked, and of what."""
        about = self.about("", {})
        del about["command"]
        return {
            **about,
            "axes": [axis.key for axis in self.asked.axes],
            "metric": self.asked.metric,
            "better": is_better(self.asked.metric),
            "instruments": list(self.instruments),
        }


def ready(asked: Asked) -> Ready:
    """Read and check everything once, here, before anything is run.

    Raises:
        ConfigurationInvalid: what is wrong with it.
    """
    if asked.search not in SEARCHES or asked.metric not in METRICS:
        raise ConfigurationInvalid(f"search is one of {', '.join(SEARCHES)}, metric one of {', '.join(METRICS)}")
    environ = environment_of(asked.environ)
    base = load(asked.folder, environ=dict(environ), overrides=asked.sets)
    setting = Setting(
        str(asked.folder.absolute()),
        asked.sets,
        environ,
        base.fingerprint,
        data_files(asked.files),
        asked.strategies,
        asked.seed,
        str(asked.funds),
        asked.costs,
    )
    found: Prepared = prepare(
        Plan(
            base.configuration,
            asked.files,
            asked.strategies,
            asked.start,
            asked.end,
            asked.seed,
            asked.funds,
            Costs.read(asked.costs),
            base.third,
        )
    )
    checked(asked.axes, base, lambda params: setting.load(params, base.third))
    instruments = [each["instrument"] for each in found.run.files]
    return Ready(asked, setting, found.run.start, found.run.end, instruments, found.notes)
