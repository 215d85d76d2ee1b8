"""The bounds of what faults take, and the table of all kinds."""

from typing import Any

import pytest

from trader247.drivers.simulation.layers import RULES
from trader247.drivers.simulation.layers.arguments import ENDS, SYMBOL, between, count, length, one_of
from trader247.drivers.simulation.plan import REQUIRED, Argument, Layer, Point


@pytest.mark.parametrize(
    ("argument", "good", "bad"),
    [
        (between(0, 2, 1, ""), [0, 2, 1.5], [-1, 3, "1", True, None, float("nan")]),
        (length(10, 1, ""), [0.1, 10], [0, 11, "x"]),
        (count(1, 3, 1, ""), [1, 3], [0, 4, 1.5]),
        (one_of(("a", "b"), "a", ""), ["a"], ["c", 1]),
        (ENDS, ["silence"], [""]),
        (SYMBOL, ["BTC-USD", "*"], ["", 7]),
    ],
)
def test_an_argument_takes_what_it_says_and_nothing_else(argument: Argument, good: list[Any], bad: list[Any]) -> None:
    assert not [value for value in good if argument.check(value)]
    assert not [value for value in bad if not argument.check(value)]


@pytest.mark.parametrize("layer", list(Layer))
def test_every_kind_does_one_thing_at_some_point_with_good_defaults(layer: Layer) -> None:
    for name, rule in RULES[layer].items():
        assert (rule.act is None) is (rule.hit is not None), name
        assert rule.points, name
        assert rule.catalogue, name
        assert rule.hit is None or Point.TIME not in rule.points, name
        for argument in rule.arguments.values():
            assert argument.default is REQUIRED or not argument.check(argument.default), name
