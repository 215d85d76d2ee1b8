"""One path of the web face: what it is called, who answers, and what its answer is."""

from collections.abc import Awaitable, Callable

from attrs import frozen
from starlette.requests import Request
from starlette.responses import Response

from trader247.web.ports import Face

__all__ = ["Endpoint", "Handler"]

Handler = Callable[[Face, Request], Awaitable[Response]]


@frozen
class Endpoint:
    """``gives`` is the media type of a good answer and ``shape`` the name of its schema, where it is JSON.

    ``body`` is ``reason``, ``empty``, ``signal`` or nothing. ``chaos`` endpoints exist only where the venue is
    embedded; ``signed`` endpoints ask for a signature in place of the token.
    """

    method: str
    path: str
    answer: Handler
    summary: str
    gives: str = "application/json"
    body: str = ""
    chaos: bool = False
    shape: str = ""
    signed: bool = False

    @property
    def writes(self) -> bool:
        """Whether it changes state, and so needs a token."""
        return self.method == "POST"
