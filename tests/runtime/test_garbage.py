"""What survives a long pass of the garbage collector is not looked at again."""

import gc
from collections.abc import Iterator

import pytest
import trio
from tests.runtime.scripted import virtually

from trader247.model.instant import SECOND
from trader247.runtime.garbage import full_passes, short_passes


class Knot:
    """Refers to itself, so that only the collector can find it dead."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    gc.collect()
    yield
    gc.unfreeze()
    gc.collect()


def frozen_by(took_ms: float, generation: int = 2) -> int:
    """How many more objects are set aside after one pass that took so long."""
    times = iter([0, round(took_ms * SECOND / 1000)])
    before = gc.get_freeze_count()
    gc.disable()
    try:
        with short_passes(lambda: next(times)):
            gc.collect(generation)
        return gc.get_freeze_count() - before
    finally:
        gc.enable()


def test_what_survives_a_long_pass_is_set_aside() -> None:
    assert frozen_by(took_ms=3.0) > 1_000


@pytest.mark.parametrize(("took_ms", "generation"), [(2.9, 2), (50.0, 1), (50.0, 0)])
def test_a_short_pass_and_one_over_the_young_alone_set_nothing_aside(took_ms: float, generation: int) -> None:
    assert frozen_by(took_ms, generation) == 0


def test_what_is_dead_is_freed_before_anything_is_set_aside() -> None:
    gc.disable()
    Knot()
    frozen_by(took_ms=5.0)
    gc.unfreeze()
    assert not any(isinstance(found, Knot) for found in gc.get_objects())


def test_watch_and_pace_end_with_their_block() -> None:
    before, pace = list(gc.callbacks), gc.get_threshold()
    with short_passes():
        assert len(gc.callbacks) == len(before) + 1
        assert gc.get_threshold()[:2] == pace[:2]
        assert gc.get_threshold()[2] > 1_000_000, "no full pass by itself"
    assert (gc.callbacks, gc.get_threshold()) == (before, pace)


@pytest.mark.parametrize(("speed", "passes"), [(1.0, [5.0, 10.0, 15.0]), (10.0, [25.0, 50.0])])
def test_full_passes_come_by_the_machines_clock_however_fast_the_loops_runs(speed: float, passes: list[float]) -> None:
    seen: list[float] = []

    def note(phase: str, info: dict[str, int]) -> None:
        if phase == "stop" and info["generation"] == 2:
            seen.append(trio.current_time())

    async def main() -> None:
        with trio.move_on_after(passes[-1] + 1):
            await full_passes(lambda: round(trio.current_time() / speed * SECOND))

    gc.disable()
    gc.callbacks.append(note)
    try:
        virtually(main)
    finally:
        gc.callbacks.remove(note)
        gc.enable()
    assert seen == passes
