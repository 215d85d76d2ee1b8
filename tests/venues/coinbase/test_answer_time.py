"""An answer's own headers say when it was made; whatever does not say so plainly says nothing."""

import pytest

from trader247.model.instant import instant
from trader247.venues.coinbase.answer_time import answered_at

pytestmark = pytest.mark.req("ST1")

DATE = "Sun, 27 Sep 2026 10:15:30 GMT"


def test_an_answer_was_made_at_its_date() -> None:
    assert answered_at({"date": DATE}) == instant("2026-09-27T10:15:30Z")


@pytest.mark.fault("MD-01")
def test_an_answer_that_a_cache_kept_is_as_old_as_the_cache_says() -> None:
    assert answered_at({"date": DATE, "age": "25"}) == instant("2026-09-27T10:15:05Z")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"date": ""},
        {"date": "soon"},
        {"date": "Sun, 27 Sep 2026 10:15:30"},
        {"date": "Sun, 99 Sep 2026 10:15:30 GMT"},
        {"date": DATE, "age": "-1"},
        {"date": DATE, "age": "young"},
        {"date": DATE, "age": "999999999999"},
    ],
)
def test_a_date_or_an_age_that_cannot_be_read_says_nothing(headers: dict[str, str]) -> None:
    assert answered_at(headers) is None
