"""Any edit, cut, insertion or move is found (requirement AUD1), and the finding names the row."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, nullcontext
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.store.places import OnServer, Place
from tests.store.samples import CONFIG, EPOCH, entry

from trader247.store.chain import GENESIS_HASH, Record
from trader247.store.database import Database
from trader247.store.journal import Journal
from trader247.store.verifying import FAULTS_MAX, Verdict, verify

ROWS = 12


class Honest:
    """Twelve rows that nobody has touched, and somebody to edit them who knows how to take the guards off."""

    def __init__(self, place: Place, standing: Database | None) -> None:
        """``standing``: an open database that does not keep others from editing."""
        self.place = place
        self.standing = standing
        with (
            nullcontext(standing) if standing else place.open() as database,
            closing(Journal(database, epoch=EPOCH, config_hash=CONFIG)) as journal,
        ):
            journal.append([entry(number) for number in range(1, 6)])
            journal.append([entry(number, cause=number) for number in range(6, ROWS + 1)])
        self.rows: list[tuple[Any, ...]] = place.ask("SELECT * FROM journal ORDER BY seq")

    def verdict_after(self, *rows: Sequence[Any]) -> Verdict:
        """The verdict on a journal that holds these rows, under the head that was written."""
        self.place.fill("journal", rows)
        if self.standing is not None:
            return verify(self.standing)
        with self.place.open(migrate=False) as database:
            return verify(database)

    def edited(self, seq: int, **changed: Any) -> list[Record]:
        """The honest rows, one of them changed."""
        rows = [Record(*row) for row in self.rows]
        rows[seq - 1] = rows[seq - 1]._replace(**changed)
        return rows


@pytest.fixture
def honest(place: Place) -> Iterator[Honest]:
    with ExitStack() as stack:
        yield Honest(place, stack.enter_context(place.open()) if isinstance(place, OnServer) else None)


def told(verdict: Verdict) -> list[tuple[int, str]]:
    return [(fault.seq, fault.what) for fault in verdict.faults]


def rechained(rows: Sequence[Record]) -> list[Record]:
    """What a forger does who knows the formula: number and hash everything again from the first row on."""
    last, made = GENESIS_HASH, []
    for seq, row in enumerate(rows, start=1):
        moved = row._replace(seq=seq, prev_hash=last)
        last = moved.own_hash()
        made.append(moved._replace(hash=last))
    return made


def renumbered(rows: Sequence[Record]) -> list[Record]:
    """What one does who knows only that numbers have no gap."""
    return [row._replace(seq=seq) for seq, row in enumerate(rows, start=1)]


DRAWN = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.req("AUD1")
def test_an_untouched_journal_is_intact(honest: Honest) -> None:
    verdict = honest.verdict_after(*honest.rows)
    assert verdict == Verdict(first_seq=1, last_seq=ROWS, rows=ROWS, faults=(), unwitnessed=0)
    assert verdict.intact


# PostgreSQL itself refuses the zero character in a text
values = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=70)
numbers = st.integers(-(2**62), 2**62)
edits = st.one_of(
    *(st.tuples(st.just(column), numbers) for column in ("at", "cause")),
    *(st.tuples(st.just(column), values) for column in Record._fields if column not in {"seq", "at", "cause"}),
)


@pytest.mark.req("AUD1")
@DRAWN
@given(seq=st.integers(1, ROWS), edit=edits)
def test_any_edited_field_is_found_at_its_row(honest: Honest, seq: int, edit: tuple[str, object]) -> None:
    rows = honest.edited(seq, **dict([edit]))
    verdict = honest.verdict_after(*rows)
    changed = rows[seq - 1] != Record(*honest.rows[seq - 1])
    assert verdict.intact == (not changed)
    assert not changed or verdict.faults[0].seq == seq


@pytest.mark.req("AUD1")
@DRAWN
@given(gone=st.sets(st.integers(1, ROWS), min_size=1))
def test_any_deleted_rows_are_found(honest: Honest, gone: set[int]) -> None:
    verdict = honest.verdict_after(*(row for row in honest.rows if row[0] not in gone))
    assert not verdict.intact
    assert "missing" in " ".join(fault.what for fault in verdict.faults)


@pytest.mark.req("AUD1")
@DRAWN
@given(order=st.permutations(range(ROWS)))
def test_any_other_order_is_found(honest: Honest, order: list[int]) -> None:
    rows = renumbered([Record(*honest.rows[index]) for index in order])
    assert honest.verdict_after(*rows).intact == (order == sorted(order))


@pytest.mark.req("AUD1")
@DRAWN
@given(at=st.integers(0, ROWS), of=st.integers(0, ROWS - 1))
def test_any_inserted_row_is_found(honest: Honest, at: int, of: int) -> None:
    rows = [Record(*row) for row in honest.rows]
    rows.insert(at, rows[of])
    assert not honest.verdict_after(*renumbered(rows)).intact


steps = st.one_of(
    st.tuples(st.just("edit"), st.integers(0, ROWS), edits),
    st.tuples(st.just("delete"), st.integers(0, ROWS), st.none()),
    st.tuples(st.just("double"), st.integers(0, ROWS), st.none()),
    st.tuples(st.just("swap"), st.integers(0, ROWS), st.none()),
)


@pytest.mark.req("AUD1")
@DRAWN
@given(history=st.lists(steps, min_size=1, max_size=5), forger=st.booleans())
def test_any_history_of_edits_that_changes_anything_is_found_also_when_all_is_chained_anew(
    honest: Honest, history: list[tuple[str, int, Any]], forger: bool
) -> None:
    rows = [Record(*row) for row in honest.rows]
    for what, at, edit in history:
        index = at % len(rows) if rows else 0
        if what == "edit" and rows:
            rows[index] = rows[index]._replace(**dict([edit]))
        elif what == "delete" and rows:
            del rows[index]
        elif what == "double" and rows:
            rows.insert(index, rows[-1])
        elif what == "swap" and rows:
            rows[index], rows[0] = rows[0], rows[index]
    rows = rechained(rows) if forger else renumbered(rows)
    same = [tuple(row) for row in rows[:ROWS]] == honest.rows
    assert honest.verdict_after(*rows).intact == (same and _well_made(rows))


def _well_made(rows: Sequence[Record]) -> bool:
    """Rows beyond the head are taken for a last batch where they are chained: a crash leaves the same."""
    return all(row.hash == row.own_hash() for row in rows) and all(
        after.prev_hash == before.hash for before, after in pairwise(rows)
    )


@pytest.mark.req("AUD1")
@pytest.mark.parametrize("from_seq", range(1, ROWS + 1))
def test_a_forger_who_chains_everything_again_is_betrayed_by_the_head_file(honest: Honest, from_seq: int) -> None:
    assert told(honest.verdict_after(*rechained(honest.edited(from_seq, body="{}")))) == [
        (ROWS, f"row {ROWS} is not the row that was written there: the chain was rewritten")
    ]


def test_a_well_made_row_beyond_the_head_is_counted_as_unwitnessed(honest: Honest) -> None:
    rows = [Record(*row) for row in honest.rows]
    verdict = honest.verdict_after(*rechained([*rows, rows[2]]))
    assert verdict.intact
    assert verdict.unwitnessed == 1


def test_findings_say_what_was_done(honest: Honest) -> None:
    def without(*gone: int) -> list[tuple[int, str]]:
        return told(honest.verdict_after(*(row for row in honest.rows if row[0] not in gone)))

    edited = honest.verdict_after(*honest.edited(4, body="{}"))
    assert told(edited) == [(4, "its content does not match its hash: it was edited")]
    assert without(10, 11, 12) == [(9, "rows 10 to 12 are missing at the end (an old copy, or a cut)")]
    assert without(4, 5) == [(6, "rows 4 to 5 are missing")]
    assert without(1, 2, 3) == [(4, "rows 1 to 3 are missing and no pruning announces that")]
    assert without(*range(1, ROWS + 1)) == [(0, "rows 1 to 12 are missing at the end (an old copy, or a cut)")]


def test_many_faults_are_told_up_to_a_limit(place: Place) -> None:
    with place.open() as database, closing(Journal(database, epoch=EPOCH, config_hash=CONFIG)) as journal:
        journal.append([entry(number) for number in range(1, 40)])
    place.do("UPDATE journal SET body = '{}'")
    with place.open() as database:
        assert len(verify(database).faults) == FAULTS_MAX


def test_a_removed_head_file_is_a_finding(database: Database, journal: Journal, place: Place) -> None:
    assert verify(database).rows == 0
    journal.append([entry()])
    place.head.unlink()
    verdict = verify(database)
    assert told(verdict) == [(1, "the head file is missing, so nobody can tell whether row 1 is the last")]
    assert verdict.unwitnessed == 1


def test_an_empty_journal_without_head_file_is_intact(database: Database) -> None:
    assert verify(database) == Verdict(first_seq=1, last_seq=0, rows=0, faults=(), unwitnessed=0)


def test_progress_is_told_per_page_and_ends_at_the_total(
    database: Database, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trader247.store.verifying._PAGE_ROWS", 4)
    journal.append([entry(number) for number in range(1, 11)])
    seen: list[tuple[int, int]] = []
    verify(database, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(4, 10), (8, 10), (10, 10)]


def test_a_part_can_be_checked_alone(honest: Honest) -> None:
    with nullcontext(honest.standing) if honest.standing else honest.place.open() as database:
        part = verify(database, from_seq=5, upto_seq=8)
        assert (part.first_seq, part.last_seq, part.rows, part.intact) == (5, 8, 4, True)
        assert verify(database, from_seq=5).last_seq == ROWS
        assert verify(database, from_seq=ROWS + 5).rows == 0
