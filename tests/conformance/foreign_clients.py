"""Other people's clients behind a pipe: one call per line of JSON in, its result or its error out.

Runs in the environment that ``requirements/conformance.txt`` locks, never in this project's own: the official SDK needs
a ``websockets`` that the daemon has outgrown. The packages are used as they are. What is set is what each documents for
its user: where the exchange is, and (``requests`` has adapters for it) that this address speaks plain HTTP.

    python foreign_clients.py HOST:PORT KEY_FILE
"""

import asyncio
import json
import multiprocessing
import queue
import sys
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import ccxt
import ccxt.pro
import requests
from coinbase.rest import RESTClient
from coinbase.websocket import WSClient, WSClientConnectionClosedException, WSClientException
from coinbase.websocket.types.websocket_response import WebsocketResponse
from requests.adapters import HTTPAdapter

FRAME_S_MAX: Final = 60
"""For a frame that has to come; a machine that is busy elsewhere may take a while."""

FAILURES: Final = (
    requests.RequestException,
    ccxt.BaseError,
    multiprocessing.AuthenticationError,
    WSClientException,
    WSClientConnectionClosedException,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    queue.Empty,
    asyncio.TimeoutError,
)
"""What a call may end in; anything else ends this program, and the test with it."""


def plain_http() -> Any:
    """The SDK puts ``https://`` before every address; on loopback there is no certificate."""
    adapter = HTTPAdapter()
    send = adapter.send

    def send_plainly(request: Any, *args: Any, **kwargs: Any) -> Any:
        request.url = request.url.replace("https://", "http://", 1)
        return send(request, *args, **kwargs)

    adapter.send = send_plainly
    return adapter


def _methods(kind: type) -> list[str]:
    return [name for name in dir(kind) if not name.startswith("_") and callable(getattr(kind, name))]


class Sdk:
    """The official REST client. ``to_dict`` of its answers shows what its types made of them."""

    def __init__(self, host: str, key: Mapping[str, str] | None) -> None:
        credentials = {"api_key": key["name"], "api_secret": key["privateKey"]} if key is not None else {}
        self._client = RESTClient(base_url=host, timeout=30, rate_limit_headers=True, **credentials)
        self._client.session.mount(f"https://{host}", plain_http())
        self._client.session.trust_env = False

    def call(self, name: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
        if name == "methods":
            return _methods(RESTClient)
        answer = getattr(self._client, name)(*args, **kwargs)
        return answer.to_dict() if hasattr(answer, "to_dict") else answer


class Stream:
    """The official WebSocket client, whose frames wait here to be taken, each parsed by the SDK's own types."""

    def __init__(self, host: str, key: Mapping[str, str] | None) -> None:
        credentials = {"api_key": key["name"], "api_secret": key["privateKey"]} if key is not None else {}
        self._frames: queue.Queue[str] = queue.Queue()
        self._client = WSClient(
            base_url=f"ws://{host}/ws", on_message=self._frames.put, timeout=30, retry=False, **credentials
        )

    def call(self, name: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
        if name == "take":
            return self._take()
        if name == "methods":
            return _methods(WSClient)
        getattr(self._client, name)(*args, **kwargs)
        return None

    def _take(self) -> Any:
        """The next frame: as sent, and as the SDK's types show it (None for an error frame, which they do not know)."""
        text = self._frames.get(timeout=FRAME_S_MAX)
        sent = json.loads(text)
        typed = None if sent.get("type") == "error" else WebsocketResponse(json.loads(text))
        return {"sent": sent, "typed": typed}


def _configured(client: Any, host: str) -> Any:
    client.urls["api"]["rest"] = f"http://{host}"
    client.urls["api"]["ws"] = f"ws://{host}/ws"
    # the defaults of these three ask the wallet API of another generation, which a trading client does without
    client.has["fetchCurrencies"] = False
    client.options["fetchTime"] = "v3PublicGetBrokerageTime"
    client.options["fetchBalance"] = "v3PrivateGetBrokerageAccounts"
    return client


class Ccxt:
    """ccxt's blocking client."""

    def __init__(self, host: str, key: Mapping[str, str] | None) -> None:
        credentials = {"apiKey": key["name"], "secret": key["privateKey"]} if key is not None else {}
        self._client = _configured(ccxt.coinbase(credentials), host)

    def call(self, name: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
        return getattr(self._client, name)(*args, **kwargs)


class CcxtPro:
    """ccxt's asyncio client with its WebSocket calls."""

    def __init__(self, host: str, key: Mapping[str, str] | None) -> None:
        credentials = {"apiKey": key["name"], "secret": key["privateKey"]} if key is not None else {}
        self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)
        self._client = _configured(ccxt.pro.coinbase(credentials), host)

    def call(self, name: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
        """``together`` runs several calls at once: its arguments are their names and arguments.

        ``seen`` gives what the streams have left in a cache of theirs, such as ``orders``.
        """
        if name == "seen":
            return list(getattr(self._client, args[0]) or ())
        calls = [(name, args, kwargs)] if name != "together" else [(each[0], each[1:], {}) for each in args]
        results = self._loop.run_until_complete(self._gather(calls))
        return results if name == "together" else results[0]

    async def _gather(self, calls: list[tuple[str, list[Any], dict[str, Any]]]) -> list[Any]:
        made = (getattr(self._client, name)(*args, **kwargs) for name, args, kwargs in calls)
        return list(await asyncio.wait_for(asyncio.gather(*made), FRAME_S_MAX))


KINDS: Final[Mapping[str, Any]] = {"sdk": Sdk, "stream": Stream, "ccxt": Ccxt, "pro": CcxtPro}


def _shown(value: Any) -> Any:
    """What JSON does not know, for the way back."""
    return str(value) if isinstance(value, Decimal) else vars(value)


def _failure(fault: BaseException) -> Mapping[str, Any]:
    response = getattr(fault, "response", None)
    status, body = (response.status_code, response.text) if response is not None else (None, "")
    names = [each.__name__ for each in type(fault).__mro__]
    return {"error": {"names": names, "text": str(fault), "status": status, "body": body}}


def main() -> None:
    """Serve calls until the pipe ends. A client is made when first named: ``kind`` or ``kind:who``.

    ``anonymous`` has no key, ``stranger`` one that the exchange does not know, ``treasurer`` an Ed25519 key that may
    transfer and not trade; anybody else has the key that may trade.
    """
    host, key_file = sys.argv[1:]
    key = json.loads(Path(key_file).read_text(encoding="utf-8"))
    stranger = key | {"name": key["name"][:-1] + "?"}
    keys = {"anonymous": None, "stranger": stranger, "treasurer": key["treasurer"]}
    clients: dict[str, Any] = {}
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            if asked["on"] not in clients:
                kind, _, who = asked["on"].partition(":")
                clients[asked["on"]] = KINDS[kind](host, keys.get(who, key))
            answer = {"result": clients[asked["on"]].call(asked["call"], asked["args"], asked["kwargs"])}
            text = json.dumps(answer, default=_shown)
        except FAILURES as fault:
            text = json.dumps(_failure(fault))
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
