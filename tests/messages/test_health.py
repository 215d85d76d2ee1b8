import pytest
from tests.messages.shapes import changeable_fields, classes_of, is_frozen_and_slotted

from trader247.messages import health


@pytest.mark.req("SUP1")
@pytest.mark.parametrize("message", classes_of(health))
def test_a_message_is_frozen_slotted_and_made_of_nothing_that_could_change(message: type) -> None:
    assert is_frozen_and_slotted(message)
    assert changeable_fields(message) == []


def test_health_names_the_mailbox_whose_message_waits_longest() -> None:
    assert health.HealthSeen(loop_lag_s=0.1, mailbox_age_s=3.0, mailbox="order_manager").mailbox == "order_manager"
