"""A time series that never grows: the whole run at ever coarser spacing, and always its newest point.

When it is full every second point goes and the spacing doubles, so the oldest and the newest stay and a plot of the
whole run costs the same after a year as after an hour.
"""

from typing import Generic, TypeVar

from trader247.model.instant import Instant

__all__ = ["ThinnedSeries"]

P = TypeVar("P")


class ThinnedSeries(Generic[P]):
    """At most ``points_max`` points at least ``spacing_ns`` apart (both above 0), and the newest one besides."""

    def __init__(self, points_max: int, spacing_ns: int) -> None:
        """``spacing_ns`` is where the spacing starts; it doubles each time the series is full."""
        self._points_max = points_max
        self._spacing_ns = spacing_ns
        self._kept: list[tuple[Instant, P]] = []
        self._newest: tuple[Instant, P] | None = None

    def add(self, at: Instant, point: P) -> None:
        """Note a point. One that is older than the newest is ignored: a stepped wall clock must not fold the line."""
        if self._newest is not None and at < self._newest[0]:
            return
        self._newest = (at, point)
        if self._kept and at - self._kept[-1][0] < self._spacing_ns:
            return
        self._kept.append(self._newest)
        if len(self._kept) > self._points_max:
            self._kept = self._kept[::2]
            self._spacing_ns *= 2

    def points(self) -> list[tuple[Instant, P]]:
        """All kept points, oldest first, ending with the newest that was added."""
        if self._newest is None or (self._kept and self._kept[-1] is self._newest):
            return list(self._kept)
        return [*self._kept, self._newest]
