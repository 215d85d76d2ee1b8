"""What our fills were as trades: how each position ended, and which entries added to one (requirement CD1).

A trade is a position's whole way out: it wins or loses by what all its sales together realised, fees included. An entry
that fills while something is held adds to it; the quotes of one approval are one entry, however many orders it took.
The tape is played again from the journal's newest fills at every start, so a restart and a long run know the same.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Final

from attrs import evolve

from trader247.model.ids import ProposalId
from trader247.model.instant import DAY, Instant
from trader247.model.instrument import Symbol
from trader247.model.money import NO_QUANTITY, Notional, Quantity
from trader247.model.order import Side
from trader247.model.portfolio import Position, TapedFill, Trade

__all__ = ["TAPE_FILLS_MAX", "TRADES_SHOWN", "TradeTape", "of_a_day"]

TAPE_FILLS_MAX: Final = 2_000
"""Fills a start plays again: four days of the default pacing, each order filling in two parts."""
TRADES_SHOWN: Final = 20
"""Closed trades told whatever their age: the longest streak of losses that the configuration knows."""


_FORGOTTEN: Final = 2 * DAY
"""Nothing older is looked for: a day is what counts, and the second is for fills that were booked late."""

_AT: Final = attrgetter("at")


def of_a_day(events: Sequence[tuple[Symbol, Instant]], now: Instant) -> tuple[tuple[Symbol, Instant], ...]:
    """Those of the last 24 hours, in the order they were noted.

    The rest is passed over and not dropped: the wall clock that says it is old may be stepped back.
    """
    found: list[tuple[Symbol, Instant]] = []
    for event in reversed(events):
        age = now - event[1]
        if age > _FORGOTTEN:
            break
        if age <= DAY:
            found.append(event)
    return tuple(reversed(found))


class TradeTape:
    """Plays fills in the order of their booking."""

    def __init__(self) -> None:
        """Nothing is held, and nothing was traded."""
        self._held: dict[Symbol, Quantity] = {}
        self._bought_for: dict[Symbol, ProposalId | None] = {}
        self._open: dict[Symbol, Trade] = {}
        self._closed: deque[Trade] = deque(maxlen=1_000)
        self._in_order: list[Trade] | None = None
        self._shown: tuple[int, tuple[Trade, ...]] | None = None
        self._adds: deque[tuple[Symbol, Instant]] = deque(maxlen=1_000)

    def replay(self, positions: Iterable[Position], fills: Iterable[TapedFill]) -> None:
        """Play these fills, after which exactly these positions are held."""
        played = tuple(fills)
        for position in positions:
            self._held[position.symbol] = position.quantity
        for fill in played:
            before = self._held.get(fill.symbol, NO_QUANTITY)
            self._held[fill.symbol] = Quantity(before - (fill.quantity if fill.side is Side.BUY else -fill.quantity))
        for fill in played:
            self.play(fill)

    def play(self, fill: TapedFill) -> None:
        """Take in one fill."""
        symbol, before = fill.symbol, self._held.get(fill.symbol, NO_QUANTITY)
        if fill.side is Side.BUY:
            self._held[symbol] = Quantity(before + fill.quantity)
            if before > 0 and self._bought_for.get(symbol) != fill.proposal_id:
                self._adds.append((symbol, fill.at))
            self._bought_for[symbol] = fill.proposal_id
            return
        self._held[symbol] = left = Quantity(before - fill.quantity)
        so_far = self._open.pop(symbol, None)
        trade = Trade(symbol, fill.at, fill.realised, closed=left <= 0)
        if so_far is not None:
            trade = evolve(trade, at=max(so_far.at, fill.at), realised=Notional(so_far.realised + fill.realised))
        if trade.closed:
            self._held.pop(symbol)
            self._bought_for.pop(symbol, None)
            self._closed.append(trade)
            self._in_order = self._shown = None
        else:
            self._open[symbol] = trade

    def bought_for(self, symbol: Symbol) -> ProposalId | None:
        """Whose proposal the newest purchase of what is held was; None where nothing is held or nobody proposed it."""
        return self._bought_for.get(symbol)

    def trades(self, now: Instant) -> tuple[Trade, ...]:
        """Those of the last 24 hours and the newest closed ones, oldest first."""
        if self._in_order is None:
            self._in_order = sorted(self._closed, key=_AT)
        closed = self._in_order
        first = min(bisect_left(closed, now - DAY, key=_AT), max(len(closed) - TRADES_SHOWN, 0))
        if self._shown is None or self._shown[0] != first:
            self._shown = first, tuple(closed[first:])
        shown = self._shown[1]
        return (*shown, *sorted(self._open.values(), key=lambda trade: trade.symbol)) if self._open else shown

    def adds(self, now: Instant) -> tuple[tuple[Symbol, Instant], ...]:
        """Entries of the last 24 hours that added to a position, oldest first."""
        return tuple((symbol, at) for symbol, at in self._adds if now - at <= DAY)
