"""Long work in slices comes to the same result with pauses and without."""

from collections.abc import Generator

from trader247.core.slices import SLICE, concluded


def counted(upto: int, seen: list[int]) -> Generator[None, None, int]:
    for number in range(upto):
        seen.append(number)
        yield
    return sum(seen)


def test_concluded_runs_through_every_pause_to_the_result() -> None:
    seen: list[int] = []
    assert concluded(counted(4, seen)) == 6
    assert seen == [0, 1, 2, 3]


def test_a_slice_holds_more_than_the_default_universe() -> None:
    assert SLICE > 100
