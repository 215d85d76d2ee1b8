"""Fee tiers by the volume of thirty days. An order keeps the rates of its owner's tier at the time it was made.

A tier is computed once an hour, on the hour, from the fills before it (the hour on the clock is a guess; "hourly" is
documented). Volumes count as US dollars, whatever the quote currency.
"""

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Final

from attrs import frozen

from trader247.errors import ConfigurationInvalid
from trader247.model.instant import HOUR, Instant
from trader247.venues.simulated.records import Records

__all__ = ["VENUE_TIERS", "FeeDesk", "FeeTier"]


@frozen
class FeeTier:
    """One tier; rates are fractions (0.006 is 60 bps). It begins at ``usd_from`` and ends below ``usd_to``."""

    name: str = "Advanced 1"
    maker: Decimal = Decimal("0.004")
    taker: Decimal = Decimal("0.006")
    usd_from: str = "0"
    usd_to: str = "10000"


def _tier(name: str, maker_bps: str, taker_bps: str, usd_from: int, usd_to: int | None) -> FeeTier:
    maker, taker = (Decimal(bps).scaleb(-4) for bps in (maker_bps, taker_bps))
    return FeeTier(name, maker, taker, str(usd_from), "" if usd_to is None else str(usd_to))


VENUE_TIERS: Final = (
    _tier("Intro 1", "60", "120", 0, 1_000),
    _tier("Intro 2", "35", "75", 1_000, 10_000),
    _tier("Advanced 1", "25", "40", 10_000, 50_000),
    _tier("Advanced 2", "15", "25", 50_000, 100_000),
    _tier("Advanced 3", "10", "20", 100_000, 1_000_000),
    _tier("VIP 1", "8", "18", 1_000_000, 15_000_000),
    _tier("VIP 2", "6", "16", 15_000_000, 75_000_000),
    _tier("VIP 3", "3", "12", 75_000_000, 250_000_000),
    _tier("VIP 4", "0", "8", 250_000_000, 400_000_000),
    _tier("VIP 5", "0", "5", 400_000_000, None),
)
"""Rates of the first two and the bound of the first were seen; names and numbers of all others are guesses."""


class FeeDesk:
    """Knows each owner's tier of the hour."""

    def __init__(self, tiers: Sequence[FeeTier], records: Records) -> None:
        """One tier alone holds whatever the volume.

        Raises:
            ConfigurationInvalid: the tiers do not begin at zero, or do not rise.
        """
        self._bounds = [Decimal(tier.usd_from) for tier in tiers]
        rises = all(lower < upper for lower, upper in pairwise(self._bounds))
        if not tiers or self._bounds[0] != 0 or not rises:
            raise ConfigurationInvalid("fee tiers have to begin at 0 and rise from one to the next")
        self._tiers = tuple(tiers)
        self._records = records
        self._kept: dict[str, tuple[int, FeeTier]] = {}

    def tier(self, owner: str, now: Instant) -> FeeTier:
        """The tier in force; ``now`` never goes back."""
        if len(self._tiers) == 1:
            return self._tiers[0]
        hour = now // HOUR
        kept = self._kept.get(owner)
        if kept is None or kept[0] < hour:
            volume = self._records.volume_at(owner, Instant(hour * HOUR))
            reached = sum(volume >= bound for bound in self._bounds)
            kept = self._kept[owner] = (hour, self._tiers[max(reached, 1) - 1])
        return kept[1]
