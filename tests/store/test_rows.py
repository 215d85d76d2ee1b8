"""Nothing of an order, fill, position or alert is lost between memory and a row."""

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.store import samples
from tests.store.samples import decimals, texts

from trader247.messages.control import AlertChanged
from trader247.model.order import Fill, Order, OrderIntent
from trader247.model.portfolio import Balance, EquityMarks, Position
from trader247.store import rows
from trader247.store.tables import alerts, fills, orders, positions

balances = st.builds(Balance, currency=texts, available=decimals, held=decimals)
marks = st.builds(
    EquityMarks,
    high_water=decimals,
    day=samples.instants,
    day_open=decimals,
    week=samples.instants,
    week_open=decimals,
)


@pytest.mark.parametrize(
    ("kind", "kept"),
    [
        (OrderIntent, set(rows.INTENT)),
        (Order, {"intent", *rows.ORDER}),
        (Fill, set(rows.FILL)),
        (Position, set(rows.POSITION)),
        (AlertChanged, set(rows.ALERT)),
        (Balance, {"currency", "available", "held"}),
        (EquityMarks, {"high_water", "day", "day_open", "week", "week_open"}),
    ],
)
def test_every_field_of_the_model_has_its_place(kind: type, kept: set[str]) -> None:
    assert {field.name for field in attrs.fields(kind)} == kept


def test_rows_fill_exactly_the_columns_of_their_tables() -> None:
    assert set(rows.order_row(samples.order())) == set(orders.c.keys())
    assert set(rows.position_row(samples.position())) == set(positions.c.keys())
    assert set(rows.fill_row(samples.fill())) == set(fills.c.keys()) - {"client_order_id", "realised_pnl"}
    assert set(rows.ALERT.values()) == set(alerts.c.keys())


@given(samples.orders)
def test_an_order_comes_back_equal(order: Order) -> None:
    assert rows.order_from(rows.order_row(order)) == order


@given(samples.fills)
def test_a_fill_comes_back_equal(fill: Fill) -> None:
    assert rows.fill_from(rows.fill_row(fill)) == fill


@given(samples.positions)
def test_a_position_comes_back_equal(position: Position) -> None:
    assert rows.position_from(rows.position_row(position)) == position


@given(samples.alerts)
def test_an_alert_comes_back_equal(alert: AlertChanged) -> None:
    assert rows.alert_from(rows.alert_row(alert)) == alert


@given(st.lists(balances).map(tuple), marks)
def test_balances_and_marks_come_back_equal(held: tuple[Balance, ...], levels: EquityMarks) -> None:
    assert rows.told_balances(rows.spelled_balances(held)) == held
    assert rows.told_marks(rows.spelled_marks(levels)) == levels


@pytest.mark.fault("PR-15")
def test_a_word_this_version_does_not_know_is_an_error_and_not_a_guess() -> None:
    row = rows.order_row(samples.order()) | {"status": "TELEPORTED"}
    with pytest.raises(ValueError, match="TELEPORTED"):
        rows.order_from(row)
