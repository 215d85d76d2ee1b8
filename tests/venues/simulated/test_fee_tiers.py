"""Fee tiers by volume."""

from decimal import Decimal
from itertools import pairwise

import pytest
from tests.venues.simulated.rig import START, Desk, at, exchange_on, limit

from trader247.errors import ConfigurationInvalid
from trader247.model.instant import DAY, HOUR, Instant
from trader247.venues.simulated.fee_tiers import VENUE_TIERS, FeeDesk, FeeTier
from trader247.venues.simulated.records import Records


def test_a_small_account_begins_in_the_first_tier() -> None:
    order = Desk(exchange_on(fee_tiers=VENUE_TIERS)).order("BUY", limit("0.1", "60001"))
    assert order.fees == order.filled_value * Decimal("0.012")


def test_the_tier_is_fixed_when_an_order_is_made_and_computed_anew_on_the_hour() -> None:
    exchange = exchange_on(fee_tiers=VENUE_TIERS)
    desk, who = Desk(exchange), exchange.portfolio_id
    waiting = desk.order("SELL", limit("0.1", "65000"))
    desk.order("BUY", limit("0.5", "60001"))  # 30,000 USD
    assert desk.order("BUY", limit("0.01", "60001"), at(3_599)).taker_rate == Decimal("0.012")
    later = desk.order("BUY", limit("0.01", "60001"), at(3_600))
    assert (later.maker_rate, later.taker_rate) == (Decimal("0.0025"), Decimal("0.0040"))
    assert waiting.maker_rate == Decimal("0.006")
    assert exchange.fees.tier(who, at(3_600)).name == "Advanced 1"


def test_volume_counts_for_thirty_days_and_the_present_hour_does_not() -> None:
    exchange = exchange_on(fee_tiers=VENUE_TIERS)
    desk, who = Desk(exchange), exchange.portfolio_id
    desk.order("BUY", limit("0.05", "60001"))
    next_hour = Instant(START + HOUR)
    desk.order("BUY", limit("0.5", "60001"), next_hour)
    assert exchange.records.volume_at(who, next_hour) == Decimal("0.05") * 60_001
    assert exchange.fees.tier(who, next_hour).name == "Intro 2"
    assert exchange.fees.tier(who, Instant(START + 30 * DAY)).name == "Advanced 1"
    assert exchange.fees.tier(who, Instant(START + 31 * DAY)).name == "Intro 1"
    assert exchange.records.volume_at("nobody", next_hour) == 0


def test_one_tier_alone_holds_whatever_the_volume() -> None:
    exchange = exchange_on()
    Desk(exchange).order("BUY", limit("1", "60001"))
    assert exchange.fees.tier(exchange.portfolio_id, Instant(START + DAY)) == FeeTier()


@pytest.mark.parametrize("tiers", [(), (FeeTier(usd_from="1"),), (FeeTier(), FeeTier())])
def test_tiers_have_to_begin_at_zero_and_rise(tiers: tuple[FeeTier, ...]) -> None:
    with pytest.raises(ConfigurationInvalid, match="begin at 0"):
        FeeDesk(tiers, Records())


def test_the_venues_tiers_get_cheaper_with_volume() -> None:
    for lower, upper in pairwise(VENUE_TIERS):
        assert lower.usd_to == upper.usd_from
        assert lower.maker >= upper.maker
        assert lower.taker > upper.taker
