"""The configuration of a history."""

from tests.config.loadable import SHIPPED

from trader247.drivers.simulation.configuring import loaded_for, rereading


def test_a_busy_daemon_has_no_patience_and_a_patient_one_is_as_configured() -> None:
    busy, patient = loaded_for(SHIPPED), loaded_for(SHIPPED, busy=False)
    assert busy.configuration.policy.cooldown_minutes < 1
    assert patient.configuration.policy.cooldown_minutes > 1


def test_what_is_said_goes_over_both() -> None:
    said = loaded_for(SHIPPED, ("policy.cooldown_minutes=7",))
    assert said.configuration.policy.cooldown_minutes == 7


def test_a_reload_finds_a_change_and_the_next_one_the_way_back() -> None:
    read = rereading(SHIPPED)
    found = [read().fingerprint for _ in range(3)]
    assert found[0] == found[2] != found[1] == loaded_for(SHIPPED).fingerprint
