"""An operator's command with an ``Idempotency-Key`` takes effect once, however often it is sent (requirement SE1).

=========================================  ========================================================================
the key was                                the answer is
=========================================  ========================================================================
never used                                 that of the command, which is kept where it was done
used, and the command was done             the first answer again, with ``idempotency-replayed: true``
used, and the command was refused          that of the command: nothing had happened
used for another content                   422 ``key_reused``
used, by a command that is not over        409 ``in_progress``
used, by a run that ended before it knew   409 ``in_doubt``: look what holds, then decide with a new key
=========================================  ========================================================================

Without the header nothing is kept. A halt takes no key: it must not wait for a disk, and to halt twice harms nobody.
"""

import re
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any, Final

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import Response

from trader247.errors import Trader247Error
from trader247.model.once import Done, InProgress
from trader247.ports import OncePort
from trader247.web.ports import Face
from trader247.web.reading import json_answer, refused

__all__ = ["HEADER", "once"]

HEADER: Final = "idempotency-key"
_KEY: Final = re.compile(r"[\x21-\x7e]{1,200}")


class _Kept(msgspec.Struct):
    """``asked`` is a digest, and ``answer`` is redacted: a reason may quote anything."""

    asked: str
    answer: Any


async def once(face: Face, request: Request, asked: str, act: Callable[[], Awaitable[Response]]) -> Response:
    """Do it, unless the request's key says that it was done. ``asked``: the content that the key stands for."""
    key, guard = request.headers.get(HEADER), face.once
    if key is None or guard is None:
        return await act()
    if _KEY.fullmatch(key) is None:
        return refused(400, "bad_key", f"{HEADER} takes 1 to 200 printable ASCII characters without blanks")
    name, digest = f"{request.method} {request.url.path} {key}", sha256(asked.encode()).hexdigest()
    try:
        claim = await guard.claim(name)
    except Trader247Error as error:
        return refused(422, "failed", face.redact(f"nothing was done: the key could not be kept: {error}"))
    if isinstance(claim, Done):
        return _again(claim, digest)
    if isinstance(claim, InProgress):
        return _taken(claim, guard)
    answer = await act()
    await _close(face, guard, name, digest, answer)
    return answer


def _again(claim: Done, digest: str) -> Response:
    kept = msgspec.json.decode(claim.result, type=_Kept)
    if kept.asked != digest:
        return refused(422, "key_reused", "this key was used with another content; nothing was done. Use a new key")
    answer = json_answer(kept.answer)
    answer.headers["idempotency-replayed"] = "true"
    return answer


def _taken(claim: InProgress, guard: OncePort) -> Response:
    if claim.epoch == guard.epoch:
        return refused(
            409, "in_progress", "a command with this key is not over, or was cut off; nothing was done again"
        )
    text = f"run {claim.epoch} took this key and ended before it said what came of it; nothing was done again"
    return refused(409, "in_doubt", f"{text}. Look what holds, then decide with a new key")


async def _close(face: Face, guard: OncePort, name: str, digest: str, answer: Response) -> None:
    """It is done or refused, whatever the disk says now: a key that cannot be closed only stays taken."""
    try:
        if answer.status_code == 200:
            kept = _Kept(digest, face.redact(msgspec.json.decode(bytes(answer.body))))
            await guard.finish(name, msgspec.json.encode(kept).decode())
        else:
            await guard.release(name)
    except Trader247Error as error:
        structlog.get_logger().warning("once", text=f"{name} stays taken: {error}")
