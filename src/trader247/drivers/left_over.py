"""What an earlier run left in the journal for the next one, beside the books: what people ordered, and what stood."""

from attrs import frozen

from trader247.messages.bans import Ban
from trader247.messages.breakers import OpenedBreaker, SetBreaker
from trader247.messages.control import AlertChanged
from trader247.model.mode import TradingState
from trader247.model.order import Order
from trader247.model.portfolio import AcknowledgedLoss

__all__ = ["LeftOver"]


@frozen
class LeftOver:
    """``standing`` are alerts; ``held`` the breakers that operators hold open, ``opened`` those that opened by
    themselves, ``acknowledged`` losses that were resumed over. ``orders`` are the newest, for those who look; oldest
    first.
    """

    state: TradingState = TradingState.ACTIVE
    standing: tuple[AlertChanged, ...] = ()
    held: tuple[SetBreaker, ...] = ()
    opened: tuple[OpenedBreaker, ...] = ()
    bans: tuple[Ban, ...] = ()
    acknowledged: tuple[AcknowledgedLoss, ...] = ()
    orders: tuple[Order, ...] = ()
