"""The folders of the file drop."""

import os
from pathlib import Path

import pytest
from tests.market_samples import ALPHA, BETA

from trader247.actors.signal_intake import DroppedFile
from trader247.core.signal_intake import SIGNAL_BYTES_MAX
from trader247.drivers.signal_folder import FILES_PER_LOOK_MAX, DropFolder
from trader247.errors import Trader247Error

pytestmark = pytest.mark.req("STR5")


def made(tmp_path: Path) -> tuple[DropFolder, Path]:
    drop = DropFolder(tmp_path)
    assert drop.look((ALPHA,)) == ()
    return drop, tmp_path / "signals" / "alpha"


def test_the_folders_are_made_for_their_owner_alone(tmp_path: Path) -> None:
    _, folder = made(tmp_path)
    for path in (folder, folder / "done", folder / "rejected"):
        assert path.stat().st_mode & 0o777 == 0o700


def test_complete_files_are_found_by_name_and_nothing_else_is_touched(tmp_path: Path) -> None:
    drop, folder = made(tmp_path)
    for name in ("b.json", "a.json", ".hidden.json", "half.json.tmp", "notes.txt", "two words.json"):
        (folder / name).write_bytes(name.encode())
    assert drop.look((ALPHA, BETA)) == (
        DroppedFile(ALPHA, "a.json", b"a.json"),
        DroppedFile(ALPHA, "b.json", b"b.json"),
    )


def test_what_was_taken_is_done_and_what_was_not_stands_beside_its_reason(tmp_path: Path) -> None:
    drop, folder = made(tmp_path)
    for name in ("good.json", "bad.json"):
        (folder / name).write_text("{}")
    bad, good = drop.look((ALPHA,))
    drop.settle(good, "")
    drop.settle(bad, "refused: it is not JSON")
    assert [path.name for path in (folder / "done").iterdir()] == ["good.json"]
    assert sorted(path.name for path in (folder / "rejected").iterdir()) == ["bad.json", "bad.json.reason"]
    assert (folder / "rejected" / "bad.json.reason").read_text() == "refused: it is not JSON\n"
    assert drop.look((ALPHA,)) == ()


def test_nothing_that_was_settled_before_is_replaced(tmp_path: Path) -> None:
    drop, folder = made(tmp_path)
    for text in ("first", "second", "third"):
        (folder / "x.json").write_text(text)
        drop.settle(drop.look((ALPHA,))[0], "")
    kept = {path.name: path.read_text() for path in (folder / "done").iterdir()}
    assert kept == {"x.json": "first", "x.2.json": "second", "x.3.json": "third"}


def test_a_reason_that_stands_alone_is_not_replaced_either(tmp_path: Path) -> None:
    drop, folder = made(tmp_path)
    (folder / "rejected" / "x.json.reason").mkdir(parents=True)
    (folder / "x.json").write_text("{")
    drop.settle(drop.look((ALPHA,))[0], "why")
    assert (folder / "rejected" / "x.2.json.reason").read_text() == "why\n"


def test_a_link_a_pipe_and_a_long_file_are_rejected_unread(tmp_path: Path) -> None:
    drop, folder = made(tmp_path)
    (tmp_path / "secret").write_text("{}")
    (folder / "1link.json").symlink_to(tmp_path / "secret")
    os.mkfifo(folder / "2pipe.json")
    (folder / "3long.json").write_bytes(b"x" * (SIGNAL_BYTES_MAX + 1))
    (folder / "4folder.json").mkdir()
    found = drop.look((ALPHA,))
    assert [file.content for file in found] == [b""] * 4
    link, pipe, long, directory = (file.fault for file in found)
    assert link.startswith("it cannot be opened")
    assert (pipe, directory) == ("it is no plain file", "it is no plain file")
    assert long == f"it is longer than {SIGNAL_BYTES_MAX} bytes"
    for file in found:
        drop.settle(file, file.fault)
    assert drop.look((ALPHA,)) == ()
    assert (tmp_path / "secret").read_text() == "{}"


def test_many_files_are_taken_up_some_at_a_time(tmp_path: Path) -> None:
    drop, folder = made(tmp_path)
    for number in range(FILES_PER_LOOK_MAX + 1):
        (folder / f"{number:03d}.json").write_text("{}")
    assert len(drop.look((ALPHA,))) == FILES_PER_LOOK_MAX


def test_a_file_that_its_sender_took_back_is_no_failure_and_a_folder_that_is_gone_is(tmp_path: Path) -> None:
    drop, folder = made(tmp_path)
    (folder / "x.json").write_text("{}")
    (file,) = drop.look((ALPHA,))
    (folder / "x.json").unlink()
    drop.settle(file, "")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "signals").write_text("a file stands here")
    with pytest.raises(Trader247Error, match="signals cannot be read from"):
        DropFolder(tmp_path / "other").look((ALPHA,))
