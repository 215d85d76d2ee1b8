"""Running histories and having them judged."""

import json
import multiprocessing
import os
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.config.loadable import SHIPPED, write
from tests.drivers.simulation.histories import event, fault

from trader247.cli.main import main
from trader247.drivers.simulation import judging
from trader247.drivers.simulation.history import History, room
from trader247.drivers.simulation.judging import Asked, HistoriesLost, Judged, judged, judged_all
from trader247.drivers.simulation.plan import Plan
from trader247.drivers.simulation.plan_file import plan_of, plan_plain
from trader247.errors import ConfigurationInvalid

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


def test_a_history_that_is_kept_again_has_nothing_of_the_one_before(tmp_path: Path) -> None:
    """A log that was left over would be read as the new database's own."""
    (tmp_path / "seed-3").mkdir()
    for name in ("trader247.db-wal", "notes.txt"):
        (tmp_path / "seed-3" / name).write_text("of before")
    judged(Asked(3, 0.005, Plan(), SHIPPED, keep=tmp_path))
    assert not (tmp_path / "seed-3" / "trader247.db-wal").exists()
    assert (tmp_path / "seed-3" / "notes.txt").exists()


def test_where_a_history_cannot_be_kept_the_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "seed-3").touch()
    with pytest.raises(ConfigurationInvalid, match="seed-3: the history cannot be kept there"):
        judged(Asked(3, 0.005, Plan(), SHIPPED, keep=tmp_path))


def test_ctrl_c_in_the_middle_of_a_history_comes_out_as_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not as one of several errors, which would be a traceback and the exit code of a violation."""

    def struck(_history: History) -> None:
        raise BaseExceptionGroup("several", [ValueError("x"), BaseExceptionGroup("more", [KeyboardInterrupt()])])

    monkeypatch.setattr(History, "run", struck)
    with pytest.raises(KeyboardInterrupt):
        judged(Asked(3, 0.005, Plan(), SHIPPED))


@pytest.mark.slow
def test_who_stops_to_listen_does_not_wait_for_the_rest_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Ctrl-C, or a pipe that was closed: the histories that are left would take days."""
    monkeypatch.setattr(judging, "room", lambda within=None: room(within or tmp_path))
    asked = [Asked(1, 0.005, Plan(), SHIPPED), *(Asked(seed, 2_000.0, Plan(), SHIPPED) for seed in (2, 3))]

    def enough(_verdict: Judged) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        judged_all(asked, 2, enough)
    assert not multiprocessing.active_children()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_worker_that_is_killed_is_told_and_what_was_finished_stays() -> None:
    told: list[int] = []

    def kill_the_others(verdict: Judged) -> None:
        told.append(verdict.seed)
        for worker in multiprocessing.active_children():
            worker.kill()

    asked = [Asked(1, 0.005, Plan(), SHIPPED), Asked(2, 2_000.0, Plan(), SHIPPED)]
    with pytest.raises(HistoriesLost, match="a worker process died, and with it what was not finished, of 1 hist"):
        judged_all(asked, 2, kill_the_others)
    assert told == [1]


def test_what_it_takes_to_have_it_again_has_its_plan_and_what_was_violated() -> None:
    verdict = Judged(1, 0.5, "d", {}, 0, 0, 1, 0, {}, [("I-04", "x"), ("I-01", "y"), ("I-04", "z")], "story")
    replay = Asked(1, 0.5, PLAN, Path(os.devnull)).replay(verdict, "print")
    assert (replay.violated, replay.fingerprint, replay.story) == (("I-01", "I-04"), "print", "story")
    assert plan_of(json.loads(json.dumps(plan_plain(replay.plan))), "x") == PLAN
