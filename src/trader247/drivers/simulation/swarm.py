"""Plans from seeds, as a swarm: each seed first draws which layers are loud, then which kinds, then their faults.

Plans that always hold everything all look the same; a history in which nothing but the database fails, again and again,
finds what a mixture hides. Every second fault or so is addressed to an event of the wire or the journal, the others to
times.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from trader247.drivers.simulation.layers import RULES
from trader247.drivers.simulation.layers.actor import ACTORS
from trader247.drivers.simulation.plan import REQUIRED, At, Fault, KindRule, Layer, Plan, Point, Stage

__all__ = ["PROFILES", "drawn"]

FAULTS_PER_HOUR: Final = (20.0, 60.0)
"""How many faults an hour has, drawn per seed."""

_LOUD: Final = 0.4
"""The share of layers that a seed's swarm hears of."""

PROFILES: Final[Mapping[str, Sequence[Layer]]] = MappingProxyType(
    {
        "swarm": tuple(Layer),
        "venue": (Layer.NETWORK, Layer.REST, Layer.STREAM, Layer.ORDERS, Layer.MARKET),
        "host": (Layer.PROCESS, Layer.CLOCK, Layer.DATABASE),
        "inside": (Layer.STRATEGY, Layer.ACTOR),
        "people": (Layer.OPERATOR, Layer.ALERTS),
        **{layer.value: (layer,) for layer in Layer},
    }
)
"""Which layers a profile draws from."""

_TOO_LATE: Final = 0.2
"""The share of slow requests that nobody waits for any more."""

_MATCHES: Final[Mapping[Point, Sequence[tuple[str, int]]]] = MappingProxyType(
    {
        Point.WRITE: (("OrderChanged*", 30), ("*FillBooked*", 15), ("*", 200), ("RiskApproved*", 15)),
        Point.CALL: (
            ("POST /orders", 15),
            ("POST /orders/batch_cancel", 3),
            ("GET /orders/historical/*", 60),
            ("GET /accounts", 20),
            ("GET *", 200),
        ),
        Point.FRAME: (("user", 60), ("ticker*", 600), ("*", 900), ("heartbeats", 600)),
        Point.CONNECTION: (("*", 3),),
        Point.TAKE: (
            ("order_manager *", 900),
            ("order_gateway PlaceOrder", 15),
            ("journal *", 300),
            ("risk_arbiter *", 300),
            ("*", 6_000),
        ),
    }
)
"""Names worth addressing, with about how many of them an hour has."""

_CHOICES: Final[Mapping[tuple[str, str], Callable[[random.Random], Any]]] = MappingProxyType(
    {
        # now and then so late that the order was given up meanwhile
        ("network.slow", "seconds"): lambda rng: (
            60.0 if rng.random() < _TOO_LATE else round(10 ** rng.uniform(-1, 1.2), 2)
        ),
        ("clock.step", "seconds"): lambda rng: round(rng.choice((-1, 1)) * 10 ** rng.uniform(-1, 3.5), 3),
        ("clock.drift", "ppm"): lambda rng: round(rng.choice((-1, 1)) * 10 ** rng.uniform(2, 4.5)),
        ("market.spike", "factor"): lambda rng: rng.choice((0.01, 0.5, 0.9, 1.1, 2.0, 100.0)),
        ("market.crash", "factor"): lambda rng: rng.choice((0.6, 0.8, 0.95, 0.98, 1.02, 1.3)),
        ("market.mode", "mode"): lambda rng: rng.choice(("cancel_only", "limit_only", "trading_disabled", "offline")),
        ("market.mispriced", "price"): lambda rng: rng.choice(
            ("zero", "nan", "negative", "tenfold", "crossed", "empty")
        ),
        ("market.venue_clock", "seconds"): lambda rng: rng.choice((-300.0, -5.0, -0.5, 0.5, 5.0, 300.0)),
    }
)
_WORDS: Final[Mapping[str, Sequence[Any]]] = MappingProxyType(
    {
        "actor": ACTORS,
        "ending": ("silence", "close", "reset"),
        "side": ("before", "after"),
        "symbol": ("BTC-USD", "ETH-USD", "SOL-USD", "*"),
        "scope": ("connection", "channel"),
        "state": ("OPEN", "CLOSED", "CLOSED"),
        "breaker": ("orders", "market_data", "account", "cancels"),
        "code": (500, 502, 503, 504),
        "by": (1, 2, 5),
    }
)


def drawn(seed: int, hours: float, profile: str = "swarm") -> Plan:
    """The plan of a seed: the same one for ever, as long as the tables here are the same."""
    rng = random.Random(f"swarm:{profile}:{seed}")  # noqa: S311 - repeatable on purpose
    layers = PROFILES[profile]
    loud = [layer for layer in layers if rng.random() < _LOUD] or [rng.choice(list(layers))]
    weights = [(layer, kind, rng.random() ** 2) for layer in loud for kind in RULES[layer]]
    per_hour = rng.uniform(*FAULTS_PER_HOUR)
    count = max(1, round(per_hour * hours))
    picked = rng.choices(weights, [weight for _, _, weight in weights], k=count)
    faults = [_fault(rng, layer, kind, hours * 3600) for layer, kind, _ in picked]
    return Plan(tuple(sorted(faults, key=lambda fault: fault.at.after_s)))


def _fault(rng: random.Random, layer: Layer, kind: str, length_s: float) -> Fault:
    rule = RULES[layer][kind]
    arguments = {
        name: _value(rng, f"{layer}.{kind}", name, argument.default) for name, argument in rule.arguments.items()
    }
    return Fault(layer, kind, _at(rng, layer, rule, kind, length_s), arguments)


def _at(rng: random.Random, layer: Layer, rule: KindRule, kind: str, length_s: float) -> At:
    after_s = round(rng.uniform(0, length_s), 1)
    points = [point for point in rule.points if point is not Point.TIME]
    if Point.TIME in rule.points and (not points or rng.random() < 0.5):
        return At(Point.TIME, after_s=after_s)
    point = rng.choice(points)
    match, per_hour = _match(rng, point, kind)
    nth = rng.randint(1, max(1, round(per_hour / 6)))
    acts = rule.act is not None
    stage = Stage.AFTER if acts and point in {Point.WRITE, Point.CALL} and rng.random() < 0.5 else Stage.BEFORE
    delta_s = round(rng.expovariate(2.0), 3) if acts and layer is not Layer.ACTOR and rng.random() < 0.3 else 0.0
    return At(point, nth, match, after_s, stage, delta_s)


def _match(rng: random.Random, point: Point, kind: str) -> tuple[str, int]:
    if kind == "late_accept":
        return "POST /orders", 15
    if kind == "cancel_lost_race":
        return "POST /orders/batch_cancel", 3
    if kind == "mispriced":
        return "ticker*", 600
    return rng.choice(_MATCHES[point])


def _value(rng: random.Random, kind: str, name: str, default: Any) -> Any:
    if (kind, name) in _CHOICES:
        return _CHOICES[kind, name](rng)
    if name in _WORDS:
        return rng.choice(_WORDS[name])
    if default is REQUIRED:
        raise LookupError(f"{kind} takes {name}, and the swarm has no choice of it")
    if isinstance(default, float):
        return round(min(default * 10 ** rng.uniform(-1, 0.7), 600.0 if "hours" not in name else 1.0), 2)
    return default
