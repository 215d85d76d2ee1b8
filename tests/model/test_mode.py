"""The closed sets of modes, states, grades and kinds: their names are in configuration, journal and dashboards."""

from trader247.model.mode import Grade, Mode, OrderKind, TradingState


def test_the_names_are_what_files_and_journals_hold() -> None:
    assert [m.value for m in Mode] == ["DRY_RUN", "PAPER", "LIVE"]
    assert [s.value for s in TradingState] == ["ACTIVE", "REDUCING", "HALTED"]
    assert [k.value for k in OrderKind] == ["entry", "exit", "cancel"]


def test_every_kind_but_the_cancel_has_a_grade_of_permit_of_its_name() -> None:
    assert {g.value for g in Grade} == {k.value for k in OrderKind} - {"cancel"}
