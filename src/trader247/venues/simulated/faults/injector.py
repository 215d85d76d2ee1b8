"""The fault desk joined to one exchange: which fate a request or handshake has, and what is switched meanwhile. Pure.

Faults of the order engine go through ``OrderHooks``: this package decides when, the engine knows how.
"""

from collections.abc import Iterable
from typing import Final, Protocol

from trader247.errors import ConfigurationInvalid
from trader247.model.instant import SECOND, Instant
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.faults.desk import FaultDesk, Hit
from trader247.venues.simulated.faults.frame_line import FrameLine
from trader247.venues.simulated.faults.plan import FaultPlan, Kind, Point
from trader247.venues.simulated.faults.request_fate import UNTOUCHED, RequestFate, fate_of
from trader247.venues.simulated.http_shapes import API_PREFIX, Request
from trader247.venues.simulated.switches import Mode, Switches, Thrown

__all__ = ["FaultInjector", "OrderHooks", "thrown_of"]

_FOR_ORDERS: Final = frozenset({Kind.LATE_ACCEPT, Kind.CANCEL_LOST_RACE})


class OrderHooks(Protocol):
    """What an order engine does on demand; each call is about the request processed right after it."""

    def accept_late(self, seconds: float) -> None:
        """The order of the next create is answered now and enters its book ``seconds`` later."""
        ...

    def lose_cancel_race(self) -> None:
        """The orders of the next cancel are answered as accepted, and fill before they are cancelled."""
        ...


class FaultInjector:
    """One plan at work on one exchange."""

    def __init__(
        self, desk: FaultDesk, exchange: SimulatedExchange, switches: Switches, orders: OrderHooks | None = None
    ) -> None:
        """``desk`` keeps counts and log; ``switches`` are shared with the REST face.

        Raises:
            ConfigurationInvalid: the plan names a product not traded here, or needs an order engine's hooks.
        """
        self.desk = desk
        self._switches = switches
        self._orders = orders
        self._lines = 0
        _refuse_unfit(desk.plan, exchange, orders)

    def advance(self, now: Instant) -> None:
        """Let what is addressed to the clock happen, and what holds for a while end."""
        self._switch(self.desk.due(now), now)
        self._switches.advance(now)

    def request_fate(self, request: Request, now: Instant) -> RequestFate:
        """Count a request and say what becomes of it."""
        self.advance(now)
        name = f"{request.method} {request.path.removeprefix(API_PREFIX)}"
        return self._fate(self.desk.strike(Point.REQUEST, name, now), now)

    def connection_fate(self, path: str, now: Instant) -> RequestFate:
        """Count a WebSocket handshake and say what becomes of it."""
        self.advance(now)
        return self._fate(self.desk.strike(Point.CONNECTION, path, now), now)

    def new_line(self) -> FrameLine:
        """The line of frames to a further connection."""
        self._lines += 1
        return FrameLine(self.desk, self._lines)

    def follow_up(self, line: FrameLine, now: Instant) -> None:
        """Throw the switches that frames of a line have hit."""
        hits, line.other_hits = line.other_hits, []
        self._switch(hits, now)

    def arm(self, fate: RequestFate) -> None:
        """Tell the order engine what the next request does to it."""
        for hit in fate.for_orders:
            if self._orders is None:
                continue
            if hit.kind is Kind.LATE_ACCEPT:
                self._orders.accept_late(hit.seconds())
            else:
                self._orders.lose_cancel_race()

    def _fate(self, hits: Iterable[Hit], now: Instant) -> RequestFate:
        struck = list(hits)
        if not struck:
            return UNTOUCHED
        self._switch(struck, now)
        return fate_of(struck)

    def _switch(self, hits: Iterable[Hit], now: Instant) -> None:
        for hit in hits:
            for thrown in thrown_of(hit, now):
                self._switches.throw(thrown, now)


def thrown_of(hit: Hit, now: Instant) -> list[Thrown]:
    """The switches a hit throws, none for most kinds."""
    arguments = hit.arguments
    match hit.kind:
        case Kind.CLOCK_SKEW:
            return [Thrown(now, _until(hit, now), skew=round(hit.seconds() * SECOND))]
        case Kind.MAINTENANCE:
            return [Thrown(now, _until(hit, now), maintenance=True)]
        case Kind.PRODUCT_MODE:
            return [Thrown(now, _until(hit, now), ((arguments["product"], Mode(arguments["mode"])),))]
        case Kind.STATUS_FLAP:
            modes = ((arguments["product"], Mode(arguments["mode"])),)
            period = round(hit.seconds("period_s") * SECOND)
            starts = [Instant(now + turn * period) for turn in range(arguments["times"])]
            return [Thrown(start, Instant(start + period // 2), modes) for start in starts]
    return []


def _until(hit: Hit, now: Instant) -> Instant | None:
    length_s = hit.arguments["for_s"]
    return None if length_s is None else Instant(now + round(length_s * SECOND))


def _refuse_unfit(plan: FaultPlan, exchange: SimulatedExchange, orders: OrderHooks | None) -> None:
    strange = [name for name in plan.products if name not in exchange.products]
    if strange:
        raise ConfigurationInvalid(
            f"the fault plan names {', '.join(strange)}, not traded here; there are {', '.join(exchange.products)}"
        )
    unwired = [kind for kind in dict.fromkeys(each.kind for each in plan.faults) if kind in _FOR_ORDERS]
    if unwired and orders is None:
        raise ConfigurationInvalid(f"the fault plan has {', '.join(unwired)}, which this exchange cannot do")
