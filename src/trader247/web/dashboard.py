"""The dashboard: a page, a style sheet and a script, all from this package: no build step, no other host, no cookie."""

from functools import cache
from importlib.resources import files
from typing import Final

import jinja2
from starlette.requests import Request
from starlette.responses import Response

from trader247 import __version__
from trader247.web.ports import Face

__all__ = ["asset", "page"]

_TYPES: Final = {
    "dashboard.css": "text/css; charset=utf-8",
    "dashboard.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}


@cache
def _read(name: str) -> bytes:
    return (files("trader247.web") / "assets" / name).read_bytes()


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    return environment.from_string(_read("dashboard.html").decode())


async def page(face: Face, _request: Request) -> Response:
    """The page with the present state already in it, so that it says the truth before its script has run."""
    status = face.board.status(face.clock.now())
    html = _template().render(status=status, version=__version__)
    return Response(html, headers={"content-type": "text/html; charset=utf-8", "cache-control": "no-store"})


async def asset(_face: Face, request: Request) -> Response:
    """One of the three files the page uses."""
    name = request.path_params["name"]
    if name not in _TYPES:
        return Response("no such file", 404, media_type="text/plain")
    return Response(_read(name), headers={"content-type": _TYPES[name], "cache-control": "no-cache"})
