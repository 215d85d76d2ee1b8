"""The supervision tree as plain dictionaries, and the dead letters without what was in them."""

from typing import Any

from trader247.core.status_views import Plain
from trader247.model.instant import rfc3339
from trader247.runtime.dead_letters import DeadLetter
from trader247.runtime.snapshot import Node

__all__ = ["letter_view", "tree_view"]


def tree_view(node: Node) -> Plain:
    """A node and all below it; durations in seconds, rounded to the millisecond."""
    box = node.mailbox
    mailbox: Plain | None = None
    if box is not None:
        mailbox = {
            "name": box.name,
            "depth": box.depth,
            "capacity": box.capacity,
            "high_water": box.high_water,
            "oldest_age_s": _rounded(box.oldest_age_s),
            "dropped": box.dropped,
            "refused": box.refused,
        }
    return {
        "name": node.name,
        "kind": node.kind,
        "strategy": node.strategy,
        "state": node.state,
        "due_s": _rounded(node.due_s),
        "incarnation": node.incarnation,
        "restarts": node.restarts,
        "uptime_s": _rounded(node.uptime_s),
        "busy_for_s": _rounded(node.busy_for_s),
        "progress_age_s": _rounded(node.progress_age_s),
        "last_error": node.last_error,
        "last_exit": node.last_exit,
        "mailbox": mailbox,
        "children": [tree_view(child) for child in node.children],
    }


def letter_view(letter: DeadLetter) -> Plain:
    """Which message ended which actor, and how; its content stays in the process, the traceback in the log."""
    envelope: Any = letter.envelope
    return {
        "actor": letter.actor,
        "mailbox": letter.mailbox,
        "message": type(envelope.body).__name__,
        "seq": envelope.seq,
        "reason": letter.reason,
        "at": rfc3339(letter.at.utc, digits=3),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
