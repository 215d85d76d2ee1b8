"""What is asked is checked once, before anything runs."""

from pathlib import Path

import pytest
from tests.drivers.study.study_samples import BEGIN, END, SCORE, SIZE, asked, settled

from trader247.drivers.study.asking import ready
from trader247.errors import ConfigurationInvalid

pytestmark = pytest.mark.req("BT6")


def test_a_study_says_what_makes_its_results_comparable() -> None:
    found = settled()
    about = found.about("sweep", {"more": 1})
    assert about["data"][0]["sha256"] == found.setting.data[0].sha256
    assert about["configuration"] == found.setting.fingerprint
    assert about["param"] == {SIZE: ["0.5", "1", "2"]}
    assert (about["from"], about["to"], about["more"]) == ("2026-09-28T00:00:00Z", "2026-09-28T00:30:00Z", 1)
    assert (found.start, found.end, found.instruments) == (BEGIN, END, ["BTC-USD"])
    assert "metric" not in about  # of a grid the same trials may be ranked by another figure
    assert found.described()["better"] == "higher"


def test_the_metric_decides_what_optuna_asks_and_so_belongs_to_the_study() -> None:
    path = Path(settled().setting.data[0].path)
    found = ready(asked(path, search="optuna", metric="max_drawdown_pct", trials=9))
    assert found.about("sweep", {})["metric"] == "max_drawdown_pct"
    assert found.searching().planned == 9
    assert ready(asked(path, search="random")).searching().planned == 3


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"metric": "luck"}, "metric one of pnl_pct"),
        ({"search": "guess"}, "search is one of grid"),
        ({"strategies": ("nobody",)}, "'nobody' is not configured"),
        ({"costs": "fee=1"}, "is not understood"),
        ({"sets": ("policy.x=1",)}, "unknown key"),
    ],
)
def test_what_cannot_be_studied_is_told(more: dict[str, object], told: str) -> None:
    with pytest.raises(ConfigurationInvalid, match=told):
        ready(asked(Path(settled().setting.data[0].path), f"{SCORE}=0.1", **more))
