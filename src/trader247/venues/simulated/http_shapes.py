"""Requests and responses without sockets, and the venue's error bodies."""

from collections.abc import Collection, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

import msgspec
from attrs import field, frozen

__all__ = [
    "API_PREFIX",
    "NO_HEADERS",
    "Params",
    "Request",
    "Response",
    "WireFault",
    "decoded",
    "failed",
    "json_response",
]

API_PREFIX: Final = "/api/v3/brokerage"
"""What every REST path begins with."""

NO_HEADERS: Mapping[str, str] = {}


@frozen
class Request:
    """One HTTP request. Header names are lower case; ``target`` is path and query as sent; ``peer`` who asks."""

    method: str
    target: str
    headers: Mapping[str, str] = field(factory=dict)
    body: bytes = b""
    peer: str = ""
    """The address of the connection, empty where there is no socket."""

    @property
    def path(self) -> str:
        """The target without its query, unescaped."""
        return unquote(self.target.partition("?")[0])

    @property
    def params(self) -> "Params":
        """The query's parameters."""
        return Params(self.target.partition("?")[2])


@frozen
class Response:
    """One HTTP response, headers in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body decoded, for those without a socket."""
        return msgspec.json.decode(self.body)


class WireFault(Exception):
    """A request ends here with this response."""

    def __init__(self, response: Response) -> None:
        """``response`` is sent as it is."""
        super().__init__(response.body.decode())
        self.response = response


def json_response(content: object, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(status, {"content-type": "application/json; charset=utf-8"}, msgspec.json.encode(content))


def decoded(content: str | bytes) -> object:
    """The JSON value a client sent, or None for anything that is none (or is nested beyond reason)."""
    try:
        value: object = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return value


def failed(status: int, error: str, text: str) -> WireFault:
    """The venue's error object: ``{"error", "error_details", "message"}``."""
    return WireFault(json_response({"error": error, "error_details": text, "message": text}, status))


_DIGITS_MAX: Final = 12
"""Of a number in a query: seconds up to the year 30000."""


class Params:
    """Query parameters: repeated keys are lists, unknown ones are never looked at."""

    def __init__(self, query: str) -> None:
        """``query`` as sent, without its question mark."""
        self._values: dict[str, list[str]] = {}
        for key, value in parse_qsl(query, keep_blank_values=True):
            self._values.setdefault(key, []).append(value)

    def text(self, name: str, default: str = "") -> str:
        """The last value of a parameter."""
        values = self._values.get(name)
        return values[-1] if values else default

    def texts(self, name: str) -> list[str]:
        """All non-empty values of a parameter."""
        return [value for value in self._values.get(name, ()) if value]

    def flag(self, name: str) -> bool:
        """A truth in any case, false where it is absent."""
        text = self.text(name).lower()
        if text not in {"", "true", "false"}:
            raise failed(400, "INVALID_ARGUMENT", f'parsing field "{name}": "{self.text(name)}" is not a valid value')
        return text == "true"

    def one_of(self, name: str, allowed: Collection[str]) -> str:
        """A value of an enumeration, empty where it is absent."""
        text = self.text(name)
        if text and text not in allowed:
            raise failed(400, "INVALID_ARGUMENT", f'parsing field "{name}": "{text}" is not a valid value')
        return text

    def count(self, name: str, default: int, most: int) -> int:
        """A positive whole number, capped at ``most``."""
        text = self.text(name)
        if not text:
            return default
        if not text.isascii() or not text.isdigit() or len(text) > _DIGITS_MAX or int(text) == 0:
            raise failed(400, "INVALID_ARGUMENT", f'parsing field "{name}": "{text}" is not a valid value')
        return min(int(text), most)

    def seconds(self, name: str) -> int | None:
        """A time in unix seconds."""
        text = self.text(name)
        if not text:
            return None
        if not text.isascii() or not text.isdigit() or len(text) > _DIGITS_MAX:
            raise failed(400, "INVALID_ARGUMENT", f'parsing field "{name}": "{text}" is not a valid value')
        return int(text)
