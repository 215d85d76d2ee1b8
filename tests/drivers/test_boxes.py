"""What the routing table sends to is what the daemon's mailboxes are, and what the backtest's queues are."""

import pytest
from tests.drivers.test_mailboxes import boxes

from trader247.drivers.backtest.line import Line, Queues
from trader247.drivers.boxes import Boxes
from trader247.model.ids import StrategyName

pytestmark = pytest.mark.req("BT4")

NAMES = [name for name, value in vars(Boxes).items() if isinstance(value, property) and name != "strategies"]


def test_the_daemon_and_the_backtest_serve_the_same_actors_under_the_same_names() -> None:
    daemon = boxes("baseline")
    backtest = Queues(Line(), (StrategyName("baseline"),))
    assert len(NAMES) == 15
    for name in NAMES:
        mailbox = getattr(daemon, name)
        assert getattr(backtest, name).name == mailbox.name
    assert backtest.strategies.keys() == daemon.strategies.keys()
