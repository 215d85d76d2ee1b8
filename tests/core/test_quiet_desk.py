"""What the order manager says beforehand of quotes and ticks, and what it says of them when it is told."""

from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import BTC, ETH, moment, position, price, quote
from tests.core.scripted_orders import NO_BOOKS, Script

from trader247.core.order_manager import ManagerOut, OrderManager
from trader247.messages.base import Tick
from trader247.messages.control import GuardVoted
from trader247.messages.market import QuoteAccepted
from trader247.messages.orders import EquityMarked, PortfolioChanged
from trader247.model.instant import Moment
from trader247.model.policy import Caps, ExitTerms, Policy, RestAtVenue

pytestmark = pytest.mark.req("BT1", "R3", "X3")

WORTH = (PortfolioChanged, GuardVoted)
"""What a tick says when there is nothing but worth to tell."""


def holding(policy: Policy | None = None, **changed: Any) -> Script:
    """3 BTC at 100 in an account of 10,300, with a stop at 95 and a target at 110."""
    held = evolve(position(BTC, size=3, entry=100, stop=95, target=110, max_hold_s=3600), **changed)
    script = Script(evolve(NO_BOOKS, positions=(held,)), policy=policy)
    script.quote(100)
    script.say(Tick())
    return script


def manager(script: Script) -> OrderManager:
    return script.manager


def now_of(script: Script) -> Moment:
    return moment(script.second)


def test_it_is_at_rest_while_no_order_is_under_way() -> None:
    script = holding()
    assert manager(script).quiet.at_rest
    script.approve()
    assert not manager(script).quiet.at_rest


def test_where_exits_rest_at_the_venue_no_bid_is_in_the_band() -> None:
    script = holding(Policy(exits=ExitTerms(rest_at_venue=RestAtVenue.STOP_LIMIT)))
    (held,) = manager(script).quiet.held().values()
    assert manager(script).quiet.band(held).low == Decimal("Infinity")


@settings(max_examples=60, deadline=None)
@given(
    bids=st.lists(st.decimals("90", "115", places=1), min_size=1, max_size=6),
    trailing=st.sampled_from([Decimal(0), Decimal(1)]),
    cap=st.sampled_from([Decimal(5), Decimal("2.95"), Decimal("2.8")]),
)
def test_a_quote_in_the_band_and_a_tick_that_passes_say_nothing_but_what_all_is_worth(
    bids: list[Decimal], trailing: Decimal, cap: Decimal
) -> None:
    policy = Policy(exits=ExitTerms(trailing_stop_pct=trailing), caps=Caps(per_asset_pct=cap))
    script = holding(policy)
    for number, bid in enumerate(bids, 1):
        made = manager(script)
        if not made.quiet.at_rest:
            return
        script.second = 60 * number
        (held,) = made.quiet.held().values()
        low, high, until = made.quiet.band(held)
        inside = bid > low and (high is None or bid < high) and (until is None or now_of(script).utc < until)
        said: list[ManagerOut] = made.handle(
            QuoteAccepted(quote(BTC, bid, bid + 1, second=script.second)), now_of(script)
        )
        if not inside:
            return
        assert said == []
        nlv = made.quiet.passed({BTC: float(bid) + 0.5}, now_of(script))
        told = made.handle(Tick(), now_of(script))
        if nlv is None:
            return
        assert not [each for each in told if not isinstance(each, WORTH)]
        (worth,) = (each for each in told if isinstance(each, PortfolioChanged))
        assert float(worth.nlv) == pytest.approx(nlv, rel=1e-12)


def test_a_new_high_is_no_tick_to_let_pass() -> None:
    script = holding()
    assert manager(script).quiet.passed({BTC: 101.5}, now_of(script)) is None
    assert manager(script).quiet.passed({BTC: 99.5}, now_of(script)) == pytest.approx(10_298.5, rel=0.1)


def test_a_quote_that_was_noted_is_what_the_next_portfolio_is_told_at() -> None:
    script = holding()
    manager(script).quiet.note_quote(quote(ETH, 50, 51))
    manager(script).quiet.note_quote(quote(BTC, 97, 98))
    (worth,) = (each for each in script.say(Tick()) if isinstance(each, PortfolioChanged))
    assert worth.exposures[0].position == price(Decimal("292.5"))
    assert not [each for each in script.say(Tick()) if isinstance(each, PortfolioChanged | EquityMarked)]
