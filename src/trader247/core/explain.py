"""The story of an order from its proposal to its profit (requirement X2): who wanted what, who ruled, what came of it.

    proposal -> verdict -> intent -> order -> fills -> PnL

The steps stand in the order of the journal. Orders that made one position stand in one story, entries and exits alike,
and at its end stands what the position realised::

    realised = what was sold - what it had cost - the fees of both sides, in proportion to what was sold

which is the sum the ledger booked with each fill (``core/ledger.py``), never recomputed here. Fees of what is still
held are told apart: they are paid, and part of no result yet.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from attrs import define, field, frozen

from trader247.core.explain_ids import BOOKED, CHANGED, WITHHELD, Row
from trader247.core.explain_search import Found, Subject
from trader247.core.explain_steps import Step, steps_of
from trader247.model.instant import Instant, rfc3339
from trader247.model.instrument import Symbol
from trader247.model.money import ZERO, decimal_of, plain

__all__ = ["OrderTold", "PositionTold", "Run", "Story", "story", "story_view"]


@frozen
class Run:
    """Under what a part of the story happened. ``version`` is None where the start's record has outlived its time."""

    epoch: str
    version: str | None
    config_hash: str
    from_row: int


@define
class OrderTold:
    """An order as its last row has it. ``position`` is when the position was opened that it filled into, if it did."""

    intent_id: str
    client_order_id: str
    proposal_id: str | None
    symbol: Symbol
    kind: str
    side: str
    status: str
    venue_order_id: str | None = None
    filled: str = "0"
    fill_ids: list[str] = field(factory=list)
    position: Instant | None = None


@define
class PositionTold:
    """A position and whose fills made it. ``held`` in units of the base asset, money in ``currency``.

    ``realised`` is after fees; ``fees`` are all that were paid, ``fees_held`` those of what is still held.
    """

    symbol: Symbol
    currency: str
    opened_at: Instant
    entries: list[str] = field(factory=list)
    exits: list[str] = field(factory=list)
    held: Decimal = ZERO
    average_entry: Decimal = ZERO
    realised: Decimal = ZERO
    fees: Decimal = ZERO
    fees_held: Decimal = ZERO


@frozen
class Story:
    """What the journal tells of one id. ``left_out``: rows beyond the bound of a story."""

    subject: Subject
    runs: tuple[Run, ...]
    steps: tuple[Step, ...]
    orders: tuple[OrderTold, ...]
    positions: tuple[PositionTold, ...]
    left_out: int


def story(found: Found, versions: Mapping[str, str]) -> Story:
    """Tell the rows that were found. ``versions``: the code's version by run epoch, as far as known."""
    orders: dict[str, OrderTold] = {}
    positions: dict[tuple[str, int], PositionTold] = {}
    steps: list[Step] = []
    proposed: set[str] = set()
    for row in found.rows:
        for step in steps_of(row):
            if step.what == "proposal" and step.of in proposed:
                continue  # an approved proposal that was refused later is one wish, not two
            proposed |= {step.of} if step.what == "proposal" else set()
            steps.append(step)
        if row.kind == WITHHELD:
            _note_order(orders, row.content["intent"], None)
        elif row.kind in {CHANGED, BOOKED}:
            _note_order(orders, row.content["order"]["intent"], row.content["order"])
        if row.kind == BOOKED:
            _note_fill(orders, positions, row)
    told = tuple(orders.values()), tuple(positions.values())
    return Story(found.subject, tuple(_runs(found.rows, versions)), tuple(steps), *told, found.left_out)


def _runs(rows: tuple[Row, ...], versions: Mapping[str, str]) -> Iterator[Run]:
    last = None
    for row in rows:
        if (row.epoch, row.config_hash) != last:
            last = row.epoch, row.config_hash
            yield Run(row.epoch, versions.get(row.epoch), row.config_hash, row.seq)


def _note_order(orders: dict[str, OrderTold], intent: Any, order: Any) -> None:
    told = orders.get(intent["intent_id"])
    if told is None:
        told = orders[intent["intent_id"]] = OrderTold(
            intent_id=intent["intent_id"],
            client_order_id=intent["client_order_id"],
            proposal_id=intent["proposal_id"],
            symbol=Symbol(intent["symbol"]),
            kind=intent["kind"],
            side=intent["side"],
            status="WITHHELD",
        )
    if order is not None:
        told.status, told.filled = order["status"], order["filled"]
        told.venue_order_id = order["venue_order_id"]


def _note_fill(orders: dict[str, OrderTold], positions: dict[tuple[str, int], PositionTold], row: Row) -> None:
    fill, after = row.content["fill"], row.content["position"]
    order = orders[row.content["order"]["intent"]["intent_id"]]
    opened_at = Instant(after["opened_at"])
    told = positions.setdefault(
        (fill["symbol"], opened_at), PositionTold(order.symbol, fill["symbol"].partition("-")[2], opened_at)
    )
    order.fill_ids.append(fill["fill_id"])
    order.position = opened_at
    side = told.entries if fill["side"] == "BUY" else told.exits
    if order.intent_id not in side:
        side.append(order.intent_id)
    told.held, told.average_entry = decimal_of(after["quantity"]), decimal_of(after["average_entry"])
    told.realised += decimal_of(row.content["realised"])
    told.fees += decimal_of(fill["fee"])
    told.fees_held = decimal_of(after["entry_fees"])


# ------------------------------------------------------------------------------------------------ as plain values
def story_view(told: Story) -> dict[str, Any]:
    """The same facts for programs: money as decimal text, instants as RFC 3339."""
    return {
        "subject": {"what": told.subject.what.word, "id": told.subject.name},
        "runs": [
            {"epoch": r.epoch, "version": r.version, "config_hash": r.config_hash, "from_row": r.from_row}
            for r in told.runs
        ],
        "steps": [
            {"row": s.row, "at": rfc3339(s.at), "what": s.what, "of": s.of, "text": s.text, "facts": s.facts}
            for s in told.steps
        ],
        "orders": [_order_view(order) for order in told.orders],
        "positions": [_position_view(position) for position in told.positions],
        "left_out": told.left_out,
    }


def _order_view(told: OrderTold) -> dict[str, Any]:
    names = ("intent_id", "client_order_id", "proposal_id", "symbol", "kind", "side", "status", "venue_order_id")
    view: dict[str, Any] = {name: getattr(told, name) for name in names}
    opened = rfc3339(told.position) if told.position is not None else None
    return {**view, "filled": told.filled, "fill_ids": told.fill_ids, "position_opened_at": opened}


def _position_view(told: PositionTold) -> dict[str, Any]:
    amounts = ("held", "average_entry", "realised", "fees", "fees_held")
    return {
        "symbol": told.symbol,
        "currency": told.currency,
        "opened_at": rfc3339(told.opened_at),
        "open": bool(told.held),
        "entries": told.entries,
        "exits": told.exits,
        **{name: plain(getattr(told, name)) for name in amounts},
    }
