"""A crash loop is seen at the next start."""

import pytest
from tests.store.places import Place
from tests.store.samples import EPOCH, after

from trader247.errors import Trader247Error
from trader247.model.ids import RunEpoch
from trader247.store.database import Database
from trader247.store.faults import ChangeRefused
from trader247.store.starts import (
    KEPT_S,
    Start,
    abnormal_starts_within,
    last_starts,
    record_clean_stop,
    record_start,
)
from trader247.store.tables import SCHEMA


def start(database: Database, name: str, seconds: int, *, clean: bool = False) -> None:
    record_start(database, epoch=RunEpoch(name), at=after(seconds), code_version="1.0")
    if clean:
        record_clean_stop(database, epoch=RunEpoch(name), at=after(seconds + 1))


@pytest.mark.fault("PR-10")
def test_starts_without_a_clean_stop_are_counted_within_the_window(place: Place) -> None:
    with place.open() as database:
        start(database, "long ago", 0)
        start(database, "at the edge", 400)
        start(database, "clean", 500, clean=True)
        start(database, "crashed", 600)
        start(database, "crashed again", 700)
    with place.open() as database:
        start(database, EPOCH, 1000)
        assert abnormal_starts_within(database, window_s=600, now=after(1000), apart_from=EPOCH) == 2
        assert abnormal_starts_within(database, window_s=601, now=after(1000), apart_from=EPOCH) == 3


def test_the_last_starts_are_told_newest_first(database: Database) -> None:
    start(database, "a", 0, clean=True)
    start(database, "b", 5)
    assert last_starts(database, 5) == (
        Start(RunEpoch("b"), after(5), "1.0", SCHEMA, None),
        Start(RunEpoch("a"), after(0), "1.0", SCHEMA, after(1)),
    )


def test_starts_past_their_retention_are_forgotten(database: Database) -> None:
    start(database, "old", 0)
    start(database, "new", KEPT_S + 1)
    assert [found.epoch for found in last_starts(database, 5)] == ["new"]


def test_an_epoch_is_never_used_twice(database: Database) -> None:
    start(database, "a", 0)
    with pytest.raises(ChangeRefused, match="run epoch a was used by an earlier start"):
        start(database, "a", 5)


def test_a_run_that_never_started_cannot_end(database: Database) -> None:
    with pytest.raises(Trader247Error, match="never recorded"):
        record_clean_stop(database, epoch=EPOCH, at=after(0))
