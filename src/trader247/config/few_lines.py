"""A bound on how long a stranger's source may run while it is read or made: lines, so that it is the same everywhere.

A clock would depend on the machine, and an alarm reaches the main thread alone. What loops inside one call into C
(``sum(iter(int, 1))``) executes no line and is not caught here; the process then has to be killed.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any, Final

__all__ = ["LINES_MAX", "TooManyLines", "few_lines"]

LINES_MAX: Final = 1_000_000
"""Some two seconds. A strategy's file defines classes: a table of a year's hours takes a hundredth of it."""


class TooManyLines(BaseException):
    """No ``Exception``, so that ``except Exception`` in the source's own loop does not swallow it."""


@contextmanager
def few_lines(filename: str) -> Iterator[None]:
    """In this thread, inside the block: let code of this file execute ``LINES_MAX`` lines.

    Raises:
        TooManyLines: in the line after, with its number.
    """
    left = LINES_MAX

    def each_line(frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal left
        if event == "line":
            left -= 1
            if left < 0:
                raise TooManyLines(f"line {frame.f_lineno}: it has not ended after {LINES_MAX} lines")
        return each_line

    def each_call(frame: FrameType, _event: str, _argument: Any) -> Any:
        code: CodeType = frame.f_code
        return each_line if code.co_filename == filename else None

    before = sys.gettrace()
    sys.settrace(each_call)
    try:
        yield
    finally:
        sys.settrace(before)
