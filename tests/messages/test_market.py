import pytest
from tests.builders import BTC, ETH, SOL, instrument
from tests.messages.shapes import changeable_fields, classes_of, is_frozen_and_slotted

from trader247.messages import market
from trader247.model.instrument import ProductStatus


@pytest.mark.req("SUP1")
@pytest.mark.parametrize("message", classes_of(market))
def test_a_message_is_frozen_slotted_and_made_of_nothing_that_could_change(message: type) -> None:
    assert is_frozen_and_slotted(message)
    assert changeable_fields(message) == []


@pytest.mark.req("EX1")
def test_an_instrument_that_the_venue_did_not_list_is_of_unknown_status() -> None:
    listed = market.InstrumentsListed((instrument(BTC), instrument(ETH, status=ProductStatus.AUCTION)))
    assert listed.status_of(BTC) is ProductStatus.ONLINE
    assert listed.status_of(ETH) is ProductStatus.AUCTION
    assert listed.status_of(SOL) is ProductStatus.UNKNOWN
