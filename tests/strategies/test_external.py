from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from tests.builders import BTC, ETH, RULES, SOL, position, usd
from tests.market_samples import ALPHA, BETA, context, view
from tests.signal_samples import LIMITS, signal

from trader247.messages.orders import Exposure
from trader247.messages.trading import TradeProposal
from trader247.model.external_signal import ExternalSignal
from trader247.model.order import Side
from trader247.model.policy import EntryBounds
from trader247.strategies.external import External, objection_to

pytestmark = pytest.mark.req("STR5")


def proposed(*signals: ExternalSignal, limits: Any = LIMITS, **seen: Any) -> list[TradeProposal]:
    asked = evolve(context(view(BTC), view(ETH)), signals=signals, **seen)
    return External(ALPHA, limits, EntryBounds()).generate_proposals(asked)


def test_a_signal_is_mirrored_with_its_own_terms_and_its_id_as_the_reason() -> None:
    (made,) = proposed(signal(reason="they bought"))
    assert made == TradeProposal(
        symbol=BTC,
        side=Side.BUY,
        notional_pct=Decimal("1.5"),
        stop_loss_pct=Decimal(5),
        take_profit_pct=Decimal(10),
        conviction=0.5,
        strategy=ALPHA,
        reason="signal a-1: they bought",
        max_hold_s=48 * 3600,
    )


def test_without_a_signal_of_its_own_it_does_nothing() -> None:
    assert proposed() == []
    assert proposed(signal(strategy=BETA)) == []


@pytest.mark.parametrize(
    ("position_usd", "working_usd", "mirrored"),
    [
        (0, 0, True),
        (50, 0, True),  # 0.5 % and 1.5 % are exactly the 2 % that a position may be
        ("50.00000001", 0, False),
        (20, 30, True),  # what is on its way counts as held
        (20, "30.00000001", False),
    ],
)
def test_exactly_at_the_most_a_position_may_be_passes_and_over_it_does_not(
    position_usd: Any, working_usd: Any, mirrored: bool
) -> None:
    exposures = (Exposure(BTC, usd(position_usd), usd(working_usd)), Exposure(ETH, usd(5_000), usd(0)))
    assert bool(proposed(signal(), exposures=exposures)) is mirrored


def test_a_sell_closes_what_this_strategy_bought_and_nothing_else() -> None:
    sell = signal(side=Side.SELL)
    assert proposed(sell) == []
    assert proposed(sell, positions=(position(BTC, strategy=RULES),)) == []
    (made,) = proposed(sell, positions=(position(BTC, strategy=ALPHA),))
    assert made.side is Side.SELL


def test_of_two_signals_for_an_instrument_the_newest_counts_in_whatever_order_they_stand() -> None:
    older, newer = signal(0, signal_id="z"), signal(1, signal_id="a", notional_pct=Decimal(1))
    assert proposed(older, newer) == proposed(newer, older)
    assert [made.notional_pct for made in proposed(older, newer)] == [1]
    other = signal(symbol=ETH)
    assert [made.symbol for made in proposed(other, newer)] == [BTC, ETH]


@pytest.mark.parametrize(
    ("limits", "changed", "told"),
    [
        ({"breaker": True}, {}, "the strategy's breaker is open"),
        ({}, {"symbol": SOL}, "SOL-USD is not one of its symbols (BTC-USD, ETH-USD)"),
        ({"symbols": ()}, {}, "BTC-USD is not one of its symbols (none)"),
        ({"sides": (Side.SELL,)}, {}, "BUY is not one of its sides (SELL)"),
        ({"sides": (Side.BUY,)}, {"side": Side.SELL}, "SELL is not one of its sides (BUY)"),
        ({}, {"notional_pct": Decimal("2.00000001")}, "notional_pct is 2.00000001, a position may be 2 % of NLV"),
        ({}, {"conviction": 0.39}, "conviction is 0.39, at least 0.4 is wanted"),
        ({}, {"stop_loss_pct": Decimal("20.01")}, "stop_pct is 20.01, allowed is 0.5 to 20"),
        ({}, {"take_profit_pct": Decimal("1.49")}, "target_pct is 1.49, allowed is 1.5 to 60"),
    ],
)
def test_what_is_over_a_limit_is_told_and_not_mirrored(limits: Any, changed: Any, told: str) -> None:
    own, sent = evolve(LIMITS, **limits), signal(**changed)
    assert (objection_to(sent, own, EntryBounds()) or "").startswith(told)
    assert proposed(sent, limits=own) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"notional_pct": Decimal(2)},
        {"conviction": 0.4},
        {"stop_loss_pct": Decimal(20)},
        {"take_profit_pct": Decimal(60)},
    ],
)
def test_exactly_at_a_limit_passes(changed: Any) -> None:
    assert objection_to(signal(**changed), LIMITS, EntryBounds()) is None
