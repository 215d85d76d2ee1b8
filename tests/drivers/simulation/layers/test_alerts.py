"""The way of alerts."""

import pytest
from tests.drivers.simulation.histories import fault, lived

from trader247.checker.alerts import orders_wait_for_no_alert
from trader247.model.instant import SECOND

pytestmark = pytest.mark.req("AL1")


@pytest.mark.fault("OP-06")
def test_a_channel_that_hangs_tells_later_and_trading_goes_on_meanwhile() -> None:
    seen = lived(fault("network", "partition", for_s=12.0), fault("alerts", "hangs", for_s=40.0))
    (deaf,) = [breach for breach in seen.evidence.breaches if breach.kind == "alerts_down"]
    late = [alert for alert in seen.evidence.alerts if alert.at - alert.so_from > SECOND]
    assert late
    assert all(alert.at >= deaf.until for alert in late if deaf.until is not None)


def test_the_judge_has_orders_to_look_at_that_left_while_a_channel_hung() -> None:
    evidence = lived(fault("alerts", "hangs", for_s=30.0)).evidence
    assert orders_wait_for_no_alert.facts(evidence) > 0
    assert not list(orders_wait_for_no_alert(evidence))
