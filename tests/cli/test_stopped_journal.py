"""Which journal a command opens: the one the configuration names, or the file in a folder that was given."""

from pathlib import Path

import pytest

from trader247.cli.stopped_journal import opened
from trader247.errors import ConfigurationInvalid
from trader247.store.database import open_database
from trader247.store.server import HEAD_NAME, Server


def on(server: Server) -> tuple[str, ...]:
    return (f"app.database.url='{server.url}'", "app.database.password=env:BOOK")


def test_the_server_of_the_configuration_is_opened(
    tmp_path: Path, on_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOOK", str(on_server.password))
    open_database(on_server).close()
    with opened(tmp_path, None, on(on_server)) as database:
        assert database.head_file == tmp_path / HEAD_NAME


def test_a_given_folder_with_a_file_is_taken_at_its_word_unless_it_keeps_a_servers_head(
    tmp_path: Path, on_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOOK", str(on_server.password))
    open_database(tmp_path / "trader247.db").close()
    with opened(tmp_path, None, on(on_server)) as database:
        assert database.path == tmp_path / "trader247.db"
    (tmp_path / HEAD_NAME).touch()
    with opened(tmp_path, None, on(on_server)) as database:
        assert database.path is None


def test_the_folder_of_the_configuration_is_opened_where_none_is_given(tmp_path: Path) -> None:
    open_database(tmp_path / "trader247.db").close()
    with opened(None, None, (f"app.data_dir={tmp_path}",)) as database:
        assert database.path == tmp_path / "trader247.db"
    with pytest.raises(ConfigurationInvalid, match="give the folder of a journal"):
        opened(None, None, (f"app.data_dir={tmp_path / 'nowhere'}",))
