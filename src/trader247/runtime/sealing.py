"""A seal around work that must touch nothing: whoever opens, connects, starts or imports inside it is stopped.

CPython tells an audit hook of everything that reaches out of the interpreter. A hook cannot be taken away again, so
there is one for the process, and it looks at a flag first; it is made when the first seal is. While a seal is closed,
every event of its thread that is not known to be harmless raises ``SealBroken`` where it happens. If that is swallowed
inside, it is raised again when the seal opens.

What is not seen: reading a clock, drawing a random number, an import of what is loaded already. Those are found in the
source. Other threads go on undisturbed.
"""

import gc
import sys
from threading import get_ident
from types import TracebackType
from typing import Any, Final

__all__ = ["SealBroken", "Sealed"]

HARMLESS: Final = frozenset(
    (
        "array.__new__",
        "builtins.id",
        "object.__delattr__",
        "object.__getattr__",
        "object.__setattr__",
        "sys._getframe",
        "sys._getframemodulename",
    )
)
"""Events of plain computing: they stay inside the interpreter."""

_SHOWN_CHARS_MAX: Final = 100


class SealBroken(Exception):
    """Work that must touch nothing reached out of the process."""


class _Watch:
    """``thread`` is the one whose seal is closed, 0 where none is."""

    __slots__ = ("broken", "hooked", "thread")

    def __init__(self) -> None:
        self.thread = 0
        self.broken: SealBroken | None = None
        self.hooked = False


_WATCH: Final = _Watch()


def _hook(event: str, args: tuple[Any, ...]) -> None:
    if not _WATCH.thread or event in HARMLESS or get_ident() != _WATCH.thread:
        return
    _WATCH.thread = 0  # what follows, the making of the text included, is not the work's
    shown = " ".join(repr(argument) for argument in args)[:_SHOWN_CHARS_MAX]
    broken = SealBroken(f"it reached out of its snapshot: {event} {shown}".rstrip())
    _WATCH.broken = _WATCH.broken or broken
    _WATCH.thread = get_ident()
    raise broken


class Sealed:
    """``with Sealed():`` around the work. One at a time in a process; not to be nested, and not across a wait."""

    __slots__ = ("_collecting",)

    def __enter__(self) -> None:
        """Close the seal for this thread."""
        if not _WATCH.hooked:
            sys.addaudithook(_hook)
            _WATCH.hooked = True
        # the collector would run other people's finalizers in here, and they may well close a file
        self._collecting = gc.isenabled()
        gc.disable()
        _WATCH.broken = None
        _WATCH.thread = get_ident()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Open it.

        Raises:
            SealBroken: it was broken, and what said so was swallowed inside.
        """
        _WATCH.thread = 0
        if self._collecting:
            gc.enable()
        broken, _WATCH.broken = _WATCH.broken, None
        if broken is not None and error is None:
            raise broken
