"""Two reports compared by their five figures: the regression gate (requirement BT3).

A figure fails where it differs from the baseline's by more than the tolerance, in percent of the baseline's own value;
where that is zero, and where one of the two is missing, only the same will do.
"""

import json
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from trader247.drivers.backtest.report import FORMAT, GATED
from trader247.errors import ConfigurationInvalid

__all__ = ["Figure", "compared", "read_report"]

_BYTES_MAX: Final = 512 * 1024 * 1024
"""Of a report: years of hours and a million fills."""

_FIGURE_MAX: Final = 1e300
"""Beyond it no percentage of change can be told."""

_ROUNDING: Final = 1e-9
"""Percent: what the division may add to a change that is the tolerance exactly."""


@frozen
class Figure:
    """One figure of both reports; ``change_pct`` is None where it cannot be told in percent."""

    name: str
    baseline: float | None
    current: float | None
    change_pct: float | None
    passes: bool


def read_report(path: Path) -> dict[str, Any]:
    """A report of this format that ran to its end.

    Raises:
        ConfigurationInvalid: it cannot be read, is none, is of another format, or partial.
    """
    try:
        if path.exists() and not path.is_file():  # a pipe would be waited for, a device read for ever
            raise ConfigurationInvalid(f"{path}: is no plain file")
        if path.stat().st_size > _BYTES_MAX:
            raise ConfigurationInvalid(f"{path}: larger than any report, {_BYTES_MAX // 1024**2} MiB")
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as fault:
        raise ConfigurationInvalid(f"{path}: cannot be read as a report: {fault}") from fault
    if not isinstance(found, dict) or not isinstance(found.get("summary"), dict):
        raise ConfigurationInvalid(f"{path}: is no backtest report; make one with backtest run --report")
    if found.get("format") != FORMAT:
        raise ConfigurationInvalid(f"{path}: is of format {found.get('format')!r}, not {FORMAT}; make it anew")
    if found.get("partial"):
        raise ConfigurationInvalid(f"{path}: is partial; only runs that reached their end can be compared")
    for name in GATED:
        if not _is_figure(found["summary"].get(name, "nothing")):
            raise ConfigurationInvalid(f"{path}: its summary has no number as {name}; make it anew")
    return found


def _is_figure(value: Any) -> bool:
    """A number that can be reckoned with, or None for a figure that the run does not have."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value is None
    return abs(value) <= _FIGURE_MAX


def compared(baseline: dict[str, Any], current: dict[str, Any], tolerance_pct: float) -> list[Figure]:
    """The five figures."""
    return [_figure(name, baseline["summary"].get(name), current["summary"].get(name), tolerance_pct) for name in GATED]


def _figure(name: str, before: float | None, after: float | None, tolerance_pct: float) -> Figure:
    if before is None or after is None or before == 0:
        return Figure(name, before, after, None, before == after)
    change_pct = (after - before) / abs(before) * 100.0
    return Figure(name, before, after, round(change_pct, 3), abs(change_pct) <= tolerance_pct + _ROUNDING)
