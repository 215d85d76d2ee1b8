"""Settling one trade."""

from decimal import Decimal

from tests.venues.simulated.rig import Desk, exchange_on, limit

from trader247.venues.simulated.ledger import FEE_ACCOUNT, HOUSE, Balance
from trader247.venues.simulated.settlement import held_for, settle


def test_both_assets_change_hands_and_the_fee_goes_to_the_fee_account() -> None:
    exchange = exchange_on()
    buyer = Desk(exchange).order("BUY", limit("0.1", "50000"))
    settle(
        exchange.ledger,
        exchange.listed,
        buyer,
        None,
        price=Decimal(49_000),
        quantity=Decimal("0.1"),
        maker=buyer,
    )
    assert exchange.ledger.balance(FEE_ACCOUNT, "USD").total == 4_900 * Decimal("0.004")
    assert exchange.ledger.balance(exchange.portfolio_id, "USD") == Balance(
        100_000 - 4_900 - Decimal("19.6"), Decimal(0)
    )
    assert exchange.ledger.balance(exchange.portfolio_id, "BTC").available == Decimal("1.1")
    assert exchange.ledger.balance(HOUSE, "BTC").total == Decimal(10) ** 11 - Decimal("0.1")


def test_a_hold_covers_the_dearest_fee_the_order_can_meet() -> None:
    desk = Desk(exchange_on())
    taker = desk.order("BUY", limit("0.1", "50000"))
    maker = desk.order("BUY", limit("0.1", "50000", post_only=True))
    assert held_for(taker, Decimal(100), Decimal(1)) == Decimal("100.6")
    assert held_for(maker, Decimal(100), Decimal(1)) == Decimal("100.4")
