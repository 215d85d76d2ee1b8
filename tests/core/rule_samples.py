"""What a rule is asked about: books with one thing in them, seen at the story's noon."""

from typing import Any, Final

from attrs import evolve
from tests.builders import BTC, at, moment, portfolio
from tests.market_samples import TRADABLE, UNPACED, view, wish

from trader247.core.risk_books import Books
from trader247.messages.orders import PortfolioChanged
from trader247.model.instant import Instant
from trader247.model.instrument import Symbol
from trader247.model.order import Side
from trader247.model.policy import Caps, Policy
from trader247.model.policy_universe import Universe

POLICY, UNIVERSE = Policy(), Universe()
AVAX: Final = Symbol("AVAX-USD")
WISH, SALE = wish(), evolve(wish(), side=Side.SELL)


def books(shown: PortfolioChanged | None = None, **changes: Any) -> Books:
    """Confirmed, empty books under the silent policy, with a fresh view of every instrument."""
    symbols = (*TRADABLE, AVAX)
    made = Books(
        now=moment(0),
        policy=POLICY,
        universe=UNIVERSE,
        portfolio=shown or portfolio(),
        pending={},
        views={symbol: view(symbol) for symbol in symbols},
        approved_at=(),
    )
    return evolve(made, **changes)


def seeing(**changes: Any) -> Books:
    return books(views={BTC: view(BTC, **changes)})


def with_caps(**caps: Any) -> Policy:
    return evolve(POLICY, caps=evolve(Caps(), **caps))


def ago(nanoseconds: int, symbol: Symbol = BTC) -> tuple[Symbol, Instant]:
    return symbol, Instant(at(0) - nanoseconds)


def entered(*entries: tuple[Symbol, Instant]) -> Books:
    return books(portfolio(entries_24h=entries))


def paced(entries: tuple[tuple[Symbol, Instant], ...], **terms: Any) -> Books:
    """No cooldown, and only the named terms of pacing."""
    free = evolve(UNPACED, pacing=evolve(UNPACED.pacing, **terms))
    return books(portfolio(entries_24h=entries), policy=free)
