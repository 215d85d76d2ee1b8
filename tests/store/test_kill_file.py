"""The kill file on a real disk: what is there in any form halts."""

import os
from pathlib import Path

import pytest

from trader247.messages.control import KillFileSeen
from trader247.store.kill_file import KILL_FILE_NAME, KillFlag

pytestmark = pytest.mark.req("K1")


def test_nothing_there_is_nothing_seen_even_where_the_folder_is_not_made_yet(tmp_path: Path) -> None:
    assert KillFlag(tmp_path).look() == KillFileSeen(present=False)
    assert KillFlag(tmp_path / "not" / "yet").look() == KillFileSeen(present=False)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"looks odd\n", "looks odd"),
        (b"first\nsecond\n", "first"),
        (b"\n\n  later  \n", "later"),
        ("größer als 5 %".encode(), "größer als 5 %"),
        (b"x" * 5_000, "x" * 200),
        (b"\xff\xfe stop", "\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER} stop"),
    ],
)
def test_the_first_words_of_the_file_are_the_reason(tmp_path: Path, content: bytes, text: str) -> None:
    path = tmp_path / KILL_FILE_NAME
    path.write_bytes(content)
    seen = KillFlag(tmp_path).look()
    assert seen.present
    assert seen.text.removesuffix(f" ({path})") == text


@pytest.mark.parametrize("content", [b"", b"  \n\t\n"])
def test_an_empty_file_halts_as_well_and_names_itself(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / KILL_FILE_NAME
    path.write_bytes(content)
    assert KillFlag(tmp_path).look() == KillFileSeen(present=True, text=str(path))


@pytest.mark.timeout(5)
@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir, lambda path: path.symlink_to("nowhere")])
def test_whatever_has_the_name_counts_as_there_and_is_never_opened(tmp_path: Path, make: object) -> None:
    path = tmp_path / KILL_FILE_NAME
    assert callable(make)
    make(path)
    assert KillFlag(tmp_path).look() == KillFileSeen(present=True, text=f"{path} is there and is no plain file")


def test_what_cannot_be_looked_at_counts_as_there(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.write_text("a file where the folder should be")
    seen = KillFlag(folder).look()
    assert seen.present
    assert "cannot be looked at (Not a directory)" in seen.text


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_cannot_be_read_counts_as_there(tmp_path: Path) -> None:
    (tmp_path / KILL_FILE_NAME).touch(mode=0)
    seen = KillFlag(tmp_path).look()
    assert seen.present
    assert "cannot be read (Permission denied)" in seen.text


def test_thrown_from_here_it_is_seen_with_its_reason(tmp_path: Path) -> None:
    flag = KillFlag(tmp_path / "data")
    flag.throw("drawdown")
    assert flag.look().present
    assert flag.look().text.startswith("drawdown")
