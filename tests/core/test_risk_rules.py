from decimal import Decimal
from typing import Any, Final

import pytest
from attrs import evolve, frozen
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import BTC, ETH, SOL, depth, intent, order, portfolio, position, usd
from tests.builders import RULES as RULES_NAME
from tests.core.ban_samples import ban
from tests.core.rule_samples import AVAX, POLICY, SALE, UNIVERSE, WISH, ago, books, entered, paced, seeing
from tests.market_samples import DOGE, LINK, NLV, TRADABLE, buying, view, wish

from trader247.core.risk_books import Books
from trader247.core.risk_rules import RULES, first_objection
from trader247.messages.orders import Exposure
from trader247.messages.trading import TradeProposal
from trader247.model.instant import DAY, HOUR, MINUTE
from trader247.model.instrument import ProductStatus, Symbol
from trader247.model.order import OrderStatus, Side
from trader247.model.policy_universe import Tiers, Universe
from trader247.model.portfolio import Trade
from trader247.model.signals import Regime


def _lost(minutes: int) -> Trade:
    return Trade(ETH, ago(minutes * MINUTE)[1], usd(-1), closed=True)


FREE_OF_DEPTH = evolve(POLICY, entry=evolve(POLICY.entry, depth_multiple=Decimal(0)))


@frozen
class Row:
    """A case in which exactly one rule objects."""

    rule: str
    books: Books
    proposal: TradeProposal = WISH
    cap_type: str | None = None


ROWS: Final = {
    "books not ready": Row("books_not_ready", books(portfolio(ready=False))),
    "stop too near": Row("proposal_bounds", books(), evolve(wish(), stop_loss_pct=Decimal("0.49"))),
    "stop too far": Row("proposal_bounds", books(), evolve(wish(), stop_loss_pct=Decimal("20.01"))),
    "target too near": Row("proposal_bounds", books(), evolve(wish(), take_profit_pct=Decimal("1.49"))),
    "target too far": Row("proposal_bounds", books(), evolve(wish(), take_profit_pct=Decimal("60.01"))),
    "no hold": Row("proposal_bounds", books(), evolve(wish(), max_hold_s=0)),
    "hold for ever": Row("proposal_bounds", books(), evolve(wish(), max_hold_s=365 * 86_400 + 1)),
    "no size": Row("proposal_bounds", books(), wish(pct=0)),
    "conviction over one": Row("proposal_bounds", books(), wish(conviction=1.01)),
    "unconvinced": Row("min_conviction", books(), wish(conviction=0.399)),
    "nothing to sell": Row("shorting_disallowed", books(), SALE),
    "strategy that crashes": Row("strategy_breaker", books(stopped={RULES_NAME: "3 crashes"})),
    "red flag": Row("banned", books(bans={BTC: ban(BTC)})),
    "swings too much": Row("volatility", seeing(volatility_pct=200.5)),
    "in no enabled tier": Row("not_in_universe", books(), wish(AVAX)),
    "never to be traded": Row("not_in_universe", books(universe=Universe(never_trade=(BTC,)))),
    **{
        f"product {status.value}": Row("product_disabled", seeing(status=status))
        for status in ProductStatus
        if status is not ProductStatus.ONLINE
    },
    "old quote": Row("staleness", seeing(second=-5.001, bar_second=0)),
    "quote of the future": Row("staleness", seeing(second=5.001, bar_second=0)),
    "old bar": Row("staleness", seeing(bar_second=-90.001)),
    "wide spread": Row("spread", seeing(spread_bps="20.1")),
    "thin book": Row("depth", books(views={BTC: evolve(view(BTC), depth=depth(each=399))}), wish(pct=1)),
    "dear to take": Row(
        "slippage",
        books(policy=FREE_OF_DEPTH, views={BTC: evolve(view(BTC, spread_bps=20), depth=depth(each=99))}),
        wish(pct=1),
    ),
    "left out": Row("not_eligible", books(views={BTC: evolve(view(BTC), excluded="too thin")})),
    "crash": Row("regime", books(regime=Regime.CRASH)),
    "canary not convinced": Row("min_conviction", books(), evolve(wish(conviction=0.359), canary=True)),
    "canary too large": Row("proposal_bounds", books(), evolve(wish(pct="0.76", conviction=0.37), canary=True)),
    "asset cap of a bear": Row("asset_cap", books(regime=Regime.BEAR), wish(pct="3.01"), "asset"),
    "in doubt": Row("order_in_doubt", books(portfolio(working=(order(OrderStatus.UNKNOWN),)))),
    "cooldown": Row("cooldown", entered(ago(30 * MINUTE - 1))),
    "cooldown after stop": Row("cooldown_after_stop", books(portfolio(stop_outs_24h=(ago(120 * MINUTE - 1),)))),
    "loss streak": Row("loss_streak", books(portfolio(trades=tuple(_lost(n) for n in (30, 20, 10))))),
    "second add": Row("adds", books(portfolio(exposures=(Exposure(BTC, usd(10), usd(0)),), adds_24h=(ago(DAY - 1),)))),
    "spacing": Row("pacing", entered(ago(89 * 10**9, ETH))),
    "spacing of hours": Row("pacing", paced((ago(2 * HOUR, ETH),), min_spacing_s=7_201)),
    "spacing of an approval": Row("pacing", books(approved_at=(ago(89 * 10**9, ETH),))),
    "same symbol": Row("pacing", paced((ago(900 * 10**9 - 1),), per_symbol_s=900)),
    "hourly": Row("pacing", paced(tuple(ago(n * MINUTE, ETH) for n in range(5)), trades_per_hour=5)),
    "daily": Row("pacing", paced(tuple(ago(n * HOUR, ETH) for n in range(24)), trades_per_day=24)),
    "new per hour": Row("pacing", paced(tuple(ago(HOUR, s) for s in (ETH, SOL, DOGE)), new_per_hour=3)),
    "strategy": Row(
        "strategy_cap",
        books(budgets={RULES_NAME: Decimal(4)}, spent={RULES_NAME: Decimal("300.01")}),
        cap_type="strategy",
    ),
    "positions": Row(
        "position_cap",
        books(portfolio(exposures=buying({ETH: 10, SOL: 10, DOGE: 10, LINK: 10, AVAX: 10}))),
        cap_type="open_positions",
    ),
    "asset": Row("asset_cap", books(portfolio(exposures=buying({BTC: "400.01"}))), cap_type="asset"),
    "theme": Row("theme_cap", books(portfolio(exposures=buying({ETH: 450, SOL: "450.01"}))), cap_type="theme:LAYER1"),
    "tier": Row(
        "tier_cap",
        books(
            portfolio(exposures=buying({DOGE: 300})),
            universe=Universe(tiers=Tiers(rotational=evolve(UNIVERSE.tiers.rotational, allocation_pct=Decimal("3.9")))),
        ),
        wish(LINK),
        cap_type="tier:rotational",
    ),
    "total": Row(
        "total_cap",
        books(portfolio(exposures=buying({ETH: 500, DOGE: 500, LINK: "400.01"}))),
        cap_type="total",
    ),
    "account of nothing": Row("asset_cap", books(portfolio(nlv=0)), cap_type="asset"),
}


@pytest.mark.req("E1", "R1", "R2", "U2", "EX1", "ST1", "OM2", "CD1")
@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_a_refusal_names_the_one_rule_that_objects(row: Row) -> None:
    reason = first_objection(row.books, row.proposal)
    assert reason is not None
    assert (reason.rule, reason.cap_type) == (row.rule, row.cap_type)
    if "nothing" not in reason.text and row.books.portfolio.nlv > 0:
        objecting = [rule.__name__ for rule in RULES if rule(row.books, row.proposal) is not None]
        assert len(objecting) == 1, objecting
    if row.cap_type and row.cap_type != "open_positions":
        assert None not in (reason.current_pct, reason.proposed_pct, reason.limit_pct)


def test_every_rule_has_a_case_in_which_it_alone_objects() -> None:
    alone = {rule.__name__ for row in ROWS.values() for rule in RULES if rule(row.books, row.proposal) is not None}
    assert alone == {rule.__name__ for rule in RULES}


@pytest.mark.req("MKT1")
@pytest.mark.parametrize(
    ("spread_bps", "each", "passes"),
    [("2", 400, True), ("2", 399, False), ("20", 100, True), ("20", 99, False), ("2", 60, True)],
)
def test_the_book_must_hold_the_order_and_what_a_taker_pays_must_be_inside_the_budget(
    spread_bps: str, each: int, *, passes: bool
) -> None:
    """An order of 100 USD: four times it in the first two rows, half the spread and half of 20 bps in the others."""
    policy = POLICY if each >= 399 else FREE_OF_DEPTH
    seen = evolve(view(BTC, spread_bps=spread_bps), depth=depth(each=each))
    assert (first_objection(books(policy=policy, views={BTC: seen}), wish(pct=1)) is None) is passes


def test_a_proposal_that_every_rule_likes_is_not_refused() -> None:
    assert first_objection(books(), wish()) is None


@pytest.mark.req("E1", "U2")
@pytest.mark.parametrize(
    "shown",
    [
        buying({BTC: 400}),
        buying({ETH: 450, SOL: 450}),
        buying({ETH: 500, DOGE: 500, LINK: 400}),
        buying({BTC: 10, ETH: 10, SOL: 10, DOGE: 10}),  # the fifth position
    ],
)
def test_exactly_at_a_cap_passes(shown: Any) -> None:
    assert first_objection(books(portfolio(exposures=shown)), wish(BTC, 1)) is None


@pytest.mark.req("CD1", "ST1", "U1")
@pytest.mark.parametrize(
    "passes",
    [
        entered(ago(30 * MINUTE)),
        books(portfolio(stop_outs_24h=(ago(120 * MINUTE),))),
        entered(ago(90 * 10**9, ETH)),
        paced((ago(900 * 10**9),), per_symbol_s=900),
        paced(tuple(ago(HOUR + 1, ETH) for _ in range(9)), trades_per_hour=5),
        paced(tuple(ago(HOUR, s) for s in (ETH, SOL)), new_per_hour=3),
        seeing(second=-5, bar_second=0),
        seeing(second=5, bar_second=0),
        seeing(bar_second=-90),
        seeing(spread_bps=20),
        books(portfolio(working=(order(OrderStatus.UNKNOWN, of=intent(symbol=ETH)),))),
        books(portfolio(exposures=buying({ETH: "0.99", SOL: "0.5", DOGE: "0.1", LINK: "0.3", AVAX: "0.9"}))),
    ],
)
def test_at_the_limit_of_a_rule_a_proposal_passes(passes: Books) -> None:
    assert first_objection(passes, wish()) is None


@pytest.mark.fault("ST-05")
@pytest.mark.req("R2")
@pytest.mark.parametrize("stop", ["0.5", "20"])
@pytest.mark.parametrize("target", ["1.5", "60"])
@pytest.mark.parametrize("hold_s", [1, 365 * 86_400])
@pytest.mark.parametrize("conviction", [0.4, 1.0])
def test_exactly_at_its_bounds_a_proposal_passes(stop: str, target: str, hold_s: int, conviction: float) -> None:
    body = evolve(wish(conviction=conviction), stop_loss_pct=Decimal(stop), take_profit_pct=Decimal(target))
    assert first_objection(books(), evolve(body, max_hold_s=hold_s)) is None


@pytest.mark.req("R2")
@pytest.mark.parametrize("field", ["notional_pct", "stop_loss_pct", "take_profit_pct"])
@pytest.mark.parametrize("value", ["NaN", "sNaN", "Infinity", "-Infinity", "0", "-1", "1E+999999", "100.0000001"])
def test_absurd_numbers_are_refused_in_words(field: str, value: str) -> None:
    absurd: dict[str, Any] = {field: Decimal(value)}
    reason = first_objection(books(), evolve(wish(), **absurd))
    assert reason is not None
    assert reason.rule == "proposal_bounds"
    assert field in reason.text


@pytest.mark.req("R2")
@pytest.mark.parametrize("conviction", [float("nan"), float("inf"), -float("inf"), -0.0001, 1.0001])
def test_a_conviction_that_is_no_share_is_refused(conviction: float) -> None:
    reason = first_objection(books(), wish(conviction=conviction))
    assert reason is not None
    assert reason.rule == "proposal_bounds"


@pytest.mark.req("R3")
def test_a_sale_of_what_is_held_is_stopped_by_no_cap_cooldown_pacing_or_spread() -> None:
    shown = portfolio(
        positions=(position(BTC),),
        exposures=buying({BTC: 9_000, ETH: 10, SOL: 10, DOGE: 10, LINK: 10, AVAX: 10}),
        entries_24h=tuple(ago(n) for n in range(50)),
        stop_outs_24h=(ago(0),),
    )
    wide = books(shown, views={BTC: view(BTC, spread_bps=500, status=ProductStatus.LIMIT_ONLY)})
    assert first_objection(wide, SALE) is None


numbers = st.sampled_from(["NaN", "-Infinity", "-1", "0", "0.000001", "1", "5", "6", "15", "99", "1E+30"]).map(Decimal)
wild = st.builds(
    lambda symbol, side, changes: evolve(wish(symbol), side=side, **changes),
    st.sampled_from((*TRADABLE, AVAX, Symbol("NEW-USD"))),
    st.sampled_from(Side),
    st.fixed_dictionaries(
        {
            "notional_pct": numbers,
            "stop_loss_pct": numbers,
            "take_profit_pct": numbers,
            "conviction": st.floats(),
            "max_hold_s": st.integers(),
        }
    ),
)


@pytest.mark.fault("ST-05")
@pytest.mark.req("R2")
@settings(max_examples=200)
@given(
    wild,
    st.sampled_from(["-5", "0", "0.01", str(NLV)]),
    st.dictionaries(st.sampled_from(TRADABLE), st.integers(0, 600)),
    st.booleans(),
)
def test_whatever_is_proposed_the_rules_answer(
    body: TradeProposal, nlv: str, exposed: dict[Symbol, int], seen: bool
) -> None:
    shown = portfolio(nlv=nlv, exposures=buying(exposed))
    reason = first_objection(books(shown) if seen else books(shown, views={}), body)
    if reason is None:
        assert body.side is Side.BUY  # nothing is held
        assert Decimal(nlv) > 0
        assert (exposed.get(body.symbol, 0) * 100 / Decimal(nlv)) + body.notional_pct <= POLICY.caps.per_asset_pct


def test_the_rules_that_do_arithmetic_come_after_the_bounds() -> None:
    names = [rule.__name__ for rule in RULES]
    assert names.index("within_bounds") < min(names.index(name) for name in names if name.endswith("_cap"))
