"""A bound on how long a stranger's source may run while it is read or made: instructions, the same on every machine.

An alarm of the clock would reach the main thread alone, and lines would miss ``while True: pass``, which is one. What
loops inside one call into C (``sum(iter(int, 1))``) is one instruction: the process then has to be killed.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any, Final

__all__ = ["STEPS_MAX", "TooManySteps", "few_steps"]

STEPS_MAX: Final = 3_000_000
"""Some two seconds. A strategy's file defines classes: a table of a year's hours takes a thirtieth of it."""


class TooManySteps(BaseException):
    """No ``Exception``, so that ``except Exception`` in the source's own loop does not swallow it."""


@contextmanager
def few_steps(filename: str) -> Iterator[None]:
    """In this thread, inside the block: let code of this file execute ``STEPS_MAX`` instructions.

    Raises:
        TooManySteps: at the next one, with its line.
    """
    left = STEPS_MAX

    def each_step(frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal left
        if event == "opcode":
            left -= 1
            if left < 0:
                raise TooManySteps(f"line {frame.f_lineno}: it has not ended after {STEPS_MAX} instructions")
        return each_step

    def each_call(frame: FrameType, _event: str, _argument: Any) -> Any:
        code: CodeType = frame.f_code
        if code.co_filename != filename:
            return None
        frame.f_trace_opcodes = True
        return each_step

    before = sys.gettrace()
    sys.settrace(each_call)
    try:
        yield
    finally:
        sys.settrace(before)
