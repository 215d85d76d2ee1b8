"""Running histories and having them judged."""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.config.loadable import SHIPPED, write
from tests.drivers.simulation.histories import event, fault

from trader247.cli.main import main
from trader247.drivers.simulation.judging import Asked, Judged, judged, judged_all
from trader247.drivers.simulation.plan import Plan
from trader247.drivers.simulation.plan_file import plan_of, plan_plain

pytestmark = pytest.mark.req("SE4")

PLAN = Plan((fault("rest", "garbage", event("call", "POST /orders")),))


def test_a_verdict_says_what_happened_and_files_are_kept_where_that_is_asked(tmp_path: Path) -> None:
    verdict = judged(Asked(3, 0.03, PLAN, SHIPPED, keep=tmp_path))
    assert verdict.violations == []
    assert verdict.faults == {"rest.garbage": 1}
    assert verdict.orders >= verdict.fills > 0
    assert len(verdict.checked) > 30
    assert (tmp_path / "seed-3" / "trader247.db").exists()


def test_a_strategy_of_ones_own_lives_through_a_history(tmp_path: Path) -> None:
    CliRunner().invoke(main, ["new-strategy", "my_idea", "--into", str(tmp_path)])
    own = f'\nmy_idea: {{kind: "path:{tmp_path}/my_idea.py:MyIdea", enabled: true}}\n'
    files = {path.stem: path.read_text(encoding="utf-8") for path in SHIPPED.glob("*.yaml")}
    folder = write(tmp_path / "config", **{**files, "strategies": files["strategies"] + own})
    verdict = judged(Asked(1, 0.01, Plan(), folder))
    assert (verdict.violations, verdict.lives) == ([], 1)


def test_many_are_judged_in_the_order_asked_and_told_as_they_come() -> None:
    told: list[Judged] = []
    asked = [Asked(seed, 0.005, Plan(), SHIPPED) for seed in (5, 4)]
    found = judged_all(asked, 1, told.append)
    assert [verdict.seed for verdict in found] == [5, 4]
    assert told == found


def test_what_it_takes_to_have_it_again_has_its_plan_and_what_was_violated() -> None:
    verdict = Judged(1, 0.5, "d", {}, 0, 0, 1, 0, {}, [("I-04", "x"), ("I-01", "y"), ("I-04", "z")], "story")
    replay = Asked(1, 0.5, PLAN, Path(os.devnull)).replay(verdict, "print")
    assert (replay.violated, replay.fingerprint, replay.story) == (("I-01", "I-04"), "print", "story")
    assert plan_of(json.loads(json.dumps(plan_plain(replay.plan))), "x") == PLAN
