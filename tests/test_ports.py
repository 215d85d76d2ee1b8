import inspect
from typing import get_args

import pytest
from tests.messages.shapes import changeable_fields, classes_of, is_frozen_and_slotted

from trader247 import ports
from trader247.model.market import Quote
from trader247.model.venue import OrderReport


@pytest.mark.parametrize("answer", classes_of(ports))
def test_what_a_port_answers_is_frozen_and_made_of_nothing_that_could_change(answer: type) -> None:
    assert is_frozen_and_slotted(answer)
    assert changeable_fields(answer) == []


@pytest.mark.req("D1")
def test_a_stream_says_what_came_and_when_nothing_of_it_can_be_trusted() -> None:
    assert set(get_args(ports.MarketEvent)) == {Quote, ports.StreamUp, ports.StreamDown}
    assert set(get_args(ports.UserEvent)) == {OrderReport, ports.StreamUp, ports.StreamDown}


def test_every_question_to_a_venue_is_asynchronous_and_its_two_writes_are_extra() -> None:
    reading = {name for name, made in inspect.getmembers(ports.VenueReader, inspect.isfunction) if name[0] != "_"}
    writing = {name for name, made in inspect.getmembers(ports.Venue, inspect.isfunction) if name[0] != "_"} - reading
    assert writing == {"place", "cancel"}
    assert all(inspect.iscoroutinefunction(getattr(ports.Venue, name)) for name in reading | writing)


@pytest.mark.req("X1")
def test_an_order_cannot_be_placed_without_a_gate() -> None:
    gate = inspect.signature(ports.Venue.place).parameters["gate"]
    assert gate.default is inspect.Parameter.empty
