"""A trial is the backtest of its parameters, and refuses what the study is not of."""

import pickle
from pathlib import Path

import pytest
from attrs import evolve
from tests.drivers.study.study_samples import BEGIN, END, SIZE, asked, market, settled

from trader247.drivers.backtest.plan import Costs, Plan, prepare
from trader247.drivers.study import trial as module
from trader247.drivers.study.asking import ready
from trader247.drivers.study.trial import (
    DataFile,
    Setting,
    Stopped,
    Task,
    TrialBroken,
    data_files,
    environment_of,
    run_task,
)
from trader247.errors import ConfigurationInvalid

pytestmark = pytest.mark.req("BT6")


def task(setting: Setting, size: str = "1", *, path: bool = False) -> Task:
    return Task(setting, "sweep", ((SIZE, size),), BEGIN, END, path)


def test_a_trial_is_what_backtest_run_makes_of_the_same_parameters() -> None:
    setting = settled().setting
    loaded = setting.load({SIZE: "1"})
    plan = Plan(loaded.configuration, [(Path(setting.data[0].path), None)], (), BEGIN, END, costs=Costs())
    run = prepare(plan)
    report = run.report(run.test.run())
    found = run_task(task(setting, path=True))
    assert found.summary == report["summary"]
    assert report["summary"]["fills"] > 0
    assert [list(each) for each in found.equity] == [[at, nlv] for at, nlv, _ in report["series"]["equity"]]
    assert found.config_hash == loaded.fingerprint
    assert run_task(task(setting)).equity == ()


def test_a_task_crosses_processes_by_name_and_reference() -> None:
    sent = task(settled().setting)
    assert pickle.loads(pickle.dumps(sent)) == sent  # noqa: S301 - our own
    assert len(pickle.dumps(sent)) < 2_000
    assert b"trader247.drivers.study.trial" in pickle.dumps(run_task)


def test_the_order_of_parameters_makes_no_other_trial() -> None:
    one, two = (
        Task(settled().setting, "p", (("a", "1"), ("b", "2"))),
        Task(settled().setting, "p", (("b", "2"), ("a", "1"))),
    )
    assert one.key == two.key
    assert one.name == "p: a=1, b=2"


def test_parameters_that_contradict_one_another_are_refused_and_not_run() -> None:
    key = "strategies.baseline.parameters.rules.momentum_up.stop_pct"
    found = run_task(evolve(task(settled().setting), params=((key, "16"),)))
    assert found.summary is None
    assert "16 is not less than target_pct: 15" in found.refused


def test_data_that_are_not_the_studys_are_refused(tmp_path: Path) -> None:
    setting = ready(asked(market(tmp_path, 1.05))).setting
    run_task(task(setting))
    market(tmp_path, 1.05, seed=4)
    with pytest.raises(TrialBroken, match=r"sweep: .*size_pct_min=1: .*lively.* has sha256 .* here, and the study's"):
        run_task(task(setting))
    Path(setting.data[0].path).unlink()
    with pytest.raises(TrialBroken, match="give every worker the same files"):
        run_task(task(setting))


def test_a_configuration_that_is_not_the_studys_is_refused(tmp_path: Path) -> None:
    setting = settled().setting
    folder = tmp_path / "config"
    folder.mkdir()
    for file in Path(setting.folder).glob("*.yaml"):
        (folder / file.name).write_text(file.read_text())
    there = evolve(setting, folder=str(folder))
    assert run_task(task(there)) == run_task(task(setting))
    text = (folder / "signals.yaml").read_text()
    (folder / "signals.yaml").write_text(text.replace("min_score: 0.2", "min_score: 0.25"))
    with pytest.raises(TrialBroken, match="give every worker the same folder"):
        run_task(task(there))
    with pytest.raises(TrialBroken, match=r"the study is of trader247 9\.9"):
        run_task(task(evolve(setting, version="9.9")))


def test_an_interrupted_trial_has_no_result() -> None:
    with pytest.raises(Stopped):
        run_task(task(settled().setting), lambda: True)


def test_an_error_that_nobody_foresaw_is_told_with_its_kind_and_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr(module, "prepare", broken)
    with pytest.raises(
        TrialBroken, match=r"size_pct_min=1: ZeroDivisionError: by nothing \(test_trial\.py, line \d+\)"
    ):
        run_task(task(settled().setting))


def test_what_configures_of_the_environment_goes_along_and_nothing_else() -> None:
    environ = {"TRADER247_POLICY__X": "1", "TRADER247_TEST_DATA": "/x", "HOME": "/root", "trader247_app__mode": "PAPER"}
    assert environment_of(environ) == (("TRADER247_POLICY__X", "1"), ("trader247_app__mode", "PAPER"))


def test_files_are_named_by_place_and_digest(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert data_files([(path, "BTC-USD")]) == (DataFile(str(path), "BTC-USD", empty),)
    for wrong in (tmp_path, tmp_path / "none.csv"):
        with pytest.raises(ConfigurationInvalid):
            data_files([(wrong, None)])
