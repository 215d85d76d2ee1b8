"""Who owns what on the simulated exchange, in exact decimals: available and on hold, per owner and currency.

Value only ever moves between accounts, so the sum of one currency over all of them (clients, the house, the fee
account) never changes after the deposits. No step may take an available amount or a hold below zero; one that would
is a fault of the exchange itself and raises.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

from attrs import define, frozen

from trader247.errors import Trader247Error
from trader247.model.money import ZERO

__all__ = ["FEE_ACCOUNT", "HOUSE", "Balance", "Ledger", "LedgerBroken"]

HOUSE: Final = "house"
FEE_ACCOUNT: Final = "fees"


class LedgerBroken(Trader247Error):
    """The exchange's own books would go below zero: a fault of the simulation, never of a client."""


@frozen
class Balance:
    """An amount free to use and one bound by working orders."""

    available: Decimal
    hold: Decimal

    @property
    def total(self) -> Decimal:
        """Both together."""
        return self.available + self.hold


@define
class _Account:
    available: Decimal = ZERO
    hold: Decimal = ZERO


class Ledger:
    """All balances. Owners are portfolio ids, ``HOUSE`` and ``FEE_ACCOUNT``."""

    def __init__(self) -> None:
        """Starts empty; ``deposit`` is the only way in."""
        self._accounts: dict[tuple[str, str], _Account] = {}

    def _account(self, owner: str, currency: str) -> _Account:
        key = (owner, currency)
        account = self._accounts.get(key)
        if account is None:
            account = self._accounts[key] = _Account()
        return account

    def deposit(self, owner: str, currency: str, amount: Decimal) -> None:
        """Bring new value in from outside."""
        self._account(owner, currency).available += amount

    def balance(self, owner: str, currency: str) -> Balance:
        """What an owner has of a currency; nothing is zero."""
        account = self._accounts.get((owner, currency))
        return Balance(ZERO, ZERO) if account is None else Balance(account.available, account.hold)

    def balances(self, owner: str) -> Mapping[str, Balance]:
        """All currencies an owner ever touched, in the order first touched."""
        return {
            currency: Balance(account.available, account.hold)
            for (who, currency), account in self._accounts.items()
            if who == owner
        }

    def available(self, owner: str, currency: str) -> Decimal:
        """The amount free to use."""
        account = self._accounts.get((owner, currency))
        return ZERO if account is None else account.available

    def hold(self, owner: str, currency: str, amount: Decimal) -> bool:
        """Bind an amount; False (and nothing happens) where that much is not available."""
        account = self._account(owner, currency)
        if account.available < amount:
            return False
        account.available -= amount
        account.hold += amount
        return True

    def release(self, owner: str, currency: str, amount: Decimal) -> None:
        """Free a bound amount."""
        account = self._account(owner, currency)
        if account.hold < amount:
            raise LedgerBroken(f"{owner} holds {account.hold} {currency}, cannot release {amount}")
        account.hold -= amount
        account.available += amount

    def pay(self, source: str, target: str, currency: str, amount: Decimal) -> None:
        """Move an available amount from one owner to another."""
        account = self._account(source, currency)
        if amount < 0 or account.available < amount:
            raise LedgerBroken(f"{source} has {account.available} {currency} available, cannot pay {amount}")
        account.available -= amount
        self._account(target, currency).available += amount

    def restore(self, owner: str, currency: str, balance: Balance) -> None:
        """Set an account to what a file of an earlier run says."""
        account = self._account(owner, currency)
        account.available, account.hold = balance.available, balance.hold

    def totals(self) -> Mapping[str, Decimal]:
        """The sum of every currency over all owners."""
        sums: dict[str, Decimal] = {}
        for (_, currency), account in self._accounts.items():
            sums[currency] = sums.get(currency, ZERO) + account.available + account.hold
        return sums

    def every(self) -> Iterator[tuple[str, str, Balance]]:
        """Each owner, currency and balance."""
        for (owner, currency), account in self._accounts.items():
            yield owner, currency, Balance(account.available, account.hold)
