"""Portfolios."""

from decimal import Decimal

import pytest
from tests.venues.simulated.rig import KEY_TEXT, Client, exchange_on, limit

from trader247.venues.simulated.http_shapes import Response

NOBODY = "00000000-0000-4000-8000-000000000009"


@pytest.fixture
def client() -> Client:
    made = Client(exchange_on())
    made.keys.add_file(KEY_TEXT, made.exchange.portfolio_id, can_transfer=True)
    return made


def ask(client: Client, method: str, target: str, body: object = None) -> Response:
    return client.ask(method, target, body)


def created(client: Client, name: str) -> str:
    return str(client.post("/portfolios", {"name": name})["portfolio"]["uuid"])


def test_a_portfolio_is_made_renamed_listed_and_deleted(client: Client) -> None:
    own = client.exchange.portfolio_id
    made = created(client, "savings")
    assert [each["uuid"] for each in client.get("/portfolios")["portfolios"]] == [own, made]
    assert [each["uuid"] for each in client.get("/portfolios?portfolio_type=CONSUMER")["portfolios"]] == [made]
    assert client.ask("PUT", f"/portfolios/{made}", {"name": "rainy days"}).json()["portfolio"]["name"] == "rainy days"
    assert client.ask("DELETE", f"/portfolios/{made}").json() == {}
    assert client.get("/portfolios")["portfolios"][1]["deleted"] is True
    assert ask(client, "GET", f"/portfolios/{made}").status == 404


def test_funds_move_between_own_portfolios_and_nothing_is_lost(client: Client) -> None:
    own, made, totals = client.exchange.portfolio_id, created(client, "savings"), client.exchange.ledger.totals()
    body = {"source_portfolio_uuid": own, "target_portfolio_uuid": made}
    moved = client.post("/portfolios/move_funds", body | {"funds": {"value": "250.5", "currency": "USD"}})
    assert moved == body
    assert client.exchange.ledger.available(made, "USD") == Decimal("250.5")
    assert client.exchange.ledger.totals() == totals
    assert ask(client, "DELETE", f"/portfolios/{made}").json()["message"] == "portfolio is not empty"


@pytest.mark.parametrize(
    "change",
    [
        {"funds": {"value": "1e3", "currency": "USD"}},
        {"funds": {"value": "0", "currency": "USD"}},
        {"funds": {"value": "1000000", "currency": "USD"}},
        {"funds": {"value": "1", "currency": "XYZ"}},
        {"funds": {"value": "1", "currency": None}},
        {"funds": {"value": "9" * 50, "currency": "USD"}},
        {"funds": None},
        {"target_portfolio_uuid": NOBODY},
        {"target_portfolio_uuid": 7},
        {"target_portfolio_uuid": "own"},
    ],
)
def test_a_move_that_cannot_be_is_refused(client: Client, change: dict[str, object]) -> None:
    own, made = client.exchange.portfolio_id, created(client, "savings")
    body = {"source_portfolio_uuid": own, "target_portfolio_uuid": made, "funds": {"value": "1", "currency": "USD"}}
    wanted = body | {key: own if value == "own" else value for key, value in change.items()}
    assert ask(client, "POST", "/portfolios/move_funds", wanted).status in {400, 404}
    assert client.exchange.ledger.available(made, "USD") == 0


def test_what_has_no_name_or_a_used_one_is_refused(client: Client) -> None:
    created(client, "savings")
    bodies: list[object] = [{"name": "savings"}, {"name": ""}, {"name": 7}, {}, [], None, {"name": "x" * 101}]
    for body in bodies:
        assert ask(client, "POST", "/portfolios", body).status == 400
    own = client.exchange.portfolio_id
    assert ask(client, "DELETE", f"/portfolios/{own}").json()["message"] == "the default portfolio cannot be deleted"
    assert ask(client, "GET", "/portfolios?portfolio_type=MINE").status == 400


def test_each_page_wants_its_permission() -> None:
    client = Client(exchange_on())
    assert ask(client, "POST", "/portfolios/move_funds", {}).status == 403, "the key may not transfer"
    client.keys.add_file(KEY_TEXT, client.exchange.portfolio_id, can_trade=False)
    assert ask(client, "POST", "/portfolios", {"name": "x"}).status == 403
    assert ask(client, "GET", "/portfolios").status == 200
    client.keys.add_file(KEY_TEXT, client.exchange.portfolio_id, can_view=False)
    assert ask(client, "GET", "/portfolios").status == 403
    assert ask(client, "GET", "/accounts").status == 403
    assert client.ask("GET", "/portfolios", signed=False).status == 401


@pytest.mark.parametrize(
    ("method", "target"), [("DELETE", "/portfolios"), ("GET", "/portfolios/move_funds"), ("GET", "/portfolios/a/b")]
)
def test_there_are_no_other_pages(client: Client, method: str, target: str) -> None:
    assert ask(client, method, target).json()["message"] == "Not Found"


def test_the_breakdown_adds_up_and_tells_what_is_bound(client: Client) -> None:
    client.create("a", "BUY", {"market_market_ioc": {"quote_size": "100"}})
    client.create("b", "BUY", limit("0.1", "50000"))
    shown = client.get(f"/portfolios/{client.exchange.portfolio_id}?currency=USD")["breakdown"]
    balances, positions = shown["portfolio_balances"], {each["asset"]: each for each in shown["spot_positions"]}
    total, cash, coins = (
        Decimal(balances[name]["value"])
        for name in ("total_balance", "total_cash_equivalent_balance", "total_crypto_balance")
    )
    assert total == cash + coins
    assert sum(each["allocation"] for each in positions.values()) == pytest.approx(1)
    assert positions["USD"]["is_cash"]
    assert positions["USD"]["available_to_trade_fiat"] == pytest.approx(float(cash) - 5_030)
    assert positions["BTC"]["total_balance_fiat"] == pytest.approx(float(coins))
    assert positions["BTC"]["account_uuid"] in {each["uuid"] for each in client.get("/accounts")["accounts"]}
