"""An edit, a gap, a fill that nobody can explain and a secret are found."""

import base64
import urllib.parse
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from tests.checker.story import BOUGHT, ENTRY, alert, at, booked, changed, found, healthy, row, started

from trader247.checker.audit import GENESIS, chain_holds, no_secret, row_hash
from trader247.checker.evidence import Evidence, LifeSeen, Row

pytestmark = pytest.mark.req("SE4", "AUD1", "X2", "SEC1")

ROWS = healthy().rows


def kept_with(rows: list[Row]) -> list[object]:
    return list(chain_holds(healthy(rows=rows)))


@pytest.mark.invariant("I-26")
@given(st.integers(0, len(ROWS) - 1), st.sampled_from(["at", "kind", "cause", "config_hash", "epoch", "body", "hash"]))
def test_any_field_edited_in_any_row_is_found(place: int, name: str) -> None:
    value = getattr(ROWS[place], name)
    other: Any = 7 if name == "cause" else value + 1 if isinstance(value, int) else f"{value}x"
    edited = evolve(ROWS[place], **{name: other})
    assert kept_with([*ROWS[:place], edited, *ROWS[place + 1 :]])


@pytest.mark.invariant("I-26")
@given(st.integers(0, len(ROWS) - 1))
def test_any_row_taken_out_is_found(place: int) -> None:
    assert kept_with([*ROWS[:place], *ROWS[place + 1 :]])


@pytest.mark.invariant("I-26")
@given(st.permutations(range(len(ROWS))))
def test_any_other_order_of_the_rows_is_found(places: list[int]) -> None:
    assert bool(kept_with([ROWS[place] for place in places])) == (places != sorted(places))


@pytest.mark.invariant("I-26")
def test_an_edit_that_is_hashed_anew_to_the_end_is_told_by_the_head_file() -> None:
    forged, before = [], GENESIS
    for number, each in enumerate(ROWS):
        content = evolve(each, prev_hash=before, at=each.at + (number == 3))
        forged.append(evolve(content, hash=row_hash(content)))
        before = forged[-1].hash
    assert [found.subject for found in chain_holds(healthy(rows=forged))] == ["head"]
    assert [found.subject for found in chain_holds(healthy(rows=ROWS[:-1]))] == ["head"]


@pytest.mark.invariant("I-26")
def test_a_beginning_that_was_removed_is_found_unless_the_journal_says_so() -> None:
    assert [v.subject for v in chain_holds(healthy(rows=ROWS[2:]))] == ["begin"]
    said = healthy(lambda rows: rows.append(row(100, "journal.pruned", {})))
    assert list(chain_holds(evolve(said, rows=said.rows[2:]))) == []


@pytest.mark.invariant("I-27")
@pytest.mark.parametrize("gone", [2, 3])
def test_an_entry_without_its_approval_or_its_cycle_is_found(gone: int) -> None:
    assert found(healthy(lambda rows: rows.pop(gone))).broken == ["I-27"]


@pytest.mark.invariant("I-27")
def test_an_approval_that_is_written_after_its_order_is_found() -> None:
    assert found(healthy(lambda rows: rows.insert(5, rows.pop(3)))).broken == ["I-27"]


@pytest.mark.invariant("I-27")
def test_a_refusal_and_an_order_without_a_reason_are_found() -> None:
    silent = row(9.6, "proposal_refused", {"reason": {"text": ""}})
    assert found(healthy(lambda rows: rows.__setitem__(4, silent))).broken == ["I-27"]
    wordless = changed(10, "new", ENTRY | {"reason": ""}, "NEW")
    assert found(healthy(lambda rows: rows.__setitem__(5, wordless))).broken == ["I-27"]


@pytest.mark.invariant("I-27")
def test_a_fill_before_any_word_of_its_order_is_found() -> None:
    early = booked(9.99, BOUGHT, ENTRY, "0")

    def told(rows: list[dict[str, object]]) -> None:
        rows.pop(8)
        rows.insert(5, early)

    assert "I-27" in found(healthy(told)).broken


PEM = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIBUbSeCrEtLiNe1\nsEcOnDlInE2oAoGCCqGSM49\n-----END EC PRIVATE KEY-----"


@pytest.mark.invariant("I-28")
@pytest.mark.parametrize(
    "written",
    [
        PEM,
        "key: MHcCAQEEIBUbSeCrEtLiNe1",
        urllib.parse.quote(PEM, safe=""),
        PEM.encode().hex(),
        *(base64.b64encode(b"x" * shift + PEM.encode() + b"tail").decode() for shift in range(3)),
    ],
)
def test_a_planted_secret_is_found_however_it_is_spelled_and_wherever_it_stands(written: str) -> None:
    assert found(healthy(canaries=[PEM], texts=["clean", written])).broken == ["I-28"]
    assert list(no_secret(healthy(canaries=[PEM], texts=["clean"]))) == []


@pytest.mark.invariant("I-28")
def test_a_planted_secret_in_a_row_or_an_alert_is_found() -> None:
    in_row = row(100, "x", {"text": "token hunter2hunter2"})
    assert found(healthy(lambda rows: rows.append(in_row), canaries=["hunter2hunter2"])).broken == ["I-28"]
    said = alert(100, "x", severity="INFO", text="hunter2hunter2")
    assert found(healthy(canaries=["hunter2hunter2"], alerts=[said])).broken == ["I-28"]


@pytest.mark.invariant("I-29")
def test_a_row_under_another_configuration_or_of_no_run_is_found() -> None:
    assert found(healthy(lambda rows: rows.append(row(100, "x", {}, config="other")))).broken == ["I-29"]
    assert found(healthy(lambda rows: rows.append(row(100, "x", {}, epoch="e9")))).broken == ["I-29"]
    reload = row(99, "configuration_reloaded", {"after": "other"})
    later = row(100, "x", {}, config="other")
    assert found(healthy(lambda rows: rows.extend([reload, later]))).broken == []


@pytest.mark.invariant("I-29")
def test_a_run_that_does_not_say_its_version_is_found() -> None:
    assert found(healthy(lambda rows: rows.__setitem__(0, started(version="")))).broken == ["I-29"]


def test_rows_of_a_run_that_died_before_its_first_word_are_no_strangers() -> None:
    lives = [LifeSeen("e1", at(0), at(2), at(400), "drained"), LifeSeen("e2", at(410), None, at(411), "crashed")]
    evidence: Evidence = healthy(lambda rows: rows.append(row(410.5, "x", {}, epoch="e2")), lives=lives)
    assert found(evidence).broken == []
