"""Questions are answered whole or not at all, from the door the key opens."""

from decimal import Decimal
from typing import Any

import httpx
import pytest
import trio
from tests.builders import usd
from tests.venues.coinbase.wire_samples import (
    BTC,
    ETH,
    START,
    account_row,
    answer,
    fill_row,
    order_row,
    product_row,
    reply,
    venue,
)
from trio.testing import MockClock

from trader247.errors import Failure, VenueRejected, VenueUnavailable
from trader247.model.ids import VenueOrderId
from trader247.model.instant import HOUR, MINUTE, SECOND, Instant, instant
from trader247.model.instrument import ProductStatus, Symbol
from trader247.model.market import Depth
from trader247.model.venue import Found, Undecided
from trader247.ports import VenueReader
from trader247.venues.coinbase.reader import GRANULARITIES

Requests = list[httpx.Request]


def by_path(table: dict[str, Any], seen: Requests | None = None) -> Any:
    def handler(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(request)
        found = table[request.url.path.removeprefix("/api/v3/brokerage")]
        return found(request) if callable(found) else reply(found)

    return handler


def query(request: httpx.Request) -> dict[str, list[str]]:
    return {name: request.url.params.get_list(name) for name in request.url.params}


def a_port() -> VenueReader:
    return venue(answer({}))


async def test_the_venues_clock_is_asked_at_the_public_door(autojump_clock: MockClock) -> None:
    seen: Requests = []
    clock = {"iso": "2026-09-27T10:15:30Z", "epochMillis": "1790504130123"}
    assert await venue(by_path({"/time": clock}, seen), keyed=False).server_time() == 1790504130123 * 10**6
    assert "authorization" not in seen[0].headers


@pytest.mark.req("PM1")
async def test_product_metadata_is_kept_for_five_minutes(autojump_clock: MockClock) -> None:
    seen: Requests = []
    rows = {"products": [product_row(product_id="ETH-USD"), product_row(), product_row(product_id="SOL-USD")]}
    asked = venue(by_path({"/products": rows}, seen))
    nope = Symbol("NOPE-USD")
    assert [one.symbol for one in await asked.instruments([BTC, nope, ETH])] == [BTC, ETH]
    assert query(seen[0]) == {"product_ids": ["BTC-USD", "NOPE-USD", "ETH-USD"], "get_tradability_status": ["true"]}
    await asked.instruments([BTC, ETH])
    assert len(seen) == 1
    await trio.sleep(301)
    await asked.instruments([BTC, ETH])
    assert len(seen) == 2


@pytest.mark.req("EX1")
async def test_a_status_is_asked_freshly_and_renews_what_is_remembered(autojump_clock: MockClock) -> None:
    now = {"is": False}
    table = {
        "/products": {"products": [product_row()]},
        "/products/BTC-USD": lambda _request: reply(product_row(cancel_only=now["is"])),
    }
    asked = venue(by_path(table))
    assert (await asked.instruments([BTC]))[0].status is ProductStatus.ONLINE
    now["is"] = True
    assert await asked.product_status(BTC) is ProductStatus.CANCEL_ONLY
    assert (await asked.instruments([BTC]))[0].status is ProductStatus.CANCEL_ONLY


async def test_without_a_key_the_public_doors_answer(autojump_clock: MockClock) -> None:
    book = {
        "product_id": "BTC-USD",
        "bids": [{"price": "1", "size": "2"}],
        "asks": [{"price": "3", "size": "2"}],
        "time": "2026-09-27T10:15:30Z",
    }
    table = {
        "/market/products": {"products": [product_row()]},
        "/market/products/BTC-USD": product_row(),
        "/market/product_book": {"pricebook": book, "last": "2"},
        "/market/products/BTC-USD/candles": {"candles": []},
    }
    asked = venue(by_path(table), keyed=False)
    assert [one.symbol for one in await asked.instruments([BTC])] == [BTC]
    assert await asked.product_status(BTC) is ProductStatus.ONLINE
    assert [quote.mid for quote in await asked.quotes([BTC])] == [Decimal(2)]
    assert await asked.candles(BTC, 60, START, Instant(START + MINUTE)) == ()


async def test_quotes_come_in_one_question_for_all_with_the_last_prices_of_another(autojump_clock: MockClock) -> None:
    def row(name: str) -> dict[str, Any]:
        bids, asks = [{"price": "1", "size": "2"}], [{"price": "3", "size": "2"}]
        time = "2026-09-27T10:15:30Z"
        return {"product_id": name, "bids": bids, "asks": asks if name != "SOL-USD" else [], "time": time}

    names = ["ETH-USD", "BTC-USD", "SOL-USD"]
    table = {
        "/best_bid_ask": {"pricebooks": [row(name) for name in names]},
        "/products": {"products": [product_row(product_id=name, price="2.5") for name in names]},
    }
    seen: Requests = []
    found = await venue(by_path(table, seen)).quotes([BTC, ETH, Symbol("SOL-USD")])
    assert [(quote.symbol, quote.last) for quote in found] == [(BTC, Decimal("2.5")), (ETH, Decimal("2.5"))]
    assert len(seen) == 2
    assert await venue(by_path({})).quotes([]) == ()


@pytest.mark.req("ST1")
async def test_a_quote_is_as_young_as_the_answer_it_came_in_and_the_last_price_is_not_asked_for_each_time(
    autojump_clock: MockClock,
) -> None:
    level = [{"price": "1", "size": "2"}], [{"price": "3", "size": "2"}]
    row = {"product_id": "BTC-USD", "bids": level[0], "asks": level[1], "time": "2026-09-27T10:15:10Z"}
    dated = reply({"pricebooks": [row]}, date="Sun, 27 Sep 2026 10:15:30 GMT")
    table = {"/best_bid_ask": lambda _request: dated, "/products": {"products": [product_row()]}}
    seen: Requests = []
    asked = venue(by_path(table, seen))
    assert [quote.at for quote in await asked.quotes([BTC])] == [instant("2026-09-27T10:15:30Z")]
    await asked.quotes([BTC])
    assert len(seen) == 3
    await trio.sleep(61)
    await asked.quotes([BTC])
    assert len(seen) == 5


# --------------------------------------------------------------------------------------------------------- candles
def candle_server(seen: Requests, missing: frozenset[int] = frozenset()) -> Any:
    """Candles for every minute, both ends inclusive, newest first, as the venue gives them; 400 above 350."""

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        first, last = int(request.url.params["start"]), int(request.url.params["end"])
        starts = [at for at in range(first - first % 60, last + 1, 60) if at >= first and at not in missing]
        if len(starts) > 350:
            return reply({"error": "INVALID_ARGUMENT"}, 400)
        row = {"low": "1", "high": "4", "open": "2", "close": "3", "volume": "1"}
        return reply({"candles": [{**row, "start": str(at)} for at in reversed(starts)]})

    return handler


async def test_a_long_history_is_asked_in_windows_of_300_and_joined_without_seams(autojump_clock: MockClock) -> None:
    seen: Requests = []
    start = Instant(START - 1000 * MINUTE - 30 * SECOND)
    found = await venue(candle_server(seen)).candles(BTC, 60, start, START)
    first = -(-start // MINUTE) * MINUTE
    assert [one.start for one in found] == list(range(first, START - MINUTE + 1, MINUTE))
    assert len(seen) == 4
    windows = [(int(one.url.params["start"]), int(one.url.params["end"])) for one in seen]
    assert all(end - begin < 300 * 60 for begin, end in windows)


@pytest.mark.req("D3")
async def test_a_minute_without_trades_stays_missing_and_the_forming_candle_is_left_out(
    autojump_clock: MockClock,
) -> None:
    hole = (START - 5 * MINUTE) // MINUTE * 60
    asked = venue(candle_server([], frozenset({hole})))
    found = await asked.candles(BTC, 60, Instant(START - 10 * MINUTE), Instant(START + HOUR))
    starts = {one.start for one in found}
    assert hole * SECOND not in starts
    assert all(one.start + MINUTE <= START + trio.current_time() * SECOND for one in found)
    assert max(starts) == START // MINUTE * MINUTE - MINUTE


async def test_a_span_or_length_nobody_serves_is_the_callers_fault(autojump_clock: MockClock) -> None:
    with pytest.raises(ValueError, match="no candles of 61 s"):
        await venue(answer({})).candles(BTC, 61, START, START)
    with pytest.raises(ValueError, match="at most"):
        await venue(answer({})).candles(BTC, 60, Instant(0), START)
    assert {60, 300, 3600, 86400} <= set(GRANULARITIES)


# --------------------------------------------------------------------------------------------------------- account
@pytest.mark.fault("RA-12")
async def test_balances_are_read_to_the_last_page(autojump_clock: MockClock) -> None:
    pages = {
        None: {"accounts": [account_row("USD", "1")], "has_next": True, "cursor": "1"},
        "1": {"accounts": [account_row("USD", "1"), account_row("BTC", "2")], "has_next": False, "cursor": ""},
    }
    asked = venue(by_path({"/accounts": lambda request: reply(pages[request.url.params.get("cursor")])}))
    assert {one.currency: str(one.total) for one in await asked.balances()} == {"BTC": "2", "USD": "1"}


@pytest.mark.parametrize(
    "page",
    [
        {"accounts": [account_row("USD", "1")], "has_next": True, "cursor": "same"},
        {"accounts": [account_row("USD", "1")], "has_next": True, "cursor": ""},
        {"accounts": [], "has_next": False, "cursor": ""},
        {"accounts": [account_row("USD", "NaN")], "has_next": False, "cursor": ""},
        {"accounts": None, "has_next": False},
        "<html>Please log in</html>",
    ],
)
@pytest.mark.req("D2")
@pytest.mark.fault("RA-12", "RA-15", "RA-21", "NW-07")
async def test_balances_that_are_not_whole_are_not_given(page: Any, autojump_clock: MockClock) -> None:
    with pytest.raises(VenueUnavailable):
        await venue(answer(page)).balances()


async def test_fees_and_permissions_are_asked(autojump_clock: MockClock) -> None:
    tier = {"pricing_tier": "Intro 1", "taker_fee_rate": "0.012", "maker_fee_rate": "0.006"}
    granted = {"can_view": True, "can_trade": True, "can_transfer": False}
    asked = venue(by_path({"/transaction_summary": {"fee_tier": tier}, "/key_permissions": granted}))
    assert (await asked.fee_rates()).taker == Decimal("0.012")
    assert (await asked.key_permissions()).can_trade


@pytest.mark.req("MKT1")
@pytest.mark.parametrize("keyed", [True, False])
async def test_depth_is_what_the_book_holds_within_twenty_bps_of_its_mid(
    autojump_clock: MockClock, *, keyed: bool
) -> None:
    seen: Requests = []
    book = {
        "product_id": "BTC-USD",
        "time": "2026-09-27T10:15:30Z",
        "bids": [{"price": price, "size": "2"} for price in ("99.9", "99.8", "99.79")],
        "asks": [{"price": price, "size": "3"} for price in ("100.1", "100.2", "100.21")],
    }
    path = "/product_book" if keyed else "/market/product_book"
    asked = venue(by_path({path: {"pricebook": book}}, seen), keyed=keyed)
    assert await asked.depth(BTC) == Depth(BTC, instant("2026-09-27T10:15:30Z"), usd("399.4"), usd("600.9"))
    assert query(seen[0])["limit"] == ["250"]
    empty = venue(by_path({path: {"pricebook": book | {"asks": []}}}), keyed=keyed)
    assert await empty.depth(BTC) is None
    absurd = venue(by_path({path: {"pricebook": book | {"asks": [{"price": "-1", "size": "1"}]}}}), keyed=keyed)
    with pytest.raises(VenueUnavailable, match="price is negative"):
        await absurd.depth(BTC)


@pytest.mark.req("D2")
async def test_a_cursor_that_fits_no_request_ends_the_list_in_a_declared_error(autojump_clock: MockClock) -> None:
    page = {"accounts": [account_row("USD", "1")], "has_next": True, "cursor": "c" * 100_000}
    with pytest.raises(VenueRejected, match="not sent"):
        await venue(answer(page)).balances()


@pytest.mark.req("PM1", "D2")
async def test_the_fee_tier_is_kept_for_five_minutes_and_never_longer(autojump_clock: MockClock) -> None:
    seen: Requests = []
    tiers = [
        reply({"fee_tier": {"pricing_tier": name, "taker_fee_rate": rate, "maker_fee_rate": "0"}})
        for name, rate in (("Intro 1", "0.012"), ("Intro 2", "0.0075"))
    ]
    gone = reply({"error": "INVALID_ARGUMENT"}, 400)
    asked = venue(by_path({"/transaction_summary": lambda _request: tiers.pop(0) if tiers else gone}, seen))
    assert asked.fee_rates_age_s() is None
    assert (await asked.fee_rates()).tier == "Intro 1"
    await trio.sleep(299)
    assert (await asked.fee_rates()).tier == "Intro 1"
    assert asked.fee_rates_age_s() == pytest.approx(299)
    await trio.sleep(2)
    assert (await asked.fee_rates()).tier == "Intro 2"
    assert len(seen) == 2
    await trio.sleep(301)
    with pytest.raises(VenueRejected):
        await asked.fee_rates()


@pytest.mark.req("PM1")
async def test_the_age_of_what_is_known_of_an_instrument_is_told(autojump_clock: MockClock) -> None:
    asked = venue(by_path({"/products": {"products": [product_row()]}}))
    assert asked.metadata_age_s(BTC) is None
    await asked.instruments([BTC])
    await trio.sleep(7)
    assert asked.metadata_age_s(BTC) == pytest.approx(7)


# ---------------------------------------------------------------------------------------------------------- orders
@pytest.mark.fault("RA-12", "RA-13")
async def test_open_orders_include_young_ones_that_the_open_filter_hides_and_drop_what_ended_meanwhile(
    autojump_clock: MockClock,
) -> None:
    seen: Requests = []

    def listing(request: httpx.Request) -> httpx.Response:
        if "order_status" in request.url.params:
            rows = [order_row(order_id="a"), order_row(order_id="b")]
        else:
            rows = [order_row(order_id="a", status="FILLED"), order_row(order_id="c", status="PENDING")]
        return reply({"orders": rows, "has_next": False, "cursor": ""})

    found = await venue(by_path({"/orders/historical/batch": listing}, seen)).open_orders()
    assert [one.venue_order_id for one in found.orders] == ["b", "c"]
    assert found.asked_from is None
    assert query(seen[0])["order_status"] == ["OPEN"]


@pytest.mark.fault("RA-12")
async def test_two_hundred_and_five_orders_over_several_pages_are_all_found(autojump_clock: MockClock) -> None:
    rows = [order_row(order_id=str(number)) for number in range(205)]

    def listing(request: httpx.Request) -> httpx.Response:
        at = int(request.url.params.get("cursor", "0"))
        more = at + 100 < len(rows)
        return reply({"orders": rows[at : at + 100], "has_next": more, "cursor": str(at + 100) if more else ""})

    seen: Requests = []
    found = await venue(by_path({"/orders/historical/batch": listing}, seen)).orders_since(START)
    assert [one.venue_order_id for one in found.orders] == [str(number) for number in range(205)]
    assert found.asked_from == START
    assert all(query(one)["start_date"] == ["2026-09-27T10:15:30.000000Z"] for one in seen)


@pytest.mark.fault("RA-11")
async def test_an_order_not_found_is_undecided(autojump_clock: MockClock) -> None:
    order = VenueOrderId("11111111-0000-0000-0000-000000000000")
    missing = answer({"error": "NOT_FOUND", "message": "order with this orderID was not found"}, 404)
    assert isinstance(await venue(missing).order(order), Undecided)
    found = await venue(answer({"order": order_row()})).order(order)
    assert isinstance(found, Found)
    with pytest.raises(VenueRejected) as refused:
        await venue(answer({"error": "PERMISSION_DENIED"}, 403)).order(order)
    assert refused.value.failure is Failure.FORBIDDEN


async def test_fills_come_oldest_first_and_only_the_ones_asked_for(autojump_clock: MockClock) -> None:
    rows = [
        fill_row(entry_id="3", trade_time="2026-09-27T10:15:33Z"),
        fill_row(entry_id="2", trade_time="2026-09-27T10:15:32Z", order_id="other"),
        fill_row(entry_id="1", trade_time="2026-09-27T10:15:29Z"),
    ]
    pages = {None: {"fills": rows, "cursor": "more"}, "more": {"fills": [], "cursor": "more"}}
    asked = venue(by_path({"/orders/historical/fills": lambda request: reply(pages[request.url.params.get("cursor")])}))
    assert [fill.fill_id for fill in await asked.fills_since(START)] == ["2", "3"]
    assert [fill.fill_id for fill in await asked.fills_of(VenueOrderId("0000-000000-000000"))] == ["1", "3"]
    assert await asked.fills_since(instant("2026-09-27T10:15:34Z")) == ()
