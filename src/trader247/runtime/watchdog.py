"""Finding actors that hang and loops that block.

*Hung*: a message is in hand for longer than ``busy_limit``; or messages wait that long and none is taken; or a
periodic actor has not called ``beat()`` for ``beat_limit``. The supervisor looks exactly when a limit can first be
passed (in the second case within twice the limit), so it needs no polling period.
*Blocked*: an operating system thread asks the loop for a sign of life, on the real clock. It names the frame and the
actor that hold the loop, which nothing on the loop itself could.
"""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable
from math import inf
from types import FrameType
from typing import Any

import trio
from attrs import frozen

from trader247.runtime.channels import Mailbox
from trader247.runtime.clock import machine_mono_ns
from trader247.runtime.incarnation import Cell, current_cell, incarnate
from trader247.runtime.specs import Worker

__all__ = ["Blocked", "LoopWatch", "beat", "hung_reason", "next_check"]

_SECOND_NS = 1_000_000_000
_FRAMES_MAX = 30  # innermost frames of the report: the actor's own code and what called it


def beat() -> None:
    """Called by a periodic actor each time round; elsewhere it does nothing."""
    if (cell := current_cell.get()) is not None:
        cell.beat_at = cell.progress_at = trio.current_time()


def next_check(cell: Cell) -> float:
    """When a limit of this child can first be passed (seconds of the loop's clock; ``inf``: never)."""
    spec = cell.spec
    if not isinstance(spec, Worker):
        return inf
    check = inf
    if spec.busy_limit is not None and spec.inbox is not None:
        since = spec.inbox.busy_since
        check = (trio.current_time() if since is None else since) + spec.busy_limit
    if spec.beat_limit is not None and cell.beat_at is not None:
        check = min(check, cell.beat_at + spec.beat_limit)
    return check


def hung_reason(cell: Cell, now: float) -> str | None:
    """Which limit this child has passed by ``now``, in words; None if none."""
    spec = cell.spec
    if not isinstance(spec, Worker):
        return None
    if spec.busy_limit is not None and spec.inbox is not None:
        busy_since = spec.inbox.busy_since
        if busy_since is None and _idle_s(cell, spec.inbox, now) >= spec.busy_limit:
            return f"messages wait and none was taken for {spec.busy_limit:g} s"
        if busy_since is not None and now >= busy_since + spec.busy_limit:
            return f"one message took longer than {spec.busy_limit:g} s"
    if spec.beat_limit is not None and cell.beat_at is not None and now >= cell.beat_at + spec.beat_limit:
        return f"no beat for {spec.beat_limit:g} s"
    return None


def _idle_s(cell: Cell, inbox: Mailbox[Any], now: float) -> float:
    """How long messages have waited for an actor that has none in hand, since it took its last or became ready."""
    last = max(cell.up_since or 0.0, inbox.progress_at or 0.0)
    return min(inbox.oldest_age_s(), now - last) if inbox.depth else 0.0


@frozen
class Blocked:
    """The loop has not turned for ``lag_s`` real seconds, held by ``actor`` (``?`` if it is none) at ``stack``."""

    lag_s: float
    actor: str
    stack: str


class LoopWatch:
    """Watches the loop it runs on from a thread, which knocks and counts the real time until the loop answers.

    It needs no timer of the loop, so a scaled clock that stands still does not look like a loop that is blocked.
    """

    def __init__(
        self,
        *,
        on_slow: Callable[[Blocked], None],
        on_blocked: Callable[[Blocked], None],
        warn_after_s: float = 1.0,
        blocked_after_s: float = 10.0,
        look_every_s: float = 0.25,
    ) -> None:
        """Both callbacks run in the watching thread, once per blockage; ``on_blocked`` usually ends the process."""
        self._limits = ((warn_after_s, on_slow), (blocked_after_s, on_blocked))
        self._look_every_s = look_every_s
        self._knocked_ns: int | None = None
        self._over = threading.Event()
        self._loop_thread = 0
        self._last_lag_s = 0.0
        self.worst_lag_s = 0.0

    def lag_s(self) -> float:
        """Real seconds the loop needed for its last turn, or has needed so far for this one. From any thread."""
        knocked_ns = self._knocked_ns
        return self._last_lag_s if knocked_ns is None else (machine_mono_ns() - knocked_ns) / _SECOND_NS

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Watches until cancelled; the thread ends with it."""
        self._loop_thread = threading.get_ident()
        token = trio.lowlevel.current_trio_token()
        threading.Thread(target=self._watch, args=(token,), name="loop-watch", daemon=True).start()
        task_status.started()
        try:
            await trio.sleep_forever()
        finally:
            self._over.set()

    def _watch(self, token: trio.lowlevel.TrioToken) -> None:
        told = [False] * len(self._limits)
        while not self._over.wait(self._look_every_s):
            if self._knocked_ns is None:
                told = [False] * len(self._limits)
                self._knocked_ns = machine_mono_ns()
                try:
                    token.run_sync_soon(self._answer)
                except trio.RunFinishedError:
                    return
                continue
            lag_s = self.lag_s()
            for level, (limit_s, callback) in enumerate(self._limits):
                if lag_s > limit_s and not told[level]:
                    told[level] = True
                    callback(self._blocked(lag_s))

    def _answer(self) -> None:
        """On the loop."""
        self._last_lag_s = self.lag_s()
        self.worst_lag_s = max(self.worst_lag_s, self._last_lag_s)
        self._knocked_ns = None

    def _blocked(self, lag_s: float) -> Blocked:
        frame = sys._current_frames().get(self._loop_thread)  # noqa: SLF001 - the documented way to another thread
        stack = "".join(traceback.format_stack(frame)[-_FRAMES_MAX:]) if frame is not None else ""
        return Blocked(lag_s, _actor_in(frame), stack)


def _actor_in(frame: FrameType | None) -> str:
    """The name of the actor whose incarnation is on the stack."""
    while frame is not None:
        if frame.f_code is incarnate.__code__:
            cell = frame.f_locals.get("cell")
            return cell.name if isinstance(cell, Cell) else "?"
        frame = frame.f_back
    return "?"
