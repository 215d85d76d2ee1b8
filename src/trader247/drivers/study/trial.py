"""One trial: a backtest of one set of parameters over one span, in whatever process or machine it is run.

A task holds references only: paths with the digests of what has to be there. Who runs it reads files and configuration
itself and refuses where they are not those of the study, so that no result is ever of something else.
"""

import hashlib
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from attrs import field, frozen

from trader247 import __version__
from trader247.config.faults import ConfigurationFaults
from trader247.config.loading import ENVIRONMENT_PREFIX, Loaded, load
from trader247.config.schema import SECTIONS
from trader247.config.third_party import ThirdParties
from trader247.drivers.backtest.plan import Costs, Plan, prepare
from trader247.drivers.study.axes import Params, overrides_of
from trader247.errors import ConfigurationInvalid, Trader247Error
from trader247.model.instant import Instant
from trader247.venues.simulated.as_of import as_of
from trader247.venues.simulated.recorded_files import Recording, read_recording

__all__ = ["DataFile", "Found", "Setting", "Stopped", "Task", "TrialBroken", "data_files", "environment_of", "run_task"]

_FILES_MAX: Final = 64
"""Recordings that a worker keeps read: one of 60,000 minutes is some 15 MB and takes seconds."""
_SETTINGS_MAX: Final = 4


class Stopped(Trader247Error):
    """The study was interrupted; this trial has no result."""


class TrialBroken(Trader247Error):
    """A trial cannot be run, here or at all; the text names it and the reason."""


@frozen
class DataFile:
    """A recording by reference: where it is, what it is, and what it must be."""

    path: str
    symbol: str
    sha256: str


@frozen
class Setting:
    """What all trials of a study have in common. ``environ`` are the overrides of the environment."""

    folder: str
    sets: tuple[str, ...]
    environ: tuple[tuple[str, str], ...]
    fingerprint: str
    data: tuple[DataFile, ...]
    strategies: tuple[str, ...] = ()
    seed: int = 247
    funds: str = "100000"
    costs: str = ""
    version: str = __version__

    def load(self, params: Params, third: ThirdParties | None = None) -> Loaded:
        """The configuration with these parameters.

        Raises:
            ConfigurationFaults: they do not fit.
        """
        overrides = (*self.sets, *overrides_of(params))
        return load(Path(self.folder), environ=dict(self.environ), overrides=overrides, third=third)


@frozen
class Task:
    """One trial. ``start`` and ``end`` are None where the data decide. ``path``: whether the equity is wanted too."""

    setting: Setting
    part: str
    params: tuple[tuple[str, str], ...]
    start: Instant | None = None
    end: Instant | None = None
    path: bool = False

    @property
    def key(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        """What it is called in the study's file: the same key is the same result."""
        return self.part, tuple(sorted(self.params))

    @property
    def name(self) -> str:
        """For messages."""
        return f"{self.part}: {', '.join(overrides_of(dict(self.params))) or 'as configured'}"


def _pairs(rows: Iterable[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((at, nlv) for at, nlv in rows)


@frozen
class Found:
    """What came of a trial. ``refused``: why it was not run, where its parameters contradict one another."""

    config_hash: str
    summary: Mapping[str, Any] | None = None
    equity: tuple[tuple[str, str], ...] = field(default=(), converter=_pairs)
    refused: str = ""


def data_files(files: Sequence[tuple[Path, str | None]]) -> tuple[DataFile, ...]:
    """Of files here, absolute, with their digests.

    Raises:
        ConfigurationInvalid: one cannot be read.
    """
    found = []
    for path, symbol in files:
        if path.exists() and not path.is_file():
            raise ConfigurationInvalid(f"{path}: is no plain file")
        found.append(DataFile(str(path.absolute()), symbol or "", _digest(path)))
    return tuple(found)


def environment_of(environ: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """What of the environment configures, for workers that have another."""
    mine = {name: value for name, value in environ.items() if name.upper().startswith(ENVIRONMENT_PREFIX)}
    return tuple(sorted((name, value) for name, value in mine.items() if "__" in name))


def _never() -> bool:
    return False


def run_task(task: Task, stopped: Callable[[], bool] = _never) -> Found:
    """Run it here, to the end of its span. ``stopped`` is asked before each cycle.

    Raises:
        Stopped: ``stopped`` said so.
        TrialBroken: data or configuration are not those of the study, or a strategy failed. Its text is all there is
            of the reason: the error crosses processes.
    """
    try:
        return _run(task, stopped)
    except Stopped:
        raise
    except Exception as error:  # noqa: BLE001 - most errors do not survive the way to another process
        raise TrialBroken(f"{task.name}: {_reason(error)}") from None


def _run(task: Task, stopped: Callable[[], bool]) -> Found:
    setting = task.setting
    if setting.version != __version__:
        raise TrialBroken(f"the study is of trader247 {setting.version}, and here is {__version__}; install the same")
    recordings = [as_of(_recording(each, _stamp(each.path)), task.end) for each in setting.data]
    folder = Path(setting.folder)
    third = _settled(setting, tuple(_stamp(str(folder / f"{section}.yaml")) for section in SECTIONS))
    try:
        loaded = setting.load(dict(task.params), third)
    except ConfigurationFaults as error:
        return Found("", refused=str(error.faults[0]))
    ready = prepare(_plan(task, loaded), recordings)

    def ask() -> None:
        if stopped():
            ready.test.stop()

    found = ready.test.run(ask)
    if ready.test.stopped:
        raise Stopped("interrupted")
    report = ready.report(found)
    equity = [(at, nlv) for at, nlv, _ in report["series"]["equity"]] if task.path else []
    return Found(loaded.fingerprint, report["summary"], equity)


def _plan(task: Task, loaded: Loaded) -> Plan:
    setting = task.setting
    return Plan(
        loaded.configuration,
        [(Path(each.path), each.symbol or None) for each in setting.data],
        setting.strategies,
        task.start,
        task.end,
        setting.seed,
        Decimal(setting.funds),
        Costs.read(setting.costs),
        loaded.third,
    )


@lru_cache(_SETTINGS_MAX)
def _settled(setting: Setting, _stamped: tuple[tuple[int, int], ...]) -> ThirdParties:
    """The strategies that are not in the box, read once, where the configuration is that of the study."""
    here = setting.load({})
    if here.fingerprint != setting.fingerprint:
        text = f"{setting.folder}: is configuration {here.fingerprint} here, and the study's is {setting.fingerprint}"
        raise TrialBroken(
            f"{text}; leave its files alone until the study is over, and give every worker the same folder"
        )
    return here.third


def _stamp(path: str) -> tuple[int, int]:
    try:
        status = Path(path).stat()
    except OSError as fault:
        raise TrialBroken(f"{path}: cannot be read here: {fault.strerror}; give every worker the same files") from None
    return status.st_mtime_ns, status.st_size


@lru_cache(_FILES_MAX)
def _recording(file: DataFile, _stamped: tuple[int, int]) -> Recording:
    path = Path(file.path)
    digest = _digest(path)
    if digest != file.sha256:
        raise TrialBroken(f"{path}: has sha256 {digest[:16]}.. here, and the study's has {file.sha256[:16]}..")
    return read_recording(path, file.symbol or None)


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as fault:
        raise ConfigurationInvalid(f"{path}: cannot be read: {fault.strerror}") from fault


def _reason(error: Exception) -> str:
    """A fault of ours by its text, anybody else's with its kind and its line."""
    if isinstance(error, Trader247Error):
        return str(error)
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({Path(last.filename).name}, line {last.lineno})"
