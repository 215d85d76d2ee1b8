"""``audit``: what it says of an intact journal, of an edited one, and of none."""

import json
import sqlite3
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner

from trader247.cli.main import main
from trader247.model.ids import RunEpoch
from trader247.model.instant import instant
from trader247.store.database import open_database
from trader247.store.journal import Entry, Journal


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    with open_database(tmp_path / "trader247.db") as database:
        journal = Journal(database, epoch=RunEpoch("e"), config_hash="c")
        at = instant("2026-09-27T10:15:30Z")
        journal.append([Entry("made", {"number": number}, at) for number in range(5)])
        journal.close()
    return tmp_path


@pytest.mark.req("AUD1")
def test_an_intact_journal_is_called_intact(data_dir: Path) -> None:
    done = CliRunner().invoke(main, ["audit", "verify", "--data-dir", str(data_dir)])
    assert done.exit_code == 0, done.output
    assert "intact: 5 rows" in done.output


@pytest.mark.req("AUD1")
def test_an_edited_row_is_named_and_the_exit_code_says_so(data_dir: Path) -> None:
    raw = sqlite3.connect(data_dir / "trader247.db")
    for (trigger,) in raw.execute("select name from sqlite_master where type = 'trigger'").fetchall():
        raw.execute(f"drop trigger {trigger}")
    raw.execute("update journal set body = '{\"number\":99}' where seq = 3")
    raw.commit()
    raw.close()
    done = CliRunner().invoke(main, ["audit", "verify", "--data-dir", str(data_dir), "--json"])
    assert done.exit_code == 1
    found = json.loads(done.output)
    assert not found["intact"]
    assert any("3" in fault for fault in found["faults"])


def test_the_tail_shows_the_last_rows_oldest_first(data_dir: Path) -> None:
    done = CliRunner().invoke(main, ["audit", "tail", "--data-dir", str(data_dir), "-n", "2", "--json"])
    rows = [json.loads(line) for line in done.output.splitlines()]
    assert [(row["seq"], row["body"]["number"]) for row in rows] == [(4, 3), (5, 4)]


def test_a_folder_without_a_journal_is_one_clear_message(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["audit", "verify", "--data-dir", str(tmp_path)])
    assert done.exit_code == 2
    assert str(tmp_path) in done.output


@pytest.mark.req("AUD1")
def test_an_export_holds_all_that_a_stranger_needs_to_recompute_the_links(data_dir: Path) -> None:
    target = data_dir / "journal.jsonl"
    done = CliRunner().invoke(main, ["audit", "export", "--data-dir", str(data_dir), "-o", str(target)])
    assert done.exit_code == 0, done.output
    rows = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert [row["seq"] for row in rows] == [1, 2, 3, 4, 5]
    before = "0" * 64
    for row in rows:
        names = ("prev_hash", "seq", "at_utc_ns", "kind", "cause", "config_hash", "epoch", "body")
        preimage = json.dumps([row[name] for name in names], separators=(",", ":"), ensure_ascii=False)
        assert row["hash"] == sha256(preimage.encode()).hexdigest()
        assert row["prev_hash"] == before
        before = row["hash"]


def test_a_part_of_the_journal_can_be_exported(data_dir: Path) -> None:
    done = CliRunner().invoke(main, ["audit", "export", "--data-dir", str(data_dir), "--from", "2", "--to", "3"])
    assert [json.loads(line)["seq"] for line in done.output.splitlines()] == [2, 3]
