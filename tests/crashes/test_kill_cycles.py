"""Real deaths of a real process: no order twice, no fill lost, both books the same."""

import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest
from attrs import evolve
from tests.crashes.kill_cycles import killed
from tests.crashes.outside import from_file
from tests.crashes.truth import judged

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]


@pytest.mark.req("OM3", "X1", "REC1")
@pytest.mark.fault("PR-01", "PR-02", "PR-03", "PR-06", "PR-10")
def test_daemon_and_exchange_die_together_again_and_again_and_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    violated, summary = killed(tmp_path / "lives", 5, 11, apart=False)
    assert violated == [], f"{summary}"
    assert summary["fills"] >= 10
    _each_lie_is_found(tmp_path / "lives" / "data")


@pytest.mark.req("OM3", "X1", "REC1")
@pytest.mark.fault("PR-01", "PR-02", "PR-03", "PR-06", "PR-10")
def test_an_exchange_that_lives_on_while_the_daemon_dies_again_and_again_has_the_same_books(tmp_path: Path) -> None:
    violated, summary = killed(tmp_path / "lives", 5, 12, apart=True)
    assert violated == [], f"{summary}"
    assert summary["fills"] >= 10


def _each_lie_is_found(data: Path) -> None:
    """The same books with one thing wrong at a time: a comparison that cannot fail proves nothing."""
    theirs = from_file(data / "exchange.jsonl")
    stranger = evolve(theirs.orders[0], order_id="another", client_order_id="another-name")
    cent = {**theirs.totals, "USD": theirs.totals["USD"] + Decimal("0.01")}
    lost, *rest = theirs.fills
    assert "I-06" in _only(judged(theirs._replace(orders=[*theirs.orders, stranger]), data))
    assert "I-01" in _only(judged(theirs._replace(orders=[*theirs.orders, theirs.orders[0]]), data))
    assert "I-07" in _only(judged(theirs._replace(totals=cent), data))
    for number, booked in (
        ("I-04", evolve(lost, size=lost.size + Decimal("0.01"))),
        ("I-08", evolve(lost, fee=lost.fee + Decimal("0.01"))),
    ):
        assert any(number in each for each in judged(theirs._replace(fills=[booked, *rest]), data))
    with closing(sqlite3.connect(data / "trader247.db", isolation_level=None)) as books:
        books.execute("DELETE FROM fills WHERE fill_id = ?", (lost.entry_id,))
    assert any("I-32" in each for each in judged(theirs, data))


def _only(found: list[str]) -> str:
    assert len(found) == 1, found
    return found[0]
