import pytest
from tests.messages.shapes import changeable_fields, classes_of, is_frozen_and_slotted

from trader247.messages import control
from trader247.model.mode import TradingState


@pytest.mark.req("SUP1")
@pytest.mark.parametrize("message", classes_of(control))
def test_a_message_is_frozen_slotted_and_made_of_nothing_that_could_change(message: type) -> None:
    assert is_frozen_and_slotted(message)
    assert changeable_fields(message) == []


@pytest.mark.req("AL1")
def test_an_alert_gets_louder_step_by_step_and_stays_at_the_top() -> None:
    steps = [control.Severity.INFO]
    while len(steps) < 4:
        steps.append(steps[-1].louder)
    assert [step.value for step in steps] == ["INFO", "WARNING", "CRITICAL", "CRITICAL"]


def test_every_guard_has_its_own_name() -> None:
    assert len({guard.value for guard in control.Guard}) == len(control.Guard)
    assert all(guard.value == guard.name.lower() for guard in control.Guard)


def test_an_operator_can_ask_for_no_state_that_only_the_latch_may_give() -> None:
    asked = control.SetTradingState(TradingState.REDUCING, by="op", reason="lunch")
    assert asked.state is not TradingState.HALTED
