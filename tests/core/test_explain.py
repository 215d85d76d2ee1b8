"""The story: steps in order, orders linked by their position, and the result from the booked fills alone."""

import json
from decimal import Decimal

import pytest
from attrs import evolve
from tests.builders import approval
from tests.story_samples import AGAIN, CONFIG, REFUSED, RUN, WISH, facts, refused, rows, searched

from trader247.core.explain import Run, story, story_view
from trader247.core.explain_ids import What
from trader247.core.explain_search import Found, Subject
from trader247.messages.orders import FillBooked
from trader247.model.money import ZERO

VERSIONS = {RUN: "0.1.0"}


@pytest.mark.req("X2", "PNL1")
def test_a_closed_position_realised_what_its_fills_say_and_its_orders_are_linked() -> None:
    told = story(searched(WISH), VERSIONS)
    (position,) = told.positions
    assert (position.entries, position.exits) == ([f"{RUN}-i1"], [f"{RUN}-i3"])
    booked = [fact for fact, _ in facts() if isinstance(fact, FillBooked)][:3]
    assert position.realised == sum(fact.realised for fact in booked) == Decimal("17.9")
    assert position.fees == Decimal("2.1")
    assert (position.held, position.fees_held) == (ZERO, ZERO)
    assert [order.intent_id for order in told.orders] == [f"{RUN}-i1", f"{RUN}-i2", f"{RUN}-i3"]
    assert [order.status for order in told.orders] == ["FILLED", "CANCELED", "FILLED"]
    assert [order.position == position.opened_at for order in told.orders] == [True, False, True]


def test_fees_of_what_is_still_held_are_told_apart() -> None:
    (position,) = story(searched(AGAIN), VERSIONS).positions
    assert (position.held, position.realised) == (Decimal(1), ZERO)
    assert (position.fees, position.fees_held) == (Decimal("0.5"), Decimal("0.5"))


def test_a_refusal_has_steps_and_nothing_else() -> None:
    told = story(searched(REFUSED), VERSIONS)
    assert [step.what for step in told.steps] == ["cycle", "proposal", "verdict"]
    assert not told.orders
    assert not told.positions


def test_a_wish_that_was_approved_and_refused_later_is_told_once() -> None:
    later = evolve(refused(), proposal=approval(1).proposal)
    told = story(Found(Subject(What.PROPOSAL, WISH), rows(((approval(1), 0), (later, 1)))), {})
    assert [step.what for step in told.steps] == ["proposal", "verdict", "verdict"]


@pytest.mark.req("C2")
def test_a_story_says_under_which_version_and_configuration_it_happened_and_where_that_changed() -> None:
    found = searched(WISH)
    changed = evolve(found, rows=(*found.rows[:-1], evolve(found.rows[-1], config_hash="fedcba")))
    assert story(changed, VERSIONS).runs == (Run(RUN, "0.1.0", CONFIG, 1), Run(RUN, "0.1.0", "fedcba", 15))
    assert story(found, {}).runs[0].version is None


def test_the_view_is_json_with_exact_amounts() -> None:
    view = story_view(story(searched(WISH), VERSIONS))
    assert json.loads(json.dumps(view, allow_nan=False)) == view
    assert view["subject"] == {"what": "proposal", "id": WISH}
    assert view["positions"][0]["realised"] == "17.9"
    assert view["positions"][0]["open"] is False
    assert view["orders"][0]["fill_ids"] == ["fone", "ftwo"]
