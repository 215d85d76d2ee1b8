from tests.messages.shapes import changeable_fields, is_frozen_and_slotted

from trader247.model.external_signal import ExternalSignal


def test_a_signal_cannot_change_on_its_way() -> None:
    assert is_frozen_and_slotted(ExternalSignal)
    assert changeable_fields(ExternalSignal) == []
