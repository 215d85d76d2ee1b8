"""``exchange serve`` as another program meets it: a process, a port, a key file, signals."""

import json
import signal
from pathlib import Path

import httpx
import pytest
from tests.system.exchange_process import API, served
from websockets.sync.client import ClientConnection, connect

pytestmark = pytest.mark.timeout(120)


def until(ws: ClientConnection, wanted: set[tuple[str, str]]) -> None:
    """Read until each of these channels has said each of these types."""
    seen: set[tuple[str, str]] = set()
    for _ in range(1_000):
        if wanted <= seen:
            return
        frame = json.loads(ws.recv(timeout=60))
        seen.add((frame["channel"], frame["events"][0].get("type")))
    raise AssertionError(f"of {wanted} only {seen}")


def test_a_newcomer_gets_a_key_an_account_and_a_market_that_moves(tmp_path: Path) -> None:
    with served(tmp_path, "--market", "generated:products=BTC-USD,step=0.1") as exchange:
        wallets = exchange.ask("GET", "/accounts").json()["accounts"]
        balances = {each["currency"]: each["available_balance"]["value"] for each in wallets}
        assert balances == {"USD": "100000", "USDC": "0", "BTC": "1", "ETH": "10"}
        with connect(f"ws://{exchange.host}/ws", proxy=None) as ws:
            for channel, more in (("user", {"jwt": exchange.token()}), ("ticker", {"product_ids": ["BTC-USD"]})):
                ws.send(json.dumps({"type": "subscribe", "channel": channel, **more}))
            until(ws, {("user", "snapshot"), ("ticker", "snapshot")})
            body = {"client_order_id": "a", "product_id": "BTC-USD", "side": "BUY"}
            configuration = {"market_market_ioc": {"quote_size": "100"}}
            placed = exchange.ask("POST", "/orders", body | {"order_configuration": configuration})
            assert placed.json()["success"] is True
            until(ws, {("user", "update"), ("ticker", "update")})
        assert exchange.http.get(f"{API}/accounts").status_code == 401
        assert "x-ratelimit-remaining" in exchange.ask("GET", "/accounts").headers
        assert exchange.stop(signal.SIGINT) == "stopped: SIGINT\n"


@pytest.mark.fault("RA-01", "RA-03", "RA-04")
def test_what_a_plan_does_wrong_is_said_line_by_line_and_the_same_the_next_time(tmp_path: Path) -> None:
    faults = [
        {"on": "request", "match": "GET /accounts", "nth": 2, "kind": "http_status", "code": 503, "body": "html"},
        {"on": "request", "match": "GET /accounts", "rate": 0.3, "kind": "http_status", "code": 429},
        {"on": "request", "match": "POST /orders", "nth": 1, "kind": "lost_after", "ending": "reset"},
    ]
    (tmp_path / "faults.json").write_text(json.dumps({"version": 1, "faults": faults}))
    stories = []
    for _ in range(2):
        with served(tmp_path, "--faults", str(tmp_path / "faults.json"), "--seed", "5") as exchange:
            statuses = [exchange.ask("GET", "/accounts").status_code for _ in range(12)]
            body = {"client_order_id": "a", "product_id": "BTC-USD", "side": "BUY"}
            configuration = {"limit_limit_gtc": {"base_size": "0.01", "limit_price": "10000"}}
            with pytest.raises(httpx.ReadError):
                exchange.ask("POST", "/orders", body | {"order_configuration": configuration})
            (order,) = exchange.ask("GET", "/orders/historical/batch").json()["orders"]
            assert order["client_order_id"] == "a"
            stories.append((statuses, exchange.stop(signal.SIGTERM)))
    assert stories[0] == stories[1]
    statuses, said = stories[0]
    assert statuses[1] == 503
    assert 429 in statuses
    assert "lost_after (faults[2]) on request POST /orders" in said
    assert said.splitlines()[-1].startswith("stopped: SIGTERM; faults injected: ")
