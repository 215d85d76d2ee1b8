"""What the exchange says the key may do, asked before anything starts: the wrong key is never used for orders.

A key that can transfer could be made to empty the account, and nothing here ever needs it. A key belongs to one
portfolio and sees only that one; pinned by ``app.venue.portfolio``, a key of another account cannot slip in.
"""

from typing import Protocol

from trader247.errors import Failure, RefusedByGate, VenueError
from trader247.venues.coinbase.wire import PermissionBody

__all__ = ["AsksPermissions", "check_key"]


class AsksPermissions(Protocol):
    """A venue that says what its key may do."""

    async def key_permissions(self) -> PermissionBody:
        """See ``venues.coinbase.reader``."""
        ...


async def check_key(venue: AsksPermissions, portfolio: str | None) -> None:
    """Return where the key is fit to start with; ``portfolio`` is the one it has to belong to, or None for any.

    Bounded by the client's own retries.

    Raises:
        RefusedByGate: it is not, or the exchange could not be asked; the text lists everything that is wrong.
    """
    try:
        granted = await venue.key_permissions()
    except VenueError as error:
        if error.failure in {Failure.AUTH, Failure.FORBIDDEN}:
            way_out = "check that it can view, and this machine's clock"
            text = f"the exchange does not let app.venue.key in ({error}); {way_out}"
        else:
            text = f"the exchange did not say what app.venue.key may do ({error}); start again when it answers"
        raise RefusedByGate(text) from error
    if wrong := _faults(granted, portfolio):
        raise RefusedByGate("app.venue.key is refused: " + "; ".join(wrong))


def _faults(granted: PermissionBody, portfolio: str | None) -> list[str]:
    wrong: list[str] = []
    if not granted.can_view:
        wrong.append("it cannot view, so nothing of the account could be known; make one with the view permission")
    if granted.can_transfer:
        wrong.append("it can transfer, so whoever gets it can empty the account; make one without that permission")
    if portfolio is not None and granted.portfolio_uuid.lower() != portfolio.strip().lower():
        wrong.append(
            f"it belongs to portfolio {granted.portfolio_uuid or 'unnamed'}, app.venue.portfolio is {portfolio}; "
            "use a key of that portfolio, or change the setting"
        )
    return wrong
