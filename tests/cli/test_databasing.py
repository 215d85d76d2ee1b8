"""``db``: recompute, copy and move the database of a daemon that is not running."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.store.test_rebuilding import lived_in

from trader247.cli.main import main
from trader247.store.database import open_database
from trader247.store.server import Server
from trader247.store.verifying import verify


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    with open_database(tmp_path / "trader247.db") as database:
        lived_in(database)
    return tmp_path


def call(*arguments: object, **environ: str) -> Result:
    return CliRunner().invoke(main, ["db", *(str(argument) for argument in arguments)], env=environ)


@pytest.mark.req("PNL1")
def test_kept_projections_are_called_identical(data_dir: Path) -> None:
    done = call("rebuild", "--data-dir", data_dir)
    assert done.exit_code == 0, done.output
    assert done.output == "identical: what is kept is what 3 rows of the journal say\n"


@pytest.mark.req("PNL1")
def test_an_edited_projection_is_shown_beside_the_truth_and_put_right_once(data_dir: Path) -> None:
    with closing(sqlite3.connect(data_dir / "trader247.db", isolation_level=None)) as raw:
        raw.execute("UPDATE positions SET quantity = '7'")
    looked = call("rebuild", "--only-look", "--data-dir", data_dir)
    assert looked.exit_code == 1
    assert "DIFFERENT: 1 rows" in looked.output
    assert "quantity=7" in looked.output
    assert "quantity=0.25" in looked.output
    done = call("rebuild", "--json", "--data-dir", data_dir)
    assert done.exit_code == 1
    assert [found["table"] for found in json.loads(done.output)["differences"]] == ["positions"]
    assert call("rebuild", "--data-dir", data_dir).exit_code == 0


@pytest.mark.fault("DB-08")
def test_a_backup_comes_with_its_head_and_verifies(data_dir: Path, tmp_path: Path) -> None:
    done = call("backup", "--data-dir", data_dir, tmp_path / "copy.db")
    assert done.exit_code == 0, done.output
    with open_database(tmp_path / "copy.db") as copy:
        verdict = verify(copy)
    assert (verdict.rows, verdict.intact, verdict.unwitnessed) == (3, True, 0)


def test_a_file_moves_to_the_server_that_the_configuration_names(data_dir: Path, on_server: Server) -> None:
    url = ("--set", f"app.database.url='{on_server.url}'", "--set", "app.database.password=env:BOOK")
    moved = call(
        "move-to-server", "--data-dir", data_dir, *url, data_dir / "trader247.db", BOOK=str(on_server.password)
    )
    assert moved.exit_code == 0, moved.output
    assert "3 rows of the journal" in moved.output
    with open_database(on_server) as database:
        assert verify(database).intact
    again = call(
        "move-to-server", "--data-dir", data_dir, *url, data_dir / "trader247.db", BOOK=str(on_server.password)
    )
    assert again.exit_code == 1
    assert "is not empty" in again.output


def test_moving_without_a_server_is_one_clear_message(data_dir: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    open_database(other / "trader247.db").close()
    done = call("move-to-server", "--data-dir", other, data_dir / "trader247.db")
    assert done.exit_code == 2
    assert "name the server to move to" in done.output
