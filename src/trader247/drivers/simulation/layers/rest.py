"""REST: errors before and after processing, pages of others, broken and doubled answers."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from trader247.drivers.simulation.layers.arguments import count, length, one_of
from trader247.drivers.simulation.plan import KindRule, Point
from trader247.venues.simulated.faults.desk import Hit
from trader247.venues.simulated.faults.plan import Kind

__all__ = ["KINDS"]

_CALL: Final = (Point.CALL,)
_SIDE: Final = one_of(("before", "after"), "before", "before or after the request was processed")


def _status(code: int | None, body: str, *, retry: bool = False) -> Callable[[Mapping[str, Any]], Hit]:
    def hit(arguments: Mapping[str, Any]) -> Hit:
        said = {"code": arguments.get("code", code), "body": body, "side": arguments.get("side", "before")}
        return Hit(Kind.HTTP_STATUS, said | {"retry_after_s": arguments["retry_after_s"] if retry else None})

    return hit


def _plain(kind: Kind) -> Callable[[Mapping[str, Any]], Hit]:
    return lambda arguments: Hit(kind, dict(arguments))


KINDS: Final[Mapping[str, KindRule]] = {
    "server_error": KindRule(
        _CALL,
        "the answer is an error of the server's",
        ("RA-03", "RA-04"),
        {"code": count(500, 599, 500, "the HTTP status"), "side": _SIDE},
        hit=_status(None, "json"),
    ),
    "gateway_page": KindRule(
        _CALL,
        "a page of what stands before the venue: 502, HTML",
        ("RA-04", "NW-07"),
        {"side": _SIDE},
        hit=_status(502, "html"),
    ),
    "too_many": KindRule(
        _CALL,
        "429 with a Retry-After header; nothing was processed",
        ("RA-01", "RA-16"),
        {"retry_after_s": length(60.0, 1.0, "what the header says")},
        hit=_status(429, "json", retry=True),
    ),
    "banned": KindRule(
        _CALL, "403 with a page of HTML; nothing was processed", ("RA-02",), {}, hit=_status(403, "html")
    ),
    "unauthorised": KindRule(
        _CALL, "401 though the token is good; nothing was processed", ("RA-08",), {}, hit=_status(401, "text")
    ),
    "garbage": KindRule(_CALL, "processed, then answered 200 with no JSON", ("RA-06",), {}, hit=_plain(Kind.GARBLE)),
    "truncated": KindRule(
        _CALL,
        "the answer ends early, and the connection with it",
        ("NW-12",),
        {"bytes": count(0, 100_000, 20, "what is left of it")},
        hit=_plain(Kind.TRUNCATE),
    ),
    "doubled": KindRule(
        _CALL, "the request is processed twice; its second answer is sent", ("RA-10",), {}, hit=_plain(Kind.DUPLICATE)
    ),
}
