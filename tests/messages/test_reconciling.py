from decimal import Decimal

import pytest
from tests.messages.shapes import changeable_fields, classes_of, is_frozen_and_slotted

from trader247.messages import reconciling
from trader247.messages.reconciling import Difference, DifferenceKind, Subject


@pytest.mark.req("SUP1")
@pytest.mark.parametrize("message", classes_of(reconciling))
def test_a_message_is_frozen_slotted_and_made_of_nothing_that_could_change(message: type) -> None:
    assert is_frozen_and_slotted(message)
    assert changeable_fields(message) == []


@pytest.mark.req("REC1")
def test_a_difference_is_the_same_one_as_long_as_the_gap_is() -> None:
    def gap(ours: int, theirs: int) -> object:
        return Difference(DifferenceKind.SIZE, Subject.BALANCE, "USD", Decimal(ours), Decimal(theirs)).mark

    assert gap(10, 7) == gap(9, 6)
    assert gap(10, 7) != gap(10, 6)
