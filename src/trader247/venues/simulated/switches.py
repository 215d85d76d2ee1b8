"""What can be switched on a running exchange: the mode of a product, maintenance, and how far its clock is off. Pure.

A switch is thrown by hand (``set_mode``, ``set_maintenance``, ``set_skew``) and holds, or for a while (``throw``), as
fault plans do; of those in force the latest wins, and what was set by hand comes back after the last of them.
"""

from enum import StrEnum
from typing import Final

from attrs import frozen

from trader247.errors import ConfigurationInvalid
from trader247.model.instant import Instant
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.products import TradingFlags

__all__ = ["ALL_PRODUCTS", "Mode", "Switches", "Thrown", "flags_of"]

ALL_PRODUCTS: Final = "*"
_THROWN_MAX: Final = 1_000
"""Switches remembered at once; a plan that throws one for good at every request must not cost more and more."""


class Mode(StrEnum):
    """What trading on a product is open for; each is a flag of the wire's product object, offline its ``status``."""

    ONLINE = "online"
    TRADING_DISABLED = "trading_disabled"
    CANCEL_ONLY = "cancel_only"
    LIMIT_ONLY = "limit_only"
    POST_ONLY = "post_only"
    AUCTION_MODE = "auction_mode"
    VIEW_ONLY = "view_only"
    OFFLINE = "offline"


_FLAGS: Final = {
    Mode.ONLINE: TradingFlags(),
    Mode.TRADING_DISABLED: TradingFlags(trading_disabled=True),
    Mode.CANCEL_ONLY: TradingFlags(cancel_only=True),
    Mode.LIMIT_ONLY: TradingFlags(limit_only=True),
    Mode.POST_ONLY: TradingFlags(post_only=True),
    Mode.AUCTION_MODE: TradingFlags(auction_mode=True),
    Mode.VIEW_ONLY: TradingFlags(view_only=True),
    Mode.OFFLINE: TradingFlags(status="offline", trading_disabled=True),
}


def flags_of(mode: Mode) -> TradingFlags:
    """The flags a product shows in a mode. That an offline product is disabled for trading, too, is a guess."""
    return _FLAGS[mode]


@frozen
class Thrown:
    """Switches in force from ``since`` (included) to ``until`` (excluded; None for good).

    ``modes`` are products, or ``*`` for all, with their mode; ``skew`` is nanoseconds the shown clock is ahead.
    """

    since: Instant
    until: Instant | None
    modes: tuple[tuple[str, Mode], ...] = ()
    maintenance: bool | None = None
    skew: int | None = None


class Switches:
    """The switches of one exchange; ``advance`` has to be called as time goes on."""

    def __init__(self, exchange: SimulatedExchange) -> None:
        """Everything is open and right at first, or as the exchange's flags say already."""
        self._exchange = exchange
        self._thrown: list[Thrown] = []
        self._by_hand: dict[str, TradingFlags] = {}
        self._touched: dict[str, None] = {}
        self._maintenance = False
        self._skew = 0
        self._now = Instant(0)
        self.maintenance = False
        self.skew = 0

    def set_mode(self, product_id: str, mode: Mode) -> None:
        """Put one product, or all (``*``), in a mode until told otherwise.

        Raises:
            ConfigurationInvalid: there is no such product.
        """
        for name in self._names(product_id):
            self._by_hand[name] = flags_of(mode)
            self._touched[name] = None
        self._settle()

    def set_maintenance(self, on: bool) -> None:
        """REST answers 503 to everything but ``/time`` while this is on; streams go on."""
        self._maintenance = on
        self._settle()

    def set_skew(self, nanoseconds: int) -> None:
        """How far the ``Date`` header and ``/time`` are ahead of the exchange's clock (negative: behind)."""
        self._skew = nanoseconds
        self._settle()

    def throw(self, thrown: Thrown, now: Instant) -> None:
        """Throw switches for a while.

        Raises:
            ConfigurationInvalid: there is no such product.
        """
        for product_id, _ in thrown.modes:
            for name in self._names(product_id):
                self._by_hand.setdefault(name, self._exchange.engine.flags[name])
                self._touched[name] = None
        self._thrown = [*self._thrown[1 - _THROWN_MAX :], thrown]
        self._settle(now)

    def clear(self, now: Instant) -> None:
        """End everything that was thrown for a while, or for good; what was set by hand comes back."""
        self._thrown = []
        self._settle(now)

    def advance(self, now: Instant) -> None:
        """Let come and go what is due at ``now``; a clock that steps back brings nothing back."""
        if self._thrown:
            self._settle(now)

    def _settle(self, now: Instant | None = None) -> None:
        if now is not None:
            self._thrown = [each for each in self._thrown if each.until is None or now < each.until]
            self._now = now
        force = [each for each in self._thrown if each.since <= self._now]
        self.maintenance = next(
            (e.maintenance for e in reversed(force) if e.maintenance is not None), self._maintenance
        )
        self.skew = next((e.skew for e in reversed(force) if e.skew is not None), self._skew)
        for name in self._touched:
            modes = (mode for each in reversed(force) for which, mode in each.modes if which in {name, ALL_PRODUCTS})
            mode = next(modes, None)
            flags = self._by_hand[name] if mode is None else flags_of(mode)
            if self._exchange.engine.flags[name] != flags:
                self._exchange.set_flags(name, flags)

    def _names(self, product_id: str) -> list[str]:
        if product_id == ALL_PRODUCTS:
            return list(self._exchange.products)
        if product_id not in self._exchange.products:
            known = ", ".join(self._exchange.products)
            raise ConfigurationInvalid(f"product {product_id!r} is not traded here; there are {known}")
        return [product_id]
