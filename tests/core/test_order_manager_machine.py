"""The order manager against an exchange and a journal that are models: after every step, not at the end alone."""

from decimal import Decimal

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.machines import bounded
from tests.model_exchange import OPENING_USD
from tests.order_world import SYMBOLS, Act, OrderWorld

from trader247.model.policy import ExitTerms, Policy, RestAtVenue

NUMBERS = st.integers(0, 500)
FLOWING = (Act.BUY, Act.FILL, Act.FLOW, Act.PASS, Act.SMOOTH)
WEATHER = tuple(act for act in Act if act not in FLOWING and act not in {Act.HALT, Act.RESTART, Act.KILL, Act.RESUME})


class OrderManagerMachine(RuleBasedStateMachine):
    """The world raises at any step that doubles an order, sells twice or moves an order backwards."""

    world: OrderWorld

    @initialize(rest=st.sampled_from(RestAtVenue))
    def opens(self, rest: RestAtVenue) -> None:
        self.world = OrderWorld(Policy(exits=ExitTerms(rest_at_venue=rest)))

    @rule(act=st.sampled_from(FLOWING), number=NUMBERS)
    def flows(self, act: Act, number: int) -> None:
        self.world.go(act, number)

    @rule(act=st.sampled_from(WEATHER), number=NUMBERS)
    def weathers(self, act: Act, number: int) -> None:
        self.world.go(act, number)

    @rule(act=st.sampled_from((Act.RESTART, Act.KILL)), number=NUMBERS)
    def dies(self, act: Act, number: int) -> None:
        self.world.go(act, number)

    @rule(number=NUMBERS)
    def halts_and_goes_on(self, number: int) -> None:
        self.world.go(Act.HALT, number)
        self.world.go(Act.RESUME, number)

    @invariant()
    def books_only_what_the_exchange_has(self) -> None:
        theirs = {fill.fill_id for fill in self.world.exchange.fills()}
        assert self.world.journal.fill_ids <= theirs

    @invariant()
    def holds_what_its_own_fills_make(self) -> None:
        """Of what is durable: bought less sold, per instrument, never below nothing."""
        booked = self.world.journal.fill_ids
        for symbol in SYMBOLS:
            held = sum(
                (
                    fill.quantity if fill.side.value == "BUY" else -fill.quantity
                    for fill in self.world.exchange.fills()
                    if fill.symbol == symbol and fill.fill_id in booked
                ),
                Decimal(0),
            )
            position = self.world.journal.positions.get(symbol)
            assert (position.quantity if position else 0) == held

    def teardown(self) -> None:
        self.world.settle()
        assert self.world.drained
        assert self.world.journal.fill_ids == {fill.fill_id for fill in self.world.exchange.fills()}
        books = self.world.manager._books.ledger
        for balance in self.world.exchange.balances(SYMBOLS):
            assert books.total(balance.currency) == balance.total
        tied_up = sum((held.cost + held.entry_fees for held in books.positions.values()), Decimal(0))
        realised = self.world.journal.realised
        assert abs(self.world.exchange.cash() - (OPENING_USD + realised - tied_up)) < Decimal("1e-15")


TestOrderManager = OrderManagerMachine.TestCase
TestOrderManager.settings = bounded(25, 60)
pytestmark = pytest.mark.req("X1", "OM2", "OM3", "PNL1")
