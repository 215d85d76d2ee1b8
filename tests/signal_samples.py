"""External signals for tests: the JSON that a sender sends, and the signal that becomes of it."""

import json
from decimal import Decimal
from typing import Any

from attrs import evolve
from tests.builders import BTC, ETH, at
from tests.market_samples import ALPHA

from trader247.model.external_signal import ExternalSignal
from trader247.model.instant import rfc3339
from trader247.model.order import Side
from trader247.model.policy_strategies import ExternalParameters, StrategyTerms

LIMITS = ExternalParameters(symbols=(BTC, ETH))
COPY = StrategyTerms(kind="external", enabled=True, parameters=LIMITS)


def said(second: float = 0, **changed: Any) -> bytes:
    """A signal as it is sent; a value of None leaves the key out."""
    content = {"id": "a-1", "symbol": "BTC-USD", "side": "BUY", "notional_pct": 1.5, "issued_at": rfc3339(at(second))}
    return json.dumps({key: value for key, value in {**content, **changed}.items() if value is not None}).encode()


def signal(second: float = 0, **changed: Any) -> ExternalSignal:
    """What becomes of ``said()`` for the strategy alpha."""
    made = ExternalSignal(
        signal_id="a-1",
        strategy=ALPHA,
        symbol=BTC,
        side=Side.BUY,
        notional_pct=Decimal("1.5"),
        stop_loss_pct=Decimal(5),
        take_profit_pct=Decimal(10),
        max_hold_s=48 * 3600,
        conviction=0.5,
        reason="",
        issued_at=at(second),
        expires_at=at(second + 300),
        source="webhook",
    )
    return evolve(made, **changed)
