"""Nothing that a spot client may call of the official SDK is left out, except for a reason."""

import re
from pathlib import Path

from tests.conformance.rig import ForeignClients
from tests.conformance.test_sdk_market import DOORS
from tests.conformance.test_sdk_orders import BRACKETS, KINDS, PREVIEWS, STOPS
from tests.conformance.test_sdk_streams import MARKET_CHANNELS

NOT_SPOT = re.compile("futures|perps|margin|intraday|multi_asset|allocate_portfolio")
WALLET = re.compile("convert|payment_method")
NO_CALLS = {
    **dict.fromkeys(["get", "post", "put", "delete"], "what the others are made of"),
    **dict.fromkeys(["prepare_and_send_request", "send_request", "set_headers"], "what the others are made of"),
}
NO_STREAM_CALLS = {
    "run_forever_with_exception_check": "waits for ever",
    "sleep_with_exception_check": "waits",
    "raise_background_exception": "raises what those two would",
}


def named(receiver: str) -> set[str]:
    """The methods called by name in this folder's tests."""
    texts = (path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_sdk_*.py"))
    return {name for text in texts for name in re.findall(rf"\b{receiver}\.(\w+)\(", text)}


def test_every_method_of_the_rest_client_for_spot_is_called(clients: ForeignClients) -> None:
    orders = {f"{kind}{suffix}" for kind in [*KINDS, *STOPS, *BRACKETS, *PREVIEWS] for suffix in ("", "_buy", "_sell")}
    market = {"products", "product", "product_book", "candles", "market_trades"}
    called = named("sdk") | orders | {door.format(what) for door in DOORS for what in market}
    called |= {"market_order", "market_order_buy", "market_order_sell"}
    missing = set(clients.ask("sdk", "methods")) - called - NO_CALLS.keys()
    assert {name for name in missing if not NOT_SPOT.search(name) and not WALLET.search(name)} == set()


def test_every_method_of_the_stream_client_is_called(clients: ForeignClients) -> None:
    everything = {name for name in clients.ask("stream:methods", "methods") if not name.endswith("_async")}
    called = (
        named("stream") | named("client") | {f"{each}{way}" for each in MARKET_CHANNELS for way in ("", "_unsubscribe")}
    )
    assert everything - called - NO_STREAM_CALLS.keys() - {"open", "close"} == set()
