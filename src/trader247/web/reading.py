"""Answers to those who look. Handlers read memory and never wait; only the scrape and the journal are offloaded."""

from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from trader247.core.explain_search import Ambiguous, UnknownId
from trader247.core.status_views import Plain
from trader247.errors import Trader247Error
from trader247.model.instrument import symbol_of
from trader247.observe.health import Verdict, alive, ready
from trader247.observe.metrics import CONTENT_TYPE
from trader247.runtime.snapshot import draw
from trader247.web.events import EventStream, frame
from trader247.web.ports import Face
from trader247.web.tree_view import letter_view, tree_view

__all__ = ["json_answer", "picture", "refused"]

ROWS_MAX: Final = 500
LETTERS_SHOWN: Final = 50
PICTURE_ORDERS: Final = 60
PICTURE_ROWS: Final = 40


def json_answer(content: Any, status: int = 200) -> Response:
    """JSON that no cache keeps."""
    body = msgspec.json.encode(content)
    return Response(body, status, media_type="application/json", headers={"cache-control": "no-store"})


def refused(status: int, code: str, text: str) -> Response:
    """The one shape of every error."""
    return json_answer({"error": {"code": code, "text": text}}, status)


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", "")
    return min(int(text), ROWS_MAX) if text.isascii() and text.isdecimal() and len(text) < 6 else ROWS_MAX


def _clean(face: Face, content: Any) -> Any:
    """Error texts of actors may quote anything; whatever a secret looks like is masked before it is shown."""
    return face.redact(content)


async def status(face: Face, _request: Request) -> Response:
    """Run, state, permit panel, account, last cycle, streams, counts."""
    return json_answer(_clean(face, face.board.status(face.clock.now())))


async def tree(face: Face, _request: Request) -> Response:
    """The supervision tree as data and as text, and the newest dead letters."""
    node, letters = face.control.tree(), face.control.dead_letters()
    shown = [letter_view(letter) for letter in letters.letters()[-LETTERS_SHOWN:]]
    content = {"tree": tree_view(node), "text": draw(node), "dead_letters": shown, "totals": dict(letters.totals)}
    return json_answer(_clean(face, content))


async def why(face: Face, request: Request) -> Response:
    """The first gate that stops this instrument, its numbers, and what would have to change."""
    try:
        symbol = symbol_of(request.path_params["symbol"])
    except ValueError as error:
        return refused(400, "not_a_symbol", str(error))
    return json_answer(face.board.why_view(symbol, face.clock.now()))


async def why_all(face: Face, _request: Request) -> Response:
    """The same for every instrument."""
    return json_answer({"why": face.board.why_all(face.clock.now())})


async def orders(face: Face, request: Request) -> Response:
    """The newest orders, newest first."""
    return json_answer({"orders": face.board.orders(_limit(request))})


async def fills(face: Face, request: Request) -> Response:
    """The newest fills, newest first."""
    return json_answer({"fills": face.board.fills(_limit(request))})


async def refusals(face: Face, request: Request) -> Response:
    """The newest refused proposals, newest first."""
    return json_answer({"refusals": face.board.refusals(_limit(request))})


async def positions(face: Face, _request: Request) -> Response:
    """Open positions."""
    return json_answer({"positions": face.board.positions()})


async def alerts(face: Face, _request: Request) -> Response:
    """Alerts, those that stand first."""
    return json_answer(_clean(face, {"alerts": face.board.alerts()}))


async def bans(face: Face, _request: Request) -> Response:
    """The bans in force."""
    return json_answer(_clean(face, {"bans": face.board.bans(face.clock.now())}))


async def breakers(face: Face, _request: Request) -> Response:
    """Every breaker as it stands."""
    return json_answer(_clean(face, {"breakers": face.board.breakers()}))


async def explain(face: Face, request: Request) -> Response:
    """The story of an order, from any of its ids; it is read from the journal, and waits for the disk."""
    if face.history is None:
        return refused(404, "not_found", "there is no journal on a disk here")
    try:
        return json_answer(_clean(face, await face.history.explain(request.path_params["id"])))
    except UnknownId as error:
        return refused(404, "unknown_id", str(error))
    except Ambiguous as error:
        return refused(400, "ambiguous_id", str(error))
    except Trader247Error as error:
        return refused(422, "failed", str(error))


async def equity(face: Face, _request: Request) -> Response:
    """NLV over the run."""
    return json_answer({"equity": face.board.equity()})


async def prices(face: Face, request: Request) -> Response:
    """Mid prices of an instrument over the run."""
    try:
        symbol = symbol_of(request.path_params["symbol"])
    except ValueError as error:
        return refused(400, "not_a_symbol", str(error))
    return json_answer({"symbol": symbol, "prices": face.board.prices(symbol)})


async def healthz(face: Face, _request: Request) -> Response:
    """Whether the process still does its work."""
    return _verdict(alive(face.control.loop_lag_s()))


async def readyz(face: Face, _request: Request) -> Response:
    """Whether an entry permit can be minted."""
    return _verdict(ready(face.board, face.clock.now()))


def _verdict(verdict: Verdict) -> Response:
    return json_answer({"ok": verdict.yes, "reasons": list(verdict.reasons)}, 200 if verdict.yes else 503)


async def metrics(face: Face, _request: Request) -> Response:
    """The Prometheus text format."""
    control = face.control
    face.metrics.refresh(
        face.board, control.tree(), control.dead_letters().totals, control.loop_lag_s(), face.clock.now()
    )
    text = await face.offload.run(face.metrics.scrape)
    return Response(text, headers={"content-type": CONTENT_TYPE, "cache-control": "no-store"})


def picture(face: Face) -> Plain:
    """Everything the dashboard shows but the lines over time."""
    now, board = face.clock.now(), face.board
    content = {
        "status": board.status(now),
        "tree": tree_view(face.control.tree()),
        "why": board.why_all(now),
        "positions": board.positions(),
        "orders": board.orders(PICTURE_ORDERS),
        "fills": board.fills(PICTURE_ROWS),
        "alerts": board.alerts()[:PICTURE_ROWS],
        "refusals": board.refusals(PICTURE_ROWS),
        "quotes": board.quotes(now),
        "chaos": face.settings.chaos,
    }
    cleaned: Plain = _clean(face, content)
    return cleaned


async def events(face: Face, _request: Request) -> Response:
    """Server-sent events: ``picture`` about once a second, and ``line`` for each line of the story."""
    listener = face.fanout.subscribe()
    if listener is None:
        return refused(503, "too_many_listeners", f"{len(face.fanout.listeners)} others listen already; close a tab")
    return EventStream(listener, frame("picture", picture(face)) + b"".join(face.fanout.story))
