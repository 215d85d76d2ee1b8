"""Edits of working orders: read off the wire, and refused with the venue's reasons. Pure.

Only good-till-cancelled limit, stop-limit and bracket orders can be edited. Price and size have to be sent both: what
is left out counts as zero. ``size`` is the new total; of a bracket ``price`` is the take-profit.

Guesses: a foreign order is not found; what the product or the market does not allow is ``INVALID_EDITED_PRICE`` or
``INVALID_EDITED_SIZE`` with the preview reason a new order would get; missing funds, a closed market, and a stop that
has been reached already are ``COMMANDER_REJECTED_EDIT_ORDER``; a size of what is filled already is below it. An edited
order keeps the fee rates of its first acceptance.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from attrs import evolve, frozen

from trader247.model.instant import Instant
from trader247.model.money import ZERO
from trader247.venues.simulated.admission import Standing, flag_refusal, price_refusal, stop_refusal
from trader247.venues.simulated.order_record import Edit, ExchangeOrder, Kind, OrderState, Trigger
from trader247.venues.simulated.order_terms import Refusal, number_of, price_and_size_refusal, stop_price_refusal

__all__ = ["NOT_FUNDED", "EditRefusal", "edit_refusal", "is_same", "read_edit"]


@frozen
class EditRefusal:
    """A definite no to an edit: ``edit_failure_reason`` and ``preview_failure_reason``."""

    reason: str
    preview: str = "UNKNOWN_PREVIEW_FAILURE_REASON"


NOT_FUNDED: Final = EditRefusal("COMMANDER_REJECTED_EDIT_ORDER", "PREVIEW_INSUFFICIENT_FUND")
_EDITABLE: Final = frozenset({Kind.LIMIT_GTC, Kind.STOP_GTC, Kind.BRACKET_GTC})
_BY_STATE: Final[Mapping[OrderState, str]] = {
    OrderState.EDIT_QUEUED: "ORDER_IS_ALREADY_BEING_REPLACED",
    OrderState.CANCEL_QUEUED: "CANNOT_EDIT_ORDER_PENDING_CANCEL",
}
_PRICE_REASONS: Final = frozenset({"INVALID_PRICE_PRECISION", "INVALID_LIMIT_PRICE"})


def read_edit(order: ExchangeOrder, body: Mapping[str, Any], now: Instant) -> Edit | EditRefusal:
    """What an order is to become, or why it cannot be edited at all."""
    if order.state is not OrderState.OPEN:
        return EditRefusal(_BY_STATE.get(order.state, "ONLY_OPEN_ORDERS_CAN_BE_EDITED"))
    if order.terms.kind not in _EDITABLE:
        return EditRefusal("ONLY_LIMIT_ORDER_EDITS_SUPPORTED")
    price, size = _amount(body, "price"), _amount(body, "size")
    if price is None:
        return EditRefusal("INVALID_EDITED_PRICE", "PREVIEW_NON_NUMERIC_ORDER_SIZE")
    if size is None:
        return EditRefusal("INVALID_EDITED_SIZE", "PREVIEW_NON_NUMERIC_ORDER_SIZE")
    if size <= order.filled_size:
        return EditRefusal("CANNOT_EDIT_TO_BELOW_FILLED_SIZE" if order.filled_size else "INVALID_EDITED_SIZE")
    stop = order.terms.stop_price
    if stop is not None and body.get("stop_price") not in (None, ""):
        stop = _amount(body, "stop_price")
        if stop is None:
            return EditRefusal("INVALID_EDITED_PRICE", "PREVIEW_INVALID_STOP_PRICE")
    return Edit(price, size, stop, now)


def is_same(order: ExchangeOrder, edit: Edit) -> bool:
    """Whether an edit asks for what is in force already."""
    terms = order.terms
    return (edit.price, edit.size, edit.stop_price) == (terms.limit_price, terms.base_size, terms.stop_price)


def edit_refusal(order: ExchangeOrder, edit: Edit, market: Standing) -> EditRefusal | None:
    """Why an edit cannot be done as order and market stand now, funds aside; asked again when a queued one is due."""
    if order.workable + edit.size - (order.terms.base_size or ZERO) <= 0:
        return EditRefusal("CANNOT_EDIT_TO_BELOW_FILLED_SIZE")
    refusal = price_and_size_refusal(market.product, edit.price, edit.size)
    if refusal is not None:
        where = "PRICE" if refusal.reason in _PRICE_REASONS else "SIZE"
        return EditRefusal(f"INVALID_EDITED_{where}", refusal.preview)
    closed = flag_refusal(market.flags, order)
    if closed is not None:
        return EditRefusal("COMMANDER_REJECTED_EDIT_ORDER", closed.preview)
    if order.terms.post_only and market.book.crosses(order.side, edit.price):
        return EditRefusal("INVALID_EDITED_PRICE", "PREVIEW_INVALID_LIMIT_PRICE_POST_ONLY")
    far = price_refusal(evolve(order.terms, limit_price=edit.price, stop_price=edit.stop_price), market)
    if far is not None:
        return EditRefusal("INVALID_EDITED_PRICE", far.preview)
    return _stop_edit_refusal(order, edit, market)


def _stop_edit_refusal(order: ExchangeOrder, edit: Edit, market: Standing) -> EditRefusal | None:
    terms = order.terms
    if edit.stop_price is None:
        return None
    moved = edit.stop_price != terms.stop_price
    if order.trigger is Trigger.REACHED:
        blocked = moved or terms.kind.is_bracket
        return EditRefusal("COMMANDER_REJECTED_EDIT_ORDER") if blocked else None
    refusal: Refusal | None = stop_price_refusal(
        market.product, evolve(terms, limit_price=edit.price, stop_price=edit.stop_price)
    )
    if refusal is None and moved:
        refusal = stop_refusal(edit.stop_price, market.last, upwards=terms.stop_upwards)
    return None if refusal is None else EditRefusal("INVALID_EDITED_PRICE", refusal.preview)


def _amount(body: Mapping[str, Any], name: str) -> Decimal | None:
    """A number, zero where it was left out, None where it is none."""
    value = body.get(name)
    return ZERO if value is None or value == "" else number_of(value)
