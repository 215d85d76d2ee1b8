import pytest

from trader247.drivers.call_watch import GROUPS, CallWatch, outcome_of
from trader247.messages.breakers import Outcome, Work, WorkEnded
from trader247.runtime.channels import Mailbox, Switchboard
from trader247.runtime.clock import SystemClock
from trader247.venues.coinbase.endpoints import Endpoints

pytestmark = pytest.mark.req("CB2")


def mailbox() -> Mailbox[WorkEnded]:
    return Mailbox("breakers", Switchboard(SystemClock()))


def waiting(box: Mailbox[WorkEnded]) -> list[WorkEnded]:
    return [envelope.body for store in box._stores for envelope in store]


def test_every_endpoint_has_a_group() -> None:
    assert GROUPS.keys() == {endpoint.name for endpoint in Endpoints.ALL}
    assert GROUPS["create_order"] is Work.ORDERS
    assert GROUPS["batch_cancel"] is Work.CANCELS
    assert GROUPS["accounts"] is GROUPS["fills"] is Work.ACCOUNT
    assert GROUPS["candles"] is GROUPS["product"] is GROUPS["time"] is Work.MARKET_DATA


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        *((status, Outcome.OK) for status in ("200", "400", "404", "422")),
        *((status, Outcome.FAILED) for status in ("500", "503", "401", "403", "408", "lost", "unsent")),
        ("429", Outcome.RATE_LIMITED),
        ("gated", None),
    ],
)
def test_an_answer_that_says_no_is_no_failure_of_the_venue(status: str, outcome: Outcome | None) -> None:
    assert outcome_of(status) is outcome


def test_what_ends_before_the_breakers_exist_is_told_to_the_metrics_alone() -> None:
    seen: list[str] = []
    breakers = mailbox()
    watch = CallWatch(lambda endpoint, _status, _seconds: seen.append(endpoint))
    watch.on_call("permissions", "503", 0.1)
    watch.report_to(breakers)
    watch.on_call("create_order", "503", 0.1)
    watch.on_call("create_order", "gated", 0.1)
    assert seen == ["permissions", "create_order", "create_order"]
    assert waiting(breakers) == [WorkEnded("orders", Outcome.FAILED, "create_order: 503", 0.1)]


def test_on_a_scaled_clock_no_answer_is_slow() -> None:
    breakers = mailbox()
    watch = CallWatch(timed=False)
    watch.report_to(breakers)
    watch.on_call("time", "200", 60.0)
    assert waiting(breakers) == [WorkEnded("market_data", Outcome.OK, "time: 200", 0.0)]
