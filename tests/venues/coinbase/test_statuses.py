"""Every status word of the venue has one meaning, and an unknown one opens no door."""

from decimal import Decimal

import msgspec
import pytest
from tests.venues.coinbase.wire_samples import body, product_row

from trader247.model.instrument import ProductStatus
from trader247.model.order import OrderStatus
from trader247.venues.coinbase.statuses import order_status, product_status
from trader247.venues.coinbase.wire import ProductRow


@pytest.mark.parametrize(
    ("word", "filled", "pending_cancel", "status"),
    [
        ("PENDING", "0", False, OrderStatus.OPEN),
        ("QUEUED", "0", False, OrderStatus.OPEN),
        ("OPEN", "0", False, OrderStatus.OPEN),
        ("EDIT_QUEUED", "0", False, OrderStatus.OPEN),
        ("OPEN", "0.1", False, OrderStatus.PARTIAL_FILL),
        ("OPEN", "0.1", True, OrderStatus.PENDING_CANCEL),
        ("CANCEL_QUEUED", "0.1", False, OrderStatus.PENDING_CANCEL),
        ("FILLED", "1", False, OrderStatus.FILLED),
        ("CANCELLED", "0.1", True, OrderStatus.CANCELED),
        ("EXPIRED", "0", False, OrderStatus.EXPIRED),
        ("FAILED", "0", False, OrderStatus.FAILED),
        ("UNKNOWN_ORDER_STATUS", "0", False, OrderStatus.UNKNOWN),
        ("SOMETHING_NEW", "1", True, OrderStatus.UNKNOWN),
        ("", "0", False, OrderStatus.UNKNOWN),
    ],
)
def test_an_order_status_word_means(word: str, filled: str, pending_cancel: bool, status: OrderStatus) -> None:
    assert order_status(word, Decimal(filled), pending_cancel=pending_cancel) is status


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, ProductStatus.ONLINE),
        ({"limit_only": True}, ProductStatus.LIMIT_ONLY),
        ({"post_only": True, "limit_only": True}, ProductStatus.POST_ONLY),
        ({"auction_mode": True, "post_only": True}, ProductStatus.AUCTION),
        ({"cancel_only": True, "auction_mode": True}, ProductStatus.CANCEL_ONLY),
        ({"trading_disabled": True}, ProductStatus.DISABLED),
        ({"is_disabled": True}, ProductStatus.DISABLED),
        ({"view_only": True}, ProductStatus.DISABLED),
        ({"status": "offline"}, ProductStatus.DISABLED),
        ({"status": "delisted"}, ProductStatus.DISABLED),
        ({"status": "internal"}, ProductStatus.DISABLED),
        ({"status": "brand-new-word"}, ProductStatus.UNKNOWN),
        ({"status": ""}, ProductStatus.UNKNOWN),
        ({"status": "ONLINE"}, ProductStatus.ONLINE),
        ({"cancel_only": "true"}, ProductStatus.CANCEL_ONLY),
        ({"view_only": "True"}, ProductStatus.DISABLED),
        ({"cancel_only": "false", "limit_only": "", "view_only": None}, ProductStatus.ONLINE),
        ({"limit_only": "perhaps"}, ProductStatus.UNKNOWN),
        ({"limit_only": "perhaps", "is_disabled": True}, ProductStatus.DISABLED),
    ],
)
@pytest.mark.req("EX1")
def test_a_products_flags_mean(changes: dict[str, object], status: ProductStatus) -> None:
    row = msgspec.json.decode(body(product_row(**changes)), type=ProductRow)
    assert product_status(row) is status


@pytest.mark.parametrize(
    ("changes", "entries", "exits"),
    [
        ({}, True, True),
        ({"limit_only": True}, False, True),
        ({"post_only": True}, False, False),
        ({"auction_mode": True}, False, False),
        ({"cancel_only": True}, False, False),
        ({"trading_disabled": True}, False, False),
        ({"view_only": True}, False, False),
        ({"is_disabled": True}, False, False),
        ({"status": "offline"}, False, False),
        ({"status": "a word of next year"}, False, False),
    ],
)
@pytest.mark.req("EX1")
def test_a_mode_of_the_venue_decides_what_may_be_traded(changes: dict[str, object], entries: bool, exits: bool) -> None:
    status = product_status(msgspec.json.decode(body(product_row(**changes)), type=ProductRow))
    assert (status.admits_entries, status.admits_exits) == (entries, exits)
