"""Somebody else's signal, as an external strategy is shown it. Percentages are in percent, instants UTC."""

from decimal import Decimal

from attrs import frozen

from trader247.model.ids import StrategyName
from trader247.model.instant import Instant
from trader247.model.instrument import Symbol
from trader247.model.order import Side

__all__ = ["ExternalSignal"]


@frozen
class ExternalSignal:
    """What was sent to one strategy; what the sender left out is filled in from the strategy's parameters.

    ``signal_id`` is the sender's own, and taken once; ``source`` says which way it came. ``notional_pct`` is of this
    account's NLV. It counts until ``expires_at``, that instant not included.
    """

    signal_id: str
    strategy: StrategyName
    symbol: Symbol
    side: Side
    notional_pct: Decimal
    stop_loss_pct: Decimal
    take_profit_pct: Decimal
    max_hold_s: int
    conviction: float
    reason: str
    issued_at: Instant
    expires_at: Instant
    source: str
