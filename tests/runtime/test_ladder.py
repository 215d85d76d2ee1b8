"""The rungs on which one child is started and ended, with their times."""

from __future__ import annotations

import pytest
from tests.runtime.scripted import FOREVER, Life, Stage

from trader247.runtime.reports import Event
from trader247.runtime.specs import KILL_GRACE_S, Group

pytestmark = pytest.mark.req("SUP2")


@pytest.mark.parametrize(
    ("life", "grace", "ends_after_s", "event"),
    [
        (Life(), 2.0, 0.0, Event.STOPPED),
        (Life(cleanup_s=1.5), 2.0, 1.5, Event.STOPPED),
        (Life(ignores_s=1.0, cleanup_s=0.5), 2.0, 1.5, Event.STOPPED),
        (Life(cleanup_s=9.0), 2.0, 2.0, Event.STOP_FAILED),
        (Life(ignores_s=1.5, cleanup_s=9.0), 2.0, 2.0, Event.STOP_FAILED),
        (Life(ignores_s=2.5), 2.0, 2.5, Event.STOP_FAILED),
        (Life(cleanup_s=9.0), 0.0, 0.0, Event.STOP_FAILED),
    ],
)
def test_told_then_grace_then_cut(life: Life, grace: float, ends_after_s: float, event: Event) -> None:
    stage = Stage()
    stage.play(Group("g", (stage.worker("w", life, grace=grace),)), 10.0)
    assert stage.times("gone", "w") == [pytest.approx(10.0 + ends_after_s)]
    assert stage.reports[-1].event is event


def test_stuck_is_said_one_second_after_the_cut() -> None:
    stage = Stage()
    tree = Group("g", (stage.worker("w", Life(ignores_s=50.0), grace=2.0),))
    with pytest.raises(Exception, match="w"):
        stage.play(tree, 10.0)
    [report] = [report for report in stage.reports if report.event is Event.STUCK]
    assert report.at.mono / 1e9 == pytest.approx(10.0 + 2.0 + KILL_GRACE_S)


def test_a_late_starter_goes_down_the_same_rungs_and_is_tried_again() -> None:
    stage = Stage()
    lives = (Life(lives_s=1.0), Life(init_s=20.0, cleanup_s=1.0), FOREVER)
    stage.play(Group("g", (stage.worker("w", *lives, start_within=3.0),)), 30.0)
    assert [report.reason for report in stage.reports if report.event is Event.START_FAILED] == ["late"]
    assert stage.times("gone", "w")[:2] == [1.0, 1.0 + 3.0 + 1.0]
    assert stage.lives == {"w": 3}
