"""The gate through which every order leaves: the newest permit, the halt latch, and the intent's own expiry.

``refusal`` is asked in the very step in which the first byte leaves, by the client that sends it.
"""

from trader247.core.permit import why_not
from trader247.messages.control import PermitRenewed
from trader247.messages.orders import CancelOrders, PlaceOrder
from trader247.model.instant import Moment, seconds
from trader247.model.mode import Mode, OrderKind

__all__ = ["GatewayIn", "OrderGate"]

GatewayIn = CancelOrders | PermitRenewed | PlaceOrder


class OrderGate:
    """Holds the newest permit."""

    def __init__(self, mode: Mode) -> None:
        """``mode`` is fixed for the life of the process."""
        self._mode = mode
        self._permit: PermitRenewed | None = None

    def renew(self, permit: PermitRenewed) -> None:
        """Take the newest permit, which is the one that came last: one desk mints them, and its mailbox keeps order.

        The serial says nothing here: a restarted desk counts anew.
        """
        self._permit = permit

    def refusal(self, request: PlaceOrder, *, halted: bool, now: Moment) -> str | None:
        """Why this order must not leave now, or None."""
        if now.mono >= request.expires_at.mono:
            return f"expired {seconds(now.mono - request.expires_at.mono):.2f} s ago"
        return why_not(request.intent.kind, mode=self._mode, halted=halted, permit=self._permit, now=now)

    def cancel_refusal(self, now: Moment) -> str | None:
        """Why no cancel may leave, or None: only where nothing is ever sent."""
        return why_not(OrderKind.CANCEL, mode=self._mode, halted=False, permit=self._permit, now=now)
