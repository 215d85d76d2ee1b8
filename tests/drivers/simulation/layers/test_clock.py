"""The host's clock."""

import pytest
from tests.drivers.simulation.histories import fault, lived

pytestmark = pytest.mark.req("TIME1")


@pytest.mark.fault("HC-02")
def test_a_step_holds_entries_back_until_it_is_a_while_ago() -> None:
    seen = lived(fault("clock", "step", seconds=3600, for_s=15.0))
    (step,) = [breach for breach in seen.evidence.breaches if breach.kind == "clock_step"]
    held = [permit for permit in seen.evidence.permits if "clock" in permit.missing and permit.at > step.at]
    assert 0 < held[0].at - step.at < 5_000_000_000


@pytest.mark.fault("HC-03")
def test_a_drift_shows_in_the_alert_of_the_clock() -> None:
    assert lived(fault("clock", "drift", ppm=50_000, for_s=40.0)).alerts("clock")
