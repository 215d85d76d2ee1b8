from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import BTC, ETH, RULES, moment, portfolio, position
from tests.market_samples import context, view

from trader247.core.risk_books import Books
from trader247.core.risk_rules import within_bounds
from trader247.messages.trading import TradeProposal
from trader247.model.policy import EntryBounds, Policy
from trader247.model.policy_strategies import MeanReversionParameters
from trader247.model.policy_universe import Universe
from trader247.model.signals import InstrumentView, Trigger, TriggerKind
from trader247.strategies.triggered import fired_of, long_proposal

pytestmark = pytest.mark.req("STR5")

FOUND = Trigger(BTC, TriggerKind.BREAKOUT, 0.7, 0.8, 2.0, "it rose")
TERMS = MeanReversionParameters()


def seen(atr_pct: float = 2.0) -> InstrumentView:
    return evolve(view(BTC), atr_pct=atr_pct, fired=(FOUND,))


def proposed(atr_pct: float, entry: EntryBounds | None = None, found: Trigger = FOUND) -> TradeProposal | None:
    return long_proposal(RULES, seen(atr_pct), found, TERMS, entry or EntryBounds())


def test_stop_and_target_are_so_many_true_ranges_from_the_entry() -> None:
    made = proposed(2.0)
    assert made is not None
    assert (made.stop_loss_pct, made.take_profit_pct) == (Decimal("2.4"), Decimal("3.6"))
    assert (made.max_hold_s, made.reason) == (24 * 3600, "breakout: it rose")
    assert made.conviction == pytest.approx(0.5 * 0.7 + 0.3 * 0.8)


def test_without_a_known_range_nothing_is_proposed() -> None:
    assert proposed(0.0) is None


def test_exactly_at_the_least_conviction_it_is_proposed_and_under_it_is_not() -> None:
    exactly = 0.5 * 0.7 + 0.3 * 0.8
    assert proposed(2.0, EntryBounds(min_conviction=exactly)) is not None
    assert proposed(2.0, EntryBounds(min_conviction=exactly + 1e-9)) is None


def test_an_instrument_that_is_held_or_fired_something_else_is_left_alone() -> None:
    asked = context(seen(), view(ETH))
    assert [found for _, found in fired_of(asked, TriggerKind.BREAKOUT)] == [FOUND]
    assert list(fired_of(asked, TriggerKind.MOMENTUM)) == []
    assert list(fired_of(evolve(asked, positions=(position(BTC),)), TriggerKind.BREAKOUT)) == []


def test_a_trigger_counts_though_another_of_the_instrument_is_stronger() -> None:
    stronger = Trigger(BTC, TriggerKind.MOMENTUM, 1.0, 1.0, 9.0, "more")
    asked = context(evolve(view(BTC), fired=(stronger, FOUND)))
    assert [found for _, found in fired_of(asked, TriggerKind.BREAKOUT)] == [FOUND]


@pytest.mark.req("R2")
@given(
    st.floats(1e-9, 1e4),
    st.decimals("0.1", 9, places=2),
    st.decimals(10, 50, places=2),
    st.decimals("0.1", 9, places=2),
    st.decimals(10, 900, places=2),
)
def test_no_proposal_is_refused_for_a_bound_that_could_be_known(
    atr_pct: float, stop_min: Decimal, stop_max: Decimal, target_min: Decimal, target_max: Decimal
) -> None:
    entry = EntryBounds(
        stop_pct_min=stop_min, stop_pct_max=stop_max, target_pct_min=target_min, target_pct_max=target_max
    )
    made = proposed(atr_pct, entry)
    if made is None:
        assert round(atr_pct, 6) == 0
        return
    books = Books(
        now=moment(),
        policy=Policy(entry=entry),
        universe=Universe(),
        portfolio=portfolio(),
        pending={},
        views={},
        approved_at=(),
    )
    assert within_bounds(books, made) is None
