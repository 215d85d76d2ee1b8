"""What only two histories show together: determinism, containment, and a recovery that may be repeated."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from trader247.checker.evidence import Evidence
from trader247.checker.invariant import Violation

__all__ = ["contained", "digest", "recovered_alike", "same_history"]

_OWN_TO_A_RUN: Final = frozenset({"changed_at_utc_ns", "created_at_utc_ns", "opened_at_utc_ns"})


def digest(evidence: Evidence) -> dict[str, str]:
    """SHA-256, in hex, of the wire, the journal, the alerts and the permits of a history."""
    parts: Mapping[str, list[object]] = {
        "wire": list(evidence.sent),
        "journal": [(row.seq, row.at, row.kind, row.cause, row.body) for row in evidence.rows],
        "alerts": list(evidence.alerts),
        "permits": list(evidence.permits),
    }
    return {name: hashlib.sha256("\n".join(map(repr, each)).encode()).hexdigest() for name, each in parts.items()}


def same_history(one: Evidence, other: Evidence) -> Iterator[Violation]:
    """I-37: the same seed, plan, configuration and code make the same wire, journal, alerts and permits."""
    first, second = digest(one), digest(other)
    for name in first:
        if first[name] != second[name]:
            yield Violation("I-37", f"two histories of seed {one.seed} differ in the {name}", None, name)


def contained(crashed: Evidence, calm: Evidence, strategy: str) -> Iterator[Violation]:
    """I-36: what becomes of one strategy changes nothing in the orders that the venue takes from the others.

    Compared by symbol, side, size and price, in their order, up to the end of the shorter history.
    """
    until = min(crashed.ended, calm.ended)
    first, second = _orders_of_others(crashed, strategy, until), _orders_of_others(calm, strategy, until)
    for name in sorted(first.keys() | second.keys()):
        if first.get(name) != second.get(name):
            text = f"{name} has {len(first.get(name, []))} orders beside the fallen {strategy}, else"
            yield Violation("I-36", f"{text} {len(second.get(name, []))}, or others", None, name)


def _orders_of_others(evidence: Evidence, strategy: str, until: int) -> dict[str, list[object]]:
    intents = evidence.journal.intents()
    found: dict[str, list[object]] = {}
    for order in sorted(evidence.own, key=lambda order: order.created_at):
        name = intents[order.client_order_id]["strategy"]
        if name != strategy and order.created_at <= until:
            found.setdefault(name, []).append((order.symbol, order.side, order.size, order.limit_price))
    return found


def recovered_alike(once: Evidence, twice: Evidence) -> Iterator[Violation]:
    """I-31: books that were recovered twice in a row are those that were recovered once; times apart."""
    for name in ("orders", "fills", "positions"):
        first, second = getattr(once.books, name), getattr(twice.books, name)
        for key in sorted(first.keys() | second.keys()):
            if _timeless(first.get(key)) != _timeless(second.get(key)):
                text = f"{name.removesuffix('s')} {key} is not the same after a second recovery"
                yield Violation("I-31", text, None, key)
    if once.books.flows != twice.books.flows:
        yield Violation("I-31", "the cash flows are not the same after a second recovery", None, "flows")


def _timeless(row: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if row is None else {name: value for name, value in row.items() if name not in _OWN_TO_A_RUN}
