import pytest

from trader247.model.policy_breakers import BreakerTerms, Tripping

pytestmark = pytest.mark.req("CB2")


def test_the_bursts_are_those_of_the_requirement() -> None:
    terms = BreakerTerms()
    assert (terms.api_errors.failures, terms.api_errors.window_s) == (5, 300.0)
    assert (terms.rate_limits.failures, terms.rate_limits.window_s) == (3, 600.0)


def test_a_breaker_that_no_failure_opens_is_refused() -> None:
    with pytest.raises(ValueError, match="failures: 0 is not allowed"):
        Tripping(failures=0, window_s=60.0, open_s=30.0)
