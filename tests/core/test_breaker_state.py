import itertools

import pytest

from trader247.core.breaker_state import TRANSITIONS, BreakerEvent
from trader247.messages.breakers import BreakerState

pytestmark = pytest.mark.req("CB2")

S, E = BreakerState, BreakerEvent

MOVES = {
    (S.CLOSED, E.TOO_MANY_FAILED): S.OPEN,
    (S.OPEN, E.TIME_IS_OVER): S.HALF_OPEN,
    (S.HALF_OPEN, E.ENOUGH_WENT_WELL): S.CLOSED,
    (S.HALF_OPEN, E.FAILED): S.OPEN,
    (S.HALF_OPEN, E.TOO_MANY_FAILED): S.OPEN,
    (S.CLOSED, E.OPERATOR_OPENED): S.OPEN,
    (S.HALF_OPEN, E.OPERATOR_OPENED): S.OPEN,
    (S.OPEN, E.OPERATOR_CLOSED): S.CLOSED,
    (S.HALF_OPEN, E.OPERATOR_CLOSED): S.CLOSED,
}
"""Everything that moves a breaker; whatever else happens leaves it where it is."""


def test_every_state_has_a_row_for_every_event() -> None:
    assert TRANSITIONS.keys() == set(BreakerState)
    for rows in TRANSITIONS.values():
        assert rows.keys() == set(BreakerEvent)


@pytest.mark.parametrize(("state", "event"), [*itertools.product(BreakerState, BreakerEvent)])
def test_nothing_moves_a_breaker_but_what_the_rules_name(state: BreakerState, event: BreakerEvent) -> None:
    assert TRANSITIONS[state][event] is MOVES.get((state, event), state)


def test_an_open_breaker_closes_only_by_a_probe_or_by_an_operator() -> None:
    assert [e for e, after in TRANSITIONS[S.OPEN].items() if after is S.CLOSED] == [E.OPERATOR_CLOSED]
