from typing import get_args

import attrs
import pytest
from tests.messages.shapes import changeable_fields, classes_of, is_frozen_and_slotted

from trader247.model import venue


@pytest.mark.parametrize("answer", classes_of(venue))
def test_what_a_venue_answers_is_frozen_and_made_of_nothing_that_could_change(answer: type) -> None:
    assert is_frozen_and_slotted(answer)
    assert changeable_fields(answer) == []


@pytest.mark.req("OM2")
def test_a_lookup_is_found_absent_or_undecided_and_absence_needs_evidence() -> None:
    assert set(get_args(venue.OrderLookup)) == {venue.Found, venue.Absent, venue.Undecided}
    with pytest.raises(TypeError, match="evidence"):
        venue.Absent()  # type: ignore[call-arg]


def test_fee_rates_are_fractions_by_name_and_not_basis_points() -> None:
    assert [field.name for field in attrs.fields(venue.FeeRates)] == ["maker", "taker", "tier"]
