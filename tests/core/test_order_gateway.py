"""The gate: the newest permit, the latch and the intent's own expiry."""

import pytest
from tests.builders import intent, moment

from trader247.core.order_gateway import OrderGate
from trader247.messages.control import Guard, PanelLine, PermitRenewed
from trader247.messages.orders import PlaceOrder
from trader247.model.mode import Mode, OrderKind, TradingState


def permit(serial: int = 1, *, state: TradingState = TradingState.ACTIVE, until: float | None = 2) -> PermitRenewed:
    lease = None if until is None else moment(until).mono
    return PermitRenewed(serial, state, lease, lease, (PanelLine(Guard.CLOCK, yes=False, reason="stepped", age_s=1.0),))


def place(expires: float = 10) -> PlaceOrder:
    return PlaceOrder(intent(), moment(expires))


def gate(*permits: PermitRenewed, mode: Mode = Mode.PAPER) -> OrderGate:
    made = OrderGate(mode)
    for each in permits:
        made.renew(each)
    return made


def test_an_order_leaves_while_the_permit_and_the_intent_are_fresh_and_nothing_is_halted() -> None:
    assert gate(permit()).refusal(place(), halted=False, now=moment(1.99)) is None


@pytest.mark.parametrize(
    ("permits", "halted", "second", "refusal"),
    [
        ((), False, 0, "no permit was ever granted"),
        ((permit(),), True, 0, "halted"),
        ((permit(),), False, 2, "the entry permit ran out 0.00 s ago"),
        ((permit(),), False, 10.5, "expired 0.50 s ago"),
        ((permit(until=None),), False, 0, "no entry permit: clock: stepped"),
        ((permit(state=TradingState.REDUCING),), False, 0, "trading state is REDUCING"),
    ],
)
@pytest.mark.req("K1")
def test_whatever_is_missing_is_the_refusal(
    permits: tuple[PermitRenewed, ...], halted: bool, second: float, refusal: str
) -> None:
    assert gate(*permits).refusal(place(), halted=halted, now=moment(second)) == refusal


def test_the_newest_permit_counts_even_where_it_takes_something_away() -> None:
    renewed = gate(permit(1), permit(2, until=None))
    assert renewed.refusal(place(), halted=False, now=moment(1)) == "no entry permit: clock: stepped"


@pytest.mark.req("SUP4")
def test_permits_of_a_restarted_desk_count_though_it_numbers_them_anew() -> None:
    renewed = gate(permit(72_000, until=2), permit(1, until=50))
    assert renewed.refusal(place(20), halted=False, now=moment(15)) is None


@pytest.mark.req("M1")
def test_in_dry_run_neither_an_order_nor_a_cancel_leaves() -> None:
    dry = gate(permit(), mode=Mode.DRY_RUN)
    assert dry.refusal(place(), halted=False, now=moment(0)) == "mode is DRY_RUN: nothing is sent"
    assert dry.cancel_refusal(moment(0)) == "mode is DRY_RUN: nothing is sent"


def test_a_cancel_needs_no_permit_and_leaves_under_a_halt() -> None:
    assert gate().cancel_refusal(moment(0)) is None


def test_an_exit_leaves_while_reducing() -> None:
    leaving = PlaceOrder(intent(kind=OrderKind.EXIT), moment(10))
    assert gate(permit(state=TradingState.REDUCING)).refusal(leaving, halted=False, now=moment(1)) is None
