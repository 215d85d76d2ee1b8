"""Files and folders can both be flushed, and a missing one is an error."""

from pathlib import Path

import pytest

from trader247.store.durable import make_durable


def test_files_and_folders_are_flushed(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("content")
    make_durable(file)
    make_durable(tmp_path)


def test_what_is_not_there_cannot_be_made_durable(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        make_durable(tmp_path / "missing")
