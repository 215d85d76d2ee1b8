from trader247.config.faults import ConfigurationFaults, Fault, Place
from trader247.errors import ConfigurationInvalid


def fault(line: int, text: str = "is wrong") -> Fault:
    return Fault(Place("config/policy.yaml", line, 5), ("policy", "caps", "total_pct"), text)


def test_a_fault_names_file_line_column_key_and_what_is_wrong() -> None:
    told = fault(12, "250 is not allowed (0 < x <= 100)")
    assert str(told) == "config/policy.yaml:12:5: caps.total_pct: 250 is not allowed (0 < x <= 100)"


def test_a_fault_of_an_override_names_the_override() -> None:
    place = Place("environment TRADER247_POLICY__CAPS__TOTAL_PCT")
    assert str(Fault(place, (), "unknown section")) == f"{place.source}: unknown section"


def test_faults_are_told_in_the_order_of_the_file_and_once_each() -> None:
    error = ConfigurationFaults([fault(9), fault(2), fault(9), fault(10)])
    assert [one.place.line for one in error.faults] == [2, 9, 10]


def test_beyond_a_hundred_faults_the_rest_are_counted() -> None:
    error = ConfigurationFaults([fault(line) for line in range(1, 131)])
    assert str(error).endswith("... and 30 more")
    assert len(error.faults) == 130


def test_a_wrong_configuration_ends_the_start_with_its_own_exit_code() -> None:
    error = ConfigurationFaults([fault(1)])
    assert isinstance(error, ConfigurationInvalid)
    assert error.exit_code == 2
    assert str(error).startswith("the configuration has 1 fault; nothing was started")
