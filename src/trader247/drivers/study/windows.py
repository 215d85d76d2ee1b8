"""Walk-forward windows: a stretch to search on, and right after it a stretch to be judged on, again and again.

::

    |------ train 1 ------|- test 1 -|
               |------ train 2 ------|- test 2 -|
                          |------ train 3 ------|- test 3 -|

A test begins where its train ends, to the nanosecond, and no test overlaps another. Spans are half open: a bar that
begins at a test's start is the test's.
"""

from typing import Final

from attrs import frozen

from trader247.errors import ConfigurationInvalid
from trader247.model.instant import DAY, Instant, rfc3339

__all__ = ["Window", "windows_of"]

_WINDOWS_MAX: Final = 1_000


@frozen
class Window:
    """One pair. ``number`` counts from 1."""

    number: int
    train_start: Instant
    test_start: Instant
    test_end: Instant


def windows_of(start: Instant, end: Instant, train_ns: int, test_ns: int, step_ns: int) -> list[Window]:
    """All whole windows between ``start`` and ``end``; what is left over at the end is shorter than a step.

    Raises:
        ConfigurationInvalid: not one fits, there are too many, or tests would overlap.
    """
    if step_ns < test_ns:
        raise ConfigurationInvalid(
            f"--step {_days(step_ns)} is shorter than --test {_days(test_ns)}: tests would overlap and count days twice"
        )
    room = end - start - train_ns - test_ns
    if room < 0:
        raise ConfigurationInvalid(
            f"from {rfc3339(start, 0)} to {rfc3339(end, 0)} are {_days(end - start)}, too few for a window of "
            f"{_days(train_ns)} and {_days(test_ns)}; give shorter ones, more data, or an earlier --from"
        )
    count = room // step_ns + 1
    if count > _WINDOWS_MAX:
        raise ConfigurationInvalid(f"{count:,} windows are more than {_WINDOWS_MAX:,}; give a longer --step")
    found = []
    for number in range(count):
        begun = start + number * step_ns
        tested = begun + train_ns
        found.append(Window(number + 1, Instant(begun), Instant(tested), Instant(tested + test_ns)))
    return found


def _days(span_ns: int) -> str:
    return f"{span_ns / DAY:g} days"
