"""The tree at one moment, as values and as text. Synchronous, total, and never waiting: it works while all is down."""

from __future__ import annotations

import trio
from attrs import frozen

from trader247.runtime.channels import MailboxGauge
from trader247.runtime.incarnation import Cell, State
from trader247.runtime.specs import Group, Worker

__all__ = ["Node", "draw", "node_of"]


@frozen
class Node:
    """One child. Times are seconds; ``None`` where there is nothing to say.

    ``state`` is one of starting, up, restarting, stopping, down, stuck; ``due_s`` is how long until a restart.
    """

    name: str
    kind: str
    strategy: str | None
    state: str
    due_s: float | None
    incarnation: int
    restarts: int
    uptime_s: float | None
    mailbox: MailboxGauge | None
    busy_for_s: float | None
    progress_age_s: float | None
    last_error: str | None
    last_exit: str | None
    children: tuple[Node, ...] = ()


def node_of(cell: Cell) -> Node:
    """The cell and all below it."""
    now = trio.current_time() if trio.lowlevel.in_trio_run() else None
    return _node(cell, now)


def _node(cell: Cell, now: float | None) -> Node:
    spec = cell.spec
    inbox = spec.inbox if isinstance(spec, Worker) else None
    progress = max(
        (at for at in (cell.progress_at, inbox.progress_at if inbox is not None else None) if at is not None),
        default=None,
    )
    return Node(
        name=cell.name,
        kind="group" if isinstance(spec, Group) else "worker",
        strategy=str(spec.strategy) if isinstance(spec, Group) else None,
        state=str(State.DOWN if cell.state is State.ENDED else cell.state),
        due_s=max(0.0, cell.due - now) if cell.due is not None and now is not None else None,
        incarnation=cell.incarnation,
        restarts=cell.restarts,
        uptime_s=_age(cell.up_since, now),
        mailbox=inbox.gauge() if inbox is not None else None,
        busy_for_s=_age(inbox.busy_since, now) if inbox is not None else None,
        progress_age_s=_age(progress, now),
        last_error=cell.last_error,
        last_exit=cell.last_exit.reason if cell.last_exit is not None else None,
        children=tuple(_node(child, now) for child in cell.children),
    )


def _age(since: float | None, now: float | None) -> float | None:
    return None if since is None or now is None else now - since


_HEAD = ("name", "state", "up", "life", "restarts", "mailbox", "peak", "oldest", "busy", "last error")


def draw(node: Node) -> str:
    """The tree as text: one line per child in start order, columns aligned, the last error cut at 60 characters."""
    rows = [_HEAD, *_rows(node, "", "")]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
    return "\n".join(lines)


def _rows(node: Node, lead: str, below: str) -> list[tuple[str, ...]]:
    title = f"{lead}{node.name}" if node.strategy is None else f"{lead}{node.name} ({node.strategy})"
    state = node.state if node.due_s is None else f"{node.state} in {_span(node.due_s)}"
    box = node.mailbox
    rows: list[tuple[str, ...]] = [
        (
            title,
            state,
            _span(node.uptime_s),
            f"#{node.incarnation}",
            str(node.restarts) if node.restarts else "",
            f"{box.depth}/{box.capacity}" if box is not None else "",
            str(box.high_water) if box is not None else "",
            _span(box.oldest_age_s) if box is not None and box.depth else "",
            _span(node.busy_for_s),
            (node.last_error or "")[:60],
        )
    ]
    for child in node.children:
        last = child is node.children[-1]
        rows += _rows(child, below + ("└─ " if last else "├─ "), below + ("   " if last else "│  "))
    return rows


def _span(span_s: float | None) -> str:
    """A duration in the two largest units that matter."""
    if span_s is None:
        return ""
    if span_s < 1:
        return f"{span_s * 1000:.0f}ms"
    if span_s < 60:
        return f"{span_s:.1f}s"
    minutes, rest_s = divmod(int(span_s), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days}d{hours}h"
    return f"{hours}h{minutes:02d}m" if hours else f"{minutes}m{rest_s:02d}s"
