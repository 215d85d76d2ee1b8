from trader247.drivers.left_over import LeftOver
from trader247.model.mode import TradingState


def test_a_first_run_is_left_nothing_and_may_trade() -> None:
    assert LeftOver() == LeftOver(TradingState.ACTIVE, (), ())
