"""The REST face without sockets: ``respond(request, now)``. Paths, parameters and errors are those of the wire.

Order of checks for a private path: maintenance (503), token (401), quota (429), permission (403), then the endpoint.
Public paths never look at a token. That a refused token costs no quota is a guess. Whatever a request did happens
before its response is made; the events of it wait in ``take_events``.
"""

from collections.abc import Callable, Mapping, Sequence
from email.utils import formatdate
from typing import Final

from attrs import evolve

from trader247.model.instant import SECOND, Instant
from trader247.venues.simulated.auth import KeyHolder, KeyRing
from trader247.venues.simulated.error_pages import BodyKind, error_page
from trader247.venues.simulated.exchange import Event, SimulatedExchange
from trader247.venues.simulated.http_shapes import API_PREFIX, Request, Response, WireFault, failed, json_response
from trader247.venues.simulated.rate_limits import Quota, RateLimits, too_many_requests
from trader247.venues.simulated.rest_account import AccountPages
from trader247.venues.simulated.rest_history import HistoryPages
from trader247.venues.simulated.rest_market import MarketPages
from trader247.venues.simulated.rest_orders import OrderPages
from trader247.venues.simulated.rest_portfolios import PortfolioPages
from trader247.venues.simulated.switches import Switches
from trader247.venues.simulated.wire import Json

__all__ = ["PREFIX", "RestFace"]

PREFIX: Final = API_PREFIX

_METHODS: Final = ("DELETE", "GET", "POST", "PUT")
"""Of any path; all others are 405 everywhere, and a wrong one of these is the venue's 404."""

_Private = Callable[[Request, KeyHolder, Instant], Json]


class RestFace:
    """Routes, authenticates and answers."""

    def __init__(
        self,
        exchange: SimulatedExchange,
        keys: KeyRing,
        limits: RateLimits | None = None,
        switches: Switches | None = None,
    ) -> None:
        """Exchange and keys are shared with the WebSocket face; without ``limits`` nobody is told to wait."""
        self._exchange = exchange
        self._keys = keys
        self._limits = limits
        self._switches = switches or Switches(exchange)
        self._quota: Quota | None = None
        self._portfolios = PortfolioPages(exchange)
        self._events: list[Event] = []
        self._market = MarketPages(exchange)
        account = AccountPages(exchange)
        orders = OrderPages(exchange, self._tell)
        history = HistoryPages(exchange)
        self._private: Mapping[tuple[str, str], _Private] = {
            ("GET", "/accounts"): lambda request, caller, _: account.accounts(request.params, caller),
            ("GET", "/key_permissions"): lambda _request, caller, _now: account.key_permissions(caller),
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
        self._quota = None
        try:
            response = json_response(self._answer(request, now))
        except WireFault as fault:
            response = fault.response
        finally:
            self._exchange.desk.disarm()
        return self._with_headers(response, now)

    def _with_headers(self, response: Response, now: Instant) -> Response:
        """Quotas stand in private answers only, as on the real venue; a clock that is off shows in all."""
        quota, skew = self._quota, self._switches.skew
        if quota is None and not skew:
            return response
        date = {"date": formatdate((now + skew) // SECOND, usegmt=True)} if skew else {}
        return evolve(response, headers={**response.headers, **(quota.headers if quota is not None else {}), **date})

    def _answer(self, request: Request, now: Instant) -> Json:
        path = request.path
        if request.method not in _METHODS:
            refused = failed(405, "unknown", "Method Not Allowed").response
            raise WireFault(evolve(refused, headers={**refused.headers, "allow": ", ".join(_METHODS)}))
        if not path.startswith(PREFIX + "/"):
            raise _no_such_path()
        path = path[len(PREFIX) :].rstrip("/")
        if path == "/time" and request.method == "GET":
            self._count_public(request, now)
            return self._market.time(Instant(now + self._switches.skew))
        if self._switches.maintenance:
            raise WireFault(error_page(503, BodyKind.TEXT))
        if path.startswith("/market/"):
            self._count_public(request, now)
            return self._market_page(request, path[len("/market") :], now, public=True)
        private = self._private.get((request.method, path))
        if private is not None:
            return private(request, self._authenticate(request, now, trade=request.method != "GET"), now)
        if path == "/portfolios" or path.startswith("/portfolios/"):
            return self._portfolio_page(request, path, now)
        return self._patterned(request, path, now)

    def _portfolio_page(self, request: Request, path: str, now: Instant) -> Json:
        if not self._portfolios.has(request.method, path):
            raise _no_such_path()
        moves = path == "/portfolios/move_funds"
        caller = self._authenticate(request, now, trade=request.method != "GET" and not moves, transfer=moves)
        return self._portfolios.page(request, path, caller)

    def _count_public(self, request: Request, now: Instant) -> None:
        """Per address; a quota is said in private answers only."""
        if self._limits is not None and not self._limits.public.take(request.peer, now).allowed:
            raise WireFault(json_response(too_many_requests(), 429))

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

    def _market_page(self, request: Request, path: str, now: Instant, *, public: bool = False) -> Json:
        page = self._market.page(path, request.params, now, public=public) if request.method == "GET" else None
        if page is None:
            raise _no_such_path()
        return page

    def _authenticate(self, request: Request, now: Instant, *, trade: bool, transfer: bool = False) -> KeyHolder:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        named = f"{request.method} {request.headers.get('host', '')}{request.path}"
        caller = self._keys.caller(token, now, named) if scheme == "Bearer" else None
        if caller is None:
            raise WireFault(Response(401, {"content-type": "text/plain; charset=utf-8"}, b"Unauthorized\n"))
        if self._limits is not None:
            self._quota = self._limits.private.take(caller.portfolio_id, now)
            if not self._quota.allowed:
                raise WireFault(json_response(too_many_requests(), 429))
        may = caller.can_transfer if transfer else caller.can_trade if trade else caller.can_view
        if not may:
            raise failed(403, "PERMISSION_DENIED", "Missing required scopes")
        return caller


def _no_such_path() -> WireFault:
    return failed(404, "unknown", "Not Found")
