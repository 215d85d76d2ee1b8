"""Our own questions never use up what orders and their cancels need."""

import pytest
import trio
from tests.venues.coinbase.wire_samples import TrioClock
from trio.testing import MockClock

from trader247.errors import VenueUnavailable
from trader247.venues.coinbase.endpoints import Endpoint, Endpoints
from trader247.venues.coinbase.rate_limit import RateLimiter


@pytest.mark.fault("RA-16")
@pytest.mark.parametrize(
    ("polled", "urgent"),
    [
        (Endpoints.CANDLES, Endpoints.ORDER),
        (Endpoints.CANDLES, Endpoints.CREATE),
        (Endpoints.ORDER, Endpoints.CANCEL),
        (Endpoints.CREATE, Endpoints.CANCEL),
    ],
    ids=lambda endpoint: endpoint.name,
)
async def test_who_asks_without_end_leaves_room_for_what_is_more_urgent(
    polled: Endpoint, urgent: Endpoint, autojump_clock: MockClock
) -> None:
    limiter = RateLimiter(TrioClock())

    async def poll() -> None:
        while True:
            try:
                await limiter.admit(polled)
            except VenueUnavailable:
                continue

    async with trio.open_nursery() as nursery:
        for _ in range(40):
            nursery.start_soon(poll)
        for _ in range(5):
            await trio.sleep(3)
            before = trio.current_time()
            await limiter.admit(urgent)
            assert trio.current_time() - before < 0.5
        nursery.cancel_scope.cancel()
