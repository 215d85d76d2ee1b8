"""One number for a whole history: equal where every row, byte of the wire, alert and permit was."""

import hashlib
from collections.abc import Iterable, Iterator

from trader247.checker.evidence import read_rows
from trader247.drivers.simulation.history import Past

__all__ = ["digest", "lines"]


def digest(past: Past) -> str:
    """SHA-256 over ``lines``."""
    found = hashlib.sha256()
    for line in lines(past):
        found.update(line.encode("utf-8", "backslashreplace"))
        found.update(b"\n")
    return found.hexdigest()


def lines(past: Past) -> Iterator[str]:
    """Journal, wire, alerts, permits, lives, faults and truth, each as a line of text: two of them show where two
    histories part. What signs a request is not in it: signatures are random by their nature.
    """
    seen = past.scene.witness
    yield from _all("row", ((r.seq, r.at, r.kind, r.cause, r.epoch, r.body, r.hash) for r in read_rows(past.folder)))
    yield from _all(
        "call",
        (
            (c.at, c.method, c.path, c.query, c.body, c.client, c.processed_at, c.answered_at, c.status, c.answer)
            for c in seen.calls
        ),
    )
    yield from _all("alert", ((t.at, t.alert.key, t.alert.state, t.alert.severity, t.alert.text) for t in seen.alerts))
    yield from _all("permit", ((p.at, p.state, p.entry, p.exit, p.missing, p.halt_reason) for p in seen.permits))
    yield from _all("life", ((e.epoch, e.began, e.ready, e.ended, e.how) for e in seen.lives))
    yield from _all("fault", ((s.at, s.number, s.fault) for s in seen.struck))
    yield from _all("mark", seen.marks)


def _all(name: str, rows: Iterable[tuple[object, ...]]) -> Iterator[str]:
    for row in rows:
        yield f"{name} " + " ".join(map(str, row))
