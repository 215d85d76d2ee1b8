"""Carries out an operator's order to sell everything (requirement R3): by hand only, nothing automatic gives it.

It is a standing cause for the exit desk, which goes on selling every position until only dust is held. No approval to
buy is acted on meanwhile. A halt ends it, since nothing can be sold then, and who resumes may not want it any more.
"""

from attrs import define

from trader247.core.exit_desk import ExitDesk
from trader247.core.order_books import OrderBooks
from trader247.messages.control import FlattenEnded, FlattenOrdered
from trader247.model.instrument import Symbol
from trader247.model.mode import Mode

__all__ = ["FlattenDesk"]


@define
class FlattenDesk:
    """Shares the order manager's books, where the order stands while it lasts, and asks the exit desk what is dust."""

    _books: OrderBooks
    _exits: ExitDesk

    def begin(self, order: FlattenOrdered) -> list[FlattenEnded]:
        """Take up the order; one that stands already keeps its reason."""
        if self._books.stopped:
            return [FlattenEnded(order.by, order.reason, f"not begun: {self._books.stopped}", self._held())]
        if self._books.mode is Mode.DRY_RUN:
            return [FlattenEnded(order.by, order.reason, "not begun: DRY_RUN sends nothing", self._held())]
        if self._books.flattening is None:
            self._books.flattening = order
        return []

    def look(self) -> list[FlattenEnded]:
        """Its end, once no order of ours is under way and what is left is dust."""
        books = self._books
        if books.flattening is None or not books.ready or next(books.registry.unsettled(), None) is not None:
            return []
        if not all(self._exits.is_dust(position) for position in books.ledger.positions.values()):
            return []
        return self.end("only dust is held" if self._held() else "nothing is held")

    def end(self, why: str) -> list[FlattenEnded]:
        """It is over; nothing where none stands."""
        order, self._books.flattening = self._books.flattening, None
        return [FlattenEnded(order.by, order.reason, why, self._held())] if order is not None else []

    def _held(self) -> tuple[Symbol, ...]:
        return tuple(sorted(self._books.ledger.positions))
