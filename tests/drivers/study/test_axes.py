"""What a study varies is read, multiplied out, drawn and checked before anything runs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.config.loadable import SHIPPED
from tests.drivers.study.study_samples import SIZE

from trader247.config.loading import Loaded, load
from trader247.drivers.study.axes import (
    Axis,
    Params,
    checked,
    combination,
    combinations,
    drawn,
    overrides_of,
    read_axes,
)
from trader247.errors import ConfigurationInvalid

pytestmark = pytest.mark.req("BT6")

STOP, TARGET = (f"strategies.baseline.parameters.rules.momentum_up.{name}" for name in ("stop_pct", "target_pct"))
AXES = st.lists(st.integers(1, 5), min_size=1, max_size=4).map(
    lambda sizes: [Axis(f"k{n}", tuple(f"{n}.{m}" for m in range(size))) for n, size in enumerate(sizes)]
)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a.b=1,2,3", ("1", "2", "3")),
        ("a.b=10..40:10", ("10", "20", "30", "40")),
        ("a.b=0.1..0.3:0.1,1", ("0.1", "0.2", "0.3", "1")),
        ("a.b=3..5", ("3", "4", "5")),
        ("a.b=[A,B],[C]", ("[A,B]", "[C]")),
        ("a.b = true , false", ("true", "false")),
    ],
)
def test_values_are_lists_and_rows(text: str, values: tuple[str, ...]) -> None:
    assert read_axes([text]) == [Axis("a.b", values)]


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (["a.b"], "is not understood"),
        (["a.b="], "is not understood"),
        (["a.b=1,,2"], "has an empty value"),
        (["a.b=1,1"], "1 is there twice"),
        (["a.b=4..1:1"], "is no row"),
        (["a.b=1..2:0"], "is no row"),
        (["a.b=1..x"], "is no row"),
        (["a.b=0..1:0.0001"], "over 1,000 values"),
        (["a.b=1", "a.b=2"], "a.b is given twice"),
        ([], "0 are given"),
    ],
)
def test_what_is_no_axis_is_told(texts: list[str], told: str) -> None:
    with pytest.raises(ConfigurationInvalid, match=told):
        read_axes(texts)


@given(AXES)
def test_every_combination_is_there_once_and_the_last_axis_turns_fastest(axes: list[Axis]) -> None:
    found = [tuple(combination(axes, index).values()) for index in range(combinations(axes))]
    assert len(set(found)) == len(found) == combinations(axes)
    assert found == sorted(found)


@given(AXES, st.integers(0, 2**32), st.integers(1, 50), st.integers(0, 50))
def test_more_draws_of_a_seed_begin_with_the_fewer_and_none_comes_twice(
    axes: list[Axis], seed: int, few: int, more: int
) -> None:
    found = drawn(axes, seed, few + more)
    assert drawn(axes, seed, few) == found[:few]
    assert len({tuple(each.items()) for each in found}) == len(found) == min(few + more, combinations(axes))


def test_of_a_space_too_large_to_shuffle_draws_are_different_too() -> None:
    axes = [Axis(f"k{n}", tuple(map(str, range(1000)))) for n in range(4)]
    assert drawn(axes, 7, 20) == drawn(axes, 7, 30)[:20]
    assert len({tuple(each.values()) for each in drawn(axes, 7, 30)}) == 30


def test_numbers_that_rise_are_ordered_and_words_are_not() -> None:
    ordered = [axis.ordered for axis in read_axes(["a=1,2.5,1e1", "b=2,1", "c=low,high"])]
    assert ordered == [True, False, False]
    assert overrides_of({"a": "1", "b": "x"}) == ("a=1", "b=x")


def loading(params: Params) -> Loaded:
    return load(SHIPPED, environ={}, overrides=overrides_of(params))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("policy.caps.totl_pct=1", 'caps.totl_pct: unknown key, did you mean "total_pct"?'),
        ("strategies.basline.max_at_risk_pct=1", "strategy 'basline' is not configured, did you mean \"baseline\"?"),
        ("strategies.zzz.max_at_risk_pct=1", "there are baseline"),
        (f"{SIZE}=1,many", "'many' is not a number"),
        (f"{STOP}=3,16", "16 is not less than target_pct: 15"),
        ("policies.caps=1", "unknown section"),
    ],
)
def test_a_key_or_value_that_cannot_be_is_told_before_anything_runs(text: str, told: str) -> None:
    with pytest.raises(ConfigurationInvalid) as caught:
        checked(read_axes([text]), loading({}), loading)
    assert told in str(caught.value)


def test_a_value_that_fits_with_others_that_are_tried_is_no_mistake() -> None:
    checked(read_axes([f"{STOP}=3,16", f"{TARGET}=15,20"]), loading({}), loading)


def test_a_key_that_is_set_as_well_is_told() -> None:
    base = load(SHIPPED, environ={}, overrides=(f"{SIZE}=1",))
    with pytest.raises(ConfigurationInvalid, match="is given with --set too"):
        checked(read_axes([f"{SIZE}=1,2"]), base, loading)


@pytest.mark.parametrize("row", ["10..20:1e-999999", "1e999998..1e999999:1e999998", "-1e99..1e99:1e98"])
def test_a_row_of_absurd_powers_is_no_row(row: str) -> None:
    with pytest.raises(ConfigurationInvalid, match=r"is no row; write LOW\.\.HIGH:STEP"):
        read_axes([f"a={row}"])
