"""Books that are not the venue's after a start, a second writer and a daemon that stays away are found."""

import pytest
from attrs import evolve
from tests.checker.story import (
    ACTIVE,
    CLOSED,
    ENTRY,
    HALTED,
    RUN,
    D,
    at,
    breach,
    changed,
    fill,
    found,
    healthy,
    kept,
    row,
    rows,
    started,
    theirs,
)

from trader247.checker.evidence import Evidence, LifeSeen
from trader247.checker.recovery import books_are_the_venues, crash_loop_halts, no_fill_lost

pytestmark = pytest.mark.req("SE4", "REC1", "SI1", "SUP2")


def with_order(status: str, filled: str) -> Evidence:
    """The exit as the table has it."""
    evidence = healthy()
    changed_row = dict(evidence.books.orders["c-2"]) | {"status": status, "filled": filled}
    books = evolve(evidence.books, orders=dict(evidence.books.orders) | {"c-2": changed_row})
    return evolve(evidence, books=books)


@pytest.mark.invariant("I-30")
@pytest.mark.parametrize(("status", "filled"), [("FILLED", "0.005"), ("OPEN", "0.01"), ("UNKNOWN", "0.01")])
def test_an_order_that_is_another_in_our_books_than_at_the_venue_is_found(status: str, filled: str) -> None:
    assert found(with_order(status, filled)).broken == ["I-30"]


@pytest.mark.invariant("I-30")
def test_an_order_that_ended_otherwise_than_our_books_say_is_found() -> None:
    first, second = healthy().orders
    empty = evolve(second, state="EXPIRED", filled=D(0))
    evidence = evolve(with_order("CANCELED", "0"), orders=[first, empty])
    assert [v.subject for v in books_are_the_venues(evidence)] == ["c-2"]


@pytest.mark.invariant("I-30")
def test_an_order_that_leaves_before_the_run_is_ready_is_found() -> None:
    assert found(healthy(lives=[evolve(RUN, ready=at(11))])).broken == ["I-30"]


def test_books_are_not_asked_while_the_venue_is_away_nor_of_a_run_that_just_died() -> None:
    wrong = with_order("OPEN", "0")
    assert list(books_are_the_venues(evolve(wrong, lives=[evolve(RUN, how="crashed")]))) == []
    assert list(books_are_the_venues(evolve(wrong, breaches=[breach("venue_down", 800, 850)]))) == []
    assert list(books_are_the_venues(evolve(wrong, breaches=[breach("venue_down", 800, 830)]))) != []


@pytest.mark.invariant("I-31")
def test_an_order_or_an_account_that_begins_twice_is_found() -> None:
    lives = [evolve(RUN, ended=at(400), how="crashed"), LifeSeen("e2", at(410), at(412), at(900), "drained")]
    opened = row(413, "account_opened", {"balances": []}, "e2")
    assert found(healthy(lambda rows: rows.extend([started(410, "e2"), opened]), lives=lives)).broken == ["I-31"]
    anew = changed(10.01, "new", ENTRY, "NEW")
    assert found(healthy(lambda rows: rows.insert(6, anew))).broken == ["I-31"]


@pytest.mark.invariant("I-32")
def test_a_fill_that_a_death_swallowed_is_found() -> None:
    lost = theirs(fill("1", "BUY", "64000", "0", 13) | {"fill_id": "f-9"})
    back = theirs(fill("2", "SELL", "64000", "0", 14) | {"fill_id": "f-8"})
    evidence = healthy(fills=[*healthy().fills, lost, back])
    assert found(evidence).broken == ["I-32"]
    running = evolve(evidence, lives=[evolve(RUN, how="running", ended=None)], ended=at(20))
    assert list(no_fill_lost(running)) == []


@pytest.mark.invariant("I-33")
def test_two_runs_at_once_and_a_row_of_a_run_that_was_followed_are_found() -> None:
    lives = [evolve(RUN, ended=at(420), how="crashed"), LifeSeen("e2", at(410), at(412), at(900), "drained")]
    second = started(410, "e2")
    assert found(healthy(lambda rows: rows.append(second), lives=lives)).broken == ["I-33"]
    apart = [evolve(lives[0], ended=at(405)), lives[1]]
    late = row(411, "x", {}, "e1")
    assert found(healthy(lambda rows: rows.extend([second, late]), lives=apart)).broken == ["I-33"]
    assert found(healthy(lambda rows: rows.append(second), lives=apart)).broken == []


def crash_loop(state: str) -> Evidence:
    deaths = [LifeSeen(f"e{n}", at(100 * n), at(100 * n + 2), at(100 * n + 50), "crashed") for n in (1, 2, 3)]
    lives = [evolve(RUN, epoch="e0", ended=at(90)), *deaths, LifeSeen("e4", at(400), at(402), at(900), "drained")]
    told = [{**each, "epoch": "e0"} for each in rows()]
    told[0] = started(0, "e0")
    told += [started(100 * n, f"e{n}") for n in (1, 2, 3, 4)]
    permits = [ACTIVE, evolve(HALTED if state == "HALTED" else ACTIVE, at=at(402))]
    return healthy(lambda rows: rows.__setitem__(slice(None), told), lives=lives, permits=permits)


@pytest.mark.invariant("I-35")
def test_a_fourth_start_in_ten_minutes_that_trades_is_found() -> None:
    assert found(crash_loop("ACTIVE")).broken == ["I-35"]
    assert found(crash_loop("HALTED")).broken == []


@pytest.mark.parametrize(("resumed_s", "broken"), [(160, []), (90, ["I-35"])])
def test_deaths_before_a_resume_count_no_more(resumed_s: float, broken: list[str]) -> None:
    evidence = crash_loop("ACTIVE")
    cleared = row(resumed_s, "halt_cleared", {"reason": "looked after", "by": "operator"}, "e1")
    journal = [*evidence.rows, evolve(evidence.rows[-1], at=cleared["at"], kind="halt_cleared", body="{}")]
    assert [each.invariant for each in crash_loop_halts(evolve(evidence, rows=journal))] == broken


@pytest.mark.invariant("I-40")
def test_a_daemon_that_does_not_come_back_to_work_is_found() -> None:
    closed = [ACTIVE, evolve(CLOSED, at=at(100))]
    assert found(healthy(permits=closed, healed=at(200))).broken == ["I-40"]
    assert found(healthy(permits=[*closed, evolve(ACTIVE, at=at(259))], healed=at(200))).broken == []
    halted = evolve(HALTED, at=at(100))
    assert found(healthy(permits=[ACTIVE, halted], healed=at(200))).broken == []


@pytest.mark.invariant("I-40")
def test_an_order_that_stays_in_doubt_after_the_last_fault_is_found() -> None:
    evidence = healthy(healed=at(200))
    doubted = dict(evidence.books.orders) | {"c-2": kept(ENTRY, "UNKNOWN", "0.01", 61)}
    assert "I-40" in found(evolve(evidence, books=evolve(evidence.books, orders=doubted))).broken


@pytest.mark.invariant("I-40")
def test_a_daemon_that_stays_dead_after_the_last_fault_is_found() -> None:
    dead = LifeSeen("e2", at(910), None, at(911), "crashed")
    assert found(healthy(healed=at(200), lives=[RUN, dead])).broken == ["I-40"]
