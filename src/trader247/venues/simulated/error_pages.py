"""What stands in the body of an answer that is none: the venue's JSON, its CDN's HTML, or a line of text."""

from enum import StrEnum
from http import HTTPStatus
from typing import Final

from attrs import evolve

from trader247.venues.simulated.http_shapes import Response, failed, json_response
from trader247.venues.simulated.rate_limits import too_many_requests

__all__ = ["BodyKind", "error_page"]


class BodyKind(StrEnum):
    """The three shapes seen in the wild."""

    JSON = "json"
    HTML = "html"
    TEXT = "text"


_NAMES: Final = {400: "INVALID_ARGUMENT", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 500: "INTERNAL"}
"""Of the ``error`` field; 502 and the like never came as JSON, so ``UNAVAILABLE`` for the others is a guess."""

_PHRASES: Final = {status.value: status.phrase for status in HTTPStatus}
_TRACE: Final = "go/sg/00000000-0000-4000-8000-000000000000"
"""What the venue's edge writes as the whole body of a 502 or 503, with an id of its own."""

_PAGE: Final = (
    "<!DOCTYPE html>\n<html><head><title>{code} {phrase}</title></head>\n"
    "<body><center><h1>{code} {phrase}</h1></center><hr><center>cloudflare</center></body></html>\n"
)


def error_page(code: int, body: BodyKind, retry_after_s: int | None = None) -> Response:
    """The answer with HTTP status ``code`` (400 to 599), ``Retry-After`` only where it is given (seconds)."""
    response = _page(code, body)
    if retry_after_s is None:
        return response
    return evolve(response, headers={**response.headers, "retry-after": str(retry_after_s)})


def _page(code: int, body: BodyKind) -> Response:
    phrase = _PHRASES.get(code, "Error")
    if body is BodyKind.HTML:
        html = _PAGE.format(code=code, phrase=phrase)
        return Response(code, {"content-type": "text/html; charset=UTF-8"}, html.encode())
    if body is BodyKind.JSON:
        if code == HTTPStatus.TOO_MANY_REQUESTS:
            return json_response(too_many_requests(), code)
        return failed(code, _NAMES.get(code, "UNAVAILABLE"), phrase).response
    text = {401: "Unauthorized\n", 502: _TRACE, 503: _TRACE}.get(code, phrase)
    return Response(code, {"content-type": "text/plain; charset=utf-8"}, text.encode())
