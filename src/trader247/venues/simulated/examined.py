"""What is odd about a recorded file that can be read: holes, bars that nothing traded in, prices that cannot be true.

What makes a file unreadable (unsorted or repeated times, a high under a low, times off the grid, milliseconds where
seconds belong) is refused when it is read, with line and value; this is about what is only suspicious.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from attrs import frozen

from trader247.model.instant import SECOND, Instant, rfc3339
from trader247.venues.simulated.market import Bar
from trader247.venues.simulated.recorded_files import Recording

__all__ = ["Finding", "examined"]

_ABSURD_PCT: Final = 25
"""A price so far from the closes before and after it, and gone again, is hardly one that many could trade at."""
_GAPS_SHOWN: Final = 5
_SHOWN_MAX: Final = 20
_EARLIEST_S: Final = 1_230_768_000
"""2009: no coin was traded before."""


@frozen
class Finding:
    """Something a person should know. ``serious``: a backtest over it would trade on what never was."""

    text: str
    serious: bool = False


def examined(recording: Recording, now: Instant) -> list[Finding]:
    """Everything found; ``now`` tells times that have not come yet."""
    found: list[Finding] = []
    if recording.first < _EARLIEST_S * SECOND:
        found.append(Finding(f"begins at {rfc3339(recording.first, 0)}, before any coin was traded", serious=True))
    if recording.end > now:
        found.append(
            Finding(f"ends at {rfc3339(recording.end, 0)}, which has not come yet: another zone?", serious=True)
        )
    if recording.bars:
        found += _holes(recording)
        quiet = sum(not bar.volume for bar in recording.bars)
        if quiet:
            found.append(Finding(f"{quiet:,} of {len(recording.bars):,} bars have no volume; nothing trades in them"))
        found += _absurd(recording.bars, 10**recording.price_digits)
    return found


def _holes(recording: Recording) -> Iterator[Finding]:
    span_s = recording.span_s or 60
    if not recording.missing:
        return
    yield Finding(f"{recording.missing:,} bars of {span_s} s are missing in {recording.gaps:,} gaps")
    gaps = sorted(pairwise(bar.start_s for bar in recording.bars), key=lambda pair: pair[0] - pair[1])
    for before, after in gaps[:_GAPS_SHOWN]:
        if after - before > span_s:
            since, until = (rfc3339(Instant(at * SECOND), 0) for at in (before + span_s, after))
            yield Finding(f"nothing from {since} to {until}")


def _absurd(bars: Sequence[Bar], per_unit: int) -> Iterator[Finding]:
    """Extremes far beyond what the bar itself, the one before and the one after closed at."""
    seen = 0
    for before, bar, after in zip(bars, bars[1:], bars[2:], strict=False):
        calm = (before.close, bar.close, after.close)
        high, low = max(calm), min(calm)
        if bar.high * 100 > high * (100 + _ABSURD_PCT) or bar.low * 100 < low * (100 - _ABSURD_PCT):
            seen += 1
            if seen <= _SHOWN_MAX:
                at = rfc3339(Instant(bar.start_s * SECOND), 0)
                shown = ", ".join(f"{ticks / per_unit:g}" for ticks in bar[1:5])
                text = f"{at}: open, high, low, close {shown} leave what it, the bar before and the bar after closed at"
                yield Finding(f"{text} by over {_ABSURD_PCT} %", serious=True)
    if seen > _SHOWN_MAX:
        yield Finding(f"and {seen - _SHOWN_MAX:,} more such bars", serious=True)
