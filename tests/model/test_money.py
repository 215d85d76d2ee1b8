"""Exact decimals, and rounding that is spelled out."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trader247.model.money import (
    Price,
    Quantity,
    ceil_to,
    decimal_of,
    floor_to,
    is_multiple,
    nearest_to,
    notional_of,
    pct_of,
    plain,
    price_text,
)

values = st.decimals(min_value=-(10**9), max_value=10**9, allow_nan=False, allow_infinity=False, places=8)
increments = st.sampled_from([Decimal(t) for t in ("1", "0.5", "0.25", "0.1", "0.01", "0.00000001", "5", "100")])


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", "1"), ("-0.5", "-0.5"), (".5", "0.5"), ("1.", "1"), ("1e-8", "0.00000001"), ("00012.30", "12.30")],
)
def test_a_plain_number_is_read_exactly(text: str, value: str) -> None:
    assert decimal_of(text) == Decimal(value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "NaN",
        "nan",
        "sNaN",
        "Infinity",
        "-inf",
        "1_000",
        " 1",
        "1 ",
        "1\n",
        "+1",
        "1,5",
        "0x1",
        "e5",
        ".",
        "-",
        "\u0661",
    ],
)
def test_what_is_no_plain_finite_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a plain finite number"):
        decimal_of(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [("1E-8", "0.00000001"), ("1E+3", "1000"), ("1.500", "1.5"), ("100", "100"), ("0E-10", "0"), ("-0", "0")],
)
def test_a_venue_reads_no_exponents_and_no_trailing_zeros(value: str, text: str) -> None:
    assert plain(Decimal(value)) == text


@given(values)
def test_plain_text_reads_back_as_the_same_number(value: Decimal) -> None:
    assert decimal_of(plain(value)) == value


@settings(max_examples=200)
@given(values, increments)
def test_floor_and_ceiling_are_the_multiples_next_to_the_value(value: Decimal, increment: Decimal) -> None:
    low, high = floor_to(value, increment), ceil_to(value, increment)
    assert low <= value <= high
    assert value - low < increment
    assert high - value < increment
    assert is_multiple(low, increment)
    assert is_multiple(high, increment)
    assert (low == high) is is_multiple(value, increment)
    assert nearest_to(value, increment) in {low, high}


def test_a_tie_is_rounded_to_the_even_multiple() -> None:
    assert nearest_to(Decimal("0.5"), Decimal(1)) == 0
    assert nearest_to(Decimal("1.5"), Decimal(1)) == 2


def test_a_notional_is_price_times_quantity_without_loss() -> None:
    assert notional_of(Price(Decimal("0.1")), Quantity(Decimal("0.3"))) == Decimal("0.03")


def test_a_percentage_of_nothing_is_zero_for_nothing_and_refused_for_something() -> None:
    assert pct_of(Decimal(5), Decimal(200)) == Decimal("2.5")
    assert pct_of(Decimal(0), Decimal(0)) == 0
    with pytest.raises(ValueError, match="cannot take 1 as a percentage of 0"):
        pct_of(Decimal(1), Decimal(0))


@pytest.mark.parametrize(
    ("price", "text"),
    [
        ("61234.5", "61,234.50"),
        ("123456.789", "123,456.79"),
        ("3318.395", "3,318.40"),
        ("14.053", "14.053"),
        ("0.16234", "0.16234"),
        ("0.162345678", "0.162346"),
        ("0.0000123456", "0.0000123456"),
        ("100", "100.00"),
        ("0", "0.00"),
        ("-0.5", "-0.50"),
    ],
)
def test_a_price_is_read_with_six_digits_and_two_decimals_at_least(price: str, text: str) -> None:
    assert price_text(Decimal(price)) == text
