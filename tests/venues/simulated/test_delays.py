"""What is done, or shown, later than it was answered."""

from decimal import Decimal

import pytest
from attrs import asdict
from tests.venues.simulated.rig import at

from trader247.errors import ConfigurationInvalid
from trader247.venues.simulated.delays import Agenda, Delays, Task, TrailingBalances
from trader247.venues.simulated.ledger import Balance
from trader247.venues.simulated.order_record import OrderState


def test_nothing_is_delayed_unless_told() -> None:
    assert {value for name, value in asdict(Delays()).items() if name.endswith("_ns")} == {0}


def test_a_negative_delay_and_an_impossible_first_status_are_refused() -> None:
    with pytest.raises(ConfigurationInvalid, match="cancel_ns: -1 is negative"):
        Delays(cancel_ns=-1)
    with pytest.raises(ConfigurationInvalid, match="accept_as: FILLED"):
        Delays(accept_as=OrderState.FILLED)


def test_tasks_come_when_they_are_due_and_at_one_instant_as_they_were_noted() -> None:
    agenda = Agenda()
    for second, name in ((3, "c"), (1, "a"), (3, "d"), (2, "b")):
        agenda.note(at(second), Task.CANCEL, name)
    assert agenda.next_at() == at(1)
    assert agenda.take(at(0.5)) is None
    assert [agenda.take(at(3)) for _ in "abcd"] == [
        (at(second), Task.CANCEL, name) for second, name in ((1, "a"), (2, "b"), (3, "c"), (3, "d"))
    ]
    assert agenda.take(at(9)) is None
    assert agenda.next_at() is None


def test_trailing_balances_show_what_was_true_a_while_ago() -> None:
    trailing = TrailingBalances(at(2) - at(0))
    one, two, three = (Balance(Decimal(amount), Decimal(0)) for amount in (1, 2, 3))
    trailing.set("me", "USD", one)
    trailing.change(at(1), "me", "USD", two)
    trailing.change(at(2), "me", "USD", three)
    trailing.reach(at(2.9))
    assert trailing.of("me") == {"USD": one}
    trailing.reach(at(3))
    assert trailing.of("me") == {"USD": two}
    assert trailing.of("you") == {}
