"""Price-time priority."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from trader247.venues.simulated.book import Book, Resting, Side


def resting(side: Side, price: str, size: str = "1", name: str = "") -> Resting:
    return Resting(name, "me", side, Decimal(price), Decimal(size))


def test_the_best_price_trades_first_and_at_one_price_the_oldest() -> None:
    book = Book()
    for name, price in (("late", "99"), ("best", "100"), ("second", "100")):
        book.add(resting(Side.BUY, price, name=name))
    assert [each.order_id for each in book.queue(Side.BUY)] == ["best", "second", "late"]
    assert book.best_price(Side.BUY) == 100
    assert book.best_price(Side.SELL) is None


def test_a_smaller_order_keeps_its_place_and_an_empty_one_leaves() -> None:
    book = Book()
    first, second = resting(Side.SELL, "100", "2", "first"), resting(Side.SELL, "100", "1", "second")
    book.add(first)
    book.add(second)
    book.reduce(first, Decimal("0.5"))
    assert book.first(Side.SELL) is first
    assert book.last(Side.SELL, Decimal(100)) is second
    book.reduce(first, Decimal("1.5"))
    assert book.first(Side.SELL) is second
    book.remove(second)
    assert book.first(Side.SELL) is None


def test_an_order_meets_the_book_at_its_limit_and_not_before() -> None:
    book = Book()
    book.add(resting(Side.SELL, "100"))
    assert book.meeting(Side.BUY, Decimal(100)) is not None
    assert book.meeting(Side.BUY, Decimal("99.99")) is None
    assert not book.crosses(Side.SELL, Decimal(1))


@given(st.lists(st.tuples(st.sampled_from(Side), st.integers(1, 30), st.integers(1, 9)), max_size=40), st.data())
@settings(deadline=None)
def test_depth_always_sums_what_rests(orders: list[tuple[Side, int, int]], data: st.DataObject) -> None:
    book = Book()
    alive: list[Resting] = []
    for side, price, size in orders:
        alive.append(resting(side, str(price), str(size)))
        book.add(alive[-1])
    for gone in data.draw(st.lists(st.sampled_from(alive), unique_by=id)) if alive else []:
        book.remove(gone)
        alive.remove(gone)
    for side in Side:
        depth = book.depth(side, 1000)
        assert sum(size for _, size in depth) == sum(each.size for each in alive if each.side is side)
        prices = [price for price, _ in depth]
        assert prices == sorted(prices, reverse=side is Side.BUY)
        assert book.depth(side, 3) == depth[:3]


def test_a_watched_book_names_the_levels_whose_total_changed_and_an_unwatched_one_nothing() -> None:
    book = Book()
    resting = Resting("", "house", Side.BUY, Decimal(10), Decimal(5))
    book.add(resting)
    assert book.touched is None
    book.touched = {}
    book.grow(resting, Decimal(1))
    book.reduce(resting, Decimal(2))
    assert (book.touched, book.total(Side.BUY, Decimal(10))) == ({(Side.BUY, Decimal(10)): None}, Decimal(4))
    book.touched = {}
    book.remove(resting)
    assert (book.touched, book.total(Side.BUY, Decimal(10))) == ({(Side.BUY, Decimal(10)): None}, Decimal(0))
