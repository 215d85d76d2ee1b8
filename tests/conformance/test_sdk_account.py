"""The official SDK asks about its account."""

import pytest
from tests.conformance.rig import Foreign, ForeignClients, ForeignError, RunningExchange


def test_the_accounts_are_listed_in_pages(sdk: Foreign) -> None:
    everything = sdk.get_accounts()["accounts"]
    assert {account["currency"] for account in everything} >= {"USD", "BTC", "ETH"}
    paged, cursor = [], None
    while cursor != "":
        page = sdk.get_accounts(limit=1, cursor=cursor)
        paged += page["accounts"]
        cursor = page["cursor"]
        assert page["has_next"] is (cursor != "")
    assert [account["uuid"] for account in paged] == [account["uuid"] for account in everything]


def test_one_account_is_found_by_its_id(sdk: Foreign) -> None:
    account = sdk.get_accounts()["accounts"][0]
    assert sdk.get_account(account["uuid"])["account"]["currency"] == account["currency"]
    with pytest.raises(ForeignError) as failed:
        sdk.get_account("00000000-0000-4000-8000-000000000000")
    assert failed.value.status == 404


def test_the_key_may_view_and_trade_one_portfolio(sdk: Foreign, running: RunningExchange) -> None:
    allowed = sdk.get_api_key_permissions()
    assert (allowed["can_view"], allowed["can_trade"]) == (True, True)
    assert allowed["portfolio_uuid"] == running.exchange.portfolio_id


def test_the_fee_tier_is_told(sdk: Foreign, running: RunningExchange) -> None:
    summary = sdk.get_transaction_summary(product_type="SPOT")
    assert float(summary["fee_tier"]["taker_fee_rate"]) > float(summary["fee_tier"]["maker_fee_rate"]) > 0
    assert isinstance(summary["total_volume"], float | int)


def test_the_portfolios_are_listed(sdk: Foreign, running: RunningExchange) -> None:
    listed = sdk.get_portfolios()["portfolios"]
    assert listed[0]["uuid"] == running.exchange.portfolio_id


def test_a_portfolio_is_broken_down_into_its_spot_positions(sdk: Foreign, running: RunningExchange) -> None:
    breakdown = sdk.get_portfolio_breakdown(running.exchange.portfolio_id)["breakdown"]
    assert breakdown["portfolio"]["uuid"] == running.exchange.portfolio_id
    assert {position["asset"] for position in breakdown["spot_positions"]} >= {"USD", "BTC", "ETH"}


def test_a_portfolio_is_opened_renamed_and_closed(sdk: Foreign) -> None:
    opened = sdk.create_portfolio("savings")["portfolio"]
    renamed = sdk.edit_portfolio(opened["uuid"], "rainy days")["portfolio"]
    assert (renamed["uuid"], renamed["name"]) == (opened["uuid"], "rainy days")
    assert opened["uuid"] in {each["uuid"] for each in sdk.get_portfolios()["portfolios"]}
    sdk.delete_portfolio(opened["uuid"])
    with pytest.raises(ForeignError) as failed:
        sdk.get_portfolio_breakdown(opened["uuid"])
    assert failed.value.status == 404


def test_funds_are_moved_by_a_key_that_may_and_by_no_other(
    sdk: Foreign, clients: ForeignClients, running: RunningExchange
) -> None:
    mine, other = running.exchange.portfolio_id, sdk.create_portfolio("other")["portfolio"]["uuid"]
    with pytest.raises(ForeignError, match="Missing Required Scopes") as refused:
        sdk.move_portfolio_funds("5", "USD", mine, other)
    assert refused.value.status == 403
    treasurer = clients.on("sdk:treasurer")
    for source, target in ((mine, other), (other, mine)):
        moved = treasurer.move_portfolio_funds("5", "USD", source, target)
        assert (moved["source_portfolio_uuid"], moved["target_portfolio_uuid"]) == (source, target)
    with pytest.raises(ForeignError, match="Missing Required Scopes"):
        treasurer.market_order_buy("never", "BTC-USD", quote_size="10")
    sdk.delete_portfolio(other)
