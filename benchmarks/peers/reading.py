"""What every engine's program needs: the columns of a file, and its one line of answer."""

import csv
import resource
from pathlib import Path

__all__ = ["columns", "report"]


def columns(path: Path) -> dict[str, list[float]]:
    """A CSV with a header, by column."""
    with path.open(newline="") as file:
        rows = csv.reader(file)
        names = next(rows)
        values: list[list[float]] = [[] for _ in names]
        for row in rows:
            for column, text in zip(values, row, strict=True):
                column.append(float(text))
    return dict(zip(names, values, strict=True))


def report(items: int, cpu_s: float, trades: int, equity: float) -> dict[str, float]:
    """The line that the comparison reads. Memory is the most this process ever held, in MiB."""
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"items": items, "cpu_s": cpu_s, "trades": trades, "equity": equity, "peak_mb": held}
