"""One look at the account beside our books: every kind of difference, with its numbers."""

from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from tests.builders import BTC, at, balance, fill, intent, order, portfolio, quantity

from trader247.core.differences import balance_differences, balances_are_quiet, in_words, order_differences
from trader247.messages.reconciling import AccountSeen, Difference, DifferenceKind, Subject, VenueOrder
from trader247.model.ids import ClientOrderId, VenueOrderId
from trader247.model.money import Price
from trader247.model.order import Fill, Order, OrderStatus

pytestmark = pytest.mark.req("REC1")

V1 = VenueOrderId("v1")
KIND = DifferenceKind
OPEN = OrderStatus.OPEN


def resting(**changes: Any) -> Order:
    return evolve(order(OPEN, intent(1)), **changes)


def listed(status: OrderStatus = OPEN, **changes: Any) -> VenueOrder:
    of = intent(1)
    row = VenueOrder(V1, of.client_order_id, BTC, status, quantity(0), of.quantity, of.limit_price)
    return evolve(row, **changes)


def seen(*orders: VenueOrder, fills: tuple[Fill, ...] = (), second: float = 60) -> AccountSeen:
    return AccountSeen(orders, fills, (), at(second))


def found(ours: tuple[Order, ...], look: AccountSeen, over: tuple[VenueOrderId, ...] = ()) -> list[Difference]:
    return list(order_differences(portfolio(working=ours), look, over))


def one(kind: DifferenceKind, subject: Subject, ours: object, theirs: object, name: str = "v1") -> list[Difference]:
    return [Difference(kind, subject, name, Decimal(str(ours)), Decimal(str(theirs)))]


def test_books_that_agree_have_no_difference() -> None:
    assert found((resting(),), seen(listed())) == []


SIZE, LIMIT = intent(1).quantity, intent(1).limit_price


@pytest.mark.parametrize("gone", [(), (listed(OrderStatus.CANCELED),), (listed(OrderStatus.FILLED),)])
def test_an_order_we_hold_as_working_and_the_venue_does_not_is_missing(gone: tuple[VenueOrder, ...]) -> None:
    assert found((resting(),), seen(*gone)) == one(KIND.MISSING, Subject.ORDER, SIZE, 0)


@pytest.mark.fault("RA-11")
def test_an_order_younger_than_a_listing_may_trail_is_not_missed_yet() -> None:
    assert found((resting(changed_at=at(55)),), seen(second=60)) == []


@pytest.mark.parametrize("status", [OrderStatus.NEW, OrderStatus.SUBMITTED, OrderStatus.UNKNOWN])
def test_an_order_whose_fate_is_being_asked_for_anyway_is_no_difference(status: OrderStatus) -> None:
    assert found((order(status, intent(1)),), seen()) == []


def test_a_fill_we_have_not_booked_is_missing_with_what_it_would_make() -> None:
    told = fill(1)
    assert found((resting(),), seen(listed(), fills=(told,))) == one(KIND.MISSING, Subject.FILL, 0, told.quantity)
    booked = resting(fill_ids=(told.fill_id,), booked=told.quantity)
    assert found((booked,), seen(listed(), fills=(told,))) == []


def test_an_order_that_is_over_for_us_and_works_there_is_unknown() -> None:
    assert found((), seen(listed()), (V1,)) == one(KIND.UNKNOWN, Subject.ORDER, 0, SIZE)


def test_an_order_edited_by_hand_differs_in_size_and_in_price_by_both_numbers() -> None:
    edited = listed(quantity=quantity(9), limit_price=Price(Decimal(1)))
    assert found((resting(),), seen(edited)) == [
        *one(KIND.PRICE, Subject.ORDER, LIMIT, 1),
        *one(KIND.SIZE, Subject.ORDER, SIZE, 9),
    ]


def test_terms_the_venue_does_not_tell_are_not_compared() -> None:
    assert found((resting(),), seen(listed(quantity=None, limit_price=None))) == []


@pytest.mark.fault("OL-12")
def test_orders_of_others_are_one_difference_per_instrument_however_many_they_are() -> None:
    others = tuple(
        listed(venue_order_id=VenueOrderId(f"x{n}"), client_order_id=ClientOrderId(f"x{n}")) for n in range(1_000)
    )
    assert found((), seen(*others)) == one(KIND.EXTERNAL, Subject.ORDER, 0, 1_000, "BTC-USD")


def test_an_order_is_known_by_its_client_id_before_its_venue_id_is_told() -> None:
    in_flight = order(OrderStatus.SUBMITTED, intent(1))
    assert found((evolve(in_flight, venue_order_id=None),), seen(listed())) == []


@pytest.mark.parametrize(
    ("ours", "theirs", "kinds"),
    [
        ({"USD": 1}, {"USD": 1}, {}),
        ({"USD": 1}, {"USD": 2}, {"USD": KIND.EXTERNAL}),
        ({"USD": 2}, {"USD": 1}, {"USD": KIND.SIZE}),
        ({"USD": 1, "BTC": 1}, {"USD": 1}, {"BTC": KIND.SIZE}),
        ({"USD": 1, "BTC": 1}, {"USD": 9}, {"BTC": KIND.SIZE, "USD": KIND.SIZE}),
        ({}, {"ETH": 1, "BTC": 2}, {"BTC": KIND.EXTERNAL, "ETH": KIND.EXTERNAL}),
        ({"BTC": 0}, {}, {}),
    ],
)
def test_more_alone_came_from_outside_and_less_of_anything_is_a_matter_of_size(
    ours: dict[str, int], theirs: dict[str, int], kinds: dict[str, DifferenceKind]
) -> None:
    expected = tuple((name, Decimal(total)) for name, total in ours.items())
    held = tuple(balance(name, total) for name, total in theirs.items())
    assert {d.name: d.kind for d in balance_differences(expected, held)} == kinds


def test_what_is_held_by_orders_counts_to_the_total() -> None:
    assert balance_differences((("USD", Decimal(10)),), (balance("USD", 7, 3),)) == ()


@pytest.mark.parametrize(
    ("ours", "theirs", "quiet"),
    [
        ((), (), True),
        ((resting(),), (listed(),), True),
        ((resting(),), (), False),
        ((resting(),), (listed(filled=quantity(1)),), False),
        ((resting(filled=quantity(1)),), (listed(filled=quantity(1)),), False),
        ((order(OrderStatus.UNKNOWN, intent(1)),), (listed(),), False),
        ((order(OrderStatus.PENDING_CANCEL, intent(1)),), (listed(),), False),
    ],
)
def test_balances_are_quiet_while_no_fill_can_be_on_its_way(
    ours: tuple[Order, ...], theirs: tuple[VenueOrder, ...], quiet: bool
) -> None:
    assert balances_are_quiet(portfolio(working=ours), seen(*theirs)) is quiet


def test_before_the_books_are_open_there_is_nothing_to_compare() -> None:
    assert not balances_are_quiet(portfolio(totals=()), seen())


@pytest.mark.parametrize("kind", DifferenceKind)
@pytest.mark.parametrize("subject", Subject)
def test_every_difference_is_told_with_its_kind_and_both_numbers_where_both_count(
    kind: DifferenceKind, subject: Subject
) -> None:
    text = in_words(Difference(kind, subject, "NAME", Decimal(3), Decimal("4.50")))
    assert text.startswith(f"{kind.value}: ")
    assert "NAME" in text
    assert "4.5" in text or "3" in text
