import pytest
from tests.messages.shapes import changeable_fields, classes_of, is_frozen_and_slotted

from trader247.messages import base


@pytest.mark.req("SUP1")
@pytest.mark.parametrize("message", classes_of(base))
def test_a_message_is_frozen_slotted_and_made_of_nothing_that_could_change(message: type) -> None:
    assert is_frozen_and_slotted(message)
    assert changeable_fields(message) == []


def test_one_tick_is_as_good_as_another() -> None:
    assert base.Tick() == base.Tick()
    assert {base.Tick(), base.Tick()} == {base.Tick()}
