"""People: they kill, halt, resume, pause, flatten, ban, override, and change the configuration."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any, Final

from trader247.drivers.control import Control
from trader247.drivers.simulation.layers.arguments import ANYWHERE, SYMBOL, between, length, one_of
from trader247.drivers.simulation.plan import KindRule
from trader247.drivers.simulation.scene import Scene
from trader247.messages.bans import BanKind
from trader247.messages.breakers import BreakerState, Work
from trader247.model.instrument import symbol_of
from trader247.model.mode import TradingState
from trader247.venues.simulated.order_record import ExchangeOrder

__all__ = ["KINDS"]

_FAR_BELOW: Final = Decimal("0.3")
"""Of the bid: where no market of a history fills it but by a crash."""
_BY_HAND_USD: Final = Decimal(50)
_BY: Final = "operator"
_WHY: Final = "the plan"
Order = Callable[[Control, Mapping[str, Any]], None]


def _kill_file(scene: Scene, arguments: Mapping[str, Any]) -> None:
    scene.kill_file(float(arguments["for_s"]), "put there by the plan\n")


def _tells(order: Order) -> Callable[[Scene, Mapping[str, Any]], None]:
    """What an operator does to a daemon that is up; otherwise nobody answers."""

    def act(scene: Scene, arguments: Mapping[str, Any]) -> None:
        if scene.life is not None and scene.life.is_up and scene.life.control is not None:
            order(scene.life.control, arguments)

    return act


def _ban(control: Control, arguments: Mapping[str, Any]) -> None:
    name = "BTC-USD" if arguments["symbol"] == "*" else arguments["symbol"]
    control.ban(symbol_of(name), BanKind.EXPLOIT, float(arguments["hours"]), _BY, _WHY)


def _reload(scene: Scene, _arguments: Mapping[str, Any]) -> None:
    if scene.life is not None and scene.life.is_up and scene.life.reloader is not None:
        scene.life.reloader.begin(_WHY, _BY)


def _by_hand(scene: Scene, arguments: Mapping[str, Any]) -> None:
    """A person buys on the venue's own page, far below the market, and takes the order back later."""
    symbol = scene.symbols()[0] if arguments["symbol"] == "*" else arguments["symbol"]
    product, (bid, _) = scene.exchange.products[symbol], scene.exchange.touch(symbol)[0]
    price = (bid * _FAR_BELOW).quantize(Decimal(1).scaleb(-product.price_digits))
    if price <= 0:
        return
    size = (_BY_HAND_USD / price).quantize(Decimal(1).scaleb(-product.size_digits))
    name = f"by-hand-{len(scene.witness.external) + 1}"
    terms = {"limit_limit_gtc": {"base_size": str(size), "limit_price": str(price)}}
    owner = scene.exchange.portfolio_id
    made, events = scene.exchange.place(owner, name, symbol, "BUY", terms, now=scene.now)
    if not isinstance(made, ExchangeOrder):
        scene.witness.refused += 1
        return
    scene.witness.external.append(name)
    scene.venue.server.tell(events, scene.now)
    scene.later(float(arguments["for_s"]), partial(_take_back, scene, made))


def _take_back(scene: Scene, made: ExchangeOrder) -> None:
    _refused, events = scene.exchange.cancel(scene.exchange.portfolio_id, made.order_id, scene.now)
    scene.venue.server.tell(events, scene.now)


KINDS: Final[Mapping[str, KindRule]] = {
    "kill_file": KindRule(
        ANYWHERE,
        "the kill file is there for a while",
        ("OP-01", "OP-03"),
        {"for_s": length(3_600.0, 30.0, "until it is taken away")},
        _kill_file,
    ),
    "halt": KindRule(ANYWHERE, "an operator halts", ("OP-01",), {}, _tells(lambda c, _: c.halt(_WHY, _BY))),
    "resume": KindRule(
        ANYWHERE,
        "an operator resumes, whatever is the matter",
        ("OP-04",),
        {},
        _tells(lambda c, _: c.resume(_WHY, _BY)),
    ),
    "pause": KindRule(
        ANYWHERE,
        "an operator allows exits and cancels only",
        ("OP-07",),
        {},
        _tells(lambda c, _: c.set_state(TradingState.REDUCING, _BY, _WHY)),
    ),
    "activate": KindRule(
        ANYWHERE,
        "an operator allows entries again",
        ("OP-04",),
        {},
        _tells(lambda c, _: c.set_state(TradingState.ACTIVE, _BY, _WHY)),
    ),
    "flatten": KindRule(
        ANYWHERE, "an operator sells every position", ("OP-07",), {}, _tells(lambda c, _: c.flatten(_WHY, _BY))
    ),
    "ban": KindRule(
        ANYWHERE,
        "an operator bans an instrument",
        ("OP-07",),
        {"symbol": SYMBOL, "hours": between(0.01, 24, 0.1, "for how long")},
        _tells(_ban),
    ),
    "breaker": KindRule(
        ANYWHERE,
        "an operator holds a breaker open, or closes it",
        ("OP-02",),
        {
            "breaker": one_of(tuple(work.value for work in Work), "orders", "which"),
            "state": one_of(("OPEN", "CLOSED"), "CLOSED", "how"),
        },
        _tells(lambda c, a: c.set_breaker(a["breaker"], BreakerState(a["state"]), _BY, _WHY)),
    ),
    "by_hand": KindRule(
        ANYWHERE,
        "somebody orders on the account by hand, and takes the order back later",
        ("OP-07",),
        {"symbol": SYMBOL, "for_s": length(3_600.0, 200.0, "until it is taken back")},
        _by_hand,
    ),
    "reload": KindRule(ANYWHERE, "the configuration is changed and taken over", ("CS-09",), {}, _reload),
}
