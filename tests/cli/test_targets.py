"""A command replaces nothing but an earlier backup."""

import sqlite3
from contextlib import closing
from pathlib import Path

import click
import pytest

from trader247.cli.targets import (
    backup_target,
    each_its_own,
    folder_for,
    new_text_file,
    report_target,
    write_report,
    write_reports,
)
from trader247.errors import ConfigurationInvalid


def database(path: Path) -> Path:
    with closing(sqlite3.connect(path)) as made:
        made.execute("CREATE TABLE journal (seq INTEGER)")
        made.commit()
    return path


def test_a_new_file_is_private_and_whole_or_not_there(tmp_path: Path) -> None:
    with new_text_file(tmp_path / "rows.jsonl") as file:
        file.write("{}\n")
    assert (tmp_path / "rows.jsonl").read_text() == "{}\n"
    assert (tmp_path / "rows.jsonl").stat().st_mode & 0o777 == 0o600
    with pytest.raises(ZeroDivisionError), new_text_file(tmp_path / "half.jsonl") as file:
        file.write("half" * (1 // 0))
    assert not (tmp_path / "half.jsonl").exists()


def test_what_is_there_is_never_written_over_not_even_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "trader247.db").write_text("precious")
    (tmp_path / "link").symlink_to(tmp_path / "trader247.db")
    for name in ("trader247.db", "link", ""):
        with pytest.raises(click.UsageError), new_text_file(tmp_path / name):
            pass
    assert (tmp_path / "trader247.db").read_text() == "precious"
    with pytest.raises(click.UsageError, match="cannot be made"), new_text_file(tmp_path / "no" / "such"):
        pass


def check(path: Path) -> None:
    backup_target(path, path.parent / (path.name + ".head"), "trader247.db")


def test_an_earlier_backup_may_be_replaced(tmp_path: Path) -> None:
    check(tmp_path / "copy.db")
    database(tmp_path / "copy.db")
    (tmp_path / "copy.db.head").write_text("1 abc")
    check(tmp_path / "copy.db")


@pytest.mark.parametrize("name", ["notes.txt", "trader247.db", "link", "open.db", "headless.db", "folder", "lost"])
def test_nothing_else_may(tmp_path: Path, name: str) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "folder").mkdir()
    (tmp_path / "lost.head").write_text("a head without its backup")
    for each in ("trader247.db", "open.db", "headless.db"):
        database(tmp_path / each)
    for each in ("trader247.db", "open.db", "notes.txt"):
        (tmp_path / f"{each}.head").write_text("1 abc")
    (tmp_path / "open.db-wal").touch()
    (tmp_path / "link").symlink_to(tmp_path / "trader247.db")
    with pytest.raises(click.UsageError):
        check(tmp_path / name)


def test_devices_and_missing_folders_are_refused(tmp_path: Path) -> None:
    for path in (Path("/dev/null"), tmp_path / "no" / "copy.db", Path()):
        with pytest.raises(click.UsageError):
            check(path)


def test_a_report_replaces_an_earlier_report_and_nothing_else(tmp_path: Path) -> None:
    for name, text in (("new", None), ("empty", ""), ("earlier", "{begins\n"), ("app.yaml", "mode: LIVE\n")):
        if text is not None:
            (tmp_path / name).write_text(text)
    for name in ("new", "empty", "earlier"):
        report_target(tmp_path / name, "{begins")
    assert (tmp_path / "earlier").read_text() == "{begins\n"
    for name, told in (("app.yaml", "no earlier report"), ("no/such", "no folder"), ("", "cannot be written")):
        with pytest.raises(click.UsageError, match=told):
            report_target(tmp_path / name, "{begins")


def test_a_folder_is_made_and_what_is_in_its_way_is_told(tmp_path: Path) -> None:
    folder_for(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
    (tmp_path / "file").touch()
    for name in ("file", "file/under"):
        with pytest.raises(click.UsageError, match="cannot be made"):
            folder_for(tmp_path / name)


def test_a_report_that_cannot_be_written_after_all_is_told(tmp_path: Path) -> None:
    write_report(tmp_path / "r", "text")
    assert (tmp_path / "r").read_text() == "text"
    with pytest.raises(ConfigurationInvalid, match="cannot be written"):
        write_report(tmp_path, "text")


def test_two_options_may_not_name_one_file_by_whatever_path(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "a")
    for other in (tmp_path / "a", tmp_path / "link", tmp_path / "." / "b" / ".." / "a"):
        with pytest.raises(click.UsageError, match="--report and --html both name"):
            each_its_own({"--report": tmp_path / "a", "--study": None, "--html": other})
    each_its_own({"--report": tmp_path / "a", "--html": tmp_path / "b"})
    each_its_own({"--report": Path("/dev/null"), "--html": Path("/dev/null")})


def test_a_report_that_fails_does_not_keep_the_others_from_being_written(tmp_path: Path) -> None:
    faults = write_reports(
        ((tmp_path, lambda: "one"), (None, lambda: pytest.fail("nobody wants it")), (tmp_path / "two", lambda: "two"))
    )
    assert faults == [f"{tmp_path}: cannot be written: Is a directory"]
    assert (tmp_path / "two").read_text() == "two"
