"""Two sets of books side by side."""

from decimal import Decimal

import pytest

from trader247.drivers.comparison import BooksCompared, Row, compare

pytestmark = pytest.mark.req("PNL1")


def of(**amounts: str) -> dict[str, Decimal]:
    return {name: Decimal(amount) for name, amount in amounts.items()}


def test_every_currency_that_either_side_holds_is_compared_by_name() -> None:
    compared = compare(of(USD="100.50", BTC="0.1"), of(USD="100.5", ETH="2"))
    assert [row.name for row in compared.rows] == ["BTC", "ETH", "USD"]
    assert [row.equal for row in compared.rows] == [False, False, True]
    assert not compared.equal


def test_what_nobody_holds_is_left_out_and_nothing_is_equal_to_nothing() -> None:
    compared = compare(of(USD="1", BTC="0"), of(USD="1.00", ETH="0"))
    assert [row.name for row in compared.rows] == ["USD"]
    assert compared.equal
    assert BooksCompared(()).equal


def test_the_last_digit_decides() -> None:
    assert not compare(of(USD="100.000000000000000001"), of(USD="100")).equal


def test_further_rows_come_last_and_count() -> None:
    compared = compare(of(USD="1"), of(USD="1"), (Row("fills", Decimal(3), Decimal(4)),))
    assert compared.rows[-1].name == "fills"
    assert not compared.equal


def test_the_table_names_both_sides_and_every_difference() -> None:
    table = compare(of(USD="99912.30", BTC="0.1"), of(USD="99912.3"), (Row("fills", Decimal(3), Decimal(3)),)).table()
    assert table.splitlines() == [
        "       our books  the exchange",
        "BTC          0.1             0  DIFFERENT",
        "USD      99912.3       99912.3  equal",
        "fills          3             3  equal",
    ]
