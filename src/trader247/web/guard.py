"""Who may do what over HTTP, decided before any handler runs (requirement WEB1; reliability catalogue T5 to T8).

====================  =======================================  ==========================================
what                  over TCP                                 over the control socket
====================  =======================================  ==========================================
reading               Host must be one of ours; no token on    anyone who may open the socket (mode 0600)
                      loopback, a token elsewhere
changing state        the same Host, JSON, a bearer token, no  JSON
                      foreign Origin or fetch site
sending a signal      as changing state, but a signature in    JSON and the signature
                      place of the token (``signals.py``)
====================  =======================================  ==========================================

There are no cookies, so another site has nothing to borrow; a foreign page can neither read (no CORS, Host is checked
against rebinding) nor write (it cannot know the token, nor send JSON without being asked first). Five wrong tokens
within a minute lock that client out for the rest of the minute; the control socket and the kill file are not affected.
"""

import hmac
from collections import deque
from typing import Final

import msgspec
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from trader247.model.instant import SECOND
from trader247.ports import Clock
from trader247.web.ports import FaceSettings

__all__ = ["SECURITY_HEADERS", "SIGNED_PATHS", "Guard", "Refusal"]

BAD_TOKENS_MAX: Final = 5
LOCKOUT_S: Final = 60
CLIENTS_MAX: Final = 1_000
"""Clients whose wrong tokens are remembered; on loopback there is one."""

OPEN_PATHS: Final = frozenset({"/healthz", "/readyz"})
"""A supervisor of containers asks these without a token, wherever the face is bound; they name no amounts."""

SIGNED_PATHS: Final = "/api/v1/signals/"
"""Below this the handler asks for a signature: a sender of signals must not hold the token, which can do everything."""

SECURITY_HEADERS: Final = (
    (
        b"content-security-policy",
        (
            b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
            b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        ),
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)


class Refusal(msgspec.Struct, frozen=True):
    """A request that goes no further."""

    status: int
    code: str
    text: str


class Guard:
    """ASGI middleware. ``trusted`` is for the control socket, whose lock is its file mode."""

    def __init__(self, app: ASGIApp, settings: FaceSettings, clock: Clock, *, trusted: bool) -> None:
        """Wrong tokens are remembered for as long as this object lives."""
        self._app = app
        self._settings = settings
        self._clock = clock
        self._trusted = trusted
        self._hosts = _allowed_hosts(settings)
        self._bad: dict[str, deque[int]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it with the refusal; every answer carries the security headers."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *SECURITY_HEADERS]}
            await send(message)

        if scope["type"] != "http":
            return
        scope.setdefault("state", {})["by"] = "operator (control socket)" if self._trusted else "operator (web)"
        refusal = self.verdict(scope)
        if refusal is None:
            await self._app(scope, receive, send_with_headers)
        else:
            await _answer(refusal, send_with_headers)

    def verdict(self, scope: Scope) -> Refusal | None:
        """Why this request goes no further, or None."""
        headers = Headers(scope=scope)
        writes = scope["method"] not in {"GET", "HEAD"}
        if not self._trusted and headers.get("host", "").lower() not in self._hosts:
            return Refusal(403, "foreign_host", f"this host name is not served; use {self._hosts[0]}")
        if not writes:
            open_to_all = self._trusted or self._settings.loopback or scope["path"] in OPEN_PATHS
            return None if open_to_all else self._token(scope, headers)
        foreign = None if self._trusted else self._foreign(headers)
        needs_token = not self._trusted and not scope["path"].startswith(SIGNED_PATHS)
        return foreign or _not_json(headers) or (self._token(scope, headers) if needs_token else None)

    def _foreign(self, headers: Headers) -> Refusal | None:
        site, origin = headers.get("sec-fetch-site", "none"), headers.get("origin")
        if site not in {"none", "same-origin"} or (origin and origin.lower() not in self._origins()):
            return Refusal(403, "foreign_origin", "a page of another site may not change anything here")
        return None

    def _origins(self) -> set[str]:
        return {f"{scheme}://{host}" for scheme in ("http", "https") for host in self._hosts}

    def _token(self, scope: Scope, headers: Headers) -> Refusal | None:
        client = scope["client"][0] if scope.get("client") else "?"
        now_ns = self._clock.now().mono
        bad = self._bad.get(client, deque())
        while bad and now_ns - bad[0] >= LOCKOUT_S * SECOND:
            bad.popleft()
        if len(bad) >= BAD_TOKENS_MAX:
            return Refusal(
                429, "locked_out", f"{BAD_TOKENS_MAX} wrong tokens within {LOCKOUT_S} s: wait, then try again"
            )
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if not given or scheme.lower() != "bearer":
            return Refusal(401, "token_missing", "send authorization: Bearer with the token of this installation")
        wanted = self._settings.token
        if wanted and hmac.compare_digest(given.strip().encode(), wanted.encode()):
            return None
        bad.append(now_ns)
        self._bad.pop(client, None)
        self._bad[client] = bad
        if len(self._bad) > CLIENTS_MAX:
            self._bad.pop(next(iter(self._bad)))
        return Refusal(
            401, "token_wrong", "this is not the token of this installation; it stands in web.token in data_dir"
        )


def _not_json(headers: Headers) -> Refusal | None:
    if headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json":
        return None
    return Refusal(415, "not_json", "send content-type: application/json")


def _allowed_hosts(settings: FaceSettings) -> tuple[str, ...]:
    names = [settings.host, *settings.hosts]
    if settings.loopback:
        names += ["localhost", "127.0.0.1", "::1"]
    shown = [f"[{name}]" if ":" in name else name.lower() for name in dict.fromkeys(names)]
    with_port = [f"{name}:{settings.port}" for name in shown]
    return (*with_port, *settings.hosts) if settings.port != 80 else (*with_port, *shown)


async def _answer(refusal: Refusal, send: Send) -> None:
    body = msgspec.json.encode({"error": {"code": refusal.code, "text": refusal.text}})
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if refusal.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    if refusal.status == 429:
        headers.append((b"retry-after", str(LOCKOUT_S).encode()))
    headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
