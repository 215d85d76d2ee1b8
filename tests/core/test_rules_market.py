import pytest
from attrs import evolve
from tests.builders import BTC
from tests.core.rule_samples import SALE, WISH, seeing
from tests.market_samples import wish

from trader247.core.rules_market import calm_enough, market_is_fresh, spread_is_narrow
from trader247.model.signals import Tier


@pytest.mark.req("U1")
def test_each_tier_has_its_own_widest_spread() -> None:
    for tier, widest in ((Tier.CORE, 20), (Tier.ROTATIONAL, 35), (Tier.EVENT_DRIVEN, 60)):
        assert spread_is_narrow(seeing(spread_bps=widest, tier=tier), WISH) is None
        assert spread_is_narrow(seeing(spread_bps=widest + 1, tier=tier), WISH) is not None


@pytest.mark.req("ST1", "R3")
def test_an_old_quote_stops_a_sale_too_and_a_wide_spread_does_not() -> None:
    stale = market_is_fresh(seeing(second=-6), SALE)
    assert stale is not None
    assert "quote is 6.0 s old" in stale.text
    assert spread_is_narrow(seeing(spread_bps=500), evolve(wish(BTC), side=SALE.side)) is None


@pytest.mark.req("VOL1")
def test_what_swings_more_than_the_limit_is_not_entered_and_at_the_limit_it_is() -> None:
    assert calm_enough(seeing(volatility_pct=200.0), WISH) is None
    wild = calm_enough(seeing(volatility_pct=200.5), WISH)
    assert wild is not None
    assert (wild.rule, wild.text) == ("volatility", "volatility is 200 % a year, at most 200 %")
    assert calm_enough(seeing(volatility_pct=900.0), SALE) is None
