"""Every kind of fault, by layer: the one table that plans are read with, drawn from and documented by."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from trader247.drivers.simulation.layers import (
    actor,
    alerts,
    clock,
    database,
    market,
    network,
    operator,
    orders,
    process,
    rest,
    strategy,
    stream,
)
from trader247.drivers.simulation.plan import KindRule, Layer

__all__ = ["RULES"]

RULES: Final[Mapping[Layer, Mapping[str, KindRule]]] = MappingProxyType(
    {
        Layer.PROCESS: process.KINDS,
        Layer.CLOCK: clock.KINDS,
        Layer.DATABASE: database.KINDS,
        Layer.NETWORK: network.KINDS,
        Layer.REST: rest.KINDS,
        Layer.STREAM: stream.KINDS,
        Layer.ORDERS: orders.KINDS,
        Layer.MARKET: market.KINDS,
        Layer.STRATEGY: strategy.KINDS,
        Layer.ACTOR: actor.KINDS,
        Layer.OPERATOR: operator.KINDS,
        Layer.ALERTS: alerts.KINDS,
    }
)
