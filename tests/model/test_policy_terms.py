from decimal import Decimal
from typing import Annotated

import pytest
from attrs import fields, frozen
from hypothesis import given
from hypothesis import strategies as st

from trader247.model.policy_terms import Term, bounded, plain_type, term_of


@frozen(field_transformer=bounded)
class Sample:
    share: Annotated[Decimal, Term("A share.", "%", above=0, most=100, ceiling=50)] = Decimal(5)
    wait_s: Annotated[float, Term("A wait.", "s", least=0)] = 1.0
    count: Annotated[int, Term("A count.", least=1, below=10)] = 3
    quiet: Annotated[bool, Term("A switch.")] = False
    name: Annotated[str, Term("A name.")] = "x"


def test_a_value_out_of_bounds_is_refused_in_words_that_name_the_bounds() -> None:
    with pytest.raises(ValueError, match=r"share: 250 is not allowed \(0 < x <= 100, and unsafe over 50\)"):
        Sample(share=Decimal(250))


def test_a_sensible_value_over_the_compiled_in_ceiling_is_called_unsafe() -> None:
    with pytest.raises(ValueError, match="share: 60 is unsafe"):
        Sample(share=Decimal(60))


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), Decimal("sNaN")])
def test_what_is_not_finite_is_refused(value: Decimal) -> None:
    with pytest.raises(ValueError, match=r"share: \S+ is not a finite number"):
        Sample(share=value)


@pytest.mark.parametrize(
    ("name", "value"),
    [("share", 5), ("share", 5.0), ("count", True), ("count", 3.0), ("wait_s", "1"), ("quiet", 1), ("name", 5)],
)
def test_a_value_of_another_type_is_refused(name: str, value: object) -> None:
    with pytest.raises(TypeError, match=f"{name}: .* is not of type"):
        Sample(**{name: value})  # type: ignore[arg-type]


def test_a_whole_number_will_do_for_a_duration() -> None:
    assert Sample(wait_s=2).wait_s == 2


@given(st.integers(-5, 15))
def test_the_bounds_hold_exactly_where_they_say(count: int) -> None:
    term = Term("", least=1, below=10)
    assert (term.fault_of(count) is None) == (1 <= count < 10)


def test_bounds_read_as_a_person_writes_them() -> None:
    assert Term("", above=0, most=100).allowed == "0 < x <= 100"
    assert Term("", least=1).allowed == "1 <= x"
    assert Term("", below=9).allowed == "x < 9"
    assert Term("").allowed == ""


def test_an_annotation_gives_back_its_term_and_its_plain_type() -> None:
    share = fields(Sample).share
    assert plain_type(share) is Decimal
    term = term_of(share)
    assert term is not None
    assert term.unit == "%"


def test_a_nested_section_has_no_term() -> None:
    @frozen(field_transformer=bounded)
    class Outer:
        inner: Sample = Sample()

    assert term_of(fields(Outer).inner) is None
    assert plain_type(fields(Outer).inner) is Sample
