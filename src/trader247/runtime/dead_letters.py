"""Messages that ended their actor: kept for people, never delivered again. Bounded; the oldest make room."""

from __future__ import annotations

import traceback
from collections import Counter, deque
from typing import Any

from attrs import frozen

from trader247.model.instant import Moment
from trader247.runtime.channels import Envelope

__all__ = ["DeadLetter", "DeadLetters"]

_TRACEBACK_CHARS_MAX = 8_000  # some 100 lines; a thousand of them stay under 8 MB


@frozen
class DeadLetter:
    """``envelope`` was in the hands of ``actor`` when it ended for ``reason``; ``trace`` is the error's traceback."""

    actor: str
    mailbox: str
    envelope: Envelope[Any]
    reason: str
    trace: str
    at: Moment


class DeadLetters:
    """The last ``capacity`` of them, and a total per actor that is never forgotten."""

    def __init__(self, capacity: int = 1000) -> None:
        """``capacity`` in letters."""
        self._letters: deque[DeadLetter] = deque(maxlen=capacity)
        self.totals: Counter[str] = Counter()

    def add(
        self,
        *,
        actor: str,
        mailbox: str,
        envelope: Envelope[Any],
        reason: str,
        error: BaseException | None,
        at: Moment,
    ) -> None:
        """Keeps one, and the end of its error's traceback."""
        trace = "" if error is None else "".join(traceback.format_exception(error))[-_TRACEBACK_CHARS_MAX:]
        self._letters.append(DeadLetter(actor, mailbox, envelope, reason, trace, at))
        self.totals[actor] += 1

    def letters(self) -> tuple[DeadLetter, ...]:
        """Oldest first."""
        return tuple(self._letters)
