"""The embedded venue put together."""

import random
from decimal import Decimal
from pathlib import Path

import pytest
import trio
from tests.builders import START

from trader247.drivers.embedded import FUNDS, EmbeddedVenue, embedded_venue
from trader247.errors import ConfigurationInvalid
from trader247.model.instant import Moment, Mono
from trader247.runtime.clock import SystemClock
from trader247.venues.coinbase.auth import ApiKey
from trader247.venues.coinbase.venue import coinbase_venue
from trader247.venues.simulated.market_spec import open_market


class Noon:
    def now(self) -> Moment:
        return Moment(START, Mono(0))


def venue(folder: Path, seed: int = 247) -> EmbeddedVenue:
    market = open_market("generated:products=BTC-USD", start=START, seed=seed)
    return embedded_venue(market, folder, Noon(), random.Random(1), seed)


def test_the_account_begins_with_its_funds_and_is_the_same_one_at_the_next_start(tmp_path: Path) -> None:
    first = venue(tmp_path)
    assert first.exchange.books().balances["USD"].available == FUNDS["USD"] == Decimal(100_000)
    first.books.close()
    second = venue(tmp_path)
    assert second.account_id == first.account_id
    assert second.exchange.books().balances["USD"].available == FUNDS["USD"]
    second.books.close()


@pytest.mark.req("SEC1")
def test_the_key_is_one_that_the_daemons_own_client_can_read_and_is_new_for_every_run(tmp_path: Path) -> None:
    made = venue(tmp_path)
    assert ApiKey.from_json_text(made.key_text).name
    market = open_market("generated:products=BTC-USD", start=START)
    (tmp_path / "other").mkdir()
    other = embedded_venue(market, tmp_path / "other", Noon(), random.Random(2), 247)
    assert other.key_text != made.key_text
    for each in (made, other):
        each.books.close()


def test_the_market_says_when_its_next_step_is(tmp_path: Path) -> None:
    made = venue(tmp_path)
    assert (made.next_step_at() or 0) >= START
    made.books.close()


def test_books_that_are_damaged_are_an_error_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "exchange.jsonl").write_text("not books\n{}\n")
    with pytest.raises(ConfigurationInvalid, match=r"exchange\.jsonl"):
        venue(tmp_path)


async def test_a_client_with_the_url_and_the_key_and_nothing_else_can_read_the_account(tmp_path: Path) -> None:
    clock = SystemClock()
    market = open_market("generated:products=BTC-USD", start=clock.now().utc)
    made = embedded_venue(market, tmp_path, clock, random.Random(1), 247)
    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            await nursery.start(made.serve, await made.port.listen())
            client = coinbase_venue(made.rest_url, ApiKey.from_json_text(made.key_text), clock, random.Random(1))
            balances = {balance.currency: balance.total for balance in await client.balances()}
            await client.aclose()
            nursery.cancel_scope.cancel()
    assert balances["USD"] == FUNDS["USD"]
    assert made.stream_url == f"ws://127.0.0.1:{made.port.number}/ws"
    made.books.close()
