"""On a full disk the reason of the halt still finds room."""

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.store.samples import CONFIG, EPOCH, after, entry

from trader247.messages.control import HaltTripped
from trader247.model.instant import Moment, Mono
from trader247.store.ballast import BALLAST_BYTES, Ballast
from trader247.store.database import open_database
from trader247.store.faults import StorageFull
from trader247.store.journal import Entry, Journal
from trader247.store.projections import load_halt
from trader247.store.sqlite_file import FileDatabase
from trader247.store.verifying import verify


def last_words() -> Entry:
    tripped = HaltTripped("the disk is full", "journal", Moment(after(1), Mono(0)))
    return Entry("halt.tripped", {"reason": tripped.reason}, after(1), changes=(tripped,))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """4 MiB of memory mounted as a disk."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "trader247-test", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("only root may mount the small file system this test needs")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_the_ballast_takes_real_room_once_and_gives_it_back_once(tmp_path: Path) -> None:
    ballast = Ballast(tmp_path)
    assert not Ballast(tmp_path).standing
    assert ballast.take()
    assert ballast.take()
    assert ballast.standing
    assert ballast.path.stat().st_blocks * 512 >= BALLAST_BYTES
    assert ballast.release()
    assert not ballast.release()


def test_a_part_of_a_ballast_counts_as_none(tmp_path: Path) -> None:
    ballast = Ballast(tmp_path)
    ballast.path.write_bytes(b"half")
    assert not Ballast(tmp_path).standing
    assert ballast.take()
    assert ballast.standing


def test_a_disk_without_room_for_it_keeps_nothing_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*rest: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    ballast = Ballast(tmp_path)
    assert not ballast.take()
    assert not ballast.path.exists()


def test_with_room_the_ballast_stays(tmp_path: Path, journal: Journal) -> None:
    ballast = Ballast(tmp_path)
    ballast.take()
    assert ballast.append(journal, [entry()])[0].seq == 1
    assert ballast.standing


def test_without_ballast_a_full_disk_is_an_error(tmp_path: Path, file_database: FileDatabase) -> None:
    journal = Journal(file_database, epoch=EPOCH, config_hash=CONFIG)
    file_database._raw.execute("PRAGMA max_page_count=1")
    with closing(journal), pytest.raises(StorageFull):
        Ballast(tmp_path).append(journal, [Entry("big", {"x": "y" * 200_000}, after(1))])


def test_the_ballast_is_given_back_for_the_second_try(
    tmp_path: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    ballast = Ballast(tmp_path)
    ballast.take()
    honest = journal.append

    def full_at_first(entries: list[Entry]) -> object:
        if ballast.standing:
            raise StorageFull("no space")
        return honest(entries)

    monkeypatch.setattr(journal, "append", full_at_first)
    assert ballast.append(journal, [last_words()])[0].seq == 1
    assert not ballast.standing


@pytest.mark.req("DD1")
@pytest.mark.fault("DB-01")
def test_on_a_disk_that_is_really_full_the_halt_is_still_written(small_disk: Path) -> None:
    path = small_disk / "trader247.db"
    with open_database(path) as database, closing(Journal(database, epoch=EPOCH, config_hash=CONFIG)) as journal:
        ballast = Ballast(small_disk)
        assert ballast.take()
        written = fill_up(journal)
        with pytest.raises(StorageFull):
            journal.append([entry()])
        ballast.append(journal, [last_words()])
        assert not ballast.standing
    with open_database(path) as database, closing(Journal(database, epoch=EPOCH, config_hash=CONFIG)) as journal:
        assert journal.head().seq == written + 1
        standing = load_halt(database)
        assert standing is not None
        assert standing.reason == "the disk is full"
        assert verify(database).intact


def fill_up(journal: Journal) -> int:
    """Write large and then ever smaller entries until nothing goes; answers how many rows there are."""
    for size in (20_000, 2_000, 10):
        for _ in range(2_000):
            try:
                journal.append([Entry("filler", {"x": "y" * size}, after(1))])
            except StorageFull:
                break
        else:
            raise AssertionError("the disk did not fill up")
    return journal.head().seq
