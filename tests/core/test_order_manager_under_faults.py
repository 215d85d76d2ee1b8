"""Random histories: whatever is late, lost, repeated or reordered, and wherever it dies, the books end right."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.machines import bounded
from tests.model_exchange import OPENING_USD
from tests.order_world import SYMBOLS, Act, OrderWorld

from trader247.model.policy import ExitTerms, Policy, RestAtVenue

RARE = (Act.HALT, Act.RESTART, Act.KILL, Act.RESUME, Act.RESUME, Act.RESUME)
COMMON = tuple(act for act in Act if act not in RARE)
ROUGH = RARE + COMMON * 4 + (Act.BUY, Act.JOURNAL, Act.GATEWAY, Act.FILL, Act.FLOW) * 9
SMOOTH = RARE + COMMON * 4 + (Act.BUY, Act.FILL, Act.FLOW, Act.PASS) * 6 + (Act.SMOOTH,) * 20
"""In rough weather most orders end in doubt; in smooth weather they live long enough to be filled and sold again."""


EXITS = (
    ExitTerms(),
    ExitTerms(rest_at_venue=RestAtVenue.STOP_LIMIT, trailing_stop_pct=Decimal(2)),
    ExitTerms(rest_at_venue=RestAtVenue.BRACKET),
)


def histories(acts: tuple[Act, ...]) -> st.SearchStrategy[list[tuple[Act, int]]]:
    return st.lists(st.tuples(st.sampled_from(acts), st.integers(0, 500)), min_size=40, max_size=160)


@pytest.mark.req("X1", "OM2", "OM3", "E2", "R1", "PNL1", "SE1", "R3")
@pytest.mark.fault("OL-01", "OL-02", "OL-03", "OL-06", "OL-08", "OL-23", "PR-01", "PR-02", "PR-03")
@bounded(250)
@given(steps=histories(ROUGH) | histories(SMOOTH), exits=st.sampled_from(EXITS))
def test_whatever_happens_no_order_is_doubled_nothing_sold_twice_and_every_fill_booked_once(
    steps: list[tuple[Act, int]], exits: ExitTerms
) -> None:
    """The exchange lets no sale in that another may still be, and none of more than is held; the world raises."""
    world = OrderWorld(Policy(exits=exits))
    for act, number in steps:
        world.go(act, number)
    world.settle()
    assert world.drained, [(o.intent.intent_id, o.status) for o in world.manager._books.registry.unsettled()]
    assert all(order.intent.protects for order in world.exchange.live()), "a drain leaves what protects, and only that"
    assert world.journal.fill_ids == {f.fill_id for f in world.exchange.fills()}
    books = world.manager._books.ledger
    for balance in world.exchange.balances(SYMBOLS):
        assert books.total(balance.currency) == balance.total
    for symbol in SYMBOLS:
        assert books.held(symbol) == world.exchange.held(symbol)
    assert world.portfolio is not None
    assert all(exposure.working == 0 for exposure in world.portfolio.exposures)
    working = [order for order in world.journal.orders.values() if not order.status.terminal]
    assert {order.venue_order_id for order in working} == {order.venue_order_id for order in world.exchange.live()}
    for order in working:
        assert order.intent.quantity - order.booked <= world.exchange.held(order.intent.symbol)
    held = sum((p.cost + p.entry_fees for p in books.positions.values()), Decimal(0))
    assert abs(world.exchange.cash() - (OPENING_USD + world.journal.realised - held)) < Decimal("1e-15")
