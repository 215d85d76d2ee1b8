"""The lease and the one predicate that lets an order out."""

from itertools import product

import pytest
from tests.builders import moment

from trader247.core.permit import ALLOWED, EXIT_GUARDS, DeskOut, HaltSeen, PermitDesk, why_not
from trader247.messages.base import Tick
from trader247.messages.control import Guard, GuardVoted, PanelLine, PermitRenewed, SetTradingState
from trader247.model.instant import Mono
from trader247.model.mode import Mode, OrderKind, TradingState
from trader247.model.policy import PermitTerms

GUARDS = tuple(Guard)
TERMS = PermitTerms(lease_s=2.0, vote_max_age_s=2.0)
LEASES = ("none", "not granted", "granted", "just ended", "ended")


def permit(state: TradingState, lease: str) -> PermitRenewed | None:
    if lease == "none":
        return None
    until = {"granted": moment(1).mono, "just ended": moment(0).mono, "ended": moment(-1).mono}.get(lease)
    line = PanelLine(Guard.VENUE, yes=False, reason="no answer", age_s=0.1)
    return PermitRenewed(serial=1, state=state, entry_until=until, exit_until=until, panel=(line,))


def may_leave(kind: OrderKind, mode: Mode, halted: bool, state: TradingState, lease: str) -> bool:
    """The table of the module's docstring, said a second time in other words."""
    if mode == "DRY_RUN":
        return False
    if kind == "cancel":
        return True
    if halted or lease != "granted":
        return False
    return state == "ACTIVE" or (state == "REDUCING" and kind == "exit")


@pytest.mark.req("M1", "K1")
@pytest.mark.parametrize(
    ("mode", "halted", "state", "kind", "lease"),
    list(product(Mode, (False, True), TradingState, OrderKind, LEASES)),
)
def test_an_order_leaves_exactly_where_the_table_lets_it(
    mode: Mode, halted: bool, state: TradingState, kind: OrderKind, lease: str
) -> None:
    why = why_not(kind, mode=mode, halted=halted, permit=permit(state, lease), now=moment(0))
    assert (why is None) is may_leave(kind, mode, halted, state, lease)
    assert why is None or why.strip()


@pytest.mark.parametrize("grade", ["entry", "exit"])
def test_a_lease_of_the_other_grade_lets_nothing_out(grade: str) -> None:
    until = moment(1).mono
    one = PermitRenewed(
        serial=1,
        state=TradingState.ACTIVE,
        entry_until=until if grade == "entry" else None,
        exit_until=until if grade == "exit" else None,
        panel=(),
    )
    other = OrderKind.EXIT if grade == "entry" else OrderKind.ENTRY
    assert why_not(OrderKind(grade), mode=Mode.LIVE, halted=False, permit=one, now=moment()) is None
    assert why_not(other, mode=Mode.LIVE, halted=False, permit=one, now=moment()) is not None


def test_the_reason_names_the_first_guard_that_holds_this_grade_back() -> None:
    panel = (
        PanelLine(Guard.LOOP, yes=False, reason="lags", age_s=0.1),
        PanelLine(Guard.VENUE, yes=False, reason="no answer", age_s=0.1),
    )
    none = PermitRenewed(serial=1, state=TradingState.ACTIVE, entry_until=None, exit_until=None, panel=panel)
    entry, leave = (
        why_not(kind, mode=Mode.LIVE, halted=False, permit=none, now=moment())
        for kind in (OrderKind.ENTRY, OrderKind.EXIT)
    )
    assert entry == "no entry permit: loop: lags"
    assert leave == "no exit permit: venue: no answer"


def test_cancels_are_allowed_in_every_state_and_a_halt_allows_nothing_else() -> None:
    assert all(OrderKind.CANCEL in kinds for kinds in ALLOWED.values())
    assert ALLOWED[TradingState.HALTED] == {OrderKind.CANCEL}


# ------------------------------------------------------------------------------------------------------- the desk
def desk(state: TradingState = TradingState.ACTIVE) -> PermitDesk:
    return PermitDesk(GUARDS, TERMS, state)


def vote_all(over: PermitDesk, second: float, *but: Guard) -> None:
    for guard in GUARDS:
        assert over.handle(GuardVoted(guard, yes=guard not in but, reason="so"), moment(second)) == []


def minted(out: list[DeskOut]) -> PermitRenewed:
    assert len(out) == 1
    return out[0]


def test_before_anybody_voted_nothing_is_granted() -> None:
    first = minted(desk().start(moment()))
    assert (first.entry_until, first.exit_until) == (None, None)
    assert {line.guard for line in first.panel if not line.yes} == set(GUARDS)


def test_when_every_guard_said_yes_both_grades_are_granted_for_the_lease() -> None:
    over = desk()
    vote_all(over, 0)
    permit_ = minted(over.handle(Tick(), moment(0.5)))
    assert permit_.entry_until == permit_.exit_until == Mono(moment(0.5).mono + 2_000_000_000)


def test_who_is_vouched_for_has_voted_yes() -> None:
    voted, vouched = desk(), desk()
    for guard in Guard:
        voted.handle(GuardVoted(guard, yes=True), moment(1))
    vouched.vouch(Guard, moment(1))
    assert vouched.handle(Tick(), moment(2)) == voted.handle(Tick(), moment(2))


@pytest.mark.parametrize("guard", GUARDS, ids=lambda g: g.value)
def test_one_no_takes_the_entry_permit_and_only_an_exit_guard_takes_the_exit_permit(guard: Guard) -> None:
    over = desk()
    vote_all(over, 0, guard)
    permit_ = minted(over.handle(Tick(), moment(0.5)))
    assert permit_.entry_until is None
    assert (permit_.exit_until is None) is (guard in EXIT_GUARDS)


@pytest.mark.parametrize("guard", GUARDS, ids=lambda g: g.value)
def test_a_guard_that_stops_voting_stops_the_entries_once_its_vote_is_too_old(guard: Guard) -> None:
    over = desk()
    vote_all(over, 0)
    for other in GUARDS:
        if other is not guard:
            over.handle(GuardVoted(other, yes=True), moment(1))
    assert minted(over.handle(Tick(), moment(2))).entry_until is not None
    late = minted(over.handle(Tick(), moment(2.01)))
    assert late.entry_until is None
    assert [line.guard for line in late.panel if not line.yes] == [guard]


def test_a_halt_mints_at_once_and_takes_both_grades() -> None:
    over = desk()
    vote_all(over, 0)
    halted = minted(over.handle(HaltSeen(True), moment(0.1)))
    assert (halted.state, halted.entry_until, halted.exit_until) == (TradingState.HALTED, None, None)
    assert over.handle(HaltSeen(True), moment(0.2)) == []
    assert minted(over.handle(HaltSeen(False), moment(0.3))).entry_until is not None


def test_while_reducing_only_the_exit_permit_is_granted() -> None:
    over = desk()
    vote_all(over, 0)
    reducing = minted(over.handle(SetTradingState(TradingState.REDUCING, "operator", "lunch"), moment(0.1)))
    assert reducing.entry_until is None
    assert reducing.exit_until is not None


def test_a_change_of_state_does_not_lift_a_halt() -> None:
    over = desk()
    vote_all(over, 0)
    over.handle(HaltSeen(True), moment(0.1))
    still = minted(over.handle(SetTradingState(TradingState.ACTIVE, "operator", "please"), moment(0.2)))
    assert still.state is TradingState.HALTED


def test_the_serial_counts_every_permit() -> None:
    over = desk()
    serials = [minted(over.start(moment())).serial, *(minted(over.handle(Tick(), moment(i))).serial for i in (1, 2))]
    assert serials == [1, 2, 3]


@pytest.mark.req("CB2", "R3")
def test_while_a_breaker_is_open_no_entry_is_granted_and_exits_and_cancels_leave_as_ever() -> None:
    desk = PermitDesk(GUARDS, TERMS, TradingState.ACTIVE)
    for guard in GUARDS:
        desk.handle(GuardVoted(guard, yes=True), moment(0))
    (opened,) = desk.handle(GuardVoted(Guard.BREAKERS, yes=False, reason="orders is OPEN"), moment(1))

    def refusal(kind: OrderKind) -> str | None:
        return why_not(kind, mode=Mode.PAPER, halted=False, permit=opened, now=moment(1))

    assert refusal(OrderKind.ENTRY) == "no entry permit: breakers: orders is OPEN"
    assert refusal(OrderKind.EXIT) is None
    assert refusal(OrderKind.CANCEL) is None
