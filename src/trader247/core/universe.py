"""What may be traded at all: the configured instruments with their tier and themes, and what the venue says of them.

Eligibility by volume and depth, with hysteresis, is not built yet; here an instrument is in the universe because the
configuration names it and no list forbids it.
"""

from collections.abc import Iterable
from decimal import Decimal

from attrs import frozen

from trader247.model.instrument import Symbol
from trader247.model.signals import Tier

__all__ = ["Listing", "Universe"]


@frozen
class Listing:
    """One instrument of the universe. ``allocation_pct`` caps its whole tier, in percent of NLV."""

    symbol: Symbol
    tier: Tier
    themes: tuple[str, ...]
    spread_bps_max: Decimal
    allocation_pct: Decimal


class Universe:
    """The listings, by symbol, in canonical order."""

    def __init__(self, listings: Iterable[Listing]) -> None:
        """Symbols are unique; the last listing of one wins nothing, it is refused by the configuration's checks."""
        ordered = sorted(listings, key=lambda listing: listing.symbol)
        self._by_symbol = {listing.symbol: listing for listing in ordered}
        self.symbols: tuple[Symbol, ...] = tuple(self._by_symbol)

    def __contains__(self, symbol: object) -> bool:
        """Whether the instrument is listed."""
        return symbol in self._by_symbol

    def listing(self, symbol: Symbol) -> Listing | None:
        """The listing, or None."""
        return self._by_symbol.get(symbol)

    def themes_of(self, symbol: Symbol) -> tuple[str, ...]:
        """The themes of an instrument; none for one that is not listed."""
        listing = self._by_symbol.get(symbol)
        return listing.themes if listing else ()

    def of_theme(self, theme: str) -> tuple[Symbol, ...]:
        """The instruments of a theme."""
        return tuple(symbol for symbol, listing in self._by_symbol.items() if theme in listing.themes)

    def of_tier(self, tier: Tier) -> tuple[Symbol, ...]:
        """The instruments of a tier."""
        return tuple(symbol for symbol, listing in self._by_symbol.items() if listing.tier is tier)
