"""What of the daemon can be seen without a process: the rest is shown by tests that start one."""

import pytest

from trader247.config.schema import Configuration
from trader247.core.order_timers import ABSENCES, LOOK_UP_S, SETTLE_S
from trader247.drivers.live import _DRAIN_SHARE


@pytest.mark.req("SUP6", "OM2")
def test_a_drain_lasts_long_enough_to_resolve_an_order_that_was_just_sent() -> None:
    drain_s = Configuration(strategies={}).app.shutdown_deadline_s * _DRAIN_SHARE
    assert drain_s >= max(SETTLE_S, ABSENCES * LOOK_UP_S)
    assert _DRAIN_SHARE < 1, "the actors' ends need time too"
