"""Money keeps every digit, on both kinds of database."""

from decimal import Decimal

import pytest
from hypothesis import given
from sqlalchemy.dialects import postgresql, sqlite
from tests.store.samples import decimals

from trader247.store.tables import SCHEMA, Money, metadata, orders

_SQLITE = sqlite.dialect()
_POSTGRESQL = postgresql.dialect()  # type: ignore[no-untyped-call]


@given(decimals)
def test_money_comes_back_equal(amount: Decimal) -> None:
    stored = Money().process_bind_param(amount, _SQLITE)
    assert isinstance(stored, str)
    assert "E" not in stored
    assert Money().process_result_value(stored, _SQLITE) == amount


@pytest.mark.parametrize("amount", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_what_is_no_amount_is_never_stored(amount: str) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        Money().process_bind_param(Decimal(amount), _SQLITE)


def test_a_stored_text_that_is_no_amount_is_never_read_as_one() -> None:
    with pytest.raises(ValueError, match="1_000"):
        Money().process_result_value("1_000", _SQLITE)


def test_nothing_stays_nothing() -> None:
    assert Money().process_bind_param(None, _SQLITE) is None
    assert Money().process_result_value(None, _SQLITE) is None


def test_postgresql_keeps_money_as_numbers() -> None:
    amount = Decimal("0.10")
    assert Money().process_bind_param(amount, _POSTGRESQL) is amount
    assert Money().process_result_value(amount, _POSTGRESQL) is amount
    assert str(Money().load_dialect_impl(_POSTGRESQL)) == "NUMERIC"
    assert str(orders.c.quantity.type.compile(_SQLITE)) == "TEXT"


def test_every_table_is_strict() -> None:
    assert all(table.dialect_options["sqlite"]["strict"] for table in metadata.tables.values())
    assert SCHEMA.isdecimal()
