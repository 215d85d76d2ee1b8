"""Which ids a row carries, by its place in the message and never by its look."""

from typing import get_args

import pytest
from tests.builders import client_id
from tests.story_samples import AGAIN, CYCLE, RUN, WISH, facts, row, rows

from trader247.core.explain_ids import ID_KINDS, What, bearer
from trader247.core.journal import JournalFact
from trader247.messages.codec import kind_of_type

RECORDS = rows()


@pytest.mark.req("X2")
def test_a_fill_names_everything_that_led_to_it() -> None:
    found = bearer(RECORDS[6])
    assert found is not None
    assert dict(found.ids) == {
        What.FILL: "fone",
        What.VENUE_ORDER: "v1",
        What.INTENT: f"{RUN}-i1",
        What.CLIENT_ORDER: client_id(1),
        What.PROPOSAL: WISH,
        What.CYCLE: CYCLE,
    }
    assert (found.symbol, found.intent, found.proposal, found.leaves, found.left) == (
        "BTC-USD",
        f"{RUN}-i1",
        WISH,
        False,
        "0.5",
    )


def test_an_exit_of_no_proposal_leaves_and_names_none() -> None:
    found = bearer(RECORDS[9])
    assert found is not None
    assert found.leaves
    assert found.proposal is None
    assert {what for what, _ in found.ids} == {What.INTENT, What.CLIENT_ORDER}


def test_the_cycle_of_a_verdict_is_told_by_the_proposals_own_id() -> None:
    assert bearer(RECORDS[0]) == bearer(row(facts()[0][0]))
    found = bearer(RECORDS[1])
    assert found is not None
    assert found.ids == ((What.PROPOSAL, WISH), (What.CYCLE, CYCLE))
    assert (bearer(RECORDS[16]) or found).proposal == AGAIN


def test_kinds_without_an_id_are_passed_over_and_every_kind_with_one_is_a_fact_of_the_journal() -> None:
    assert bearer(RECORDS[10]) is None
    assert set(ID_KINDS) <= {kind_of_type(fact) for fact in get_args(JournalFact)}
    assert What.CLIENT_ORDER.word == "client order"
