"""The ledger against sums over a list: nothing is carried over from one step to the next but the list itself."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tests.builders import BTC, balance, fill, intent, order
from tests.machines import bounded

from trader247.core.ledger import Ledger, Oversold
from trader247.model.mode import OrderKind
from trader247.model.order import Fill, Side

CASH = 10_000
ENTRY = order(of=intent(stop=95, target=110))
EXIT = order(of=intent(2, kind=OrderKind.EXIT))
PRICES = st.decimals("0.01", "100000", places=2)
SIZES = st.integers(1, 10**8).map(lambda units: Decimal(units).scaleb(-8))
FEES = st.decimals(0, 50, places=8)
TINY = Fraction(1, 10**12)


class LedgerMachine(RuleBasedStateMachine):
    """``done`` is every fill that was booked; what the ledger should say is summed anew each time."""

    def __init__(self) -> None:
        super().__init__()
        self.done: list[Fill] = []
        self.ledger = Ledger()
        self.ledger.open((balance("USD", str(CASH)),))
        self.realised = Decimal(0)

    @rule(price=PRICES, size=SIZES, fee=FEES)
    def buys(self, price: Decimal, size: Decimal, fee: Decimal) -> None:
        self._book(fill(len(self.done) + 1, at_price=price, size=size, fee=fee))

    @precondition(lambda self: self._held())
    @rule(price=PRICES, share=st.integers(1, 4), fee=FEES)
    def sells(self, price: Decimal, share: int, fee: Decimal) -> None:
        size = self._held() if share == 4 else (self._held() * share / 4).quantize(Decimal("1e-8"))
        if size:
            self._book(fill(len(self.done) + 1, side=Side.SELL, at_price=price, size=size, fee=fee))

    @rule(price=PRICES, more=SIZES)
    def sells_more_than_there_is(self, price: Decimal, more: Decimal) -> None:
        before = self.ledger.totals()
        with pytest.raises(Oversold):
            self.ledger.book(fill(10**6, side=Side.SELL, at_price=price, size=self._held() + more), EXIT)
        assert self.ledger.totals() == before

    @rule()
    def restarts(self) -> None:
        """The next life continues from what the journal sums up."""
        again = Ledger()
        flows = tuple(self._flows().items())
        ids = frozenset(done.fill_id for done in self.done)
        again.restore((balance("USD", str(CASH)),), flows, tuple(self.ledger.positions.values()), ids)
        self.ledger = again

    def _book(self, done: Fill) -> None:
        assert not self.ledger.knows(done)
        self.realised += self.ledger.book(done, ENTRY if done.side is Side.BUY else EXIT).realised
        self.done.append(done)

    def _held(self) -> Decimal:
        return sum((done.quantity if done.side is Side.BUY else -done.quantity for done in self.done), Decimal(0))

    def _flows(self) -> dict[str, Decimal]:
        cash = sum(
            ((-1 if done.side is Side.BUY else 1) * done.price * done.quantity - done.fee for done in self.done),
            Decimal(0),
        )
        return {"BTC": self._held(), "USD": cash}

    @invariant()
    def totals_are_the_sums(self) -> None:
        flows = self._flows()
        assert self.ledger.total("BTC") == flows["BTC"] == self.ledger.held(BTC)
        assert self.ledger.total("USD") == CASH + flows["USD"]
        assert all(self.ledger.knows(done) for done in self.done)

    @invariant()
    def the_average_is_of_what_was_bought_since_the_position_was_opened(self) -> None:
        held, cost, fees = Fraction(0), Fraction(0), Fraction(0)
        for done in self.done:
            size, price, fee = Fraction(done.quantity), Fraction(done.price), Fraction(done.fee)
            if done.side is Side.BUY:
                held, cost, fees = held + size, cost + size * price, fees + fee
            else:
                left = (held - size) / held
                held, cost, fees = held * left, cost * left, fees * left
        position = self.ledger.positions.get(BTC)
        if held:
            assert position is not None
            assert abs(Fraction(position.average_entry) / (cost / held) - 1) < TINY
            assert abs(Fraction(position.entry_fees) - fees) < TINY
        else:
            assert position is None
        assert abs(Fraction(self.ledger.total("USD")) - (CASH + Fraction(self.realised) - cost - fees)) < TINY * 10**4


TestLedger = LedgerMachine.TestCase
TestLedger.settings = bounded(30, 30)
pytestmark = pytest.mark.req("PNL1")
