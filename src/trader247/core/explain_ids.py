"""Which identifiers a row of the journal carries, and so which rows belong to one story.

A row is the message that made it, whole. An id is found by its place in the message, never by its look: two venues may
give an order and a fill the same text. Kinds that carry no id of a story can still be told on their own, by number.
"""

from collections.abc import Callable, Iterator
from enum import IntEnum
from typing import Any, Final

from attrs import frozen

from trader247.messages.codec import kind_of_type
from trader247.messages.orders import FillBooked, OrderChanged, OrderWithheld
from trader247.messages.trading import CycleFinished, ProposalRefused, RiskApproved
from trader247.model.ids import IntentId, ProposalId, cycle_of
from trader247.model.instant import Instant
from trader247.model.instrument import Symbol

__all__ = [
    "APPROVED",
    "BOOKED",
    "CHANGED",
    "CYCLE",
    "ID_KINDS",
    "REFUSED",
    "WITHHELD",
    "Bearer",
    "Row",
    "What",
    "bearer",
]

CYCLE: Final = kind_of_type(CycleFinished)
APPROVED: Final = kind_of_type(RiskApproved)
REFUSED: Final = kind_of_type(ProposalRefused)
WITHHELD: Final = kind_of_type(OrderWithheld)
CHANGED: Final = kind_of_type(OrderChanged)
BOOKED: Final = kind_of_type(FillBooked)


@frozen
class Row:
    """A row of the journal as a story reads it. ``content`` is the message: money as text, tuples as lists.

    ``cause`` numbers a message of the run ``epoch``, not a row; rows of one run and one cause were made in one step.
    """

    seq: int
    at: Instant
    kind: str
    cause: int | None
    config_hash: str
    epoch: str
    content: Any


class What(IntEnum):
    """What an id names, the most telling first: where one text names two things, the first is meant."""

    PROPOSAL = 0
    INTENT = 1
    CLIENT_ORDER = 2
    VENUE_ORDER = 3
    FILL = 4
    CYCLE = 5
    ROW = 6

    @property
    def word(self) -> str:
        """As a person calls it."""
        return self.name.lower().replace("_", " ")


@frozen
class Bearer:
    """A row's ids. ``intent`` and ``proposal`` say whose row it is; ``opened_at`` names the position a fill changed."""

    ids: tuple[tuple[What, str], ...]
    symbol: Symbol | None = None
    intent: IntentId | None = None
    proposal: ProposalId | None = None
    leaves: bool = False
    opened_at: Instant | None = None
    left: str | None = None


def bearer(row: Row) -> Bearer | None:
    """The ids of a row, or None where its kind carries none."""
    read = _READERS.get(row.kind)
    return read(row.content) if read is not None else None


def _cycle(content: Any) -> Bearer:
    return Bearer(((What.CYCLE, content["cycle"]),))


def _verdict(content: Any) -> Bearer:
    proposal = content["proposal"]
    name = ProposalId(proposal["proposal_id"])
    ids = ((What.PROPOSAL, name), (What.CYCLE, cycle_of(name)))
    return Bearer(ids, Symbol(proposal["body"]["symbol"]), None, name)


def _withheld(content: Any) -> Bearer:
    return _of_intent(content["intent"])


def _changed(content: Any) -> Bearer:
    return _of_intent(content["order"]["intent"], _of_order(content["order"]))


def _booked(content: Any) -> Bearer:
    fill, position = content["fill"], content["position"]
    own = ((What.FILL, fill["fill_id"]), (What.VENUE_ORDER, fill["venue_order_id"]), *_of_order(content["order"]))
    return _of_intent(content["order"]["intent"], own, Instant(position["opened_at"]), position["quantity"])


def _of_order(order: Any) -> Iterator[tuple[What, str]]:
    if order["venue_order_id"] is not None:
        yield What.VENUE_ORDER, order["venue_order_id"]


def _of_intent(
    intent: Any,
    more: Any = (),
    opened_at: Instant | None = None,
    left: str | None = None,
) -> Bearer:
    name, proposal = IntentId(intent["intent_id"]), intent["proposal_id"]
    ids: list[tuple[What, str]] = [(What.INTENT, name), (What.CLIENT_ORDER, intent["client_order_id"]), *more]
    if proposal is not None:
        ids += [(What.PROPOSAL, proposal), (What.CYCLE, cycle_of(proposal))]
    leaves = intent["side"] == "SELL"
    return Bearer(tuple(ids), Symbol(intent["symbol"]), name, proposal, leaves, opened_at, left)


_READERS: Final[dict[str, Callable[[Any], Bearer]]] = {
    CYCLE: _cycle,
    APPROVED: _verdict,
    REFUSED: _verdict,
    WITHHELD: _withheld,
    CHANGED: _changed,
    BOOKED: _booked,
}
ID_KINDS: Final = tuple(sorted(_READERS))
"""The kinds that carry an id of a story."""
