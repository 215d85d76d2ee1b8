"""Requests as the carrier saw them, and what a request for a new order asks for."""

import json
from decimal import Decimal
from typing import Any

from attrs import frozen

__all__ = ["Create", "Sent"]


@frozen
class Sent:
    """One REST request of the daemon. The trace is in the order of first bytes.

    ``path`` is below ``/api/v3/brokerage`` and without its query. ``processed_at`` is when the venue did it and
    ``answered_at`` when the daemon had the answer: None where that never happened. ``host`` is empty for the venue.
    """

    at: int
    method: str
    path: str
    body: str
    query: str
    client: str
    processed_at: int | None
    answered_at: int | None
    status: int | None
    answer: str
    host: str = ""

    @property
    def creates(self) -> bool:
        """Whether it asks for a new order."""
        return self.method == "POST" and self.path == "/orders"

    @property
    def cancels(self) -> bool:
        """Whether it asks for the end of orders."""
        return self.method == "POST" and self.path == "/orders/batch_cancel"


@frozen
class Create:
    """A request for a new order, read. ``stop`` is the price that triggers it; ``settled`` is a definitive answer."""

    sent: Sent
    client_order_id: str
    symbol: str
    side: str
    size: Decimal
    limit: Decimal
    stop: Decimal | None

    @classmethod
    def of(cls, sent: Sent) -> "Create":
        """Of a POST /orders. Raises ``KeyError`` where the body lacks what an order must say."""
        body = json.loads(sent.body)
        (terms,) = body["order_configuration"].values()
        stop = terms.get("stop_price", terms.get("stop_trigger_price"))
        return cls(
            sent,
            body["client_order_id"],
            body["product_id"],
            body["side"],
            Decimal(terms["base_size"]),
            Decimal(terms["limit_price"]),
            None if stop is None else Decimal(stop),
        )

    @property
    def refused(self) -> bool:
        """Whether the venue said no, once and for all."""
        status = self.sent.status
        if status is None:
            return False
        return 400 <= status < 500 and status not in {408, 429} if status != 200 else not self._answer()["success"]

    @property
    def accepted(self) -> bool:
        """Whether the daemon was told that the order was taken."""
        return self.sent.status == 200 and bool(self._answer()["success"])

    def _answer(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(self.sent.answer)
        return said
