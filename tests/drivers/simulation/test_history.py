"""A whole history: safety, liveness, drain."""

from functools import cache

import pytest
from tests.drivers.simulation.histories import Lived, event, fault, lived

from trader247.checker.check import check
from trader247.drivers.simulation.history import FUNDS, LIVENESS_S

pytestmark = pytest.mark.req("SE4")


@cache
def quiet() -> Lived:
    return lived()


def test_a_history_without_faults_is_one_life_that_trades_and_drains_with_equal_books() -> None:
    seen = quiet()
    assert [life.how for life in seen.evidence.lives] == ["drained"]
    assert len(seen.evidence.fills) > 3
    assert check(seen.evidence).violations == []
    assert seen.evidence.healed is None
    assert not seen.past.hung


def test_it_lasts_as_long_as_asked_a_minute_of_peace_and_a_drain() -> None:
    seen = quiet()
    lasted_s = (seen.past.ended - seen.past.began) / 10**9
    assert 120 + LIVENESS_S <= lasted_s < 120 + LIVENESS_S + 30
    assert (seen.past.healed - seen.past.began) / 10**9 == 120


def test_the_plan_ends_with_the_safety_part() -> None:
    seen = lived(fault("process", "crash", event("call", "GET *", nth=1, after_s=130.0)))
    assert seen.struck == []


@pytest.mark.fault("PR-01")
def test_a_life_that_ended_by_itself_is_followed_by_another_with_the_same_books() -> None:
    seen = lived(fault("actor", "ended", event("time", after_s=40.0), actor="journal"), fault("process", "crash"))
    assert [life.how for life in seen.evidence.lives][-1] == "drained"
    assert len({life.epoch for life in seen.evidence.lives}) == len(seen.evidence.lives)
    assert check(seen.evidence).violations == []


def test_the_account_begins_with_the_funds_of_every_history() -> None:
    assert quiet().evidence.funds == FUNDS
