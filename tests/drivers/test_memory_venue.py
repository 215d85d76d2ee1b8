"""The exchange in memory answers the daemon's own client, in virtual time, and tells whoever looks."""

from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing
from decimal import Decimal
from typing import cast

import pytest
import trio
from tests.crashes import life
from tests.runtime.scripted import virtually

from trader247.drivers.memory_venue import MemoryVenue, Stage
from trader247.errors import VenueUnavailable
from trader247.model.instant import SECOND
from trader247.ports import StreamUp

pytestmark = pytest.mark.req("EX1")


async def opened(nursery: trio.Nursery) -> MemoryVenue:
    reached = life.venue(life.exchange(3), life.START, 3)
    await nursery.start(reached.run)
    return reached


def test_the_client_reads_what_the_exchange_holds_and_time_is_what_the_way_takes() -> None:
    async def main() -> None:
        async with trio.open_nursery() as nursery:
            reached = await opened(nursery)
            client = reached.client()
            assert await client.server_time() == life.START + round(0.01 * SECOND)
            assert trio.current_time() == pytest.approx(0.02)
            balances = {each.currency: each.total for each in await client.balances()}
            assert balances["USD"] == Decimal(100_000)
            await client.aclose()
            nursery.cancel_scope.cancel()

    virtually(main)


def test_who_looks_sees_each_request_before_and_after_and_may_cut_it_off() -> None:
    async def main() -> None:
        seen: Counter[Stage] = Counter()
        async with trio.open_nursery() as nursery:
            reached = await opened(nursery)
            reached.on_call = lambda stage, _request: seen.update([stage])
            client = reached.client()
            await client.server_time()
            assert seen == {Stage.BEFORE: 1, Stage.AFTER: 1}

            def cut(_stage: Stage, _request: object) -> None:
                raise ConnectionResetError("cut")

            reached.on_call = cut
            with pytest.raises((VenueUnavailable, ConnectionResetError)):
                await client.server_time()
            await client.aclose()
            nursery.cancel_scope.cancel()

    virtually(main)


def test_both_streams_come_up() -> None:
    async def main() -> None:
        async with trio.open_nursery() as nursery:
            reached = await opened(nursery)
            for stream in (reached.user_stream().events(), reached.market_stream().events(())):
                async with aclosing(cast("AsyncGenerator[object, None]", stream)) as events:
                    assert isinstance(await anext(events), StreamUp)
            nursery.cancel_scope.cancel()

    virtually(main)


def test_an_exchange_that_does_not_run_refuses_streams() -> None:
    async def main() -> None:
        reached = life.venue(life.exchange(3), life.START, 3)
        with pytest.raises(ConnectionRefusedError):
            await reached.open_stream()

    virtually(main)
