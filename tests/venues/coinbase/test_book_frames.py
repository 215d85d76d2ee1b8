"""Level2 frames, as documented and as recorded, become absolute changes by side, or a fault and nothing else."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.venues.coinbase.feed_samples import frame
from tests.venues.coinbase.test_wire import spoiled
from tests.venues.coinbase.wire_samples import START, body, recorded

from trader247.venues.coinbase.book_frames import BookChange, book_changes
from trader247.venues.coinbase.frames import envelope
from trader247.venues.coinbase.numbers import WireFault


def level(side: str, price: str, quantity: str) -> dict[str, str]:
    return {
        "side": side,
        "event_time": "1970-01-01T00:00:00Z",
        "price_level": price,
        "new_quantity": quantity,
    }


def book(*levels: dict[str, str], kind: str = "update", name: str = "BTC-USD") -> str:
    return frame("l2_data", 3, [{"type": kind, "product_id": name, "updates": list(levels)}])


def changes(text: str | bytes) -> list[BookChange]:
    return book_changes(envelope(text), START)


def test_levels_are_absolute_by_side_and_in_the_order_they_happened() -> None:
    (found,) = changes(
        book(
            level("bid", "68923.66", "0.41"),
            level("offer", "68923.67", "0"),
            level("bid", "68923.66", "1e-8"),
            kind="snapshot",
        )
    )
    assert (found.symbol, found.at, found.snapshot) == ("BTC-USD", START, True)
    assert found.bids == [(Decimal("68923.66"), Decimal("0.41")), (Decimal("68923.66"), Decimal("0.00000001"))]
    assert found.asks == [(Decimal("68923.67"), Decimal(0))]


def test_a_quiet_snapshot_is_an_empty_book() -> None:
    (found,) = changes(book(kind="snapshot"))
    assert (found.bids, found.asks) == ([], [])


@pytest.mark.parametrize(
    "said",
    [
        book(level("ask", "1", "1")),
        book(level("bid", "0", "1")),
        book(level("bid", "NaN", "1")),
        book(level("bid", "1", "-1")),
        book(level("bid", "1", "1_0")),
        book(level("bid", "", "1")),
        book(level("bid", "1.2.3", "1")),
        book(level("bid", "9" * 40, "1")),
        book(kind="replaced"),
        book(name="BTC"),
    ],
)
def test_a_level_that_cannot_be_is_a_fault(said: str) -> None:
    with pytest.raises(WireFault):
        changes(said)


SAMPLE: Any = json.loads(book(level("bid", "68923.66", "0.41"), level("offer", "68923.67", "0")))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_spoiled_frame_decodes_or_is_a_wire_fault(data: st.DataObject) -> None:
    text = data.draw(spoiled(SAMPLE))
    try:
        found = changes(text)
    except WireFault:
        return
    assert all(price > 0 and size >= 0 for one in found for price, size in (*one.bids, *one.asks))


@pytest.mark.parametrize("kind", ["snapshot", "update"])
def test_recorded_books_lose_no_level(kind: str) -> None:
    said = recorded(f"ws_level2/nautilus_ws_l2_data_{kind}.json")
    (found,) = changes(body(said))
    (event,) = said["events"]
    for side, mine in (("bid", found.bids), ("offer", found.asks)):
        rows = [row for row in event["updates"] if row["side"] == side]
        assert [(f"{price:f}", f"{size:f}") for price, size in mine] == [
            (row["price_level"], row["new_quantity"]) for row in rows
        ]
    assert found.snapshot is (kind == "snapshot")
