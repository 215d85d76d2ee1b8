"""External signals by webhook: signed, time-bound and taken once (requirement WEB1).

The headers are those of the Standard Webhooks specification, so that its libraries can send: ``webhook-id``,
``webhook-timestamp`` (unix seconds) and ``webhook-signature`` (``v1,BASE64``, several with blanks between), the
signature being the HMAC-SHA256 of ``ID.TIMESTAMP.BODY`` under the strategy's secret. A request outside the window of
time is refused; inside it, and for 72 hours, the signal's own ``id`` is taken once.

The signature is looked at before anything in the body is. What is wrong with it is not told apart for the sender.
"""

import binascii
import hmac
from base64 import b64decode, b64encode
from hashlib import sha256
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from trader247.core.signal_intake import SIGNAL_BYTES_MAX, SignalVerdict
from trader247.model.ids import StrategyName
from trader247.model.instant import SECOND
from trader247.web.ports import Face
from trader247.web.reading import json_answer, refused
from trader247.web.steering import body_of

__all__ = ["SECRET_BYTES_MIN", "WINDOW_S", "key_of", "receive", "signature_of"]

WINDOW_S: Final = 300
"""How far a request's timestamp may be from this clock, either way: what the specification's libraries allow."""

SECRET_BYTES_MIN: Final = 24
"""A shorter key could be guessed; the specification asks for as much."""

SIGNATURES_MAX: Final = 4
"""Signatures in one header: an old and a new secret, and some to spare."""

_TIMESTAMP_DIGITS_MAX: Final = 12
_ID_CHARS_MAX: Final = 200


def key_of(secret: str) -> bytes:
    """The key that a secret stands for: what follows ``whsec_`` is base64, anything else is the key itself.

    Raises:
        ValueError: it is no base64, or too short.
    """
    if secret.startswith("whsec_"):
        try:
            key = b64decode(secret.removeprefix("whsec_"), validate=True)
        except binascii.Error:
            raise ValueError("what follows whsec_ is not base64") from None
    else:
        key = secret.encode()
    if len(key) < SECRET_BYTES_MIN:
        raise ValueError(f"it is shorter than {SECRET_BYTES_MIN} bytes; make one with: openssl rand -hex 32")
    return key


def signature_of(key: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    """As it stands in the header, ``v1,BASE64``."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return f"v1,{b64encode(hmac.digest(key, signed, sha256)).decode()}"


async def receive(face: Face, request: Request) -> Response:
    """Take a signal for the strategy in the path, if its signature, its time and its terms allow it."""
    strategy = StrategyName(request.path_params["strategy"])
    key, desk = face.settings.signal_secrets.get(strategy), face.signals
    if key is None or desk is None:
        return refused(404, "no_webhook", "no strategy of this name takes signals by webhook")
    try:
        body = await body_of(request, SIGNAL_BYTES_MAX)
    except ClientDisconnect:
        return refused(400, "gone", "the client left before the body was complete")
    if body is None:
        return refused(413, "too_long", f"a signal has at most {SIGNAL_BYTES_MAX} bytes")
    timestamp = request.headers.get("webhook-timestamp", "")
    if not _signed(request, key, timestamp, body):
        return refused(401, "bad_signature", "the request is not signed with this strategy's secret")
    if abs(int(timestamp) * SECOND - face.clock.now().utc) > WINDOW_S * SECOND:
        return refused(401, "out_of_time", f"webhook-timestamp is more than {WINDOW_S} s off this clock")
    return await _taken(face, strategy, body)


async def _taken(face: Face, strategy: StrategyName, body: bytes) -> Response:
    if face.signals is None:
        return refused(404, "no_webhook", "no strategy of this name takes signals by webhook")
    told = await face.signals.take(strategy, body, "webhook")
    text = face.redact(told.text)
    match told.verdict:
        case SignalVerdict.TAKEN | SignalVerdict.TAKEN_BEFORE:
            answer = json_answer({"done": True, "id": told.signal_id, "text": text})
            if told.verdict is SignalVerdict.TAKEN_BEFORE:
                answer.headers["idempotency-replayed"] = "true"
            return answer
        case SignalVerdict.REFUSED:
            return refused(422, "signal_refused", text)
        case SignalVerdict.ID_REUSED:
            return refused(422, "key_reused", text)
        case SignalVerdict.IN_DOUBT:
            return refused(409, "in_doubt", text)
        case SignalVerdict.TOO_MANY:
            return refused(429, "too_many_signals", text)
        case SignalVerdict.LATER:
            return refused(503, "later", text)


def _signed(request: Request, key: bytes, timestamp: str, body: bytes) -> bool:
    message_id = request.headers.get("webhook-id", "")
    if not 0 < len(message_id) <= _ID_CHARS_MAX or len(timestamp) > _TIMESTAMP_DIGITS_MAX:
        return False
    if not (timestamp.isascii() and timestamp.isdecimal()):
        return False
    wanted = signature_of(key, message_id, timestamp, body).encode()
    given = request.headers.get("webhook-signature", "").split()[:SIGNATURES_MAX]
    return any(hmac.compare_digest(wanted, one.encode("utf-8", "replace")) for one in given)
