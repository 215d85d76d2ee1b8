"""Frames of the ``level2`` channel, which arrive under the name ``l2_data``: every change of every price level. Pure.

A quantity is absolute and zero removes its level; of several changes of one level in a frame the last one counts; a
snapshot replaces the book. Asks are called ``offer`` on this wire.
"""

from decimal import Decimal
from typing import Literal, cast

import msgspec

from trader247.model.instant import Instant
from trader247.model.instrument import Symbol
from trader247.model.money import Price, Quantity
from trader247.venues.coinbase.frames import Envelope
from trader247.venues.coinbase.numbers import WireFault, decoded, number, plain_numbers, quoted, symbol_from
from trader247.venues.coinbase.wire import Number

__all__ = ["BookChange", "LevelChange", "book_changes"]

LevelChange = tuple[Price, Quantity]
"""A level's price and its new quantity."""


class BookChange(msgspec.Struct, frozen=True, gc=False):
    """What one event did to an instrument's book, each side in the order it happened. ``at`` is the frame's time."""

    symbol: Symbol
    at: Instant
    snapshot: bool
    bids: list[LevelChange]
    asks: list[LevelChange]


class _Level(msgspec.Struct, gc=False):
    side: Literal["bid", "offer"]
    price_level: Number
    new_quantity: Number


class _BookEvent(msgspec.Struct, gc=False):
    type: Literal["snapshot", "update"]
    product_id: str
    updates: list[_Level]


_books = msgspec.json.Decoder(list[_BookEvent])


def book_changes(found: Envelope, at: Instant) -> list[BookChange]:
    """The changes of a frame, one per event, under the name the channel uses (of the common book, ``BTC-USD``)."""
    return [_change(event, at) for event in decoded(_books, found.events, "l2_data")]


def _change(event: _BookEvent, at: Instant) -> BookChange:
    rows = event.updates
    # one check for the numbers of all rows: prices first, quantities after them
    found = _numbers([row.price_level for row in rows] + [row.new_quantity for row in rows])
    levels = cast("list[LevelChange]", list(zip(found, found[len(rows) :], strict=False)))
    bids: list[LevelChange] = []
    asks: list[LevelChange] = []
    for row, level in zip(rows, levels, strict=True):
        (bids if row.side == "bid" else asks).append(level)
    if not all(found[: len(rows)]):
        raise WireFault(f"l2_data {quoted(event.product_id)}: a level at the price zero")
    return BookChange(symbol_from(event.product_id), at, event.type == "snapshot", bids, asks)


def _numbers(texts: list[Number]) -> list[Decimal]:
    found = plain_numbers(texts) if texts else []
    return found if found is not None else [number(text, "a level's price or quantity") for text in texts]
