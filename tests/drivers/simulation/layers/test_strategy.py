"""The code of strategies."""

import pytest
from tests.drivers.simulation.histories import fault, lived

from trader247.drivers.simulation.layers.strategy import KINDS

pytestmark = pytest.mark.req("STR1")


@pytest.mark.fault("ST-01", "ST-02", "ST-05", "ST-06")
def test_no_strategy_brings_the_daemon_down_or_an_absurd_order_out() -> None:
    seen = lived(*(fault("strategy", kind) for kind in KINDS), minutes=3.0)
    assert len(seen.struck) == len(KINDS)
    assert [life.how for life in seen.evidence.lives] == ["drained"]
    assert {order.symbol for order in seen.evidence.orders} <= {"BTC-USD", "ETH-USD", "SOL-USD"}
