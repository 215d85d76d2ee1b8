"""When a position must be left."""

import pytest
from tests.builders import moment, position, quote

from trader247.core.exits import ExitCause, exit_for

HELD = position(entry=100, stop=95, target=110, max_hold_s=60)


@pytest.mark.req("R3")
@pytest.mark.parametrize(
    ("bid", "second", "cause"),
    [
        ("100", 0, None),
        ("95.01", 0, None),
        ("95", 0, "stop"),
        ("10", 0, "stop"),
        ("109.99", 0, None),
        ("110", 0, "target"),
        ("100", 59.9, None),
        ("100", 60, "max_hold"),
        ("94", 60, "stop"),
        ("111", 60, "target"),
    ],
)
def test_the_bid_and_the_time_decide_and_a_stop_comes_before_a_target_before_the_hold(
    bid: str, second: float, cause: str | None
) -> None:
    found = exit_for(HELD, quote(bid=bid), moment(second))
    assert (found.cause.value if found else None) == cause
    assert found is None or found.text


def test_the_ask_never_hits_a_stop_or_a_target() -> None:
    assert exit_for(HELD, quote(bid="96", ask="120"), moment()) is None


def test_where_stop_and_target_meet_the_stop_wins() -> None:
    found = exit_for(position(stop=100, target=100), quote(bid=100), moment())
    assert found is not None
    assert found.cause is ExitCause.STOP


def test_a_position_without_exits_is_held() -> None:
    assert exit_for(position(), quote(bid="0.01"), moment(10**9)) is None
