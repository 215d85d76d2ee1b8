"""Balances and holds."""

from decimal import Decimal

import pytest

from trader247.venues.simulated.ledger import Balance, Ledger, LedgerBroken


def test_a_hold_needs_that_much_available_and_comes_back_when_released() -> None:
    ledger = Ledger()
    ledger.deposit("me", "USD", Decimal(10))
    assert not ledger.hold("me", "USD", Decimal("10.01"))
    assert ledger.hold("me", "USD", Decimal(10))
    ledger.release("me", "USD", Decimal(4))
    assert ledger.balance("me", "USD") == Balance(Decimal(4), Decimal(6))
    assert ledger.totals() == {"USD": Decimal(10)}


def test_the_ledger_refuses_to_go_below_zero() -> None:
    ledger = Ledger()
    ledger.deposit("me", "USD", Decimal(1))
    with pytest.raises(LedgerBroken, match="cannot pay 2"):
        ledger.pay("me", "you", "USD", Decimal(2))
    with pytest.raises(LedgerBroken, match="cannot release"):
        ledger.release("me", "USD", Decimal(1))
    with pytest.raises(LedgerBroken, match="cannot pay"):
        ledger.pay("me", "you", "USD", Decimal(-1))


def test_paying_moves_value_and_creates_none() -> None:
    ledger = Ledger()
    ledger.deposit("me", "USD", Decimal(3))
    ledger.pay("me", "you", "USD", Decimal(1))
    assert ledger.available("you", "USD") == 1
    assert {owner: balance.total for owner, _, balance in ledger.every()} == {"me": 2, "you": 1}
