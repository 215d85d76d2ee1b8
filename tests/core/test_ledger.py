"""Cash, positions and profit, from fills only."""

from collections.abc import Iterable
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import BTC, RULES, at, balance, fill, intent, order, position, price, quantity

from trader247.core.ledger import Booking, Ledger, Oversold, position_after
from trader247.model.mode import OrderKind
from trader247.model.money import CENT, Notional, Price
from trader247.model.order import Fill, Side

ENTRY = order(of=intent(stop=95, target=110, max_hold_s=3600))
EXIT = order(of=intent(2, kind=OrderKind.EXIT))


def booked(ledger: Ledger, *fills: Fill) -> list[Booking]:
    return [ledger.book(f, ENTRY if f.side is Side.BUY else EXIT) for f in fills]


def opened(cash: str = "10000") -> Ledger:
    ledger = Ledger()
    ledger.open((balance("USD", cash), balance("BTC", 3)))
    return ledger


@pytest.mark.req("PNL1")
def test_a_bought_and_sold_position_realises_exactly_the_change_of_cash() -> None:
    ledger = opened()
    _, sale = booked(
        ledger, fill(1, at_price=100, size=2, fee="1.20"), fill(2, side=Side.SELL, at_price=110, size=2, fee="1.32")
    )
    assert sale.realised == Decimal("17.48") == ledger.total("USD") - 10_000
    assert ledger.total("BTC") == 3
    assert ledger.positions == {}


@pytest.mark.req("PNL1")
def test_buying_more_moves_the_average_and_selling_some_does_not() -> None:
    ledger = opened()
    booked(ledger, fill(1, at_price=100, size=1, fee=1), fill(2, at_price=130, size=2, fee=2))
    assert ledger.positions[BTC].average_entry == 120
    booked(ledger, fill(3, side=Side.SELL, at_price=140, size=1, fee=1))
    left = ledger.positions[BTC]
    assert [left.average_entry, left.quantity, left.entry_fees] == [Decimal(120), Decimal(2), Decimal(2)]
    assert left.realised_pnl == 140 - 120 - 1 - 1


def test_a_position_takes_its_exits_from_the_entry_that_opened_it() -> None:
    ledger = opened()
    booked(ledger, fill(1, second=5))
    held = ledger.positions[BTC]
    assert [held.stop_price, held.target_price, held.max_hold_s] == [Decimal(95), Decimal(110), 3600]
    assert (held.opened_at, held.strategy) == (at(5), RULES)


def _price(amount: int | None) -> Price | None:
    return None if amount is None else price(amount)


@pytest.mark.req("R3")
@pytest.mark.parametrize(
    ("stop", "raised_from", "then"),
    [(95, 90, (97, 90)), (97, 90, (97, 90)), (98, 90, (98, None)), (95, None, (95, None))],
)
def test_buying_more_brings_its_own_stop_and_never_lowers_one_that_was_raised(
    stop: int, raised_from: int | None, then: tuple[int, int | None]
) -> None:
    ledger = opened()
    ledger.restore((), (), (evolve(position(stop=97), raised_from=_price(raised_from)),), frozenset())
    ledger.book(fill(2, size=1), order(of=intent(stop=stop)))
    held = ledger.positions[BTC]
    assert [held.stop_price, held.raised_from] == list(map(_price, then))


@pytest.mark.req("R1")
@pytest.mark.fault("OL-15")
def test_a_sale_of_more_than_our_own_position_is_refused_and_changes_nothing() -> None:
    ledger = opened()
    booked(ledger, fill(1, size=1))
    before = (ledger.totals(), dict(ledger.positions))
    with pytest.raises(Oversold, match="sells 2 of 1"):
        booked(ledger, fill(2, side=Side.SELL, size=2))
    assert (ledger.totals(), ledger.positions) == before
    assert not ledger.knows(fill(2))


def test_a_sale_of_nothing_held_is_refused_though_the_account_has_coins_of_its_owner() -> None:
    with pytest.raises(Oversold, match="sells 1 of 0"):
        position_after(None, fill(side=Side.SELL), EXIT)
    assert opened().held(BTC) == 0


def test_the_books_continue_from_the_journal_as_if_they_had_never_ended() -> None:
    first = opened()
    booked(first, fill(1, at_price=100, size=1, fee=1))
    second = Ledger()
    flows = (("BTC", Decimal(1)), ("USD", Decimal(-101)))
    second.restore(
        (balance("USD"), balance("BTC", 3)), flows, tuple(first.positions.values()), frozenset({fill(1).fill_id})
    )
    assert second.totals() == first.totals()
    assert second.positions == first.positions
    assert second.knows(fill(1))


def test_a_closed_position_is_not_taken_up_again() -> None:
    ledger = Ledger()
    ledger.restore((balance(),), (), (position(size=0),), frozenset())
    assert ledger.positions == {}


@pytest.mark.req("REC1")
def test_a_balance_that_a_person_accepted_is_taken_over_and_cuts_a_position_that_is_not_all_there() -> None:
    ledger = opened()
    ledger.restore((balance(),), (("BTC", Decimal(3)),), (position(size=2),), frozenset())
    ledger.accept("BTC", Decimal(3), Decimal(4))
    assert ledger.totals() == (("BTC", Decimal(4)), ("USD", Decimal(10_000)))
    assert ledger.held(BTC) == 2
    before = ledger.positions[BTC]
    ledger.accept("BTC", Decimal(4), Decimal("0.5"))
    assert ledger.positions[BTC] == evolve(
        before, quantity=quantity("0.5"), entry_fees=Notional(before.entry_fees * Decimal("0.5") / 2)
    )
    ledger.accept("BTC", Decimal("0.5"), Decimal(0))
    assert ledger.positions == {}


trades = st.lists(
    st.tuples(
        st.booleans(),
        st.decimals("0.01", "100000", places=2),
        st.integers(1, 10**8),
        st.decimals(0, 50, places=8),
    ),
    max_size=30,
)


@pytest.mark.req("PNL1")
@settings(max_examples=200, deadline=None)
@given(trades=trades)
def test_cash_positions_and_profit_always_balance(trades: Iterable[tuple[bool, Decimal, int, Decimal]]) -> None:
    """Cash is what there was, plus all that was realised, less what the open position cost with its fees."""
    ledger, realised, number = opened(), Decimal(0), 0
    flows = Decimal(0)
    for buys, at_price, units, fee in trades:
        side = Side.BUY if buys else Side.SELL
        size = Decimal(units).scaleb(-8)
        if side is Side.SELL:
            size = min(size, ledger.held(BTC))
            if not size:
                continue
        number += 1
        done = fill(number, side=side, at_price=at_price, size=size, fee=fee)
        (result,) = booked(ledger, done)
        realised += result.realised
        flows += size if buys else -size
        held = ledger.positions.get(BTC)
        tied_up = held.cost + held.entry_fees if held else Decimal(0)
        assert abs(ledger.total("USD") - (10_000 + realised - tied_up)) < CENT / 10**12
        assert ledger.total("BTC") == 3 + flows
        assert ledger.held(BTC) == flows >= 0
        assert ledger.knows(done)
