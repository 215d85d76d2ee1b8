"""Answers to those who steer. The guard has said who may; here it is only said what, and by whom, with a reason."""

from collections.abc import Callable
from contextlib import aclosing
from typing import Annotated, Final

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from trader247.core.status_views import ban_view
from trader247.errors import ConfigurationInvalid, RefusedByGate, Trader247Error
from trader247.messages.bans import BanKind
from trader247.messages.breakers import BreakerState
from trader247.messages.codec import as_plain
from trader247.messages.reconciling import Subject
from trader247.model.instrument import Symbol, symbol_of
from trader247.model.mode import TradingState
from trader247.web.once import once
from trader247.web.ports import Face, UnknownActor, UnknownBreaker
from trader247.web.reading import json_answer, refused

__all__ = [
    "REASON_CHARS_MAX",
    "accept_balances",
    "activate",
    "ban",
    "body_of",
    "crash",
    "halt",
    "pause",
    "reload",
    "resume",
    "set_breaker",
    "unban",
]
__all__ = ["REASON_CHARS_MAX", "accept_balances", "activate", "crash", "flatten", "halt", "pause", "reload", "resume"]

BODY_BYTES_MAX: Final = 8_192
REASON_CHARS_MAX: Final = 500
BAN_HOURS_MAX: Final = 8_760
"""A year; what is meant for ever belongs into ``never_trade`` of universe.yaml."""
BANS_MAX: Final = 500
"""More instruments than the exchange has in one currency."""


class WithReason(msgspec.Struct, forbid_unknown_fields=True):
    """Why a person does this; it goes into the journal."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=REASON_CHARS_MAX)]


class WithTerms(msgspec.Struct, forbid_unknown_fields=True):
    """A ban: why, which red flag, and for how many hours, if not for as many as the policy says."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=REASON_CHARS_MAX)]
    kind: BanKind
    hours: Annotated[float, msgspec.Meta(gt=0, le=BAN_HOURS_MAX)] | None = None


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """An empty JSON object."""


async def body_of(request: Request, bytes_max: int) -> bytes | None:
    """The whole body, or None where it is longer; no more of it is read then.

    Raises:
        ClientDisconnect: it never came to its end.
    """
    body = b""
    async with aclosing(request.stream()) as chunks:
        async for chunk in chunks:
            body += chunk
            if len(body) > bytes_max:
                return None
    return body


async def _body(request: Request) -> bytes:
    body = await body_of(request, BODY_BYTES_MAX)
    if body is None:
        raise msgspec.ValidationError(f"the body is longer than {BODY_BYTES_MAX} bytes")
    return body


async def _reason(request: Request) -> str | Response:
    """The reason on one line, or the answer that says what is wrong with the body."""
    try:
        reason = " ".join(msgspec.json.decode(await _body(request), type=WithReason).reason.split())
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        return refused(400, "bad_body", f'send {{"reason": "..."}}: {error}')
    except ClientDisconnect:
        return refused(400, "gone", "the client left before the body was complete")
    return reason or refused(400, "bad_body", "a reason of only blanks is none")


async def _with_reason(
    face: Face, request: Request, act: Callable[[str, str], None], ordered: TradingState | None = None
) -> Response:
    reason = await _reason(request)
    if isinstance(reason, Response):
        return reason
    if ordered is TradingState.HALTED:
        return await _done(face, request, reason, act, ordered)
    return await once(face, request, reason, lambda: _done(face, request, reason, act, ordered))


async def _done(
    face: Face, request: Request, reason: str, act: Callable[[str, str], None], ordered: TradingState | None
) -> Response:
    try:
        act(reason, request.state.by)
    except RefusedByGate as error:
        return refused(409, "refused", str(error))
    except Trader247Error as error:
        return refused(422, "failed", str(error))
    return json_answer({"done": True, "by": request.state.by, "reason": reason, "state": _state(face, ordered)})


def _state(face: Face, ordered: TradingState | None) -> str:
    """The state that was ordered, which the board hears of a moment later; a halt in force outlasts any order."""
    shown = str(face.board.status(face.clock.now())["state"])
    return shown if ordered is None or shown == TradingState.HALTED.value else ordered.value


async def halt(face: Face, request: Request) -> Response:
    """Halt now: entries refused, working orders cancelled, until an operator resumes."""
    return await _with_reason(face, request, face.control.halt, TradingState.HALTED)


async def resume(face: Face, request: Request) -> Response:
    """End a halt."""
    return await _with_reason(face, request, face.control.resume)


async def pause(face: Face, request: Request) -> Response:
    """REDUCING: exits and cancels only."""
    return await _with_reason(
        face,
        request,
        lambda reason, by: face.control.set_state(TradingState.REDUCING, by, reason),
        TradingState.REDUCING,
    )


async def activate(face: Face, request: Request) -> Response:
    """ACTIVE: everything that the guards allow."""
    return await _with_reason(
        face, request, lambda reason, by: face.control.set_state(TradingState.ACTIVE, by, reason), TradingState.ACTIVE
    )


async def set_breaker(face: Face, request: Request) -> Response:
    """Hold a breaker open until it is closed, over restarts; or close it."""
    reason = await _reason(request)
    if isinstance(reason, Response):
        return reason
    return await once(face, request, reason, lambda: _breaker_set(face, request, reason))


async def _breaker_set(face: Face, request: Request, reason: str) -> Response:
    name, by = request.path_params["name"], request.state.by
    ordered = BreakerState.OPEN if request.url.path.endswith("/open") else BreakerState.CLOSED
    try:
        face.control.set_breaker(name, ordered, by, reason)
    except UnknownBreaker as error:
        return refused(404, "unknown_breaker", str(error))
    return json_answer({"done": True, "by": by, "reason": reason, "breaker": name, "state": ordered.value})


async def flatten(face: Face, request: Request) -> Response:
    """REDUCING, and every position is sold; the answer comes when that has begun."""
    return await _with_reason(face, request, face.control.flatten, TradingState.REDUCING)


async def accept_balances(face: Face, request: Request) -> Response:
    """The balances that differ are right, and our books are not: a person moved money, or traded what was ours."""

    def act(reason: str, by: str) -> None:
        compared = face.board.facts.compared
        standing = compared.fact.standing if compared else ()
        if not any(difference.subject is Subject.BALANCE for difference in standing):
            raise Trader247Error("no balance differs; see the reconciliation in status")
        face.control.accept_balances(reason, by)

    return await _with_reason(face, request, act)


async def ban(face: Face, request: Request) -> Response:
    """No entries into an instrument for a time; its exits go on. A ban of before is replaced."""
    try:
        symbol = symbol_of(request.path_params["symbol"])
        terms = msgspec.json.decode(await _body(request), type=WithTerms)
    except ClientDisconnect:
        return refused(400, "gone", "the client left before the body was complete")
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        return refused(400, "bad_body", f'send {{"reason": "...", "kind": "exploit", "hours": 168}}: {error}')
    except ValueError as error:
        return refused(400, "not_a_symbol", str(error))
    reason = " ".join(terms.reason.split())
    if not reason:
        return refused(400, "bad_body", "a reason of only blanks is none")
    asked = f"{terms.kind.value} {terms.hours} {reason}"
    return await once(face, request, asked, lambda: _banned(face, request, symbol, terms, reason))


async def _banned(face: Face, request: Request, symbol: Symbol, terms: WithTerms, reason: str) -> Response:
    if len(face.board.bans(face.clock.now())) >= BANS_MAX:
        return refused(422, "failed", f"{BANS_MAX} bans are in force already; lift one first")
    made = face.control.ban(symbol, terms.kind, terms.hours, request.state.by, reason)
    return json_answer({"done": True, **ban_view(made)})


async def unban(face: Face, request: Request) -> Response:
    """Lift an instrument's ban."""
    try:
        symbol = symbol_of(request.path_params["symbol"])
    except ValueError as error:
        return refused(400, "not_a_symbol", str(error))

    def act(reason: str, by: str) -> None:
        if not any(row["symbol"] == symbol for row in face.board.bans(face.clock.now())):
            raise Trader247Error(f"{symbol} is not banned; see trader247 bans")
        face.control.unban(symbol, by, reason)

    return await _with_reason(face, request, act)


async def reload(face: Face, request: Request) -> Response:
    """Read the configuration again and take it over, all of it or nothing. The answer comes when it is done."""
    reason = await _reason(request)
    if isinstance(reason, Response):
        return reason
    return await once(face, request, reason, lambda: _reloaded(face, request, reason))


async def _reloaded(face: Face, request: Request, reason: str) -> Response:
    try:
        done = await face.control.reload(reason, request.state.by)
    except RefusedByGate as error:
        return refused(409, "refused", face.redact(str(error)))
    except ConfigurationInvalid as error:
        return refused(422, "bad_configuration", face.redact(str(error)))
    except Trader247Error as error:
        return refused(422, "failed", face.redact(str(error)))
    told = {"config_hash": done.after, "before": done.before, "text": done.text, "changes": as_plain(done.changes)}
    return json_answer(face.redact({"done": True, "by": request.state.by, "reason": reason, **told}))


async def crash(face: Face, request: Request) -> Response:
    """End an actor's present incarnation as a crash, to see what supervision makes of it. Embedded venue only."""
    actor = request.path_params["actor"]
    try:
        msgspec.json.decode(await _body(request) or b"{}", type=Nothing)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        return refused(400, "bad_body", f"send {{}}: {error}")
    return await once(face, request, "", lambda: _crashed(face, actor))


async def _crashed(face: Face, actor: str) -> Response:
    try:
        face.control.crash(actor)
    except UnknownActor as error:
        return refused(404, "unknown_actor", str(error))
    except Trader247Error as error:
        return refused(422, "failed", str(error))
    return json_answer({"done": True, "actor": actor})
