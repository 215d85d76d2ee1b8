"""A book that is laid only when somebody comes is the book that was laid all along."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.drivers.backtest.worlds import exchange, made

from trader247.model.instant import MINUTE, SECOND, Instant
from trader247.venues.simulated.book import Side
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.idle_books import depth_of, touch_of

pytestmark = pytest.mark.req("BT1", "BT5")

NAME = "BTC-USD"


def levels(world: SimulatedExchange) -> list[list[tuple[Decimal, Decimal]]]:
    return [list(world.engine.books[NAME].depth(side, 50)) for side in Side]


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), minutes=st.integers(0, 55))
def test_touch_depth_and_every_level_are_those_of_a_book_laid_with_every_step(seed: int, minutes: int) -> None:
    recording = made(NAME, seed, 0.2)
    lazy, eager = (exchange([recording], 1.0, lays_books=lays_books) for lays_books in (False, True))
    now = Instant(lazy.market.start + minutes * MINUTE + 20 * SECOND)
    for world in (lazy, eager):
        world.advance(now)
    assert lazy.idle is not None
    assert lazy.idle.touch(NAME) == touch_of(eager.engine, NAME)
    assert lazy.idle.depth(NAME, 20) == depth_of(eager.engine, NAME, 20)
    lazy.idle.lay(NAME)
    assert levels(lazy) == levels(eager)
    assert lazy.engine.triggers[NAME].last == eager.engine.triggers[NAME].last
    assert lazy.idle.depth(NAME, 20) == depth_of(eager.engine, NAME, 20)


def test_a_book_with_an_order_in_it_is_no_longer_idle_until_that_is_over() -> None:
    world = exchange([made(NAME, 1)], 1.0)
    assert world.idle is not None
    now = Instant(world.market.start + 5 * SECOND)
    world.advance(now)
    (bid, _), _ = world.idle.touch(NAME)
    terms = {"limit_limit_gtc": {"base_size": "0.01", "limit_price": f"{bid * Decimal('0.9'):.2f}", "post_only": True}}
    order, _ = world.place(world.portfolio_id, "one", NAME, "BUY", terms, now=now)
    world.advance(Instant(now + MINUTE))
    assert world._houses[NAME].noted is None
    world.cancel(world.portfolio_id, order.order_id, Instant(now + MINUTE))  # type: ignore[union-attr]
    world.advance(Instant(now + 2 * MINUTE))
    assert world._houses[NAME].noted is not None


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), asked=st.lists(st.sampled_from(["BUY", "SELL"]), min_size=1, max_size=8))
def test_a_book_that_is_laid_as_a_whole_is_the_one_that_is_laid_level_by_level(seed: int, asked: list[str]) -> None:
    whole, by_level = (exchange([made(NAME, seed, 0.2)], 1.0) for _ in range(2))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(by_level.engine.books[NAME].__class__, "belongs_to", lambda *_: False)
        seen = [list(taken(by_level, asked))]
    assert list(taken(whole, asked)) == seen[0]


def taken(world: SimulatedExchange, asked: list[str]) -> Iterator[object]:
    """Every level after each of these market orders, minutes apart, and the prices they got."""
    for number, side in enumerate(asked):
        now = Instant(world.market.start + number * 3 * MINUTE + 5 * SECOND)
        world.advance(now)
        size = {"quote_size": "90000"} if side == "BUY" else {"base_size": "0.4"}
        world.place(world.portfolio_id, str(number), NAME, side, {"market_market_ioc": size}, now=now)
        yield [[(price, str(size)) for price, size in of_side] for of_side in levels(world)]
        yield [(fill.price, fill.size) for fill in world.records.fills(world.portfolio_id)]


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), minutes=st.integers(0, 55))
def test_what_a_book_surely_holds_is_not_more_than_it_does(seed: int, minutes: int) -> None:
    world = exchange([made(NAME, seed, 0.2)], 1.0)
    world.advance(Instant(world.market.start + minutes * MINUTE + 20 * SECOND))
    assert world.idle is not None
    product = world.products[NAME]
    sure = world.idle.surely_holds(NAME, world.idle.touch_in_ticks(NAME), 20)
    least = Decimal(sure).scaleb(-product.price_digits - product.size_digits)
    assert 0 < least <= min(world.idle.depth(NAME, 20))
