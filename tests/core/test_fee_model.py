"""The dearest of what is configured and what the account pays."""

from decimal import Decimal

import pytest

from trader247.core.fee_model import dearer_than_configured, reckoned_bps
from trader247.messages.market import FeeTierSeen
from trader247.model.policy import Fees

pytestmark = [pytest.mark.req("X3"), pytest.mark.fault("RA-18")]

FEES = Fees(taker_bps=Decimal(60))


def tier(maker: int, taker: int) -> FeeTierSeen:
    return FeeTierSeen(Decimal(maker), Decimal(taker), "Intro 1")


@pytest.mark.parametrize(
    ("seen", "bps"),
    [(None, 60), (tier(25, 40), 60), (tier(60, 120), 120), (tier(70, 50), 70)],
    ids=["not known yet", "a cheaper tier", "a dearer tier", "a maker dearer than a taker"],
)
def test_the_dearest_fee_is_reckoned_with(seen: FeeTierSeen | None, bps: int) -> None:
    assert reckoned_bps(FEES, seen) == bps


def test_a_dearer_tier_is_named_with_its_rates_and_the_key_that_says_less() -> None:
    text = dearer_than_configured(FEES, tier(60, 120))
    assert text == (
        "the account's fee tier Intro 1 is maker 60, taker 120 bps, policy.fees.taker_bps says 60; "
        "sizes are reckoned with 120"
    )
    assert dearer_than_configured(FEES, tier(40, 60)) is None
