from decimal import Decimal

import pytest
from tests.builders import BTC, portfolio
from tests.core.rule_samples import books
from tests.market_samples import buying, wish

from trader247.core.risk_rules import first_objection


@pytest.mark.req("E1")
@pytest.mark.parametrize("nlv", ["9999.99", "3", "7777.77", "0.07", "123456789.01"])
@pytest.mark.parametrize("nudge", ["0", "1E-20"])
def test_a_cap_is_exact_however_odd_the_account(nlv: str, nudge: str) -> None:
    held = {BTC: Decimal(nlv) * 3 / 100 + Decimal(nudge)}
    reason = first_objection(books(portfolio(nlv=nlv, exposures=buying(held))), wish(BTC, 2))
    assert (reason is None) is (nudge == "0")
