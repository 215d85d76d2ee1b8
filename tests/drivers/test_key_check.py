"""The wrong key ends the start before anything else is tried, and is told what is wrong with it."""

import pytest

from trader247.drivers.key_check import check_key
from trader247.errors import Failure, RefusedByGate, VenueError, VenueRejected, VenueUnavailable
from trader247.venues.coinbase.wire import PermissionBody

pytestmark = [pytest.mark.req("M1"), pytest.mark.fault("RA-19", "CS-08")]

HOME = "8bfc20d7-f7c6-4422-bf07-8243ca4169fe"


class Says:
    def __init__(self, answer: PermissionBody | VenueError) -> None:
        self.answer = answer

    async def key_permissions(self) -> PermissionBody:
        if isinstance(self.answer, VenueError):
            raise self.answer
        return self.answer


def granted(*, view: bool = True, transfer: bool = False) -> Says:
    return Says(PermissionBody(can_view=view, can_trade=True, can_transfer=transfer, portfolio_uuid=HOME))


@pytest.mark.parametrize("portfolio", [None, HOME, f" {HOME.upper()} "])
async def test_a_key_that_can_view_and_not_transfer_starts_with_its_own_portfolio_or_any(portfolio: str | None) -> None:
    await check_key(granted(), portfolio)


async def test_everything_that_is_wrong_with_a_key_is_told_at_once() -> None:
    with pytest.raises(RefusedByGate) as refused:
        await check_key(granted(view=False, transfer=True), "another")
    text = str(refused.value)
    assert "cannot view" in text
    assert "can transfer" in text
    assert f"belongs to portfolio {HOME}, app.venue.portfolio is another" in text


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (
            VenueUnavailable("permissions: 401", failure=Failure.AUTH),
            "check that it can view, and this machine's clock",
        ),
        (
            VenueRejected("permissions: 403", failure=Failure.FORBIDDEN),
            "check that it can view, and this machine's clock",
        ),
        (VenueUnavailable("permissions: no route", failure=Failure.RETRYABLE), "start again when it answers"),
    ],
)
async def test_a_key_of_which_nothing_is_known_is_not_used(error: VenueError, says: str) -> None:
    with pytest.raises(RefusedByGate, match=says):
        await check_key(Says(error), None)
