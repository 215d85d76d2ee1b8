"""The REST face without sockets: ``respond(request, now)``. Paths, parameters and errors are those of the wire.

Order of checks for a private path: token (401), permission (403), then the endpoint. Public paths never look at a
token. Whatever a request did happens before its response is made; the events of it wait in ``take_events``.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from trader247.model.instant import Instant
from trader247.venues.simulated.auth import KeyHolder, KeyRing
from trader247.venues.simulated.exchange import Event, SimulatedExchange
from trader247.venues.simulated.http_shapes import Request, Response, WireFault, failed, json_response
from trader247.venues.simulated.rest_account import AccountPages
from trader247.venues.simulated.rest_history import HistoryPages
from trader247.venues.simulated.rest_market import MarketPages
from trader247.venues.simulated.rest_orders import OrderPages
from trader247.venues.simulated.wire import Json

__all__ = ["PREFIX", "RestFace"]

PREFIX: Final = "/api/v3/brokerage"

_Private = Callable[[Request, KeyHolder, Instant], Json]


class RestFace:
    """Routes, authenticates and answers."""

    def __init__(self, exchange: SimulatedExchange, keys: KeyRing) -> None:
        """Both are shared with the WebSocket face."""
        self._exchange = exchange
        self._keys = keys
        self._events: list[Event] = []
        self._market = MarketPages(exchange)
        account = AccountPages(exchange)
        orders = OrderPages(exchange, self._tell)
        history = HistoryPages(exchange)
        self._private: Mapping[tuple[str, str], _Private] = {
            ("GET", "/accounts"): lambda request, caller, _: account.accounts(request.params, caller),
            ("GET", "/key_permissions"): lambda _request, caller, _now: account.key_permissions(caller),
            ("GET", "/portfolios"): lambda _request, caller, _now: account.portfolios(caller),
            ("GET", "/transaction_summary"): lambda _, caller, now: account.transaction_summary(caller, now),
            ("GET", "/orders/historical/batch"): lambda request, caller, now: history.orders(
                request.params, caller, now
            ),
            ("GET", "/orders/historical/fills"): lambda request, caller, now: history.fills(
                request.params, caller, now
            ),
            ("GET", "/best_bid_ask"): lambda request, _, now: self._market.best_bid_ask(request.params, now),
            ("POST", "/orders"): orders.create,
            ("POST", "/orders/preview"): orders.preview,
            ("POST", "/orders/edit"): orders.edit,
            ("POST", "/orders/edit_preview"): orders.edit_preview,
            ("POST", "/orders/batch_cancel"): orders.batch_cancel,
            ("POST", "/orders/close_position"): orders.close_position,
        }
        self._order = history.order
        self._account = account.account

    def take_events(self) -> list[Event]:
        """What the requests since the last call did; the caller tells the streams."""
        events, self._events = self._events, []
        return events

    def _tell(self, events: Sequence[Event]) -> None:
        self._events += events

    def respond(self, request: Request, now: Instant) -> Response:
        """The answer to a request at ``now``. Never raises for anything a client sent."""
        self._tell(self._exchange.catch_up(now))
        try:
            return json_response(self._answer(request, now))
        except WireFault as fault:
            return fault.response
        finally:
            self._exchange.desk.disarm()

    def _answer(self, request: Request, now: Instant) -> Json:
        path = request.path
        if not path.startswith(PREFIX + "/"):
            raise _no_such_path()
        path = path[len(PREFIX) :].rstrip("/")
        if path == "/time" and request.method == "GET":
            return self._market.time(now)
        if path.startswith("/market/"):
            return self._market_page(request, path[len("/market") :], now)
        private = self._private.get((request.method, path))
        if private is not None:
            return private(request, self._authenticate(request, now, trade=request.method != "GET"), now)
        return self._patterned(request, path, now)

    def _patterned(self, request: Request, path: str, now: Instant) -> Json:
        known = path.startswith(("/products", "/product_book", "/orders/historical/", "/accounts/"))
        if not known or request.method != "GET":
            raise _no_such_path()
        caller = self._authenticate(request, now, trade=False)
        if path.startswith("/orders/historical/"):
            return self._order(caller, path.rpartition("/")[2], now)
        if path.startswith("/accounts/"):
            return self._account(caller, path.rpartition("/")[2])
        return self._market_page(request, path, now)

    def _market_page(self, request: Request, path: str, now: Instant) -> Json:
        page = self._market.page(path, request.params, now) if request.method == "GET" else None
        if page is None:
            raise _no_such_path()
        return page

    def _authenticate(self, request: Request, now: Instant, *, trade: bool) -> KeyHolder:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        named = f"{request.method} {request.headers.get('host', '')}{request.path}"
        caller = self._keys.caller(token, now, named) if scheme == "Bearer" else None
        if caller is None:
            raise WireFault(Response(401, {"content-type": "text/plain; charset=utf-8"}, b"Unauthorized\n"))
        if trade and not caller.can_trade:
            raise failed(403, "PERMISSION_DENIED", "Missing required scopes")
        return caller


def _no_such_path() -> WireFault:
    return failed(404, "unknown", "Not Found")
