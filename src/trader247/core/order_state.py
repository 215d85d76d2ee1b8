"""The life of an order: the rules, then the table.

Rules
-----
* An order is NEW once its intent is in the journal; only a durable NEW may be sent.
* From the first byte until the venue's answer it is SUBMITTED. An answer that never came makes it UNKNOWN: it may be
  live, and is counted so, until the venue's own listing says what became of it. Only proof of absence ends it.
* The venue's word is cumulative: OPEN, PARTIAL_FILL, FILLED, and only ever forward. An old word that arrives late is
  absorbed: it changes nothing and is no error.
* A cancel is a request. PENDING_CANCEL may still fill; a cancel that failed because the order filled leaves the fill to
  say so; a cancel that was lost leaves the order where it was, to be cancelled again.
* The real world gets a row. A fill that crosses a cancel, a fill that arrives after CANCELED (the venue's stream
  reorders), an order that turns up after a refusal or a proof of absence: each has its transition below, none is an
  override.
* What has no row is illegal: nothing changes, and the caller raises an alert.

``TRANSITIONS[status][event]`` is the next status. ``ABSORBED[status]`` are events that are true but late.
"""

from enum import StrEnum
from typing import Final

from trader247.model.order import OrderStatus

__all__ = ["ABSORBED", "TRANSITIONS", "IllegalTransition", "OrderEvent", "next_status"]


class OrderEvent(StrEnum):
    """What can happen to an order."""

    SENT = "sent"
    NOT_SENT = "not_sent"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    DOUBTED = "doubted"
    PROVEN_ABSENT = "proven_absent"
    CANCEL_SENT = "cancel_sent"
    CANCEL_REFUSED = "cancel_refused"
    SEEN_OPEN = "seen_open"
    SEEN_PARTIAL = "seen_partial"
    SEEN_PENDING_CANCEL = "seen_pending_cancel"
    SEEN_FILLED = "seen_filled"
    SEEN_CANCELED = "seen_canceled"
    SEEN_EXPIRED = "seen_expired"
    SEEN_FAILED = "seen_failed"


_S = OrderStatus
_E = OrderEvent

_ENDS: Final = {
    _E.SEEN_FILLED: _S.FILLED,
    _E.SEEN_CANCELED: _S.CANCELED,
    _E.SEEN_EXPIRED: _S.EXPIRED,
    _E.SEEN_FAILED: _S.FAILED,
}

# an order that turns up after a refusal or the proof of its absence is taken up again, and an alert says that we erred
_BACK_TO_LIFE: Final = {
    # the answer says it was taken and something else said it ended: the venue's own listing decides
    _E.ACCEPTED: _S.UNKNOWN,
    _E.SEEN_OPEN: _S.OPEN,
    _E.SEEN_PARTIAL: _S.PARTIAL_FILL,
    _E.SEEN_PENDING_CANCEL: _S.PENDING_CANCEL,
    _E.SEEN_FILLED: _S.FILLED,
    _E.SEEN_CANCELED: _S.CANCELED,
    _E.SEEN_EXPIRED: _S.EXPIRED,
}

TRANSITIONS: Final[dict[OrderStatus, dict[OrderEvent, OrderStatus]]] = {
    _S.NEW: {
        _E.SENT: _S.SUBMITTED,
        _E.NOT_SENT: _S.FAILED,
        # after a crash between the journal and the answer nobody knows whether the bytes left
        _E.DOUBTED: _S.UNKNOWN,
    },
    _S.SUBMITTED: {
        _E.NOT_SENT: _S.FAILED,
        _E.ACCEPTED: _S.OPEN,
        _E.REJECTED: _S.REJECTED,
        _E.DOUBTED: _S.UNKNOWN,
        # the user stream is often faster than the answer to the request
        _E.SEEN_OPEN: _S.OPEN,
        _E.SEEN_PARTIAL: _S.PARTIAL_FILL,
        _E.SEEN_PENDING_CANCEL: _S.PENDING_CANCEL,
        **_ENDS,
    },
    _S.OPEN: {
        _E.SEEN_PARTIAL: _S.PARTIAL_FILL,
        _E.CANCEL_SENT: _S.PENDING_CANCEL,
        _E.SEEN_PENDING_CANCEL: _S.PENDING_CANCEL,
        **_ENDS,
    },
    _S.PARTIAL_FILL: {
        _E.SEEN_PARTIAL: _S.PARTIAL_FILL,
        _E.CANCEL_SENT: _S.PENDING_CANCEL,
        _E.SEEN_PENDING_CANCEL: _S.PENDING_CANCEL,
        **_ENDS,
    },
    _S.PENDING_CANCEL: {
        # asked again after the venue did not answer, or answered that it is still thinking
        _E.CANCEL_SENT: _S.PENDING_CANCEL,
        _E.SEEN_PARTIAL: _S.PENDING_CANCEL,
        **_ENDS,
    },
    _S.UNKNOWN: {
        # the gateway's answer may come after we stopped waiting for it, and is as good as ever
        _E.NOT_SENT: _S.FAILED,
        _E.ACCEPTED: _S.OPEN,
        _E.REJECTED: _S.REJECTED,
        _E.PROVEN_ABSENT: _S.FAILED,
        _E.SEEN_OPEN: _S.OPEN,
        _E.SEEN_PARTIAL: _S.PARTIAL_FILL,
        _E.SEEN_PENDING_CANCEL: _S.PENDING_CANCEL,
        **_ENDS,
    },
    _S.FILLED: {},
    # the venue's stream reorders: a fill may be told after the cancellation it preceded
    _S.CANCELED: {_E.SEEN_FILLED: _S.FILLED, _E.SEEN_PARTIAL: _S.CANCELED},
    _S.EXPIRED: {_E.SEEN_FILLED: _S.FILLED, _E.SEEN_PARTIAL: _S.EXPIRED},
    _S.REJECTED: _BACK_TO_LIFE,
    _S.FAILED: _BACK_TO_LIFE,
}

_LATE_AT_END: Final = frozenset(
    {
        _E.ACCEPTED,
        _E.DOUBTED,
        _E.CANCEL_SENT,
        _E.CANCEL_REFUSED,
        _E.SEEN_OPEN,
        _E.SEEN_PARTIAL,
        _E.SEEN_PENDING_CANCEL,
    }
)

ABSORBED: Final[dict[OrderStatus, frozenset[OrderEvent]]] = {
    _S.NEW: frozenset(),
    _S.SUBMITTED: frozenset({_E.SENT}),
    _S.OPEN: frozenset({_E.SENT, _E.ACCEPTED, _E.DOUBTED, _E.SEEN_OPEN, _E.CANCEL_REFUSED}),
    _S.PARTIAL_FILL: frozenset({_E.SENT, _E.ACCEPTED, _E.DOUBTED, _E.SEEN_OPEN, _E.CANCEL_REFUSED}),
    # an OPEN that was on its way while we asked for the cancel; and a refused cancel, which the next look explains
    _S.PENDING_CANCEL: frozenset(
        {_E.SENT, _E.ACCEPTED, _E.DOUBTED, _E.SEEN_OPEN, _E.SEEN_PENDING_CANCEL, _E.CANCEL_REFUSED}
    ),
    _S.UNKNOWN: frozenset({_E.SENT, _E.DOUBTED, _E.CANCEL_SENT, _E.CANCEL_REFUSED}),
    _S.FILLED: _LATE_AT_END | {_E.SEEN_FILLED, _E.SEEN_CANCELED},
    _S.CANCELED: (_LATE_AT_END | {_E.SEEN_CANCELED}) - {_E.SEEN_PARTIAL},
    _S.EXPIRED: (_LATE_AT_END | {_E.SEEN_EXPIRED, _E.SEEN_CANCELED}) - {_E.SEEN_PARTIAL},
    _S.REJECTED: frozenset({_E.REJECTED, _E.SEEN_FAILED, _E.DOUBTED}),
    _S.FAILED: frozenset({_E.SEEN_FAILED, _E.PROVEN_ABSENT, _E.NOT_SENT, _E.DOUBTED, _E.CANCEL_REFUSED}),
}

SEEN: Final[dict[OrderStatus, OrderEvent]] = {
    _S.OPEN: _E.SEEN_OPEN,
    _S.PARTIAL_FILL: _E.SEEN_PARTIAL,
    _S.PENDING_CANCEL: _E.SEEN_PENDING_CANCEL,
    _S.FILLED: _E.SEEN_FILLED,
    _S.CANCELED: _E.SEEN_CANCELED,
    _S.EXPIRED: _E.SEEN_EXPIRED,
    _S.REJECTED: _E.SEEN_FAILED,
    _S.FAILED: _E.SEEN_FAILED,
}
"""The event that a venue's report of a status is; a status the venue cannot explain (UNKNOWN) is no event."""


class IllegalTransition(Exception):
    """An event that cannot happen to an order of this status. Nothing was changed; someone has to be told."""

    def __init__(self, status: OrderStatus, event: OrderEvent) -> None:
        """Both halves of what went wrong."""
        super().__init__(f"{event.value} cannot happen to an order that is {status.value}")
        self.status = status
        self.event = event


def next_status(status: OrderStatus, event: OrderEvent) -> OrderStatus:
    """The status after the event; the same status where the event is late news.

    Raises:
        IllegalTransition: the event has no row and is no late news either.
    """
    following = TRANSITIONS[status].get(event)
    if following is not None:
        return following
    if event in ABSORBED[status]:
        return status
    raise IllegalTransition(status, event)
