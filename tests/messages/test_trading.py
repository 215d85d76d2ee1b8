import attrs
import pytest
from tests.market_samples import wish
from tests.messages.shapes import changeable_fields, classes_of, is_frozen_and_slotted

from trader247.messages import trading


@pytest.mark.req("SUP1")
@pytest.mark.parametrize("message", classes_of(trading))
def test_a_message_is_frozen_slotted_and_made_of_nothing_that_could_change(message: type) -> None:
    assert is_frozen_and_slotted(message)
    assert changeable_fields(message) == []


@pytest.mark.req("R2")
def test_a_proposal_without_one_of_its_fields_cannot_be_made() -> None:
    complete = {field.name: getattr(wish(), field.name) for field in attrs.fields(trading.TradeProposal)}
    assert trading.TradeProposal(**complete) == wish()
    for missing in complete.keys() - {"canary"}:
        with pytest.raises(TypeError, match=missing):
            trading.TradeProposal(**{name: value for name, value in complete.items() if name != missing})


@pytest.mark.req("R2")
def test_a_proposal_carries_everything_the_requirement_lists() -> None:
    wanted = {"symbol", "side", "notional_pct", "stop_loss_pct", "take_profit_pct", "conviction"}
    assert wanted | {"strategy", "reason", "max_hold_s", "canary"} == {
        f.name for f in attrs.fields(trading.TradeProposal)
    }


@pytest.mark.req("E1")
def test_a_refusal_carries_the_rule_the_cap_and_the_numbers_it_compared() -> None:
    wanted = {"rule", "cap_type", "current_pct", "proposed_pct", "limit_pct"}
    assert wanted <= {field.name for field in attrs.fields(trading.RiskReason)}
