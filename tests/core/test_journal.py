"""What is written down, and who waits for it."""

from typing import get_args

import pytest
from tests.builders import intent, order

from trader247.core.journal import JournalFact, JournalIn, waits_for_disk
from trader247.messages.codec import kind_of
from trader247.messages.control import DaemonStopped
from trader247.messages.orders import IntentDurable, LoadBooks, OrderChanged


@pytest.mark.req("OM3")
def test_only_an_intent_that_asks_for_it_waits_for_the_disk() -> None:
    made = OrderChanged(order(), "made", await_durable=True)
    assert waits_for_disk(made) == IntentDurable(intent().intent_id)
    assert waits_for_disk(OrderChanged(order(), "opened")) is None
    assert waits_for_disk(DaemonStopped("told to", clean=True)) is None


def test_the_journal_is_told_facts_and_asked_one_question() -> None:
    assert set(get_args(JournalIn)) == {*get_args(JournalFact), LoadBooks}


def test_every_fact_has_a_name_of_its_own_on_disk() -> None:
    kinds = get_args(JournalFact)
    assert len({kind_of(object.__new__(kind)) for kind in kinds}) == len(kinds)
