"""What was recorded of the venue loses nothing on the way in: each field we keep is, spelled out again, what it was."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from tests.venues.coinbase.test_stream_judge import judge
from tests.venues.coinbase.wire_samples import BTC, START, body, recorded, recorded_text

from trader247.model.instant import Moment, Mono
from trader247.model.market import Quote
from trader247.venues.coinbase import wire
from trader247.venues.coinbase.book_frames import book_changes
from trader247.venues.coinbase.frames import envelope, quotes, reports
from trader247.venues.coinbase.numbers import number
from trader247.venues.coinbase.stream_judge import Channel

# left out: an account page cut off before its paging (which we refuse) and a book of the older exchange API
REST: list[tuple[str, Any]] = [
    ("rest_accounts/fastmm_accounts_live.json", wire.AccountPage),
    ("rest_accounts/nautilus_http_accounts.json", wire.AccountPage),
    ("rest_book/jkorf_GetOrderBook.json", wire.PricebookBody),
    ("rest_book/nautilus_http_product_book.json", wire.PricebookBody),
    ("rest_candles/jkorf_GetKlines.json", wire.CandleBody),
    ("rest_candles/nautilus_http_candles.json", wire.CandleBody),
    ("rest_fills/ccxt_fill_live.json", wire.FillPage),
    ("rest_fills/jkorf_GetUserTrades.json", wire.FillPage),
    ("rest_fills/nautilus_http_fills.json", wire.FillPage),
    ("rest_key_permissions/jkorf_GetApiKeyInfo.json", wire.PermissionBody),
    ("rest_orders/ccxt_closed_order_live.json", wire.OrderPage),
    ("rest_orders/jkorf_CancelOrders.json", wire.CancelBody),
    ("rest_orders/jkorf_GetOrder.json", wire.OrderBody),
    ("rest_orders/jkorf_GetOrders.json", wire.OrderPage),
    ("rest_orders/jkorf_PlaceOrder.json", wire.CreateBody),
    ("rest_orders/nautilus_http_order.json", wire.OrderBody),
    ("rest_orders/nautilus_http_orders_list.json", wire.OrderPage),
    ("rest_products/fastmm_product_btc_usd_live.json", wire.ProductRow),
    ("rest_products/jkorf_GetSymbols.json", wire.ProductBody),
    ("rest_products/nautilus_http_product.json", wire.ProductRow),
    ("rest_products/nautilus_http_products.json", wire.ProductBody),
    ("rest_products/nautilus_http_products_future.json", wire.ProductBody),
    ("rest_transaction_summary/jkorf_GetFeeInfo.json", wire.FeeBody),
    ("rest_transaction_summary/jkorf_GetFeeInfo2.json", wire.FeeBody),
]


def lost(kept: Any, said: Any, at: str = "$") -> Iterator[str]:
    """Where a kept value is not what was said; what was not said is not lost."""
    if isinstance(kept, dict) and isinstance(said, dict):
        for name in kept.keys() & said.keys():
            yield from lost(kept[name], said[name], f"{at}.{name}")
    elif isinstance(kept, list) and isinstance(said, list) and len(kept) == len(said):
        for index, pair in enumerate(zip(kept, said, strict=True)):
            yield from lost(*pair, f"{at}[{index}]")
    elif kept != said:
        yield f"{at}: {kept!r} was {said!r}"


@pytest.mark.parametrize(("name", "kind"), REST, ids=[name for name, _kind in REST])
def test_a_recorded_body_is_kept_as_it_was_said(name: str, kind: Any) -> None:
    found = recorded(name)
    said = found.get("response", found)
    kept = msgspec.to_builtins(msgspec.json.decode(body(said), type=kind))
    assert not list(lost(kept, said))
    assert kept.keys() & said.keys()


def test_the_shapes_of_one_live_account_are_kept_as_they_were_said() -> None:
    shapes = recorded("rest_orders/fastmm_reply_shapes.json")
    for name, kind in (
        ("create_ok", wire.CreateBody),
        ("create_insufficient_fund", wire.CreateBody),
        ("create_post_only_would_cross", wire.CreateBody),
        ("cancel_mixed", wire.CancelBody),
        ("orders_empty_live_2026-09-30", wire.OrderPage),
        ("rate_limited_429", wire.ErrorBody),
        ("unauthorized", wire.ErrorBody),
        ("product_not_found", wire.ErrorBody),
    ):
        kept = msgspec.to_builtins(msgspec.json.decode(body(shapes[name]), type=kind))
        assert not list(lost(kept, shapes[name])), name


def numbers_of(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for one in value.values():
            yield from numbers_of(one)
    elif isinstance(value, list):
        for one in value:
            yield from numbers_of(one)
    elif isinstance(value, str) and value.replace(".", "", 1).isdigit():
        yield value


@pytest.mark.parametrize("name", [name for name, _kind in REST])
def test_every_recorded_number_is_read_exactly(name: str) -> None:
    for text in numbers_of(recorded(name)):
        assert f"{number(text, name):f}" == f"{Decimal(text):f}" == text


# ------------------------------------------------------------------------------------------------------------- streams
def test_a_recorded_live_session_is_heard_without_a_gap_and_without_losing_a_level() -> None:
    lines = recorded_text("ws_session_live_2026-09-30/fastmm_advanced_md_stream_excerpt.jsonl").splitlines()
    watched = judge(Channel.TICKER)
    levels = 0
    before: int | None = None
    for line in lines:
        said, found = json.loads(line), envelope(line)
        if before is not None and said["sequence_num"] != before + 1:
            watched = judge(Channel.TICKER)  # the excerpt leaves frames out; each stretch is judged by itself
        assert watched.frame(line, Moment(START, Mono(0))).lost is None
        before = said["sequence_num"]
        if found.channel == "l2_data":
            for change, event in zip(book_changes(found, START), said["events"], strict=True):
                kept = [(f"{price:f}", f"{size:f}") for price, size in (*change.bids, *change.asks)]
                told = [(row["price_level"], row["new_quantity"]) for row in event["updates"]]
                assert sorted(kept) == sorted(told)
                levels += len(kept)
    assert levels


@pytest.mark.parametrize(
    "name", ["Ticker", "User", "BatchTicker", "Klines", "Heartbeat", "Trades", "Symbol", "Concurrent"]
)
def test_a_recorded_conversation_is_readable_on_its_channel(name: str) -> None:
    text = recorded_text(f"ws_jkorf/{name}.txt")
    read = 0
    for part in text.replace("\n=", "\n<").split("\n<")[1:]:
        try:
            said = json.JSONDecoder().raw_decode(part.lstrip("0123456789 \n"))[0]
        except ValueError:
            continue
        found = envelope(body(said))
        read += 1
        if found.channel == "user":
            assert len(reports(found, START)) == sum(len(event["orders"]) for event in said["events"])
        elif found.channel == "ticker":
            pairs = {row["product_id"]: (BTC,) for event in said["events"] for row in event["tickers"]}
            assert all(isinstance(quote, Quote) for quote in quotes(found, START, pairs))
    assert read
