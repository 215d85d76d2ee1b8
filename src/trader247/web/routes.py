"""Every path of the web face in one table, from which the application, its OpenAPI document and its page are made."""

from functools import partial
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from trader247.web import dashboard, reading, signals, steering
from trader247.web.endpoint import Endpoint, Handler
from trader247.web.guard import SIGNED_PATHS, Guard
from trader247.web.openapi import document
from trader247.web.ports import Face

__all__ = ["ENDPOINTS", "make_app", "offered"]


async def _openapi(face: Face, _request: Request) -> Response:
    """This document."""
    return reading.json_answer(document(offered(chaos=face.settings.chaos)))


_API: Final = "/api/v1"

ENDPOINTS: Final[tuple[Endpoint, ...]] = (
    Endpoint("GET", "/", dashboard.page, "The dashboard", gives="text/html"),
    Endpoint("GET", "/assets/{name}", dashboard.asset, "Style and script of the dashboard", gives="text/plain"),
    Endpoint("GET", "/healthz", reading.healthz, "Alive: the process still does its work (else 503)", shape="Health"),
    Endpoint("GET", "/readyz", reading.readyz, "Ready: an entry permit can be minted (else 503)", shape="Health"),
    Endpoint("GET", "/metrics", reading.metrics, "Metrics in the Prometheus text format", gives="text/plain"),
    Endpoint("GET", f"{_API}/status", reading.status, "State, permit panel, account, last cycle", shape="Status"),
    Endpoint("GET", f"{_API}/tree", reading.tree, "The supervision tree, as data and as text", shape="Tree"),
    Endpoint("GET", f"{_API}/why", reading.why_all, "Why each instrument does not trade now", shape="Whys"),
    Endpoint("GET", f"{_API}/why/{{symbol}}", reading.why, "Why this instrument does not trade now", shape="Why"),
    Endpoint("GET", f"{_API}/explain/{{id}}", reading.explain, "An order's story, from any of its ids", shape="Story"),
    Endpoint("GET", f"{_API}/orders", reading.orders, "The newest orders (?limit=)", shape="Orders"),
    Endpoint("GET", f"{_API}/fills", reading.fills, "The newest fills (?limit=)", shape="Fills"),
    Endpoint("GET", f"{_API}/refusals", reading.refusals, "The newest refused proposals (?limit=)", shape="Refusals"),
    Endpoint("GET", f"{_API}/positions", reading.positions, "Open positions", shape="Positions"),
    Endpoint("GET", f"{_API}/alerts", reading.alerts, "Alerts, those that stand first", shape="Alerts"),
    Endpoint("GET", f"{_API}/bans", reading.bans, "The bans in force", shape="Bans"),
    Endpoint("GET", f"{_API}/breakers", reading.breakers, "Every breaker as it stands", shape="Breakers"),
    Endpoint("GET", f"{_API}/equity", reading.equity, "NLV over the run", shape="Equity"),
    Endpoint("GET", f"{_API}/prices/{{symbol}}", reading.prices, "Mid prices over the run", shape="Prices"),
    Endpoint(
        "GET", f"{_API}/events", reading.events, "Server-sent events: picture and line", gives="text/event-stream"
    ),
    Endpoint("GET", f"{_API}/openapi.json", _openapi, "This document"),
    Endpoint("POST", f"{_API}/halt", steering.halt, "Halt now", body="reason", shape="Done"),
    Endpoint("POST", f"{_API}/resume", steering.resume, "End a halt", body="reason", shape="Done"),
    Endpoint("POST", f"{_API}/pause", steering.pause, "REDUCING: exits and cancels only", body="reason", shape="Done"),
    Endpoint("POST", f"{_API}/activate", steering.activate, "ACTIVE again", body="reason", shape="Done"),
    Endpoint("POST", f"{_API}/bans/{{symbol}}", steering.ban, "No entries for a time", body="ban", shape="Banned"),
    Endpoint("POST", f"{_API}/bans/{{symbol}}/lift", steering.unban, "Lift a ban", body="reason", shape="Done"),
    Endpoint(
        "POST",
        f"{_API}/breakers/{{name}}/open",
        steering.set_breaker,
        "Hold a breaker open, over restarts",
        body="reason",
        shape="Done",
    ),
    Endpoint(
        "POST", f"{_API}/breakers/{{name}}/close", steering.set_breaker, "Close a breaker", body="reason", shape="Done"
    ),
    Endpoint("POST", f"{_API}/flatten", steering.flatten, "Sell every position", body="reason", shape="Done"),
    Endpoint(
        "POST",
        f"{_API}/accept-balances",
        steering.accept_balances,
        "Take the balances that differ into the books",
        body="reason",
        shape="Done",
    ),
    Endpoint(
        "POST", f"{_API}/reload", steering.reload, "Read the configuration again", body="reason", shape="Reloaded"
    ),
    Endpoint(
        "POST",
        f"{SIGNED_PATHS}{{strategy}}",
        signals.receive,
        "An external signal, signed",
        body="signal",
        shape="Taken",
        signed=True,
    ),
    Endpoint(
        "POST",
        f"{_API}/chaos/crash/{{actor}}",
        steering.crash,
        "Crash an actor, to see what supervision makes of it",
        body="empty",
        chaos=True,
        shape="Done",
    ),
)


def offered(*, chaos: bool) -> tuple[Endpoint, ...]:
    """The endpoints this installation has."""
    return tuple(endpoint for endpoint in ENDPOINTS if chaos or not endpoint.chaos)


async def _not_found(_request: Request, _error: Exception) -> Response:
    return reading.refused(404, "not_found", f"no such path; the paths are listed in {_API}/openapi.json")


async def _wrong_method(_request: Request, _error: Exception) -> Response:
    return reading.refused(405, "wrong_method", f"see {_API}/openapi.json")


async def _broken(_request: Request, _error: Exception) -> Response:
    return reading.refused(500, "broken", "this is an error of trader247; trading is not affected. See the log.")


def make_app(face: Face, *, trusted: bool = False) -> ASGIApp:
    """The application behind its guard. ``trusted`` is the one for the control socket."""
    routes = [
        Route(endpoint.path, partial(_bound, endpoint.answer, face), methods=[endpoint.method])
        for endpoint in offered(chaos=face.settings.chaos)
    ]
    app = Starlette(
        routes=routes,
        exception_handlers={404: _not_found, 405: _wrong_method, Exception: _broken},
    )
    return Guard(app, face.settings, face.clock, trusted=trusted)


async def _bound(answer: Handler, face: Face, request: Request) -> Response:
    return await answer(face, request)
