"""One report for each decision, and each has a one-line form (cases format_log_1 and _2)."""

from __future__ import annotations

import pytest
from tests.runtime.scripted import FOREVER, Life, Stage

from trader247.model.instant import Instant, Moment, Mono
from trader247.runtime.reports import Event, Report
from trader247.runtime.specs import Group, Restart

pytestmark = pytest.mark.req("SUP7")

NOW = Moment(Instant(0), Mono(0))


def test_each_decision_makes_exactly_one_report() -> None:
    stage = Stage()
    tree = Group(
        "g",
        (
            stage.worker("p", Life(lives_s=1.0), FOREVER),
            stage.worker("t", Life(lives_s=2.0, end="normal"), restart=Restart.TRANSIENT),
            stage.worker("q", Life(lives_s=3.0), restart=Restart.TEMPORARY),
        ),
    )
    stage.play(tree, 4.0)
    assert [str(report) for report in stage.reports] == [
        "p#1 started: ready",
        "t#1 started: ready",
        "q#1 started: ready",
        "p#1 restarting: crash: RuntimeError: p broke",
        "p#2 started: ready",
        "t#1 ended: normal",
        "q#1 forgotten: crash: RuntimeError: q broke",
        "p#2 stopped: shutdown",
    ]


@pytest.mark.parametrize("event", Event)
def test_every_report_renders_on_one_line(event: Event) -> None:
    report = Report(NOW, "w", event, "crash: ValueError: x", 3, delay_s=0.25)
    assert "\n" not in str(report)
    assert str(report).startswith(f"w#3 {event}: crash")
    assert str(report).endswith("again in 0.25 s") == (event is Event.RESTARTING)
