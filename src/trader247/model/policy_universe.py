"""What universe.yaml says: which instruments may be traded, by tier, and which of them move together (themes).

``Universe()`` is what a silent file means. Its core and rotational tiers are the instruments the embedded market has;
the event-driven tier is off. Percentages are of NLV.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Final

from attrs import field, frozen

from trader247.model.instrument import Symbol
from trader247.model.policy_terms import Term, bounded
from trader247.model.signals import Tier

__all__ = ["THEMES", "TierTerms", "Tiers", "Universe"]


def _symbols(*bases: str) -> tuple[Symbol, ...]:
    return tuple(Symbol(f"{base}-USD") for base in bases)


THEMES: Final[Mapping[str, tuple[Symbol, ...]]] = {
    "LAYER1": _symbols("BTC", "ETH", "SOL", "AVAX", "DOT", "ATOM"),
    "LAYER2": _symbols("OP", "ARB"),
    "MEME": _symbols("DOGE", "SHIB", "PEPE"),
    "DEFI": _symbols("UNI", "LINK", "AAVE", "SUSHI"),
}


@frozen(field_transformer=bounded)
class TierTerms:
    """One tier: its instruments and what a book must offer for one of them to be eligible (requirement U1)."""

    enabled: Annotated[bool, Term("Whether entries into this tier are allowed at all.")] = True
    symbols: Annotated[tuple[Symbol, ...], Term("The tier's instruments, as BASE-QUOTE.")] = ()
    max_spread_bps: Annotated[
        Decimal,
        Term("A wider spread makes an instrument ineligible.", "bps of the mid", above=0, most=1000, ceiling=80),
    ] = Decimal(20)
    allocation_pct: Annotated[
        Decimal, Term("Positions and working orders of the whole tier.", "% of NLV", least=0, most=100)
    ] = Decimal(40)


_CORE = TierTerms(symbols=_symbols("BTC", "ETH", "SOL"))
_ROTATIONAL = TierTerms(
    symbols=_symbols("DOGE", "LINK"),
    max_spread_bps=Decimal(35),
    allocation_pct=Decimal(20),
)
_EVENT_DRIVEN = TierTerms(
    enabled=False,
    symbols=_symbols("AVAX", "DOT", "ATOM", "OP", "ARB", "SHIB", "PEPE", "UNI", "AAVE", "SUSHI"),
    max_spread_bps=Decimal(60),
    allocation_pct=Decimal(10),
)


@frozen(field_transformer=bounded)
class Tiers:
    """The three tiers, most trusted first."""

    core: TierTerms = _CORE
    rotational: TierTerms = _ROTATIONAL
    event_driven: TierTerms = _EVENT_DRIVEN

    def of(self, tier: Tier) -> TierTerms:
        """The terms of one tier."""
        return {Tier.CORE: self.core, Tier.ROTATIONAL: self.rotational, Tier.EVENT_DRIVEN: self.event_driven}[tier]


@frozen(field_transformer=bounded)
class Universe:
    """All of universe.yaml."""

    tiers: Tiers = Tiers()
    themes: Annotated[
        Mapping[str, tuple[Symbol, ...]],
        Term("Instruments that fall together, by theme; each theme has the cap caps.per_theme_pct."),
    ] = field(factory=lambda: THEMES)
    never_trade: Annotated[
        tuple[Symbol, ...], Term("Never entered, whatever a strategy says; exits of what is held stay allowed.")
    ] = ()
    min_eligible_assets: Annotated[
        int, Term("With fewer eligible instruments a cycle does not trade.", "instruments", least=1, most=1000)
    ] = 2

    def tier_of(self, symbol: Symbol) -> Tier | None:
        """The tier that lists the symbol, enabled or not, or None where none does."""
        return next((tier for tier in Tier if symbol in self.tiers.of(tier).symbols), None)

    def themes_of(self, symbol: Symbol) -> tuple[str, ...]:
        """The names of the themes that list the symbol, in canonical (alphabetical) order."""
        return tuple(sorted(name for name, members in self.themes.items() if symbol in members))

    @property
    def tradable(self) -> tuple[Symbol, ...]:
        """Every symbol of an enabled tier that is not on the never-trade list, in canonical order."""
        listed = (symbol for tier in Tier if self.tiers.of(tier).enabled for symbol in self.tiers.of(tier).symbols)
        return tuple(sorted({symbol for symbol in listed if symbol not in self.never_trade}))
