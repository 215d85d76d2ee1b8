"""The story as either database gives it, in pages between which others may write."""

import pytest
from tests.story_samples import AGAIN, RUN, WISH, facts, searched, write

from trader247.core.explain import story
from trader247.core.explain_search import Ambiguous, Search, UnknownId
from trader247.store import explaining
from trader247.store.database import Database
from trader247.store.explaining import Reading, explained

KEYS = (WISH, AGAIN, f"{RUN}-i2", "v1", "fthree", "11", f"{RUN}-c1")


@pytest.mark.req("X2")
@pytest.mark.parametrize("page", [1, 4, 5_000])
def test_what_is_read_in_pages_is_what_the_whole_journal_tells(
    database: Database, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explaining, "PAGE_ROWS", page)
    monkeypatch.setattr(explaining, "PAGE_FOUND", max(page // 2, 1))
    write(database)
    for key in KEYS:
        assert explained(database, key) == story(searched(key), {RUN: "0.1.0"}), key


@pytest.mark.req("X2")
def test_what_nobody_is_called_and_what_several_are_is_said(database: Database) -> None:
    with pytest.raises(UnknownId):
        explained(database, WISH)
    write(database)
    for key in ("", "nobody", "%", "_______", "\\", "99"):
        with pytest.raises(UnknownId):
            explained(database, key)
    with pytest.raises(Ambiguous):
        explained(database, RUN)


def test_a_page_is_one_transaction_and_the_database_is_free_between_two(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explaining, "PAGE_ROWS", 7)
    write(database)
    reading, pages = Reading(database, Search(WISH)), 1
    while not reading.step():
        pages += 1
        with database.transaction():
            pass
    assert pages == 3 * -(-len(facts()) // 7)


def test_reading_changes_nothing(database: Database) -> None:
    write(database)
    before = [explained(database, key) for key in KEYS]
    assert [explained(database, key) for key in KEYS] == before
