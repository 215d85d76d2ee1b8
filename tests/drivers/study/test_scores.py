"""Trials are ranked by one figure."""

import pytest
from tests.drivers.study.study_samples import settled

from trader247.drivers.study.engines import Here
from trader247.drivers.study.scores import METRICS, is_better, rank_of, score_of
from trader247.drivers.study.study_file import Memory
from trader247.drivers.study.sweeping import sweep
from trader247.errors import ConfigurationInvalid

pytestmark = pytest.mark.req("BT6")


def test_higher_is_better_of_gains_and_lower_of_drawdowns_and_none_is_last() -> None:
    scores = {1: 2.0, 2: None, 3: 5.0, 4: 2.0}
    for metric, order in (("pnl_pct", [3, 1, 4, 2]), ("max_drawdown_pct", [1, 4, 3, 2])):
        assert sorted(scores, key=lambda number: rank_of(scores[number], number, metric)) == order
    assert (is_better("sharpe"), is_better("turnover_x")) == ("higher", "lower")


def test_a_trial_without_the_figure_has_no_score() -> None:
    assert score_of(None, "sharpe") is None
    assert score_of({"sharpe": None}, "sharpe") is None
    assert score_of({"trades": 3}, "trades") == 3.0
    with pytest.raises(ConfigurationInvalid, match="metric 'luck' is unknown; there are pnl_pct"):
        rank_of(1.0, 1, "luck")


def test_every_metric_is_a_figure_of_the_report() -> None:
    document = sweep(settled("signals.triggers.min_score=0.2"), Here(), Memory(), lambda *_: None)
    assert METRICS.keys() <= document["trials"][0]["summary"].keys()
