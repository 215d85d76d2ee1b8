"""The table of kinds."""

import pytest

from trader247.venues.simulated.faults.kinds import KINDS, REQUIRED, is_count, is_number
from trader247.venues.simulated.faults.plan import Kind, Point


def test_every_kind_has_its_row_and_every_point_a_kind() -> None:
    assert list(KINDS) == list(Kind)
    assert {point for rule in KINDS.values() for point in rule.points} == set(Point)


def test_every_row_and_argument_explains_itself_and_every_default_is_allowed() -> None:
    for kind, rule in KINDS.items():
        assert rule.meaning, kind
        for name, argument in rule.arguments.items():
            assert argument.meaning, (kind, name)
            assert argument.default is REQUIRED or not argument.check(argument.default), (kind, name)


@pytest.mark.parametrize("value", [True, "1", None, float("inf"), float("nan"), [1]])
def test_what_is_no_number_is_none(value: object) -> None:
    assert not is_number(value)
    assert not is_count(value)


@pytest.mark.parametrize("value", [0, -1, 1.5, 2_000_000_000])
def test_a_count_is_whole_and_bounded(value: float) -> None:
    assert is_number(value)
    assert not is_count(value)
