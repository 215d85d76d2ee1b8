"""A disk that does not do what it should."""

import pytest
from tests.drivers.simulation.histories import fault, lived

pytestmark = pytest.mark.req("SE4")


@pytest.mark.fault("DB-01", "DB-02", "DB-03")
@pytest.mark.parametrize("kind", ["locked", "full", "failed"])
def test_a_database_that_takes_no_write_halts_and_nothing_is_sent_meanwhile(kind: str) -> None:
    seen = lived(fault("database", kind, for_s=3.0))
    (down,) = [breach for breach in seen.evidence.breaches if breach.kind in {"store_down", "disk_full"}]
    assert down.until is not None
    assert not [call for call in seen.evidence.sent if call.creates and down.at + 1_000_000_000 < call.at < down.until]
    assert any(alert.severity == "CRITICAL" for alert in seen.evidence.alerts)


@pytest.mark.fault("DB-15")
def test_a_halt_outlives_a_commit_that_happened_and_was_told_as_failed() -> None:
    """The journal's actor ended between two incarnations, and what it had not written was lost, the halt among it."""
    seen = lived(fault("database", "failed_after"))
    assert [life.how.partition(":")[0] for life in seen.evidence.lives] == ["exited 5", "drained"]
    second = seen.evidence.lives[1]
    assert [row for row in seen.evidence.rows if row.kind == "halt_tripped" and row.at < second.began]


@pytest.mark.req("K1")
@pytest.mark.fault("DB-03")
def test_a_halt_that_no_disk_took_is_noted_and_the_next_life_begins_with_it_until_somebody_resumes() -> None:
    seen = lived(fault("database", "failed", for_s=4.0), minutes=3.0)
    first, second = seen.evidence.lives[:2]
    assert first.how.startswith("exited 5")
    tripped = [row for row in seen.evidence.rows if row.kind == "halt_tripped"]
    assert [row.epoch for row in tripped] == [second.epoch]
    assert "journal cannot write" in tripped[0].body
    assert [row.kind for row in seen.evidence.rows if row.kind.startswith("halt")] == ["halt_tripped", "halt_cleared"]
    assert not (seen.past.folder / "trader247.halted").exists()


@pytest.mark.fault("DB-10")
def test_a_slow_disk_delays_the_order_and_not_the_other_way_round() -> None:
    seen = lived(fault("database", "slow", seconds=1.5, for_s=40.0))
    written = seen.evidence.written
    creates = [call for call in seen.evidence.sent if call.creates]
    assert creates
    assert all(min(at for name, at in written.items() if name in call.body) <= call.at for call in creates)
