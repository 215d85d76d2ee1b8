"""A halt that comes late, is not told, leaves an order or ends by itself is found."""

from typing import Any

import pytest
from attrs import evolve
from tests.checker.story import (
    ACTIVE,
    CLOSED,
    HALTED,
    D,
    alert,
    at,
    breach,
    cancel,
    found,
    healthy,
    made,
    row,
    started,
)

from trader247.checker.evidence import Evidence, LifeSeen, PermitSeen
from trader247.checker.halting import halt_reaches_every_order, kill_acts_in_time, no_trading_on_a_sick_store

pytestmark = pytest.mark.req("SE4", "K1")

HALT = evolve(HALTED, at=at(100.1))
TOLD = alert(100.2, "kill_switch")
ESCALATED = alert(220.2, "kill_switch", "escalated")
TRIPPED = row(100.1, "halt_tripped", {"reason": "kill file", "by": "kill_file"})


def killed(**changes: Any) -> Evidence:
    """A kill file at 100 s that all goes well with: nothing rests."""
    evidence = healthy(lambda rows: rows.append(TRIPPED), permits=[ACTIVE, HALT], breaches=[breach("kill", 100)])
    return evolve(evidence, **{"alerts": [TOLD, ESCALATED], **changes})


def resting(evidence: Evidence, ended: float | None) -> Evidence:
    """An order rests from 90 s on."""
    order = made("9", "BUY", "60000", 90, ended, state="CANCELLED" if ended else "OPEN", filled=D(0))
    return evolve(evidence, orders=[*evidence.orders, order])


def test_a_kill_that_is_seen_told_and_written_breaks_nothing() -> None:
    assert found(killed()).broken == []


@pytest.mark.invariant("I-20")
def test_a_kill_file_that_halts_nothing_is_found() -> None:
    assert [v.subject for v in kill_acts_in_time(killed(permits=[ACTIVE]))] == ["halt"]
    late = evolve(HALT, at=at(103.1))
    assert found(killed(permits=[ACTIVE, late])).broken == ["I-20"]


@pytest.mark.invariant("I-20")
@pytest.mark.parametrize(
    "alerts", [[], [alert(105.1, "kill_switch")], [alert(100.2, "kill_switch", severity="WARNING")]]
)
def test_a_halt_that_is_not_told_in_time_and_loudly_is_found(alerts: list[object]) -> None:
    assert [v.subject for v in kill_acts_in_time(killed(alerts=alerts))] == ["alert"]


@pytest.mark.invariant("I-20")
def test_a_halt_that_is_not_written_is_found_unless_the_disk_is_what_broke() -> None:
    unwritten = healthy(permits=[ACTIVE, HALT], breaches=[breach("kill", 100)], alerts=[TOLD])
    assert [v.subject for v in kill_acts_in_time(unwritten)] == ["journal"]
    assert list(kill_acts_in_time(evolve(unwritten, breaches=[breach("kill", 100), breach("disk_full", 99)]))) == []


@pytest.mark.invariant("I-20")
def test_an_order_that_no_cancel_reaches_in_time_is_found() -> None:
    assert {v.subject for v in kill_acts_in_time(resting(killed(), 111))} == {"cancel", "c-9"}
    asked = evolve(killed(), sent=[*healthy().sent, cancel(101, "v-9")])
    assert [v.subject for v in kill_acts_in_time(resting(asked, 111))] == ["c-9"]
    assert list(kill_acts_in_time(resting(asked, 109))) == []


@pytest.mark.invariant("I-20")
def test_a_venue_that_is_away_must_be_told_of_instead() -> None:
    away = evolve(
        killed(breaches=[breach("kill", 100), breach("venue_down", 99)]), sent=[*healthy().sent, cancel(101, "v-9")]
    )
    assert list(kill_acts_in_time(resting(away, None))) == []
    silent = evolve(away, alerts=[evolve(TOLD, at=at(99))])
    assert {v.subject for v in kill_acts_in_time(resting(silent, None))} == {"alert"}


def test_a_file_that_is_there_where_trading_is_halted_already_asks_for_nothing() -> None:
    before = evolve(HALT, at=at(50))
    assert list(kill_acts_in_time(healthy(permits=[ACTIVE, before], breaches=[breach("kill", 100)]))) == []


@pytest.mark.invariant("I-21")
def test_a_halt_that_ends_without_a_person_is_found() -> None:
    again = evolve(ACTIVE, at=at(300))
    assert found(killed(permits=[ACTIVE, HALT, again])).broken == ["I-21"]
    cleared = row(299.5, "halt_cleared", {"reason": "looked after", "by": "operator"})
    resumed = healthy(lambda rows: rows.append(cleared), permits=[ACTIVE, HALT, again])
    assert found(resumed).broken == []
    by_itself = row(299.5, "halt_cleared", {"reason": "the file is gone", "by": "kill_file"})
    assert found(healthy(lambda rows: rows.append(by_itself), permits=[ACTIVE, HALT, again])).broken == ["I-21"]


@pytest.mark.invariant("I-21")
@pytest.mark.parametrize(("back_s", "broken"), [(300.5, []), (302, ["I-21"])])
def test_a_resume_that_the_disk_did_not_take_ends_no_halt_if_it_is_back_at_once(
    back_s: float, broken: list[str]
) -> None:
    permits = [ACTIVE, HALT, evolve(ACTIVE, at=at(300)), evolve(HALT, at=at(back_s))]
    assert found(killed(permits=permits)).broken == broken


@pytest.mark.invariant("I-21")
def test_an_order_that_leaves_between_a_resume_nobody_wrote_and_the_halt_is_found() -> None:
    permits = [ACTIVE, evolve(HALT, at=at(50)), evolve(ACTIVE, at=at(60)), evolve(HALT, at=at(60.5))]
    assert "I-21" in found(healthy(permits=permits)).broken


@pytest.mark.invariant("I-21")
def test_a_halt_that_a_restart_ends_is_found() -> None:
    lives = [LifeSeen("e1", at(0), at(2), at(200), "crashed"), LifeSeen("e2", at(210), at(212), at(900), "drained")]
    evidence = healthy(
        lambda rows: rows.append(started(210, "e2")), permits=[ACTIVE, HALT, evolve(ACTIVE, at=at(212))], lives=lives
    )
    assert found(evidence).broken == ["I-21"]


@pytest.mark.invariant("I-22")
def test_an_order_that_a_halt_forgot_is_found() -> None:
    forgotten = resting(healthy(permits=[ACTIVE, HALT]), None)
    assert [v.subject for v in halt_reaches_every_order(forgotten)] == ["c-9"]
    named = evolve(forgotten, sent=[*healthy().sent, cancel(115, "v-9")])
    assert list(halt_reaches_every_order(named)) == []


@pytest.mark.invariant("I-22")
def test_orders_that_are_written_down_again_and_again_in_a_halt_are_found() -> None:
    meant = {f"c-{number}": at(103 + number) for number in range(7)}
    again = healthy(permits=[ACTIVE, HALT], written={**healthy().written, **meant})
    (told,) = halt_reaches_every_order(again)
    assert told.text == "7 orders are written down in a halt, from 2.9 s on"
    on_their_way = evolve(again, written={name: when - 3 * 10**9 for name, when in meant.items()})
    assert list(halt_reaches_every_order(on_their_way)) == []
    deaf = evolve(again, breaches=[breach("hung", 95, 120, "order_manager")])
    assert list(halt_reaches_every_order(deaf)) == []
    resumed = evolve(again, permits=[ACTIVE, HALT, evolve(ACTIVE, at=at(104))])
    assert list(halt_reaches_every_order(resumed)) == []


def states(*changes: tuple[float, str]) -> list[PermitSeen]:
    return [evolve(ACTIVE, at=at(seconds), state=state) for seconds, state in changes]


@pytest.mark.invariant("I-45")
def test_a_state_that_is_entered_twice_in_half_a_minute_is_found() -> None:
    flapping = states((2, "ACTIVE"), (100, "REDUCING"), (105, "ACTIVE"), (110, "REDUCING"), (120, "ACTIVE"))
    assert found(healthy(permits=flapping)).broken == ["I-45"]
    slow = states((2, "ACTIVE"), (100, "REDUCING"), (105, "ACTIVE"), (130, "REDUCING"), (136, "ACTIVE"))
    assert found(healthy(permits=slow)).broken == []


@pytest.mark.invariant("I-16")
def test_a_live_run_is_found() -> None:
    live = started(0, mode="LIVE")
    assert found(healthy(lambda rows: rows.__setitem__(0, live))).broken == ["I-16"]


@pytest.mark.invariant("I-17")
@pytest.mark.parametrize("kind", ["store_down", "disk_full"])
def test_entries_that_are_permitted_over_a_sick_journal_are_found(kind: str) -> None:
    sick = healthy(breaches=[breach(kind, 100, 110)], alerts=[alert(101, "kill_switch", severity="INFO")])
    assert found(sick).broken == ["I-17"]
    closed = [ACTIVE, evolve(CLOSED, at=at(102)), evolve(ACTIVE, at=at(110))]
    assert found(evolve(sick, permits=closed)).broken == []
    early = [ACTIVE, evolve(CLOSED, at=at(102)), evolve(ACTIVE, at=at(109))]
    assert found(evolve(sick, permits=early)).broken == ["I-17"]


@pytest.mark.invariant("I-17")
def test_a_failure_of_the_journal_that_is_soon_over_halts_all_the_same() -> None:
    short = healthy(breaches=[breach("store_down", 100, 100.5)])
    (told,) = no_trading_on_a_sick_store(short)
    assert told.text == "entries are permitted 3.0 s after store_down"
    halted = [ACTIVE, HALT, evolve(ACTIVE, at=at(200))]
    assert list(no_trading_on_a_sick_store(evolve(short, permits=halted))) == []
    cleared = row(101, "halt_cleared", {"reason": "looked", "by": "operator"})
    resumed = healthy(lambda rows: rows.append(cleared), breaches=short.breaches)
    assert list(no_trading_on_a_sick_store(resumed)) == []
