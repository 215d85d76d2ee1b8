"""Which instruments may be entered now, and why the others may not (requirement U1).

A tier asks for turnover, spread and depth. Floors have hysteresis: what is in leaves after some bad cycles in a row,
held against 95 % of the floors; what is out comes back after some good ones. The first look decides at once. What is no
matter of degree acts at once in both directions: the venue's status, a price under the least, a book that was not read.
The regime scales the turnover that is asked for; that a crash closes every tier is the arbiter's rule, since what is
held may still be worth a strategy's sale.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from attrs import define, frozen

from trader247.core.regime import FLOOR_FACTORS
from trader247.model.instant import SECOND, Moment
from trader247.model.instrument import Symbol
from trader247.model.money import HUNDRED, ZERO, Notional
from trader247.model.policy_universe import Universe
from trader247.model.signals import InstrumentView, Regime, Tier

__all__ = ["DEPTH_S_MAX", "Eligibility", "Exclusion", "ExclusionReason", "Touch"]

DEPTH_S_MAX: Final = 120
"""A depth read longer ago is not known: four times as long as the feed takes to read every book again."""


class ExclusionReason(StrEnum):
    """Why an instrument is left out of the universe."""

    STATUS = "status"
    PRICE = "price"
    TURNOVER = "turnover"
    SPREAD = "spread"
    DEPTH = "depth"
    UNKNOWN = "unknown"
    MAX_SYMBOLS = "max_symbols"


_SURE: Final = 1.001
"""The margin by which a number is on one side of a threshold for sure."""

_AT_ONCE: Final = frozenset({ExclusionReason.STATUS, ExclusionReason.PRICE, ExclusionReason.UNKNOWN})


@frozen
class Exclusion:
    """Why one instrument is left out, with the numbers."""

    reason: ExclusionReason
    text: str


@define
class _Standing:
    """Why an instrument is out, None where it is in, and how many cycles in a row the floors have said otherwise."""

    out: ExclusionReason | None
    against: int = 0


Touch = tuple[float, float, float]
"""Mid, spread in bps of it, and at most what the thinner side of the book holds."""


class _Floors(NamedTuple):
    """What is surely enough of each; ``turnover`` of what is out: what is surely not."""

    mid: float
    spread_bps: float
    depth: float
    turnover: float


def _surely(universe: Universe, tier: Tier, regime: Regime) -> tuple[_Floors, _Floors]:
    """For what is in, and for what is out."""
    terms, held_to = universe.tiers.of(tier), float(universe.hysteresis.exit_floor)
    price, spread_bps = float(universe.min_price_usd) * _SURE, float(terms.max_spread_bps) / _SURE
    depth, turnover = float(terms.min_depth_usd) * _SURE, float(terms.min_turnover_usd) * FLOOR_FACTORS[regime]
    nearly = turnover * min(float(universe.near_threshold.turnover_share), 1.0) / _SURE
    return (
        _Floors(price, spread_bps / held_to, depth * held_to, turnover * held_to * _SURE),
        _Floors(price, spread_bps, depth, nearly),
    )


class Eligibility:
    """Judges the instruments of each cycle; remembers who was in."""

    def __init__(self, universe: Universe) -> None:
        """The terms are fixed for the life of the judge."""
        self._universe = universe
        self._standings: dict[Symbol, _Standing] = {}
        self._sure = {(tier, regime): _surely(universe, tier, regime) for tier in Tier for regime in Regime}

    def judge(self, view: InstrumentView, regime: Regime, nlv: Notional, now: Moment) -> Exclusion | None:
        """Why this cycle leaves the instrument out, or None. Asked once per cycle of each instrument."""
        standing = self._standings.get(view.symbol)
        held_to = self._universe.hysteresis.exit_floor if standing is not None and standing.out is None else Decimal(1)
        found = next(self._faults(view, regime, nlv, now, held_to), None)
        at_once = (found is not None and found.reason in _AT_ONCE) or (
            found is None and standing is not None and standing.out in _AT_ONCE
        )
        if standing is None or at_once:
            self._standings[view.symbol] = _Standing(None if found is None else found.reason)
            return found
        if (standing.out is None) is (found is None):
            standing.against = 0
            standing.out = None if found is None else found.reason
            return found
        return self._against(standing, found)

    def settled(self, seen: tuple[Symbol, Tier], regime: Regime, touch: Touch, turnover_24h: float) -> bool | None:
        """Whether ``judge`` would leave an instrument that admits entries in for sure (True) or out for sure (False)
        and remember nothing new; None where that takes a closer look.

        By a margin of a thousandth, which is more than the last digit of any number: at the threshold itself, the
        judge rules.
        """
        standing, sure = self._standings.get(seen[0]), self._sure[seen[1], regime]
        if standing is None or standing.against:
            return None
        mid, spread_bps, depth = touch
        if standing.out is None:
            floors = sure[0]
        elif standing.out is ExclusionReason.TURNOVER:
            floors = sure[1]
        else:
            return None
        if mid <= floors.mid or spread_bps >= floors.spread_bps or depth < floors.depth:
            return None
        if standing.out is None:
            return True if turnover_24h >= floors.turnover else None
        return False if turnover_24h < floors.turnover else None

    def surplus(self, eligible: Sequence[InstrumentView]) -> dict[Symbol, Exclusion]:
        """Who of the eligible is one too many: the less trusted tiers go first, then the smaller turnover."""
        most = self._universe.max_symbols
        if len(eligible) <= most:
            return {}
        trust = list(Tier)
        ranked = sorted(eligible, key=lambda view: (trust.index(view.tier), -view.turnover_24h, view.symbol))
        return {
            view.symbol: Exclusion(
                ExclusionReason.MAX_SYMBOLS,
                f"number {place} of the eligible instruments, at most {most} are traded",
            )
            for place, view in enumerate(ranked[most:], start=most + 1)
        }

    def enough(self, eligible: int) -> bool:
        """Whether a cycle goes on with so many, and none of them is one too many."""
        return self._universe.min_eligible_assets <= eligible <= self._universe.max_symbols

    def _against(self, standing: _Standing, found: Exclusion | None) -> Exclusion | None:
        """One more cycle in which the floors say otherwise than the standing; enough of them turn it."""
        terms = self._universe.hysteresis
        standing.against += 1
        if standing.against >= (terms.enter_cycles if standing.out is not None else terms.leave_cycles):
            standing.out, standing.against = None if found is None else found.reason, 0
            return found
        if standing.out is None:
            return None
        return Exclusion(standing.out, f"good again for {standing.against} of {terms.enter_cycles} cycles")

    def _faults(
        self, view: InstrumentView, regime: Regime, nlv: Notional, now: Moment, held_to: Decimal
    ) -> Iterator[Exclusion]:
        """Every objection, those that act at once first."""
        terms, universe = self._universe.tiers.of(view.tier), self._universe
        if not view.status.admits_entries:
            yield Exclusion(ExclusionReason.STATUS, f"the venue says {view.status.value}")
        if view.quote.mid < universe.min_price_usd:
            yield Exclusion(ExclusionReason.PRICE, f"price {view.quote.mid:f}, at least {universe.min_price_usd}")
        depth = view.depth
        if depth is None or now.utc - depth.at > DEPTH_S_MAX * SECOND:
            age = "never read" if depth is None else f"read {(now.utc - depth.at) // SECOND} s ago"
            yield Exclusion(ExclusionReason.UNKNOWN, f"its book was {age}; at most {DEPTH_S_MAX} s are allowed")
            return
        floor = terms.min_turnover_usd * Decimal(str(FLOOR_FACTORS[regime]))
        spread, thinner = view.quote.spread_bps, depth.thinner
        if spread > terms.max_spread_bps / held_to:
            text = f"spread {spread:.1f} bps, at most {terms.max_spread_bps} in tier {view.tier.value}"
            yield Exclusion(ExclusionReason.SPREAD, text)
        if thinner < terms.min_depth_usd * held_to:
            text = f"depth {thinner:,.0f} USD within 20 bps, at least {terms.min_depth_usd:,f}"
            yield Exclusion(ExclusionReason.DEPTH, text)
        turnover = Decimal(str(view.turnover_24h))
        if turnover < floor * held_to and not self._nearly(view, turnover, floor, nlv):
            text = f"turnover {turnover:,.0f} USD in 24 h, at least {floor:,.0f} in a {regime.value}"
            yield Exclusion(ExclusionReason.TURNOVER, text)

    def _nearly(self, view: InstrumentView, turnover: Decimal, floor: Decimal, nlv: Notional) -> bool:
        near = self._universe.near_threshold
        thinner = view.depth.thinner if view.depth is not None else ZERO
        return (
            view.tier is Tier.ROTATIONAL
            and turnover >= floor * near.turnover_share
            and view.quote.spread_bps <= near.max_spread_bps
            and thinner >= near.depth_multiple * nlv * near.order_pct / HUNDRED
        )
