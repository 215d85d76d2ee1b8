"""Where each actor is reached: what the routing table sends to, whoever drives the actors.

The daemon's are mailboxes (``mailboxes``), the backtest's are queues of one loop (``backtest/line``).
"""

from collections.abc import Mapping
from typing import Protocol

from trader247.core.alerter import AlerterIn
from trader247.core.breakers import BreakersIn
from trader247.core.cycle import CycleIn
from trader247.core.journal import JournalIn
from trader247.core.kill_switch import SwitchIn
from trader247.core.market_feed import FeedIn, Reads
from trader247.core.order_gateway import GatewayIn
from trader247.core.order_manager import ManagerIn
from trader247.core.permit import DeskIn
from trader247.core.reconciler import Questions, ReconcilerIn
from trader247.core.risk_arbiter import ArbiterIn
from trader247.core.status_board import BoardFact
from trader247.messages.control import AlertDue
from trader247.messages.trading import Deliberate
from trader247.model.ids import StrategyName
from trader247.runtime.routes import Sender

__all__ = ["Boxes"]


class Boxes(Protocol):
    """One attribute per actor or reader that is sent something; ``board`` stands for the faces."""

    @property
    def journal(self) -> Sender[JournalIn]: ...

    @property
    def permit_desk(self) -> Sender[DeskIn]: ...

    @property
    def breakers(self) -> Sender[BreakersIn]: ...

    @property
    def order_manager(self) -> Sender[ManagerIn]: ...

    @property
    def order_gateway(self) -> Sender[GatewayIn]: ...

    @property
    def reconciler(self) -> Sender[ReconcilerIn]: ...

    @property
    def questions(self) -> Sender[Questions]: ...

    @property
    def alerter(self) -> Sender[AlerterIn]: ...

    @property
    def alerts_due(self) -> Sender[AlertDue]: ...

    @property
    def kill_switch(self) -> Sender[SwitchIn]: ...

    @property
    def market_feed(self) -> Sender[FeedIn]: ...

    @property
    def reads(self) -> Sender[Reads]: ...

    @property
    def cycle(self) -> Sender[CycleIn]: ...

    @property
    def risk_arbiter(self) -> Sender[ArbiterIn]: ...

    @property
    def board(self) -> Sender[BoardFact]: ...

    @property
    def strategies(self) -> Mapping[StrategyName, Sender[Deliberate]]: ...
