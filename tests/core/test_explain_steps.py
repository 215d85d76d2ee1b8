"""Every row in words."""

from typing import get_args

import pytest
from attrs import evolve
from tests.story_samples import CYCLE, REFUSED, RUN, WISH, row, rows, withheld

from trader247.core.explain_ids import ID_KINDS
from trader247.core.explain_steps import TOLD_ALONE, TOLD_IN_A_STORY, money, steps_of
from trader247.core.journal import JournalFact
from trader247.messages.codec import kind_of_type
from trader247.model.money import ZERO
from trader247.store.verifying import PRUNED

RECORDS = rows()


def told(number: int) -> list[tuple[str, str, str]]:
    return [(step.what, step.of, step.text) for step in steps_of(RECORDS[number - 1])]


@pytest.mark.req("X2")
def test_every_kind_the_journal_can_hold_is_told_or_passed_over_knowingly() -> None:
    kinds = {kind_of_type(fact) for fact in get_args(JournalFact)} | {PRUNED}
    assert set(TOLD_IN_A_STORY) | TOLD_ALONE.keys() == kinds
    assert set(TOLD_IN_A_STORY) == set(ID_KINDS)
    assert not set(TOLD_IN_A_STORY) & TOLD_ALONE.keys()
    assert all(TOLD_ALONE.values())


@pytest.mark.req("X2", "E1")
def test_a_refusal_names_its_rule_its_cap_and_the_numbers_it_compared() -> None:
    wish, verdict = told(3)
    assert wish[:2] == ("proposal", REFUSED)
    assert "rules wants to buy ETH-USD for 2 % of NLV, stop 5 %, target 10 %, at most 86400 s" in wish[2]
    assert verdict == (
        "verdict",
        REFUSED,
        "refused by rule asset_cap (cap: asset): ETH-USD would be too large [now 4 %, with it 6 %, limit 5 % of NLV]",
    )


@pytest.mark.req("X2")
def test_an_approval_an_intent_and_an_order_are_told_with_their_units() -> None:
    assert told(2)[1] == ("verdict", WISH, "approved for at most 1000 USD, fees included (approval 1 of this run)")
    ((what, of, text),) = told(4)
    assert (what, of) == ("intent", f"{RUN}-i1")
    assert text == (
        "entry: buy 2 BTC at 100 USD or better, post_only, at most 201.2 USD, stop 95 USD, target 110 USD, to be held"
        " at most 3600 s: breakout (written down before it is sent)"
    )
    assert told(5)[0][2] == "SUBMITTED (sent)"
    assert told(8)[0][2] == "FILLED (seen_filled), venue order v1, 2 of 2 filled"


@pytest.mark.req("X2", "PNL1")
def test_a_fill_is_told_with_its_fee_and_a_sale_with_what_it_realised() -> None:
    assert told(7)[0][2] == "fone: buy 0.5 BTC at 100 USD = 50 USD, fee 0.25 USD (maker); held now 0.5 BTC"
    assert told(14)[0][2] == (
        "fthree: sell 2 BTC at 110 USD = 220 USD, fee 1.1 USD (maker); realised 17.9 USD after fees; position closed"
    )


def test_a_cycle_says_what_fired_and_what_came_of_it() -> None:
    what, of, text = told(1)[0]
    assert (what, of) == ("cycle", CYCLE)
    assert "2 proposed" in text
    assert "fired on BTC-USD with score" in text


def test_a_withheld_order_says_that_nothing_was_sent() -> None:
    (step,) = steps_of(row(withheld()))
    assert step.text.endswith("DRY_RUN: withheld, not sent")
    assert step.facts["withheld"] is True


def test_a_kind_of_another_version_is_told_as_it_stands_and_cut_where_it_is_long() -> None:
    strange = evolve(RECORDS[0], kind="future.thing", content={"text": "x" * 1_000})
    (step,) = steps_of(strange)
    assert step.what == "future.thing"
    assert len(step.text) < 500
    (listed,) = steps_of(evolve(strange, content=[1, 2]))
    assert listed.facts == {"content": [1, 2]}


def test_an_amount_is_shown_to_eight_places() -> None:
    assert money(ZERO + 2 / (ZERO + 3), "USD") == "0.66666667 USD"
