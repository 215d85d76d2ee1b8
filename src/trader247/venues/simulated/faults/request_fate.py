"""What becomes of one request: the hits on it put together. Pure.

Waits add up. Of several endings, errors or cuts the first in the plan's order counts. A request that is lost before it
is processed is lost, whatever else was meant for it; an error *before* means that nothing was processed.
"""

from collections.abc import Iterable
from typing import Final

from attrs import frozen

from trader247.venues.simulated.error_pages import BodyKind, error_page
from trader247.venues.simulated.faults.desk import Hit
from trader247.venues.simulated.faults.plan import Ending, Kind, Side
from trader247.venues.simulated.http_shapes import Response

__all__ = ["GARBLED", "UNTOUCHED", "RequestFate", "fate_of"]

GARBLED: Final = Response(200, {"content-type": "text/html"}, b"<html><body>Welcome to the guest network</body></html>")
"""What stands between a client and a venue now and then, with a good status."""


@frozen
class RequestFate:
    """In the order in which it happens: wait, (be lost), be processed so many times, wait, (be lost), be answered."""

    before_s: float = 0.0
    ending_before: Ending | None = None
    times: int = 1
    after_s: float = 0.0
    ending_after: Ending | None = None
    forged: Response | None = None
    keep_bytes: int | None = None
    for_orders: tuple[Hit, ...] = ()
    """What the order engine is told right before it processes the request."""


UNTOUCHED: Final = RequestFate()


def fate_of(hits: Iterable[Hit]) -> RequestFate:
    """The fate that hits of one request make together; those that are no matter of the request are left out."""
    waits = {Side.BEFORE: 0.0, Side.AFTER: 0.0}
    endings: dict[Side, Ending] = {}
    forged: Response | None = None
    keep_bytes: int | None = None
    times = 1
    for_orders: list[Hit] = []
    for hit in hits:
        side = Side(hit.arguments.get("side", Side.BEFORE))
        match hit.kind:
            case Kind.LATENCY:
                waits[side] += hit.seconds()
            case Kind.LOST_BEFORE | Kind.LOST_AFTER:
                where = Side.BEFORE if hit.kind is Kind.LOST_BEFORE else Side.AFTER
                endings.setdefault(where, Ending(hit.arguments["ending"]))
            case Kind.RESET:
                endings.setdefault(side, Ending.RESET)
            case Kind.DUPLICATE:
                times = max(times, 2)
            case Kind.TRUNCATE if keep_bytes is None:
                keep_bytes = hit.arguments["bytes"]
            case Kind.GARBLE if forged is None:
                forged = GARBLED
            case Kind.HTTP_STATUS if forged is None:
                body, after = BodyKind(hit.arguments["body"]), hit.arguments["retry_after_s"]
                forged = error_page(hit.arguments["code"], body, after)
                times = times if side is Side.AFTER else 0
            case Kind.LATE_ACCEPT | Kind.CANCEL_LOST_RACE:
                for_orders.append(hit)
            case _:
                pass  # a switch of the whole exchange
    before, after_ending = endings.get(Side.BEFORE), endings.get(Side.AFTER)
    return RequestFate(
        before_s=waits[Side.BEFORE],
        ending_before=before,
        times=times,
        after_s=waits[Side.AFTER],
        ending_after=after_ending,
        forged=forged,
        keep_bytes=keep_bytes,
        for_orders=tuple(for_orders),
    )
