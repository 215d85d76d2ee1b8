"""The head file keeps the newest head through torn writes, and never invents one."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trader247.store.chain import GENESIS, Head
from trader247.store.faults import DatabaseUnreadable, StorageFailed
from trader247.store.head_file import FLUSH_EVERY, HeadFile, head_path


def head(seq: int) -> Head:
    return Head(seq, f"{seq:064x}")


@pytest.fixture
def file(tmp_path: Path) -> HeadFile:
    return HeadFile(head_path(tmp_path / "x.db"))


def test_it_lies_beside_its_database() -> None:
    assert head_path(Path("/data/x.db")) == Path("/data/x.db.head")


def test_a_file_that_is_missing_has_no_head_and_reading_makes_none(file: HeadFile) -> None:
    assert file.read() is None
    assert not file.path.exists()


def test_the_last_written_head_is_read_also_by_another(file: HeadFile) -> None:
    for seq in range(5):
        file.write(head(seq))
        assert HeadFile(file.path).read() == head(seq)
    file.close()


def test_a_reopened_file_overwrites_the_older_slot(file: HeadFile) -> None:
    for seq in range(1, 4):
        file.write(head(seq))
    file.close()
    again = HeadFile(file.path)
    again.read()
    again.write(head(4))
    again.close()
    content = file.path.read_text(encoding="ascii")
    assert sorted(line.split()[0] for line in content.splitlines()) == ["3", "4"]


@pytest.mark.fault("DB-12")
@given(torn_at=st.integers(0, 1023), torn_with=st.integers(0, 255))
def test_one_damaged_slot_costs_one_head_at_most(
    tmp_path_factory: pytest.TempPathFactory, torn_at: int, torn_with: int
) -> None:
    path = tmp_path_factory.mktemp("torn") / "x.db.head"
    file = HeadFile(path)
    file.write(head(7))
    file.write(head(8))
    file.close()
    content = bytearray(path.read_bytes())
    content[torn_at] = torn_with
    path.write_bytes(content)
    assert HeadFile(path).read() in {head(7), head(8)}


def test_nonsense_is_no_head(file: HeadFile) -> None:
    for nonsense in (b"", b"x" * 2000, b"1 2 3\n", b"\xff\x00" * 512, " ".join(["9"] * 3).encode().ljust(512)):
        file.path.write_bytes(nonsense)
        assert file.read() is None


def test_a_reset_forgets_what_stood_there(file: HeadFile) -> None:
    file.write(head(9))
    file.reset(head(3))
    assert HeadFile(file.path).read() == head(3)
    file.reset(GENESIS)
    assert HeadFile(file.path).read() == GENESIS
    file.close()


@pytest.mark.fault("DB-03")
def test_a_disk_that_fails_is_named(file: HeadFile, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*rest: object) -> None:
        raise OSError(5, "Input/output error")

    file.write(head(1))
    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", fails)
        with pytest.raises(StorageFailed, match=r"x\.db\.head cannot be written \(Input/output error\)"):
            file.write(head(2))
    with monkeypatch.context() as patched:
        patched.setattr(os, "fdatasync", fails)
        with pytest.raises(StorageFailed, match="Input/output error"):
            file.close()
    file.close()


def test_it_is_flushed_now_and_then_and_at_the_end(file: HeadFile, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[int] = []
    monkeypatch.setattr(os, "fdatasync", flushed.append)
    for seq in range(1, 2 * FLUSH_EVERY + 2):
        file.write(head(seq))
        assert len(flushed) == seq // FLUSH_EVERY
    file.close()
    assert len(flushed) == 3


def test_a_folder_in_its_place_is_named(file: HeadFile) -> None:
    file.path.mkdir()
    with pytest.raises(DatabaseUnreadable, match="cannot be read"):
        file.read()
