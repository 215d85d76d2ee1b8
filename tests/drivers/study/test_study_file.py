"""What was found stays found, and never of something else."""

import json
import resource
from pathlib import Path

import pytest
from attrs import evolve
from tests.drivers.study.study_samples import SETTING, found

from trader247.drivers.study.study_file import StudyFile
from trader247.drivers.study.trial import Task
from trader247.errors import AnotherInstanceRuns, ConfigurationInvalid

pytestmark = pytest.mark.req("BT6")

ABOUT = {"data": [{"name": "x.csv", "sha256": "aa"}], "configuration": "c1", "seed": 1}


def task(number: int) -> Task:
    return Task(SETTING, "sweep", (("k", str(number)),))


def kept(path: Path, *numbers: int) -> None:
    study = StudyFile(path, ABOUT)
    for number in numbers:
        study.add(task(number), found(float(number)))
    study.close()


def test_a_later_run_knows_what_an_earlier_one_found(tmp_path: Path) -> None:
    kept(tmp_path / "s", 1, 2)
    kept(tmp_path / "s", 3)
    study = StudyFile(tmp_path / "s", ABOUT)
    assert [study.get(task(number)) for number in (1, 2, 3, 4)] == [found(1.0), found(2.0), found(3.0), None]
    assert study.get(evolve(task(1), part="train 1")) is None
    study.close()


def test_a_result_is_on_the_disk_before_the_next_is_begun(tmp_path: Path) -> None:
    study = StudyFile(tmp_path / "s", ABOUT)
    study.add(task(1), found(1.0))
    assert len((tmp_path / "s").read_text().splitlines()) == 2
    study.close()


@pytest.mark.parametrize("torn", [b'{"part": "sweep", "par', b'{"part"', b"\x00\x00", b"x" * 5_000], ids=len)
def test_a_line_that_a_death_tore_is_dropped_and_the_rest_goes_on(torn: bytes, tmp_path: Path) -> None:
    kept(tmp_path / "s", 1)
    with (tmp_path / "s").open("ab") as file:
        file.write(torn)
    kept(tmp_path / "s", 2)
    study = StudyFile(tmp_path / "s", ABOUT)
    assert (study.get(task(1)), study.get(task(2))) == (found(1.0), found(2.0))
    study.close()


def test_a_first_line_that_was_torn_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "s").write_bytes(b'{"study": {"for')
    kept(tmp_path / "s", 1)
    assert json.loads((tmp_path / "s").read_text().splitlines()[0])["study"]["seed"] == 1


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (
            {"data": [{"name": "x.csv", "sha256": "bb"}]},
            r"is a study of another data: it has .*\"aa\".* there, and .*\"bb\"",
        ),
        ({"configuration": "c2"}, r"another configuration: it has \"c1\" there, and \"c2\" now; name a new file"),
        ({"seed": 2}, "another seed: it has 1 there, and 2 now"),
        ({"costs": {}}, "another costs: it has null there"),
    ],
)
def test_other_data_or_another_configuration_is_refused_in_words(
    changed: dict[str, object], told: str, tmp_path: Path
) -> None:
    kept(tmp_path / "s", 1)
    before = (tmp_path / "s").read_bytes()
    with pytest.raises(ConfigurationInvalid, match=told):
        StudyFile(tmp_path / "s", {**ABOUT, **changed})
    assert (tmp_path / "s").read_bytes() == before


@pytest.mark.parametrize("content", ["mode: LIVE\n", "{}\n", "x"])
def test_a_file_that_is_no_study_is_left_as_it_is(content: str, tmp_path: Path) -> None:
    (tmp_path / "s").write_text(content)
    with pytest.raises(ConfigurationInvalid, match="is no study, and is left as it is"):
        StudyFile(tmp_path / "s", ABOUT)
    assert (tmp_path / "s").read_text() == content


@pytest.mark.parametrize("line", ["no json", '{"part": "sweep"}', '{"part": 1, "params": [], "found": {}}', "[1]"])
def test_a_broken_line_inside_is_named(line: str, tmp_path: Path) -> None:
    kept(tmp_path / "s", 1)
    with (tmp_path / "s").open("a") as file:
        file.write(line + "\n")
    with pytest.raises(ConfigurationInvalid, match="s:3: is no line of a study"):
        StudyFile(tmp_path / "s", ABOUT)


@pytest.mark.parametrize(
    "edit",
    [
        {"summary": "abc"},
        {"summary": [1]},
        {"summary": {}},
        {"summary": None},
        {"pnl_pct": "abc"},
        {"pnl_pct": float("nan")},
        {"pnl_pct": True},
        {"trades": "many"},
        {"opening": "much"},
        {"closing": 5},
        {"config_hash": 5},
        {"refused": "both"},
        {"equity": [["x"]]},
        {"equity": [[1, 2]]},
    ],
    ids=str,
)
def test_a_line_that_was_edited_into_nonsense_is_named(edit: dict[str, object], tmp_path: Path) -> None:
    """Not a crash later on, and never a rank that a NaN has."""
    kept(tmp_path / "s", 1)
    head, line = (tmp_path / "s").read_text().splitlines()
    record = json.loads(line)
    for name, value in edit.items():
        (record["found"] if name in record["found"] else record["found"]["summary"])[name] = value
    (tmp_path / "s").write_text(f"{head}\n{json.dumps(record)}\n")
    with pytest.raises(ConfigurationInvalid, match="s:2: is no line of a study"):
        StudyFile(tmp_path / "s", ABOUT)


@pytest.mark.parametrize("study", ["null", "[1]", '"thesis"'])
def test_a_first_line_that_says_nothing_of_a_study_is_named(study: str, tmp_path: Path) -> None:
    (tmp_path / "s").write_text(f'{{"study": {study}}}\n')
    with pytest.raises(ConfigurationInvalid, match="s:1: is no line of a study"):
        StudyFile(tmp_path / "s", ABOUT)
    assert (tmp_path / "s").read_text() == f'{{"study": {study}}}\n'


def test_a_study_without_a_trial_holds_nobody_to_what_was_mistyped(tmp_path: Path) -> None:
    kept(tmp_path / "s")
    study = StudyFile(tmp_path / "s", {**ABOUT, "seed": 2})
    study.close()
    assert json.loads((tmp_path / "s").read_text())["study"]["seed"] == 2


def test_a_study_of_another_format_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "s").write_text('{"study": {"format": 2}}\n')
    with pytest.raises(ConfigurationInvalid, match="another format: it has 2 there, and 1 now"):
        StudyFile(tmp_path / "s", ABOUT)
    assert (tmp_path / "s").read_text() == '{"study": {"format": 2}}\n'


def test_a_file_that_went_away_is_told_at_once_and_not_written_into_nowhere(tmp_path: Path) -> None:
    study = StudyFile(tmp_path / "s", ABOUT)
    study.add(task(1), found(1.0))
    (tmp_path / "s").rename(tmp_path / "t")
    with pytest.raises(ConfigurationInvalid, match="is gone or was replaced since the study began"):
        study.add(task(2), found(2.0))
    (tmp_path / "s").write_text("another")
    with pytest.raises(ConfigurationInvalid, match="is gone or was replaced since the study began"):
        study.add(task(2), found(2.0))
    study.close()
    assert len((tmp_path / "t").read_text().splitlines()) == 2


def test_a_full_disk_is_told_once_and_what_was_whole_stays(tmp_path: Path) -> None:
    study = StudyFile(tmp_path / "s", ABOUT)
    study.add(task(1), found(1.0))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, ((tmp_path / "s").stat().st_size + 10, before[1]))
    try:  # Python ignores the signal, and the write says "file too large"
        with pytest.raises(ConfigurationInvalid, match="cannot be written: File too large; what was finished before"):
            study.add(task(2), found(2.0))
        study.close()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    again = StudyFile(tmp_path / "s", ABOUT)
    assert (again.get(task(1)), again.get(task(2))) == (found(1.0), None)
    again.close()


def test_two_at_once_are_refused_and_so_is_what_is_no_file(tmp_path: Path) -> None:
    first = StudyFile(tmp_path / "s", ABOUT)
    with pytest.raises(AnotherInstanceRuns, match="another process is at work"):
        StudyFile(tmp_path / "s", ABOUT)
    first.close()
    StudyFile(tmp_path / "s", ABOUT).close()
    for wrong in (tmp_path, tmp_path / "no" / "s", tmp_path / ("s" * 300)):
        with pytest.raises(ConfigurationInvalid):
            StudyFile(wrong, ABOUT)
