"""Alive and ready."""

import pytest
from attrs import evolve
from tests.board_samples import at, board, halted, healthy, permit

from trader247.core.status_board import BoardFact
from trader247.model.mode import TradingState
from trader247.observe.health import alive, ready


def test_a_daemon_that_trades_is_ready() -> None:
    assert ready(board(*healthy()), at(1)).yes


@pytest.mark.parametrize(
    ("facts", "second", "reason"),
    [
        ((), 0, "no permit was granted yet"),
        ((permit(), halted("daily stop")), 0, "halted: daily stop"),
        ((permit(state=TradingState.REDUCING),), 0, "the trading state is REDUCING"),
        ((permit(clock="drift is 180 ms"),), 0, "clock: drift is 180 ms"),
        ((permit(),), 3, "the permit ran out and was not renewed"),
        ((evolve(permit(), entry_until=None),), 0, "no entry permit"),
    ],
)
def test_a_daemon_that_cannot_trade_says_why(facts: tuple[BoardFact, ...], second: float, reason: str) -> None:
    verdict = ready(board(*facts), at(second))
    assert (verdict.yes, verdict.reasons) == (False, (reason,))


def test_a_halted_daemon_is_alive() -> None:
    assert alive(0.02).yes


def test_a_loop_that_stands_still_is_not_alive() -> None:
    verdict = alive(10.5)
    assert not verdict.yes
    assert "10.5 s late" in verdict.reasons[0]
