"""A key is taken once, on either database, whoever asks and whatever crashes."""

import threading
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.store.places import Place
from tests.store.samples import NOON, after

from trader247.model.ids import RunEpoch
from trader247.model.once import Claim, Done, Fresh, InProgress
from trader247.ports import OnceGuard
from trader247.store.database import IN_MEMORY, Database, open_database
from trader247.store.faults import ChangeRefused, DatabaseInUse
from trader247.store.once import KEPT_S, SqlOnceGuard
from trader247.store.tables import once

RUN, NEXT = RunEpoch("0123456789"), RunEpoch("9876543210")

pytestmark = pytest.mark.req("SE1")


def test_the_first_result_is_given_to_everybody_who_asks_later(database: Database) -> None:
    guard: OnceGuard = SqlOnceGuard(database)
    assert guard.claim("pause 1", RUN, NOON) == Fresh()
    assert guard.claim("pause 1", RUN, NOON) == InProgress(RUN)
    guard.finish("pause 1", RUN, "the first")
    assert guard.claim("pause 1", NEXT, after(1)) == Done("the first")
    assert guard.claim("pause 2", NEXT, after(1)) == Fresh()


def test_a_crash_between_claim_and_finish_leaves_the_key_taken_and_says_by_whom(place: Place) -> None:
    with place.open() as database:
        assert SqlOnceGuard(database).claim("key", RUN, NOON) == Fresh()
    with place.open() as database:
        guard = SqlOnceGuard(database)
        assert guard.claim("key", NEXT, after(60)) == InProgress(RUN)
        with pytest.raises(ChangeRefused, match="no open claim"):
            guard.finish("key", NEXT, "not ours to say")
        guard.release("key", NEXT)
        assert guard.claim("key", NEXT, after(61)) == InProgress(RUN)


def test_a_result_outlives_a_restart(place: Place) -> None:
    with place.open() as database:
        guard = SqlOnceGuard(database)
        guard.claim("key", RUN, NOON)
        guard.finish("key", RUN, "kept")
    with place.open() as database:
        assert SqlOnceGuard(database).claim("key", NEXT, after(60)) == Done("kept")


def test_what_did_not_happen_may_be_tried_again_and_what_did_may_not(database: Database) -> None:
    guard = SqlOnceGuard(database)
    guard.claim("key", RUN, NOON)
    guard.release("key", RUN)
    assert guard.claim("key", RUN, NOON) == Fresh()
    guard.finish("key", RUN, "done")
    guard.release("key", RUN)
    assert guard.claim("key", RUN, NOON) == Done("done")
    with pytest.raises(ChangeRefused, match="no open claim"):
        guard.finish("key", RUN, "a second result")


def test_claims_are_forgotten_after_their_time_and_not_a_moment_before(database: Database) -> None:
    guard = SqlOnceGuard(database)
    guard.claim("key", RUN, NOON)
    guard.finish("key", RUN, "done")
    assert guard.claim("key", RUN, after(KEPT_S)) == Done("done")
    assert guard.claim("key", RUN, after(KEPT_S + 1)) == Fresh()


def test_of_two_who_claim_at_once_exactly_one_is_first(database: Database) -> None:
    turn, together = threading.Lock(), threading.Barrier(8)
    heard: list[Claim] = []

    def one() -> None:
        together.wait(10)
        with turn:  # the owner of a connection orders its work; who comes first is the machine's choice
            heard.append(SqlOnceGuard(database).claim("key", RUN, NOON))

    _at_once(one, 8)
    assert sorted(map(repr, heard)) == sorted([repr(Fresh()), *[repr(InProgress(RUN))] * 7])


def test_the_key_itself_refuses_a_second_row_whoever_writes_it(database: Database) -> None:
    guard = SqlOnceGuard(database)
    guard.claim("key", RUN, NOON)
    row = {"key": "key", "epoch": NEXT, "claimed_at_utc_ns": NOON, "result": None}
    with pytest.raises(ChangeRefused), database.transaction() as connection:
        connection.execute(once.insert(), row)
    assert guard.claim("key", NEXT, NOON) == InProgress(RUN)


def test_who_comes_into_anothers_transaction_takes_nothing(database: Database) -> None:
    guard = SqlOnceGuard(database)
    with database.transaction(), pytest.raises(DatabaseInUse):
        guard.claim("key", RUN, NOON)
    assert guard.claim("key", RUN, NOON) == Fresh()


def _at_once(work: Callable[[], None], count: int) -> None:
    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["claim", "finish", "release"]))))
def test_whatever_is_asked_in_whatever_order_nothing_is_done_twice(steps: list[tuple[str, str]]) -> None:
    done: dict[str, int] = {}
    with open_database(IN_MEMORY) as database:
        guard, mine = SqlOnceGuard(database), set[str]()
        for key, step in steps:
            if step == "claim" and guard.claim(key, RUN, NOON) == Fresh():
                mine.add(key)
            elif step == "finish" and key in mine:
                done[key] = done.get(key, 0) + 1
                guard.finish(key, RUN, str(done[key]))
                mine.discard(key)
            elif step == "release":
                guard.release(key, RUN)
                mine.discard(key)
    assert all(count == 1 for count in done.values())


def test_an_open_claim_of_a_dead_run_is_taken_over_by_one_and_closed_by_that_one(database: Database) -> None:
    guard = SqlOnceGuard(database)
    guard.claim("alert", RUN, NOON)
    assert guard.take_over("alert", NEXT, RUN)
    assert not guard.take_over("alert", NEXT, RUN)
    assert guard.claim("alert", RUN, after(1)) == InProgress(NEXT)
    with pytest.raises(ChangeRefused):
        guard.finish("alert", RUN, "late")
    guard.finish("alert", NEXT, "delivered")
    assert not guard.take_over("alert", RUN, NEXT)
    assert guard.claim("alert", RUN, after(2)) == Done("delivered")
