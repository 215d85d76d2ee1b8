"""Noting what happens."""

from attrs import evolve

from trader247.drivers.simulation.history import START
from trader247.drivers.simulation.witness import Witness
from trader247.messages.control import Guard, PanelLine, PermitRenewed
from trader247.model.instant import SECOND, Instant, Mono
from trader247.model.mode import TradingState

PERMIT = PermitRenewed(1, TradingState.ACTIVE, Mono(1), Mono(1), ())


def test_a_permit_is_noted_where_it_changes_and_so_is_its_absence() -> None:
    witness = Witness()
    missing = PanelLine(Guard.CLOCK, yes=False, reason="", age_s=None)
    witness.saw_permit(PERMIT, START, "")
    witness.saw_permit(evolve(PERMIT, serial=2), START, "")
    witness.saw_permit(evolve(PERMIT, entry_until=None, panel=(missing,)), START, "")
    witness.saw_no_permit(START, "no process")
    witness.saw_no_permit(START, "no process")
    witness.saw_permit(PERMIT, START, "")
    assert [(seen.entry, seen.missing) for seen in witness.permits] == [
        (True, ()),
        (False, ("clock",)),
        (False, ("no process",)),
        (True, ()),
    ]


def test_a_permit_that_is_renewed_runs_out_later() -> None:
    witness = Witness()
    witness.saw_permit(PERMIT, START, "")
    witness.saw_permit(evolve(PERMIT, entry_until=Mono(7), exit_until=Mono(8)), START, "")
    assert [seen.until for seen in witness.permits] == [7]
    witness.saw_permit(evolve(PERMIT, entry_until=None, exit_until=Mono(8)), START, "")
    assert witness.permits[-1].until == 8


def test_a_breach_has_its_end_or_none() -> None:
    witness = Witness()
    assert witness.breach("kill", START, 2.0).until == Instant(START + 2 * SECOND)
    assert witness.breach("stale", START, None, "BTC-USD").until is None
    assert len(witness.breaches) == 2
