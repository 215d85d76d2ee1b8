import pytest

from trader247 import errors
from trader247.errors import (
    AnotherInstanceRuns,
    ConfigurationInvalid,
    Failure,
    GateClosed,
    OutcomeUnknown,
    RefusedByGate,
    Trader247Error,
    UnrecoverableFault,
    VenueError,
    VenueRejected,
    VenueUnavailable,
)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Trader247Error, 1),
        (ConfigurationInvalid, 2),
        (RefusedByGate, 3),
        (AnotherInstanceRuns, 4),
        (UnrecoverableFault, 5),
    ],
)
def test_every_end_of_the_program_has_its_own_exit_code(error: type[Trader247Error], code: int) -> None:
    assert error("why").exit_code == code


def test_everything_this_program_can_explain_can_be_caught_as_one() -> None:
    made = [getattr(errors, name) for name in errors.__all__]
    raised = [cls for cls in made if isinstance(cls, type) and issubclass(cls, BaseException)]
    assert all(issubclass(cls, Trader247Error) for cls in raised)
    assert not issubclass(Trader247Error, OSError)


@pytest.mark.req("OM2")
def test_the_three_truths_about_a_request_exclude_one_another() -> None:
    truths = (VenueRejected, VenueUnavailable, OutcomeUnknown)
    assert all(issubclass(truth, VenueError) for truth in truths)
    assert not any(issubclass(one, other) for one in truths for other in truths if one is not other)


@pytest.mark.req("OM2")
def test_an_unknown_outcome_is_always_ambiguous_and_says_nothing_about_retrying() -> None:
    error = OutcomeUnknown("read timed out")
    assert (error.failure, error.retry_after_s, str(error)) == (Failure.AMBIGUOUS, None, "read timed out")


def test_a_closed_gate_is_a_request_that_had_no_effect() -> None:
    error = GateClosed("no entry permit")
    assert isinstance(error, VenueUnavailable)
    assert error.failure is not Failure.RETRYABLE


@pytest.mark.req("CB1")
def test_an_error_keeps_the_wait_the_venue_asked_for() -> None:
    assert VenueUnavailable("429", failure=Failure.RATE_LIMIT, retry_after_s=2.5).retry_after_s == 2.5


@pytest.mark.req("FC1")
def test_every_kind_of_failure_of_the_requirement_has_a_name() -> None:
    wanted = "retryable rate_limit ambiguous insufficient_funds invalid_order auth forbidden maintenance unknown"
    assert set(wanted.split()) <= {failure.value for failure in Failure}
