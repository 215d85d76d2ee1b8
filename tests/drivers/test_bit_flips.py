"""A bit that turned over on the disk stops the start, or was where no row of the journal is."""

import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.builders import intent, order
from tests.drivers.test_disk import disk, recorder, told

from trader247.drivers.disk import DATABASE_NAME
from trader247.messages.orders import OrderChanged
from trader247.store.chain import Record
from trader247.store.faults import JournalDamaged, StoreError
from trader247.store.journal import last_records

FLIPS = 200
ROWS = 60


def written(folder: Path) -> Sequence[Record]:
    with disk(folder) as opened:
        book = recorder(opened)
        book.record(told(*(OrderChanged(order(of=intent(number)), "created") for number in range(1, ROWS + 1))))
        return last_records(opened.database, ROWS)


def read(folder: Path) -> Sequence[Record]:
    """As the next start reads it."""
    with disk(folder, number=2) as opened:
        recorder(opened)
        return last_records(opened.database, ROWS)


@pytest.mark.fault("DB-06")
def test_no_turned_bit_gives_the_next_start_another_journal_than_was_written(tmp_path: Path) -> None:
    (tmp_path / "honest").mkdir()
    before = written(tmp_path / "honest")
    files = {path.name: path.read_bytes() for path in (tmp_path / "honest").iterdir() if path.is_file()}
    rng, refused = random.Random(6), 0
    for number in range(FLIPS):
        folder = tmp_path / str(number)
        folder.mkdir()
        for name, content in files.items():
            (folder / name).write_bytes(content)
        database = bytearray(files[DATABASE_NAME])
        at = rng.randrange(len(database))
        database[at] ^= 1 << rng.randrange(8)
        (folder / DATABASE_NAME).write_bytes(database)
        try:
            assert read(folder) == before, f"flip {number} at byte {at} went unseen"
        except StoreError:
            refused += 1
    assert refused > FLIPS / 20


@pytest.mark.fault("DB-06")
def test_the_start_names_the_row_whose_words_were_changed(tmp_path: Path) -> None:
    written(tmp_path)
    path = tmp_path / DATABASE_NAME
    content = path.read_bytes()
    body = content.index(b'"event":"created"')
    path.write_bytes(content[: body + 9] + b"C" + content[body + 10 :])
    with pytest.raises(JournalDamaged, match=r"row \d+: .*head"):
        read(tmp_path)
