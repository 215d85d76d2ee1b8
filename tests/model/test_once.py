"""What a once-only guard answers."""

from typing import get_args

from trader247.model.ids import RunEpoch
from trader247.model.once import Claim, Done, Fresh, InProgress


def test_the_three_answers_are_told_apart_by_their_type_and_equal_by_what_they_say() -> None:
    assert set(get_args(Claim)) == {Fresh, Done, InProgress}
    assert Fresh() == Fresh()
    assert Done("a") != Done("b")
    assert InProgress(RunEpoch("e")) == InProgress(RunEpoch("e"))
