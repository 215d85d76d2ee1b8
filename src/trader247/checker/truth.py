"""What was so at the venue at a time: positions, what still rests, the price; and whether the books had time to follow.

All of it is made from the venue's own records, none from the daemon's.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

from attrs import Factory, define

from trader247.checker.evidence import SECOND, Evidence, LifeSeen, PermitSeen, VenueFill, VenueOrder

__all__ = ["FOLLOWS_S", "Account", "accepts", "alive", "deaf", "life_at", "permit_at", "permits_near", "settled_until"]

FOLLOWS_S: Final = 15
"""A running daemon's books may be so many seconds behind the venue: a lost report is made up for by the next poll."""
_STILL_S: Final = 60
"""Where the venue or the disk was away in the last so many seconds, the books may lag behind for good reason."""
_AWAY: Final = frozenset({"venue_down", "store_down", "disk_full", "frozen"})
_IN_ORDER: Final = ("drained", "halted", "exited 0")


@define
class Account:
    """The account as the venue's records make it, moved on from one event to the next."""

    held: dict[str, Decimal] = Factory(dict)
    cash: dict[str, Decimal] = Factory(dict)
    filled: dict[str, Decimal] = Factory(dict)
    live: dict[str, VenueOrder] = Factory(dict)

    def book(self, fill: VenueFill) -> None:
        """A fill moves position and cash."""
        sign = 1 if fill.side == "BUY" else -1
        quote = fill.symbol.partition("-")[2]
        self.held[fill.symbol] = self.held.get(fill.symbol, Decimal(0)) + sign * fill.size
        self.cash[quote] = self.cash.get(quote, Decimal(0)) - sign * fill.size * fill.price - fill.fee
        self.filled[fill.order_id] = self.filled.get(fill.order_id, Decimal(0)) + fill.size

    def left(self, order: VenueOrder) -> Decimal:
        """What of the order may still fill."""
        return max(order.size - self.filled.get(order.order_id, Decimal(0)), Decimal(0))

    def resting(self, side: str) -> list[VenueOrder]:
        """Orders of a side that may still fill."""
        return [order for order in self.live.values() if order.side == side]


def accepts(evidence: Evidence) -> Iterator[tuple[VenueOrder, Account]]:
    """Each order of ours as the venue takes it, and the account with it. The account moves on after each step.

    What happens at one instant counts in this order: orders end, fills are booked, orders begin.
    """
    events: list[tuple[int, int, VenueOrder | VenueFill]] = [(fill.at, 1, fill) for fill in evidence.own_fills]
    for order in evidence.own:
        events.append((order.created_at, 2, order))
        if order.ended_at is not None and order.ended_at > order.created_at:
            events.append((order.ended_at, 0, order))
    account = Account()
    for at, rank, what in sorted(events, key=lambda event: event[:2]):
        if isinstance(what, VenueFill):
            account.book(what)
        elif rank == 0:
            account.live.pop(what.order_id, None)
        else:
            if what.ended_at is None or what.ended_at > at:
                account.live[what.order_id] = what
            yield what, account


class Marks:
    """The venue's mid prices, by time."""

    def __init__(self, evidence: Evidence) -> None:
        """Of this history."""
        self._by_symbol: dict[str, tuple[list[int], list[Decimal]]] = {}
        for at, symbol, price in evidence.marks:
            times, prices = self._by_symbol.setdefault(symbol, ([], []))
            times.append(at)
            prices.append(price)

    def value(self, held: Mapping[str, Decimal], at: int) -> Decimal:
        """All positions at the marks of that time."""
        return sum((amount * self.of(symbol, at) for symbol, amount in held.items() if amount), Decimal(0))

    def of(self, symbol: str, at: int) -> Decimal:
        """The last mark before that time, or the first there is. Raises ``KeyError`` where there is none."""
        times, prices = self._by_symbol[symbol]
        return prices[max(bisect_right(times, at) - 1, 0)]


def life_at(evidence: Evidence, at: int) -> LifeSeen | None:
    """The run that was up at that time."""
    for life in evidence.lives:
        if life.began <= at and (life.ended is None or at < life.ended):
            return life
    return None


def alive(evidence: Evidence, since: int, until: int) -> bool:
    """Whether one run was ready and up for all of that time."""
    life = life_at(evidence, since)
    return life is not None and life.ready is not None and life.ready <= since and life is life_at(evidence, until)


def deaf(evidence: Evidence, since: int, until: int) -> bool:
    """Whether the channel of alerts hung at some time of it."""
    hangs = (breach for breach in evidence.breaches if breach.kind == "alerts_down")
    return any(each.at <= until and (each.until is None or each.until >= since) for each in hangs)


def permit_at(evidence: Evidence, at: int) -> PermitSeen | None:
    """The permit in force at that time."""
    place = bisect_right(evidence.permits, at, key=lambda permit: permit.at)
    return evidence.permits[place - 1] if place else None


def permits_near(evidence: Evidence, since: int, until: int) -> list[PermitSeen]:
    """Every permit that was in force at some time from ``since`` to ``until``, both included."""
    first = bisect_right(evidence.permits, since - 1, key=lambda permit: permit.at)
    last = bisect_right(evidence.permits, until, key=lambda permit: permit.at)
    return list(evidence.permits[max(first - 1, 0) : last])


def settled_until(evidence: Evidence) -> int | None:
    """Up to when the daemon's books must agree with the venue's; None where nothing can be asked of them.

    A run that ended in order knows everything; one that runs may lag; one that just died is the next one's matter.
    """
    if not evidence.lives:
        return None
    how = evidence.lives[-1].how
    if any(breach.kind in _AWAY and _lately(evidence, breach.until) for breach in evidence.breaches):
        return None
    if how.startswith(_IN_ORDER):
        return evidence.ended
    ready = evidence.lives[-1].ready
    if how != "running" or ready is None or evidence.ended - ready < _STILL_S * SECOND:
        return None
    return evidence.ended - FOLLOWS_S * SECOND


def _lately(evidence: Evidence, until: int | None) -> bool:
    return until is None or evidence.ended - until < _STILL_S * SECOND
