"""Order entry over REST: create, preview, edit, edit preview, cancel, close position.

Business refusals are HTTP 200; only a shape that is none is 400. Guesses: an empty list of cancels is 400 (the real
one seems to hang); a preview of an unknown product is HTTP 200 with its reason in ``errs``; closing a position, which
is for derivatives, refuses every spot product as ``INVALID_PRODUCT_ID``; an unknown order is no HTTP error to an edit.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from attrs import evolve

from trader247.model.instant import Instant
from trader247.model.money import ZERO, plain
from trader247.venues.simulated.auth import KeyHolder
from trader247.venues.simulated.book import Book
from trader247.venues.simulated.editing import EditRefusal
from trader247.venues.simulated.exchange import Event, SimulatedExchange
from trader247.venues.simulated.http_shapes import Request, decoded, failed
from trader247.venues.simulated.order_desk import Ask
from trader247.venues.simulated.order_record import ExchangeOrder
from trader247.venues.simulated.order_terms import BadRequest, Refusal, plain_configuration
from trader247.venues.simulated.preview import Estimate, estimated
from trader247.venues.simulated.wire import Json, commission_object

__all__ = ["OrderPages"]

_CANCELS_MAX: Final = 100
_CLIENT_ORDER_ID_MAX: Final = 128
_BODY_SHOWN_MAX: Final = 80
_SLIPPAGE_DIGITS: Final = 8
_NO_MARGIN: Final = (
    "order_margin_total",
    "leverage",
    "long_leverage",
    "short_leverage",
    "current_liquidation_buffer",
    "projected_liquidation_buffer",
    "max_leverage",
)
_NOT_FOR_SPOT: Final = Refusal(
    "INVALID_PRODUCT_ID", "PREVIEW_INVALID_PRODUCT_ID", "close_position is for derivatives; sell what you hold"
)


class OrderPages:
    """Requests that a key with the right to trade may make."""

    def __init__(self, exchange: SimulatedExchange, tell: Callable[[Sequence[Event]], None]) -> None:
        """``tell`` gets the events of each request before its answer is given."""
        self._exchange = exchange
        self._tell = tell

    def create(self, request: Request, caller: KeyHolder, now: Instant) -> Json:
        """Enter an order."""
        ask = _ask(request, caller, needs_id=True)
        outcome, events = self._exchange.place(
            ask.owner,
            ask.client_order_id,
            ask.product_id,
            ask.side,
            ask.configuration,
            now=now,
            attached=ask.attached,
        )
        self._tell(events)
        if isinstance(outcome, BadRequest):
            raise failed(400, "INVALID_ARGUMENT", outcome.message)
        if isinstance(outcome, Refusal):
            return _refused(outcome, ask.configuration)
        return _accepted(outcome, ask)

    def preview(self, request: Request, caller: KeyHolder, now: Instant) -> Json:
        """What ``create`` would say and cost."""
        ask = _ask(request, caller, needs_id=False)
        desk, estimate = self._exchange.desk, None
        order = desk.draft(ask, now)
        refusal = desk.refusal_of(order, ask.attached) if isinstance(order, ExchangeOrder) else order
        if isinstance(refusal, BadRequest):
            raise failed(400, "INVALID_ARGUMENT", refusal.message)
        if isinstance(order, ExchangeOrder):
            estimate = estimated(order, self._exchange.listed[order.product_id], self._book(order))
        return {
            **self._figures(ask.product_id, estimate),
            "errs": [] if refusal is None else [refusal.preview],
            "warning": ["BIG_ORDER"] if estimate is not None and estimate.is_short else [],
            "is_max": False,
            **dict.fromkeys(_NO_MARGIN, ""),
            "preview_id": self._exchange.ids.unique(),
            "pnl_configuration": None,
            "est_average_filled_price": plain(estimate.average_price) if estimate else "0",
            "commission_detail_total": commission_object(plain(estimate.commission) if estimate else "0"),
        }

    def edit(self, request: Request, caller: KeyHolder, now: Instant) -> Json:
        """Change a working order."""
        body = _object(request.body)
        order_id = _text(body, "order_id")
        refusal, events = self._exchange.edit(caller.portfolio_id, order_id, body, now)
        self._tell(events)
        if refusal is None:
            return {"success": True, "success_response": {"order_id": order_id}, "errors": []}
        return {
            "success": False,
            "error_response": {"error_details": "", "edit_order_failure_reason": refusal.reason},
            "errors": [_edit_error(refusal)],
        }

    def edit_preview(self, request: Request, caller: KeyHolder, now: Instant) -> Json:
        """What ``edit`` would say, and what is left of the order would cost."""
        body = _object(request.body)
        order = self._exchange.records.order(caller.portfolio_id, _text(body, "order_id"))
        edit = EditRefusal("ORDER_NOT_FOUND") if order is None else self._exchange.desk.read_edit(order, body, now)
        estimate = None
        if order is not None and not isinstance(edit, EditRefusal):
            changed = evolve(order.terms, limit_price=edit.price, base_size=edit.size, stop_price=edit.stop_price)
            left = order.workable + edit.size - (order.terms.base_size or edit.size)
            estimate = estimated(
                evolve(order, terms=changed, workable=left),
                self._exchange.listed[order.product_id],
                self._book(order),
            )
        return {
            "errors": [_edit_error(edit)] if isinstance(edit, EditRefusal) else [],
            **self._figures(order.product_id if order is not None else "", estimate),
            "average_filled_price": plain(estimate.average_price) if estimate else "0",
        }

    def batch_cancel(self, request: Request, caller: KeyHolder, now: Instant) -> Json:
        """Cancel up to a hundred orders, each with its own answer."""
        order_ids = _object(request.body).get("order_ids")
        if not isinstance(order_ids, list) or not all(isinstance(each, str) for each in order_ids) or not order_ids:
            raise failed(400, "INVALID_ARGUMENT", "order_ids must be a list of one or more texts")
        if len(order_ids) > _CANCELS_MAX:
            raise failed(400, "INVALID_ARGUMENT", f"Too many orderIDs entered, limit is {_CANCELS_MAX}")
        results = []
        for order_id in order_ids:
            reason, events = self._exchange.cancel(caller.portfolio_id, order_id, now)
            self._tell(events)
            shown = reason or "UNKNOWN_CANCEL_FAILURE_REASON"
            results.append({"success": not reason, "failure_reason": shown, "order_id": order_id})
        return {"results": results}

    def close_position(self, request: Request, _caller: KeyHolder, _now: Instant) -> Json:
        """Refused: there are no positions on spot."""
        body = _object(request.body)
        _client_order_id(body)
        return _refused(_NOT_FOR_SPOT, {})

    def _book(self, order: ExchangeOrder) -> Book:
        return self._exchange.engine.books[order.product_id]

    def _figures(self, product_id: str, estimate: Estimate | None) -> Json:
        """What both previews show; zeros where there is nothing to estimate."""
        known = product_id in self._exchange.listed
        (bid, _), (ask, _) = self._exchange.touch(product_id) if known else ((ZERO, ZERO), (ZERO, ZERO))
        figures = estimate or Estimate(ZERO, ZERO, ZERO, ZERO, ZERO, ZERO)
        return {
            "slippage": plain(round(figures.slippage, _SLIPPAGE_DIGITS)),
            "order_total": plain(figures.total),
            "commission_total": plain(figures.commission),
            "quote_size": plain(figures.quote_size),
            "base_size": plain(figures.base_size),
            "best_bid": plain(bid),
            "best_ask": plain(ask),
        }


def _ask(request: Request, caller: KeyHolder, *, needs_id: bool) -> Ask:
    body = _object(request.body)
    return Ask(
        caller.portfolio_id,
        _client_order_id(body) if needs_id else "",
        _text(body, "product_id"),
        body.get("side"),
        body.get("order_configuration"),
        body.get("attached_order_configuration"),
    )


def _client_order_id(body: Mapping[str, Any]) -> str:
    client_order_id = _text(body, "client_order_id")
    if not client_order_id or len(client_order_id) > _CLIENT_ORDER_ID_MAX:
        raise failed(400, "INVALID_ARGUMENT", f"client_order_id must have 1 to {_CLIENT_ORDER_ID_MAX} characters")
    return client_order_id


def _object(body: bytes) -> dict[str, Any]:
    content = decoded(body)
    if not isinstance(content, dict):
        raise failed(400, "INVALID_ARGUMENT", f"the body is no JSON object: {body[:_BODY_SHOWN_MAX]!r}")
    return content


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name, "")
    if not isinstance(value, str):
        raise failed(400, "INVALID_ARGUMENT", f"{name} must be a text")
    return value


def _echo(configuration: object) -> object:
    """The configuration as the venue gives it back: as sent, with the two flags it adds."""
    flags = {"rfq_disabled": False, "reduce_only": False}
    return {kind: {**fields, **flags} for kind, fields in plain_configuration(configuration).items()}


def _accepted(order: ExchangeOrder, ask: Ask) -> Json:
    """Under a used client order id: the old order's id, with the new request's terms."""
    return {
        "success": True,
        "success_response": {
            "order_id": order.order_id,
            "product_id": ask.product_id,
            "side": ask.side,
            "client_order_id": order.client_order_id,
            "attached_order_id": order.attached_order_id,
        },
        "order_configuration": _echo(ask.configuration),
    }


def _refused(refusal: Refusal, configuration: object) -> Json:
    return {
        "success": False,
        "error_response": {
            "error": refusal.reason,
            "message": refusal.message,
            "error_details": "",
            "preview_failure_reason": refusal.preview,
            "new_order_failure_reason": refusal.reason,
        },
        "order_configuration": _echo(configuration),
    }


def _edit_error(refusal: EditRefusal) -> Json:
    return {"edit_failure_reason": refusal.reason, "preview_failure_reason": refusal.preview}
