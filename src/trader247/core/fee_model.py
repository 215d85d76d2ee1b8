"""The one fee that sizing, risk and plans reckon with (requirement X3); what an order really cost is in its fills.

It is the dearest of the configured fee and the account's own rates, maker and taker alike: a resting order may yet
take, and a tier that got dearer must not make an order cost more than was approved. Until the venue has told the tier
the configured fee stands alone.
"""

from decimal import Decimal

from trader247.messages.market import FeeTierSeen
from trader247.model.money import plain
from trader247.model.policy import Fees

__all__ = ["dearer_than_configured", "reckoned_bps"]


def reckoned_bps(configured: Fees, tier: FeeTierSeen | None) -> Decimal:
    """The fee to reckon with, in bps of the notional."""
    return configured.taker_bps if tier is None else max(configured.taker_bps, tier.taker_bps, tier.maker_bps)


def dearer_than_configured(configured: Fees, tier: FeeTierSeen) -> str | None:
    """What a person should know of a tier that is dearer than ``policy.fees.taker_bps`` says, or None."""
    reckoned = reckoned_bps(configured, tier)
    if reckoned <= configured.taker_bps:
        return None
    return (
        f"the account's fee tier {tier.name} is maker {plain(tier.maker_bps)}, taker {plain(tier.taker_bps)} bps, "
        f"policy.fees.taker_bps says {plain(configured.taker_bps)}; sizes are reckoned with {plain(reckoned)}"
    )
