"""An order is the intent's own only where every term the venue tells is the intent's."""

from decimal import Decimal
from typing import Any

import attrs
import pytest
from tests.venues.coinbase.wire_samples import BTC, ETH, START, intent

from trader247.core.order_identity import difference
from trader247.model.ids import VenueOrderId
from trader247.model.money import Notional, Price, Quantity
from trader247.model.order import OrderStatus, Side, Style
from trader247.model.venue import OrderReport

SENT = intent(quantity="0.001")
FOUND = OrderReport(
    venue_order_id=VenueOrderId("venue-1"),
    client_order_id=SENT.client_order_id,
    symbol=BTC,
    side=Side.BUY,
    status=OrderStatus.OPEN,
    filled=Quantity(Decimal(0)),
    filled_notional=Notional(Decimal(0)),
    fees=Notional(Decimal(0)),
    fill_count=0,
    at=START,
    quantity=Quantity(Decimal("0.00100")),
    limit_price=Price(Decimal(60000)),
)


@pytest.mark.parametrize("changes", [{}, {"quantity": None}, {"limit_price": None}, {"status": OrderStatus.FILLED}])
@pytest.mark.req("OM2")
def test_the_same_terms_are_the_same_order_however_they_are_spelled_and_however_far_it_got(
    changes: dict[str, Any],
) -> None:
    assert difference(attrs.evolve(FOUND, **changes), SENT) is None


STOP = attrs.evolve(intent(Style.STOP_LIMIT, "0.001"), stop_price=Price(Decimal(58000)))
FOUND_STOP = attrs.evolve(FOUND, style=Style.STOP_LIMIT, stop_price=Price(Decimal(58000)))


@pytest.mark.parametrize("changes", [{}, {"stop_price": None}, {"style": None}])
@pytest.mark.req("OM2", "R3")
def test_an_order_that_protects_is_the_same_where_stop_and_style_are_or_are_not_told(changes: dict[str, Any]) -> None:
    assert difference(attrs.evolve(FOUND_STOP, **changes), STOP) is None


@pytest.mark.parametrize("changes", [{"stop_price": Price(Decimal(57999))}, {"style": Style.BRACKET}])
@pytest.mark.req("OM2", "R3")
def test_another_stop_or_style_makes_it_another_order_and_the_text_says_which(changes: dict[str, Any]) -> None:
    text = difference(attrs.evolve(FOUND_STOP, **changes), STOP)
    assert text is not None
    assert "stop_limit with stop 58000" in text
    found = attrs.evolve(FOUND_STOP, **changes)
    assert f"{found.style} with stop {found.stop_price}" in text


def test_the_stop_of_an_entry_is_the_positions_and_not_the_orders() -> None:
    assert difference(FOUND, attrs.evolve(SENT, stop_price=Price(Decimal(57000)))) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"symbol": ETH},
        {"side": Side.SELL},
        {"quantity": Quantity(Decimal("0.002"))},
        {"limit_price": Price(Decimal("60000.01"))},
    ],
)
@pytest.mark.req("OM2")
def test_another_term_makes_it_another_order_and_both_are_named(changes: dict[str, Any]) -> None:
    text = difference(attrs.evolve(FOUND, **changes), SENT)
    assert text is not None
    assert "venue-1" in text
    assert SENT.client_order_id in text
    assert f"BUY {SENT.quantity} BTC-USD at 60000.00" in text
