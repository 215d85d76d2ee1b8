"""A halt that the journal could not take."""

from pathlib import Path

import pytest

from trader247.model.instant import Instant
from trader247.store.halt_note import HaltNote, NotedHalt

pytestmark = pytest.mark.req("K1")

HALT = NotedHalt("the journal cannot write: disk I/O error", "journal", Instant(7))


def test_a_note_is_read_as_it_was_written_until_it_is_removed(tmp_path: Path) -> None:
    note = HaltNote(tmp_path)
    assert note.read() is None
    note.write(HALT)
    assert HaltNote(tmp_path).read() == HALT
    note.remove()
    note.remove()
    assert note.read() is None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"reason": "x"}'])
def test_a_note_that_cannot_be_read_is_a_halt_as_well(tmp_path: Path, content: str) -> None:
    note = HaltNote(tmp_path)
    note.path.write_text(content)
    found = note.read()
    assert found is not None
    assert "cannot be read" in found.reason
