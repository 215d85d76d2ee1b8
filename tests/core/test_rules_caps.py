from decimal import Decimal

import pytest
from attrs import evolve
from tests.builders import BTC, ETH, RULES, portfolio, usd
from tests.core.rule_samples import UNIVERSE, books
from tests.market_samples import UNPACED, buying, view, wish

from trader247.core.risk_rules import first_objection
from trader247.model.instrument import Symbol

BTC_USDC = Symbol("BTC-USDC")


@pytest.mark.req("E1")
@pytest.mark.parametrize("nlv", ["9999.99", "3", "7777.77", "0.07", "123456789.01"])
@pytest.mark.parametrize("nudge", ["0", "1E-20"])
def test_a_cap_is_exact_however_odd_the_account(nlv: str, nudge: str) -> None:
    held = {BTC: Decimal(nlv) * 3 / 100 + Decimal(nudge)}
    reason = first_objection(books(portfolio(nlv=nlv, exposures=buying(held))), wish(BTC, 2))
    assert (reason is None) is (nudge == "0")


@pytest.mark.req("U5", "E1", "U2")
@pytest.mark.parametrize(("wanted", "held"), [(BTC, BTC_USDC), (BTC_USDC, BTC)])
def test_two_books_of_one_asset_are_added_together_for_its_cap_and_its_themes(wanted: Symbol, held: Symbol) -> None:
    core = evolve(UNIVERSE.tiers.core, symbols=(*UNIVERSE.tiers.core.symbols, BTC_USDC))
    universe = evolve(UNIVERSE, tiers=evolve(UNIVERSE.tiers, core=core))
    views = {symbol: view(symbol) for symbol in (BTC, BTC_USDC)}
    known = books(policy=UNPACED, universe=universe, views=views, pending={held: usd(150)})
    shown = evolve(known, portfolio=portfolio(exposures=buying({held: 250})))
    assert first_objection(shown, wish(wanted, 1)) is None
    reason = first_objection(shown, wish(wanted, "1.0001"))
    assert reason is not None
    assert (reason.rule, reason.current_pct, reason.limit_pct) == ("asset_cap", Decimal(4), Decimal(5))
    crowded = evolve(shown, portfolio=portfolio(exposures=buying({ETH: 500, held: 350})))
    reason = first_objection(crowded, wish(wanted, "0.0001"))
    assert reason is not None
    assert (reason.rule, reason.cap_type) == ("asset_cap", "asset")
    themed = evolve(shown, portfolio=portfolio(exposures=buying({ETH: 850})))
    reason = first_objection(themed, wish(wanted, 1))
    assert reason is not None
    assert reason.cap_type == "theme:LAYER1"


@pytest.mark.req("STR3", "E1")
def test_a_strategy_is_given_no_more_than_its_own_cap_in_a_cycle_and_exactly_as_much() -> None:
    known = books(policy=UNPACED, budgets={RULES: Decimal(4)}, spent={RULES: usd(150)})
    assert first_objection(known, wish(BTC, "2.5")) is None
    reason = first_objection(known, wish(BTC, "2.6"))
    assert reason is not None
    assert (reason.rule, reason.cap_type) == ("strategy_cap", "strategy")
    assert (reason.current_pct, reason.proposed_pct, reason.limit_pct) == (Decimal("1.5"), Decimal("2.6"), Decimal(4))
