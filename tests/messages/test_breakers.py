import pytest

from trader247.messages.breakers import STRATEGY, Work, strategy_work
from trader247.model.ids import StrategyName

pytestmark = pytest.mark.req("CB2")


def test_a_strategy_s_work_is_called_as_its_actor_and_as_no_other_work() -> None:
    assert strategy_work(StrategyName("baseline")) == "strategy:baseline"
    assert not any(work.value.startswith(STRATEGY) for work in Work)
