"""Appending to the journal and verifying it, against a bare sqlite3 loop that writes the same bytes as durably.

The bare loop has no hashes, no head file, no projections and no names for errors: the ratio is what these cost.
Run from the top of the repository: ``python benchmarks/journal_append.py [--json] [--rows 100000]``.
"""

import argparse
import json
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from time import perf_counter

from trader247.model.ids import RunEpoch
from trader247.model.instant import Instant
from trader247.store.database import open_database
from trader247.store.journal import Entry, Journal
from trader247.store.verifying import verify

_BODY = {
    "order": {"symbol": "BTC-USD", "quantity": "0.00123", "limit_price": "60000.01", "status": "OPEN"},
    "event": "opened",
    "text": "a body of the usual size, about three hundred bytes long in all, " * 3,
}
_SINGLES, _BATCHES, _BATCH_ROWS = 400, 20, 1_000


def timed(work: Callable[[], object], rounds: int) -> list[float]:
    """Milliseconds of each round, sorted."""
    spans = []
    for _ in range(rounds):
        start = perf_counter()
        work()
        spans.append((perf_counter() - start) * 1e3)
    return sorted(spans)


def bare(folder: Path) -> tuple[list[float], list[float]]:
    """The same rows through sqlite3 alone: single commits, then batches."""
    text = json.dumps(_BODY)
    row = (5, "order.changed", 4, "c" * 16, "e" * 10, text, "0" * 64, "0" * 64)
    with closing(sqlite3.connect(folder / "bare.db", isolation_level=None)) as raw:
        raw.execute("PRAGMA journal_mode=WAL")
        raw.execute("PRAGMA synchronous=FULL")
        raw.execute("CREATE TABLE j (seq INTEGER PRIMARY KEY, a, b, c, d, e, f, g, h)")

        def write(count: int) -> None:
            raw.execute("BEGIN IMMEDIATE")
            raw.executemany("INSERT INTO j (a, b, c, d, e, f, g, h) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", [row] * count)
            raw.execute("COMMIT")

        return timed(lambda: write(1), _SINGLES), timed(lambda: write(_BATCH_ROWS), _BATCHES)


def ours(folder: Path, rows: int) -> tuple[list[float], list[float], float]:
    """Single appends, batches, and the seconds to verify ``rows`` rows."""
    one = [Entry("order.changed", _BODY, Instant(5), cause=4)]
    many = one * _BATCH_ROWS
    with open_database(folder / "ours.db") as database:
        journal = Journal(database, epoch=RunEpoch("e" * 10), config_hash="c" * 16)
        with closing(journal):
            singles = timed(lambda: journal.append(one), _SINGLES)
            batches = timed(lambda: journal.append(many), _BATCHES)
            while journal.head().seq < rows:
                journal.append(many)
            start = perf_counter()
            verdict = verify(database, upto_seq=rows)
            assert verdict.intact
            assert verdict.rows == rows
            return singles, batches, perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, default=Path.cwd(), help="on the disk to measure")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        bare_one, bare_many = bare(Path(folder))
        one, many, verify_s = ours(Path(folder), asked.rows)
    figures = {
        "append_1_row_p50_ms": one[len(one) // 2],
        "append_1_row_p99_ms": one[int(len(one) * 0.99)],
        "append_1_row_ratio_to_bare": one[len(one) // 2] / bare_one[len(bare_one) // 2],
        "append_1000_rows_best_ms": many[0],
        "append_1000_rows_p50_ms": many[len(many) // 2],
        "append_1000_rows_ratio_to_bare": many[0] / bare_many[0],
        "verify_s": verify_s,
        "verify_rows_per_s": asked.rows / verify_s,
    }
    if asked.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:36} {value:12,.3f}")


if __name__ == "__main__":
    main()
