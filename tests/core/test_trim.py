"""What is sold so that exposure is under its caps again: the worst first, and no more than it takes."""

from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import BTC, ETH, SOL, Amount, instrument, price, quantity, usd

from trader247.core.trim import Cap, Holding, Selling, Trims, caps_of, trims
from trader247.model.instrument import Symbol
from trader247.model.money import ZERO, Notional
from trader247.model.policy import Caps, TrimTerms
from trader247.model.policy_universe import Universe

pytestmark = pytest.mark.req("R3")

TERMS = TrimTerms()
NLV = usd(10_000)
TOTAL = Cap("total", None, Decimal(15))


def holding(
    symbol: Symbol = BTC,
    size: Amount = 10,
    mid: Amount = 100,
    entry: Amount = 100,
    working: Amount = 0,
    **terms: Amount,
) -> Holding:
    """So much of an instrument whose sale would cost nothing, on a grid of hundredths."""
    sizes: dict[str, Amount] = {"base_increment": "0.01", "base_min_size": "0.01", "base_max_size": 1_000_000}
    known = instrument(symbol, **sizes | terms)  # type: ignore[arg-type]
    selling = Selling(known, price(mid))
    return Holding(symbol, quantity(size), price(entry), price(mid), usd(working), selling)


def sold(turn: Trims) -> dict[Symbol, Decimal]:
    return {sale.symbol: sale.quantity for sale in turn.sales}


# ------------------------------------------------------------------------------------------------------ when, how much
@pytest.mark.parametrize(
    ("size", "sells"),
    [("15.25", None), ("15.26", "1.76")],
    ids=["cap and tolerance exactly", "one step over"],
)
def test_at_cap_and_tolerance_nothing_is_sold_and_over_it_down_to_the_cap_less_the_buffer(
    size: str, sells: str | None
) -> None:
    turn = trims([holding(size=size)], NLV, [TOTAL], TERMS)
    assert sold(turn) == ({BTC: Decimal(sells)} if sells else {})
    assert turn.over == (("total",) if sells else ())


def test_a_sale_says_which_cap_asks_for_it_and_both_numbers() -> None:
    (sale,) = trims([holding(size=20)], NLV, [TOTAL], TERMS).sales
    assert sale.why == "total holds 20.00 %, at most 15 %"


def test_a_working_buy_counts_at_worst_and_what_is_held_is_sold_for_it() -> None:
    assert sold(trims([holding(size=10, working=1_000)], NLV, [TOTAL], TERMS)) == {BTC: Decimal("6.5")}


def test_the_worst_performer_goes_first_and_the_next_only_for_the_rest() -> None:
    held = [holding(BTC, 10, entry=90), holding(ETH, 5, entry=120), holding(SOL, 10, entry=110)]
    turn = trims(held, NLV, [TOTAL], TERMS)
    assert list(sold(turn).items()) == [(ETH, Decimal(5)), (SOL, Decimal("6.5"))]


def test_of_two_that_did_equally_well_the_first_by_name_goes_first_whatever_the_order() -> None:
    held = [holding(ETH), holding(BTC)]
    assert trims(held, NLV, [TOTAL], TERMS) == trims(held[::-1], NLV, [TOTAL], TERMS)
    assert list(sold(trims(held, NLV, [TOTAL], TERMS))) == [BTC]


def test_an_account_worth_nothing_sells_nothing() -> None:
    assert trims([holding()], usd(0), [TOTAL], TERMS) == Trims()


# ------------------------------------------------------------------------------------------------------------ the caps
def test_the_caps_are_every_asset_then_the_themes_and_tiers_of_what_is_held_then_the_total() -> None:
    caps = caps_of(Caps(), Universe().groups, {ETH, BTC})
    told = [f"{cap.name} {cap.limit_pct}" for cap in caps]
    assert told == ["asset 5", "asset 5", "theme:LAYER1 10", "tier:core 40", "total 15"]
    assert [cap.symbols for cap in caps[:2]] == [(BTC,), (ETH,)]


def test_what_is_sold_for_an_asset_serves_its_theme_and_the_total() -> None:
    held = [holding(BTC, 10, entry=50), holding(ETH, "4.5")]
    caps = caps_of(Caps(), Universe().groups, {BTC, ETH})
    # 1,000 of BTC come down to 450; LAYER1 then holds 900 of 1,000, and nothing of ETH has to go
    assert sold(trims(held, NLV, caps, TERMS)) == {BTC: Decimal("5.5")}


def test_a_second_cap_adds_to_the_sale_of_the_first_and_the_first_names_it() -> None:
    asset, theme = Cap("asset", (BTC,), Decimal(5)), Cap("theme:LAYER1", (BTC, ETH), Decimal(6))
    (sale,) = trims([holding(BTC, 10, entry=200), holding(ETH, 4)], NLV, [asset, theme], TERMS).sales
    assert (sale.symbol, sale.quantity) == (BTC, Decimal("8.6"))
    assert sale.why.startswith("asset holds 10.00 %")


# ------------------------------------------------------------------------------------------------------- what is small
def test_at_most_so_many_sales_in_one_turn() -> None:
    names = [Symbol(f"A{number}-USD") for number in range(8)]
    turn = trims([holding(name, 5, entry=100 + i) for i, name in enumerate(names)], NLV, [TOTAL], TERMS)
    assert list(sold(turn)) == names[:2:-1]


def test_a_position_under_the_least_is_passed_over_and_at_it_is_not() -> None:
    tight = Cap("total", None, Decimal(1))
    turn = trims([holding(BTC, "0.05", entry=300), holding(ETH, "0.04", entry=400)], usd(100), [tight], TERMS)
    assert (sold(turn), turn.dust) == ({BTC: Decimal("0.05")}, (ETH,))


def test_no_sale_is_under_the_venues_minimum_and_a_rest_that_could_not_be_sold_goes_with_it() -> None:
    small = trims([holding(size="15.26", base_min_size=3)], NLV, [TOTAL], TERMS)
    rest = trims([holding(size="15.26", base_min_size=14)], NLV, [TOTAL], TERMS)
    none = trims([holding(size="15.26", base_min_size=16)], NLV, [TOTAL], TERMS)
    assert (sold(small), sold(rest)) == ({BTC: Decimal(3)}, {BTC: Decimal("15.26")})
    assert (sold(none), none.dust) == ({}, (BTC,))


def test_more_than_one_order_may_be_waits_for_the_next_turn() -> None:
    assert sold(trims([holding(size=100, base_max_size=2)], NLV, [TOTAL], TERMS)) == {BTC: Decimal(2)}


def test_what_cannot_be_sold_now_counts_and_another_is_sold_for_it() -> None:
    closed = evolve(holding(BTC, 10, entry=200), selling=None)
    turn = trims([closed, holding(ETH, 10)], NLV, [TOTAL], TERMS)
    assert (sold(turn), turn.dust) == ({ETH: Decimal("6.5")}, ())


# ---------------------------------------------------------------------------------------------------------- properties
SYMBOLS = tuple(Symbol(f"A{number}-USD") for number in range(7))
AMOUNTS = st.decimals("0", "50", places=2)
PRICES = st.decimals("0.01", "500", places=2)


@st.composite
def portfolios(draw: st.DrawFn) -> list[Holding]:
    held = draw(st.lists(st.sampled_from(SYMBOLS), unique=True, min_size=1))
    return [
        holding(
            symbol,
            draw(AMOUNTS),
            draw(PRICES),
            draw(PRICES),
            draw(st.decimals("0", "300", places=2)),
            base_min_size=draw(st.decimals("0.01", "3", places=2)),
        )
        for symbol in held
    ]


CAPS = (
    Cap("asset", SYMBOLS[:1], Decimal(5)),
    Cap("theme:T", SYMBOLS[:3], Decimal(10)),
    Cap("tier:core", SYMBOLS[2:6], Decimal(20)),
    TOTAL,
)


@given(portfolios(), st.decimals("100", "100000", places=2))
def test_after_a_turn_every_cap_holds_or_nothing_that_may_be_sold_is_left(held: list[Holding], nlv: Decimal) -> None:
    turn = trims(held, Notional(nlv), CAPS, TERMS)
    gone = sold(turn)
    for cap in CAPS:
        group = [h for h in held if cap.symbols is None or h.symbol in cap.symbols]
        exposed = sum((h.at_worst - gone.get(h.symbol, ZERO) * h.mid for h in group), ZERO)
        if cap.name not in turn.over:
            assert exposed * 100 <= (cap.limit_pct + TERMS.tolerance_pct) * nlv
        elif exposed * 100 > cap.limit_pct * (1 - TERMS.buffer_share) * nlv:
            left = [h for h in group if h.quantity and gone.get(h.symbol) != h.quantity and h.symbol not in turn.dust]
            assert not left or len(gone) == TERMS.sales_max


@given(portfolios(), st.decimals("100", "100000", places=2))
def test_no_sale_is_over_what_is_held_or_refused_by_the_venue_or_of_a_position_under_the_least(
    held: list[Holding], nlv: Decimal
) -> None:
    turn = trims(held, Notional(nlv), CAPS, TERMS)
    by_name = {h.symbol: h for h in held}
    assert len(turn.sales) <= TERMS.sales_max
    for sale in turn.sales:
        its = by_name[sale.symbol]
        assert its.selling is not None
        assert 0 < sale.quantity <= its.quantity
        assert its.selling.instrument.fault_of(its.selling.price, sale.quantity) is None
        assert its.value >= TERMS.least_usd


@given(portfolios(), st.decimals("100", "100000", places=2))
def test_under_one_cap_nothing_is_sold_of_one_that_did_better_while_a_worse_one_has_any_left(
    held: list[Holding], nlv: Decimal
) -> None:
    turn = trims(held, Notional(nlv), [TOTAL], evolve(TERMS, sales_max=100))
    gone = sold(turn)
    worst_first = [h for h in sorted(held, key=lambda h: h.performance) if h.quantity and h.symbol not in turn.dust]
    parts = [gone.get(h.symbol, ZERO) / h.quantity for h in worst_first]
    by_performance = [(h.performance, part) for h, part in zip(worst_first, parts, strict=True)]
    for performance, part in by_performance:
        if part < 1:
            assert all(later == 0 for other, later in by_performance if other > performance)


@given(portfolios(), st.decimals("100", "100000", places=2), st.sampled_from(["0.5", "2", "10"]))
def test_in_another_currency_the_same_quantities_are_sold(held: list[Holding], nlv: Decimal, times: str) -> None:
    """Prices, cash and every amount of money times a constant: a share of the account is what it was."""
    turn = trims(held, Notional(nlv), CAPS, TERMS)
    rate = Decimal(times)
    scaled = trims([_dearer(h, rate) for h in held], Notional(nlv * rate), CAPS, _scaled(rate))
    assert (sold(scaled), scaled.dust, scaled.over) == (sold(turn), turn.dust, turn.over)


@given(portfolios(), st.decimals("100", "100000", places=2), st.sampled_from(["2", "10"]))
def test_of_an_account_so_many_times_as_large_so_many_times_as_much_is_sold(
    held: list[Holding], nlv: Decimal, times: str
) -> None:
    turn = trims(held, Notional(nlv), CAPS, TERMS)
    rate = Decimal(times)
    larger = trims([_larger(h, rate) for h in held], Notional(nlv * rate), CAPS, _scaled(rate))
    assert sold(larger) == {symbol: size * rate for symbol, size in sold(turn).items()}


def _scaled(rate: Decimal) -> TrimTerms:
    return evolve(TERMS, least_usd=TERMS.least_usd * rate)


def _dearer(held: Holding, rate: Decimal) -> Holding:
    assert held.selling is not None
    its = held.selling.instrument
    known = evolve(its, price_increment=its.price_increment * rate, quote_min_size=usd(its.quote_min_size * rate))
    return evolve(
        held,
        entry=price(held.entry * rate),
        mid=price(held.mid * rate),
        working=usd(held.working * rate),
        selling=Selling(known, price(held.selling.price * rate)),
    )


def _larger(held: Holding, rate: Decimal) -> Holding:
    assert held.selling is not None
    its = held.selling.instrument
    known = evolve(
        its,
        base_increment=its.base_increment * rate,
        base_min_size=quantity(its.base_min_size * rate),
        base_max_size=quantity(its.base_max_size * rate),
        quote_min_size=usd(its.quote_min_size * rate),
    )
    return evolve(
        held,
        quantity=quantity(held.quantity * rate),
        working=usd(held.working * rate),
        selling=Selling(known, held.selling.price),
    )


@pytest.mark.req("U5")
def test_two_books_of_one_asset_have_its_cap_and_its_theme_together() -> None:
    usdc = Symbol("BTC-USDC")
    caps = {cap.name: cap.symbols for cap in caps_of(Caps(), Universe().groups, {usdc, BTC})}
    assert set(caps["asset"] or ()) == set(caps["theme:LAYER1"] or ()) == {BTC, usdc}
