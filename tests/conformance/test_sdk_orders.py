"""The official SDK trades: every kind of order it can make, previews, edits, cancels, listings."""

import itertools
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from tests.conformance.rig import Foreign, ForeignClients, ForeignError
from tests.conformance.trading import SIZE, order_in, placed, price, until, withdrawn

from trader247.model.instant import Instant, rfc3339

NewId = Callable[[], str]

END_TIME = "{tomorrow}"
KINDS = {
    "limit_order_gtc": ("limit_limit_gtc", {}),
    "limit_order_gtd": ("limit_limit_gtd", {"end_time": END_TIME}),
    "limit_order_fok": ("limit_limit_fok", {}),
    "limit_order_ioc": ("sor_limit_ioc", {}),
}
STOPS = {
    "stop_limit_order_gtc": ("stop_limit_stop_limit_gtc", {}),
    "stop_limit_order_gtd": ("stop_limit_stop_limit_gtd", {"end_time": END_TIME}),
}
BRACKETS = {
    "trigger_bracket_order_gtc": ("trigger_bracket_gtc", {}),
    "trigger_bracket_order_gtd": ("trigger_bracket_gtd", {"end_time": END_TIME}),
}
WAYS = [("", "BUY"), ("", "SELL"), ("_buy", "BUY"), ("_sell", "SELL")]
"""Each kind has three methods: one takes the side, two have it in their names."""


def _made(sdk: Foreign, method: str, way: tuple[str, str], *ids: str, **terms: Any) -> Any:
    suffix, side = way
    terms = {key: _tomorrow(sdk) if value == END_TIME else value for key, value in terms.items()}
    named = {} if suffix else {"side": side}
    return getattr(sdk, method + suffix)(*ids, product_id="BTC-USD", **named, **terms)


def _tomorrow(sdk: Foreign) -> str:
    return rfc3339(Instant((int(sdk.get_unix_time()["epoch_seconds"]) + 86_400) * 10**9), 0)


def _resting(side: str) -> str:
    """The factor of a price that does not trade at once."""
    return "0.95" if side == "BUY" else "1.05"


def _crossing(side: str) -> str:
    return "1.01" if side == "BUY" else "0.99"


# ---------------------------------------------------------------------------------------------------------- market
@pytest.mark.parametrize("method", ["market_order_buy", "market_order"])
def test_a_market_buy_by_amount_spends_at_most_the_amount(sdk: Foreign, new_id: NewId, method: str) -> None:
    side = {"side": "BUY"} if method == "market_order" else {}
    answer = getattr(sdk, method)(new_id(), "BTC-USD", quote_size="250", **side)
    order = order_in(sdk, placed(answer), "FILLED")
    assert (order["order_type"], order["time_in_force"], order["size_in_quote"]) == (
        "MARKET",
        "IMMEDIATE_OR_CANCEL",
        True,
    )
    spent = Decimal(order["filled_value"]) + Decimal(order["total_fees"])
    assert Decimal(240) < spent <= Decimal(250)


@pytest.mark.parametrize("way", WAYS)
def test_a_market_order_by_size_fills_its_size(sdk: Foreign, new_id: NewId, way: tuple[str, str]) -> None:
    answer = _made(sdk, "market_order", way, new_id(), base_size=SIZE)
    order = order_in(sdk, placed(answer), "FILLED")
    assert (order["side"], Decimal(order["filled_size"])) == (way[1], Decimal(SIZE))
    assert answer["order_configuration"]["market_market_ioc"]["base_size"] == SIZE


def test_the_account_moves_by_what_was_filled_and_its_fee(sdk: Foreign, new_id: NewId) -> None:
    def dollars() -> Decimal:
        (account,) = (each for each in sdk.get_accounts()["accounts"] if each["currency"] == "USD")
        return Decimal(account["available_balance"]["value"]) + Decimal(account["hold"]["value"])

    before = dollars()
    order = order_in(sdk, placed(sdk.market_order_buy(new_id(), "BTC-USD", base_size=SIZE)), "FILLED")
    spent = Decimal(order["filled_value"]) + Decimal(order["total_fees"])
    until(dollars, lambda after: before - after == spent)


# ----------------------------------------------------------------------------------------------------------- limit
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("method", KINDS)
def test_a_limit_order_that_crosses_trades_at_once(
    sdk: Foreign, new_id: NewId, method: str, way: tuple[str, str]
) -> None:
    kind, terms = KINDS[method]
    limit = price(sdk, _crossing(way[1]))
    answer = _made(sdk, method, way, new_id(), base_size=SIZE, limit_price=limit, **terms)
    order = order_in(sdk, placed(answer), "FILLED")
    assert (order["order_type"], Decimal(order["filled_size"])) == ("LIMIT", Decimal(SIZE))
    assert order["order_configuration"][kind]["limit_price"] == limit


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("method", KINDS)
def test_a_limit_order_that_does_not_cross_rests_or_ends_by_its_kind(
    sdk: Foreign, new_id: NewId, method: str, way: tuple[str, str]
) -> None:
    _, terms = KINDS[method]
    limit = price(sdk, _resting(way[1]))
    order_id = placed(_made(sdk, method, way, new_id(), base_size=SIZE, limit_price=limit, **terms))
    rests = method in {"limit_order_gtc", "limit_order_gtd"}
    order = order_in(sdk, order_id, "OPEN" if rests else "CANCELLED")
    assert Decimal(order["filled_size"]) == 0
    if rests:
        withdrawn(sdk, order_id)


@pytest.mark.parametrize("way", WAYS)
def test_a_post_only_order_rests_or_is_refused_whole(sdk: Foreign, new_id: NewId, way: tuple[str, str]) -> None:
    terms = {"base_size": SIZE, "post_only": True}
    resting = _made(sdk, "limit_order_gtc", way, new_id(), limit_price=price(sdk, _resting(way[1])), **terms)
    withdrawn(sdk, order_in(sdk, placed(resting), "OPEN")["order_id"])
    refused = _made(sdk, "limit_order_gtc", way, new_id(), limit_price=price(sdk, _crossing(way[1])), **terms)
    assert refused["success"] is False
    assert refused["error_response"]["preview_failure_reason"] == "PREVIEW_INVALID_LIMIT_PRICE_POST_ONLY"


# ------------------------------------------------------------------------------------------------ stop and bracket
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("method", STOPS)
def test_a_stop_limit_order_waits_for_its_price(sdk: Foreign, new_id: NewId, method: str, way: tuple[str, str]) -> None:
    kind, terms = STOPS[method]
    stop = {"base_size": SIZE, **_stopped(sdk, way[1])}
    order = order_in(sdk, placed(_made(sdk, method, way, new_id(), **stop, **terms)), "OPEN")
    assert (order["order_type"], order["trigger_status"]) == ("STOP_LIMIT", "STOP_PENDING")
    assert order["order_configuration"][kind]["stop_price"] == stop["stop_price"]
    withdrawn(sdk, order["order_id"])


@pytest.mark.parametrize("suffix", ["", "_sell"])
@pytest.mark.parametrize("method", BRACKETS)
def test_a_bracket_order_waits_for_either_of_its_prices(sdk: Foreign, new_id: NewId, method: str, suffix: str) -> None:
    kind, terms = BRACKETS[method]
    bracket = {"base_size": SIZE, "limit_price": price(sdk, "1.05"), "stop_trigger_price": price(sdk, "0.95")}
    order = order_in(sdk, placed(_made(sdk, method, (suffix, "SELL"), new_id(), **bracket, **terms)), "OPEN")
    assert order["order_type"] == "BRACKET"
    assert order["order_configuration"][kind]["stop_trigger_price"] == bracket["stop_trigger_price"]
    withdrawn(sdk, order["order_id"])


@pytest.mark.parametrize("method", BRACKETS)
def test_a_bracket_that_buys_is_refused_on_spot(sdk: Foreign, new_id: NewId, method: str) -> None:
    _, terms = BRACKETS[method]
    bracket = {"base_size": SIZE, "limit_price": price(sdk, "0.95"), "stop_trigger_price": price(sdk, "1.05")}
    assert _made(sdk, method, ("_buy", "BUY"), new_id(), **bracket, **terms)["success"] is False


def test_a_buy_may_bring_its_take_profit_and_stop_loss(sdk: Foreign, new_id: NewId) -> None:
    attached = {"trigger_bracket_gtc": {"limit_price": price(sdk, "1.05"), "stop_trigger_price": price(sdk, "0.9")}}
    limit = {"limit_limit_gtc": {"base_size": SIZE, "limit_price": price(sdk, "1.01"), "post_only": False}}
    answer = sdk.create_order(new_id(), "BTC-USD", "BUY", limit, attached_order_configuration=attached)
    parent = order_in(sdk, placed(answer), "FILLED")
    child = order_in(sdk, parent["attached_order_id"], "OPEN")
    assert (child["side"], child["originating_order_id"]) == ("SELL", parent["order_id"])
    withdrawn(sdk, child["order_id"])


# ------------------------------------------------------------------------------------------- create, preview, edit
def test_an_order_is_created_from_its_plain_configuration(sdk: Foreign, new_id: NewId) -> None:
    configuration = {"limit_limit_gtc": {"base_size": SIZE, "limit_price": price(sdk, "0.95"), "post_only": True}}
    client_order_id = new_id()
    answer = sdk.create_order(client_order_id, "BTC-USD", "BUY", configuration)
    order = order_in(sdk, placed(answer), "OPEN")
    assert order["client_order_id"] == client_order_id
    assert configuration["limit_limit_gtc"].items() <= order["order_configuration"]["limit_limit_gtc"].items()
    again = sdk.create_order(client_order_id, "BTC-USD", "BUY", configuration)
    assert placed(again) == order["order_id"], "a used client order id gives the order that has it"
    withdrawn(sdk, order["order_id"])


def test_an_empty_client_order_id_is_filled_in_by_the_sdk(sdk: Foreign) -> None:
    answer = sdk.limit_order_gtc_buy("", "BTC-USD", SIZE, price(sdk, "0.95"))
    assert len(answer["success_response"]["client_order_id"]) >= 32
    withdrawn(sdk, order_in(sdk, placed(answer), "OPEN")["order_id"])


@pytest.mark.parametrize(
    ("configuration", "reason"),
    [
        ({"limit_limit_gtc": {"base_size": "50", "limit_price": "{0.95}"}}, "PREVIEW_INSUFFICIENT_FUND"),
        ({"limit_limit_gtc": {"base_size": SIZE, "limit_price": "100.001"}}, "PREVIEW_INVALID_PRICE_PRECISION"),
        ({"limit_limit_gtc": {"base_size": "0.0000000001", "limit_price": "100"}}, "PREVIEW_INVALID_SIZE_PRECISION"),
        ({"market_market_ioc": {"quote_size": "0.01"}}, "PREVIEW_INVALID_QUOTE_SIZE_TOO_SMALL"),
    ],
)
def test_a_refusal_is_an_answer_and_no_exception(
    sdk: Foreign, new_id: NewId, configuration: dict[str, dict[str, str]], reason: str
) -> None:
    ((kind, terms),) = configuration.items()
    filled = {key: price(sdk, value[1:-1]) if value.startswith("{") else value for key, value in terms.items()}
    answer = sdk.create_order(new_id(), "BTC-USD", "BUY", {kind: filled})
    assert answer["success"] is False
    assert answer["error_response"]["preview_failure_reason"] == reason


def _stopped(sdk: Foreign, side: str) -> dict[str, str]:
    up = side == "BUY"
    return {
        "stop_direction": "STOP_DIRECTION_STOP_UP" if up else "STOP_DIRECTION_STOP_DOWN",
        "stop_price": price(sdk, "1.04" if up else "0.96"),
        "limit_price": price(sdk, "1.05" if up else "0.95"),
    }


def _bracketed(sdk: Foreign, side: str) -> dict[str, str]:
    del side
    return {"limit_price": price(sdk, "1.05"), "stop_trigger_price": price(sdk, "0.95")}


def _limited(sdk: Foreign, side: str) -> dict[str, str]:
    return {"limit_price": price(sdk, _crossing(side))}


PREVIEWS = {
    **{f"preview_{method}": (terms, _limited) for method, (_, terms) in KINDS.items()},
    **{f"preview_{method}": (terms, _stopped) for method, (_, terms) in STOPS.items()},
    **{f"preview_{method}": (terms, _bracketed) for method, (_, terms) in BRACKETS.items()},
    "preview_market_order": ({}, lambda _sdk, _side: {}),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("method", PREVIEWS)
def test_a_preview_tells_the_cost_and_places_nothing(sdk: Foreign, method: str, way: tuple[str, str]) -> None:
    terms, prices = PREVIEWS[method]
    newest = sdk.list_orders(limit=1)["orders"]
    preview = _made(sdk, method, way, base_size=SIZE, **terms, **prices(sdk, way[1]))
    assert [order["order_id"] for order in sdk.list_orders(limit=1)["orders"]] == [each["order_id"] for each in newest]
    if "bracket" in method and way[1] == "BUY":
        assert preview["errs"], "spot brackets only sell"
        return
    assert preview["errs"] == []
    assert Decimal(preview["base_size"]) == Decimal(SIZE)
    assert Decimal(preview["commission_total"]) > 0
    assert Decimal(preview["order_total"]) > 0


def test_a_preview_takes_a_plain_configuration_and_names_what_is_wrong(sdk: Foreign) -> None:
    good = sdk.preview_order("BTC-USD", "BUY", {"market_market_ioc": {"quote_size": "100"}})
    assert (good["errs"], bool(good["preview_id"])) == ([], True)
    bad = sdk.preview_order("BTC-USD", "BUY", {"market_market_ioc": {"quote_size": "100000000"}})
    assert bad["errs"] == ["PREVIEW_INSUFFICIENT_FUND"]


def test_an_order_is_edited_in_its_place(sdk: Foreign, new_id: NewId) -> None:
    order_id = placed(sdk.limit_order_gtc_buy(new_id(), "BTC-USD", SIZE, price(sdk, "0.95")))
    order_in(sdk, order_id, "OPEN")
    lower = price(sdk, "0.94")
    preview = sdk.preview_edit_order(order_id, size="0.02", price=lower)
    assert preview["errors"] == []
    edited = sdk.edit_order(order_id, size="0.02", price=lower)
    assert (edited["success"], edited["errors"]) == (True, [])

    def is_edited(order: Any) -> bool:
        terms = order["order_configuration"]["limit_limit_gtc"]
        numbers = (Decimal(terms["base_size"]), Decimal(terms["limit_price"]))
        return bool(order["status"] == "OPEN" and numbers == (Decimal("0.02"), Decimal(lower)))

    order = until(lambda: sdk.get_order(order_id)["order"], is_edited)
    assert len(order["edit_history"]) == 1
    withdrawn(sdk, order_id)
    late = sdk.edit_order(order_id, size="0.03", price=lower)
    assert late["success"] is False
    assert late["errors"][0]["edit_failure_reason"] == "ONLY_OPEN_ORDERS_CAN_BE_EDITED"


# ----------------------------------------------------------------------------------------------- cancels, listings
def test_each_cancel_has_its_own_result(sdk: Foreign, new_id: NewId) -> None:
    order_id = placed(sdk.limit_order_gtc_buy(new_id(), "BTC-USD", SIZE, price(sdk, "0.95")))
    order_in(sdk, order_id, "OPEN")
    unknown = "11111111-1111-4111-8111-111111111111"
    results = {result["order_id"]: result for result in sdk.cancel_orders([unknown, order_id])["results"]}
    assert (results[order_id]["success"], results[unknown]["success"]) == (True, False)
    assert results[unknown]["failure_reason"] == "UNKNOWN_CANCEL_ORDER"
    assert order_in(sdk, order_id, "CANCELLED")["order_id"] == order_id
    with pytest.raises(ForeignError) as failed:
        sdk.cancel_orders([f"{n}" for n in range(101)])
    assert failed.value.status == 400


def test_orders_are_listed_newest_first_in_pages_and_by_status(sdk: Foreign, new_id: NewId) -> None:
    ids = [placed(sdk.limit_order_gtc_buy(new_id(), "BTC-USD", SIZE, price(sdk, "0.95"))) for _ in range(3)]
    for order_id in ids:
        order_in(sdk, order_id, "OPEN")
    shown = sdk.list_orders(order_status=["OPEN"], product_ids=["BTC-USD"], order_side="BUY")["orders"]
    assert [order["order_id"] for order in shown if order["order_id"] in ids] == ids[::-1]
    named = sdk.list_orders(order_ids=ids[:2])["orders"]
    assert {order["order_id"] for order in named} == set(ids[:2])
    paged: list[str] = []
    cursor: str | None = None
    for _ in range(3):
        page = sdk.list_orders(limit=1, cursor=cursor)
        paged += [order["order_id"] for order in page["orders"]]
        cursor = page["cursor"]
    assert paged == ids[::-1]
    withdrawn(sdk, *ids)
    assert not sdk.list_orders(order_ids=ids, order_status=["OPEN"])["orders"]


def test_an_unknown_order_is_not_found(sdk: Foreign) -> None:
    with pytest.raises(ForeignError, match="order with this orderID was not found") as failed:
        sdk.get_order("11111111-1111-4111-8111-111111111111")
    assert failed.value.status == 404


def test_the_fills_of_an_order_sum_up_to_it(sdk: Foreign, new_id: NewId) -> None:
    order = order_in(sdk, placed(sdk.market_order_sell(new_id(), "BTC-USD", SIZE)), "FILLED")

    def fills() -> Any:
        return sdk.get_fills(order_ids=[order["order_id"]], product_ids=["BTC-USD"])["fills"]

    rows = until(fills, lambda rows: len(rows) == int(order["number_of_fills"]))
    assert sum(Decimal(row["size"]) for row in rows) == Decimal(order["filled_size"])
    assert sum(Decimal(row["commission"]) for row in rows) == Decimal(order["total_fees"])
    assert {row["liquidity_indicator"] for row in rows} == {"TAKER"}
    by_trade = sdk.get_fills(trade_ids=[rows[0]["trade_id"]])["fills"]
    assert [row["entry_id"] for row in by_trade] == [rows[0]["entry_id"]]


def test_fills_are_listed_in_pages_until_the_cursor_is_empty(sdk: Foreign, new_id: NewId) -> None:
    wanted = [placed(sdk.market_order_buy(new_id(), "BTC-USD", quote_size="20")) for _ in range(3)]
    for order_id in wanted:
        order_in(sdk, order_id, "FILLED")
    until(
        lambda: {row["order_id"] for row in sdk.get_fills(order_ids=wanted)["fills"]}, lambda seen: seen == set(wanted)
    )
    seen: list[str] = []
    cursor: str | None = None
    for turn in itertools.count():
        page = sdk.get_fills(order_ids=wanted, limit=1, cursor=cursor)
        seen += [row["entry_id"] for row in page["fills"]]
        cursor = page["cursor"]
        if cursor == "" or turn > 100:
            break
    assert len(seen) == len(set(seen)) >= 3


def test_spot_knows_no_positions_to_close(sdk: Foreign, new_id: NewId) -> None:
    answer = sdk.close_position(new_id(), "BTC-USD", size=SIZE)
    assert (answer["success"], answer["error_response"]["error"]) == (False, "INVALID_PRODUCT_ID")


def test_a_key_the_exchange_does_not_know_is_unauthorized(clients: ForeignClients) -> None:
    with pytest.raises(ForeignError) as failed:
        clients.on("sdk:stranger").get_accounts()
    assert (failed.value.status, failed.value.body) == (401, "Unauthorized\n")
