"""What universe.yaml says: which instruments may be traded, by tier, and which of them move together (themes).

``Universe()`` is what a silent file means. Its core and rotational tiers are the instruments the embedded market has;
the event-driven tier is off. Percentages are of NLV.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Final

from attrs import field, frozen

from trader247.model.instrument import Symbol, asset_of
from trader247.model.policy_terms import Term, bounded
from trader247.model.signals import Tier

__all__ = ["THEMES", "Group", "Hysteresis", "NearThreshold", "TierTerms", "Tiers", "Universe"]


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
    min_turnover_usd: Annotated[Decimal, Term("Less traded in 24 h makes it ineligible.", "USD", least=0)] = Decimal(
        10_000_000
    )
    min_depth_usd: Annotated[
        Decimal, Term("Less within 20 bps of the mid, on the thinner side, makes it ineligible.", "USD", least=0)
    ] = Decimal(100_000)
    slippage_budget_bps: Annotated[
        Decimal,
        Term("What a taker's entry may be expected to pay over the mid.", "bps", above=0, most=10_000, ceiling=200),
    ] = Decimal(20)


_CORE = TierTerms(symbols=_symbols("BTC", "ETH", "SOL"))
_ROTATIONAL = TierTerms(
    symbols=_symbols("DOGE", "LINK"),
    max_spread_bps=Decimal(35),
    allocation_pct=Decimal(20),
    min_turnover_usd=Decimal(5_000_000),
    min_depth_usd=Decimal(25_000),
    slippage_budget_bps=Decimal(40),
)
_EVENT_DRIVEN = TierTerms(
    enabled=False,
    symbols=_symbols("AVAX", "DOT", "ATOM", "OP", "ARB", "SHIB", "PEPE", "UNI", "AAVE", "SUSHI"),
    max_spread_bps=Decimal(60),
    allocation_pct=Decimal(10),
    min_turnover_usd=Decimal(2_000_000),
    min_depth_usd=Decimal(10_000),
    slippage_budget_bps=Decimal(60),
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


@frozen
class Group:
    """Instruments with a cap together, in percent of NLV; None is ``caps.per_theme_pct``."""

    name: str
    symbols: tuple[Symbol, ...]
    limit_pct: Decimal | None = None


@frozen(field_transformer=bounded)
class Hysteresis:
    """What keeps an instrument near a floor from coming and going with every cycle."""

    enter_cycles: Annotated[int, Term("Eligible again after so many good cycles.", "cycles", least=1, most=1000)] = 3
    leave_cycles: Annotated[int, Term("Ineligible after so many bad cycles.", "cycles", least=1, most=1000)] = 3
    exit_floor: Annotated[
        Decimal, Term("What is in is held against this share of the floors.", "times", above=0, most=1)
    ] = Decimal("0.95")


@frozen(field_transformer=bounded)
class NearThreshold:
    """A rotational instrument a little under its turnover is eligible where its book is a good deal better."""

    turnover_share: Annotated[Decimal, Term("At least this share of the floor.", "times", above=0, most=1)] = Decimal(
        "0.95"
    )
    max_spread_bps: Annotated[
        Decimal, Term("With a spread no wider than this.", "bps of the mid", above=0, most=1000, ceiling=80)
    ] = Decimal(30)
    depth_multiple: Annotated[
        Decimal, Term("And a depth of so many orders of order_pct.", "times", least=1, most=1000)
    ] = Decimal(12)
    order_pct: Annotated[Decimal, Term("What an order is taken to be.", "% of NLV", above=0, most=100)] = Decimal(2)


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
    min_price_usd: Annotated[Decimal, Term("A cheaper instrument is ineligible.", "USD", least=0)] = Decimal("0.01")
    max_symbols: Annotated[
        int,
        Term(
            "Of more eligible instruments the most traded of the most trusted tiers count.",
            "instruments",
            least=1,
            most=1000,
        ),
    ] = 30
    hysteresis: Hysteresis = Hysteresis()
    near_threshold: NearThreshold = NearThreshold()
    min_eligible_assets: Annotated[
        int, Term("With fewer eligible instruments a cycle does not trade.", "instruments", least=1, most=1000)
    ] = 2

    def tier_of(self, symbol: Symbol) -> Tier | None:
        """The tier that lists the symbol, enabled or not, or None where none does."""
        return next((tier for tier in Tier if symbol in self.tiers.of(tier).symbols), None)

    def themes_of(self, symbol: Symbol) -> tuple[str, ...]:
        """The names of the themes that list the symbol's asset, in canonical (alphabetical) order."""
        listed = {name: {asset_of(member) for member in members} for name, members in self.themes.items()}
        return tuple(sorted(name for name, assets in listed.items() if asset_of(symbol) in assets))

    @property
    def groups(self) -> tuple[Group, ...]:
        """Themes by name, then tiers: whatever has a cap of its own, enabled or not, since it may still be held."""
        themes = tuple(Group(f"theme:{name}", self.themes[name]) for name in sorted(self.themes))
        terms = tuple((tier, self.tiers.of(tier)) for tier in Tier)
        return (*themes, *(Group(f"tier:{tier.value}", t.symbols, t.allocation_pct) for tier, t in terms))

    @property
    def tradable(self) -> tuple[Symbol, ...]:
        """Every symbol of an enabled tier that is not on the never-trade list, in canonical order."""
        listed = (symbol for tier in Tier if self.tiers.of(tier).enabled for symbol in self.tiers.of(tier).symbols)
        return tuple(sorted({symbol for symbol in listed if symbol not in self.never_trade}))
