"""A database whose files were cut short or lost a bit: the next start is refused, or knows what was written."""

import random
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from tests.builders import intent, order
from tests.drivers.test_disk import disk, recorder, told

from trader247.drivers.disk import DATABASE_NAME
from trader247.messages.orders import OrderChanged
from trader247.store.chain import Record
from trader247.store.faults import StoreError
from trader247.store.journal import last_records

WAL_NAME = f"{DATABASE_NAME}-wal"
ROWS = 40
CUTS = 30
"""Of each file; a frame of the log is 4 kB, so most cuts lie inside one."""


@pytest.fixture(scope="module", params=["killed", "closed"])
def left(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """The files of a daemon, and what it wrote: where it was killed, all of that is in the log, else none of it."""
    honest, left = tmp_path_factory.mktemp("honest"), tmp_path_factory.mktemp("left")

    def copied() -> None:
        for path in honest.iterdir():
            if path.is_file():
                shutil.copy(path, left / path.name)

    with disk(honest) as opened:
        book = recorder(opened)
        for number in range(1, ROWS + 1):
            book.record(told(OrderChanged(order(of=intent(number)), "created")))
        hashes = [record.hash for record in last_records(opened.database, 10 * ROWS)]
        if request.param == "killed":
            copied()
    if request.param == "closed":
        copied()
    return left, hashes


def read(folder: Path) -> Sequence[Record]:
    """As the next start reads it."""
    with disk(folder, number=2) as opened:
        recorder(opened)
        return last_records(opened.database, 10 * ROWS)


def spoiled(left: tuple[Path, list[str]], tmp_path: Path, name: str, spoil: Callable[[bytes, int], bytes]) -> int:
    """Each of so many ways: refused, or every row that was written is there. Answers how many were refused."""
    honest, hashes = left
    refused = 0
    content = (honest / name).read_bytes()
    for number in range(CUTS):
        folder = tmp_path / str(number)
        shutil.copytree(honest, folder)
        (folder / name).write_bytes(spoil(content, number))
        try:
            found = {record.hash for record in read(folder)}
        except StoreError:
            refused += 1
        else:
            assert set(hashes) <= found, f"way {number} went unseen"
        shutil.rmtree(folder)
    return refused


def cut(content: bytes, number: int) -> bytes:
    return content[: len(content) * number // CUTS]


def turned(content: bytes, number: int) -> bytes:
    rng = random.Random(number)
    at = rng.randrange(len(content))
    return content[:at] + bytes([content[at] ^ 1 << rng.randrange(8)]) + content[at + 1 :]


def test_files_that_nobody_touched_are_read_whole(left: tuple[Path, list[str]], tmp_path: Path) -> None:
    assert spoiled(left, tmp_path, DATABASE_NAME, lambda content, _: content) == 0


@pytest.mark.req("X1", "REC1")
@pytest.mark.fault("DB-04", "DB-12")
def test_a_database_cut_short_is_refused_unless_all_of_it_is_in_the_log(
    left: tuple[Path, list[str]], tmp_path: Path
) -> None:
    refused = spoiled(left, tmp_path, DATABASE_NAME, cut)
    logged = (left[0] / WAL_NAME).exists()
    assert refused <= 1 if logged else refused == CUTS


@pytest.mark.req("X1", "REC1")
@pytest.mark.fault("DB-04", "DB-06", "DB-12")
@pytest.mark.parametrize("left", ["killed"], indirect=True)
@pytest.mark.parametrize("spoil", [cut, turned])
def test_a_log_that_lost_a_bit_or_its_end_is_refused(
    left: tuple[Path, list[str]], tmp_path: Path, spoil: Callable[[bytes, int], bytes]
) -> None:
    assert spoiled(left, tmp_path, WAL_NAME, spoil) == CUTS
