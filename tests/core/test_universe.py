from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import BTC, at, depth, moment, usd
from tests.market_samples import DOGE, LINK, TRADABLE, view

from trader247.core.universe import DEPTH_S_MAX, Eligibility, Exclusion, ExclusionReason
from trader247.model.instrument import ProductStatus, Symbol
from trader247.model.policy_universe import Universe
from trader247.model.signals import InstrumentView, Regime, Tier

pytestmark = pytest.mark.req("U1")

NLV = usd(10_000)
GOOD: dict[str, Any] = {"turnover_24h": 20_000_000.0, "depth": depth(each=200_000)}


def seen(symbol: Symbol = BTC, *, book: Any = None, turnover: float = 20_000_000.0, **how: Any) -> InstrumentView:
    deep = evolve(depth(each=200_000), symbol=symbol) if book is None else book
    return evolve(view(symbol, **how), turnover_24h=turnover, depth=deep)


def judged(judge: Eligibility, *views: InstrumentView, regime: Regime = Regime.CHOP, second: float = 0) -> Any:
    found = {view.symbol: judge.judge(view, regime, NLV, moment(second)) for view in views}
    excluded = {symbol: fault for symbol, fault in found.items() if fault is not None}
    return excluded | judge.surplus([view for view in views if view.symbol not in excluded])


def reason_of(found: dict[Symbol, Exclusion], symbol: Symbol = BTC) -> str | None:
    return found[symbol].reason.value if symbol in found else None


@pytest.mark.parametrize(
    ("looked_at", "reason", "words"),
    [
        (seen(), None, ""),
        (seen(status=ProductStatus.LIMIT_ONLY), "status", "limit_only"),
        (seen(turnover=9_999_999.0), "turnover", "turnover 9,999,999 USD in 24 h, at least 10,000,000"),
        (seen(turnover=10_000_000.0), None, ""),
        (seen(spread_bps="20.1"), "spread", "spread 20.1 bps, at most 20 in tier core"),
        (seen(book=depth(each=99_999)), "depth", "depth 99,999 USD within 20 bps, at least 100,000"),
        (seen(book=depth(each=100_000)), None, ""),
        (evolve(seen(), depth=None), "unknown", "never"),
    ],
)
def test_a_tier_asks_for_turnover_spread_depth_and_an_open_product(
    looked_at: InstrumentView, reason: str | None, words: str
) -> None:
    found = judged(Eligibility(Universe()), looked_at)
    assert reason_of(found) == reason
    assert not reason or words in found[BTC].text


def test_a_price_under_the_least_is_no_instrument_to_trade() -> None:
    found = judged(Eligibility(evolve(Universe(), min_price_usd=Decimal("100.01"))), seen())
    assert found[BTC].text == "price 100.00, at least 100.01"


def test_a_depth_read_too_long_ago_is_not_known() -> None:
    judge = Eligibility(Universe())
    assert judged(judge, seen(second=DEPTH_S_MAX), second=DEPTH_S_MAX) == {}
    assert reason_of(judged(judge, seen(second=DEPTH_S_MAX + 1), second=DEPTH_S_MAX + 1)) == "unknown"


@pytest.mark.req("U3")
@pytest.mark.parametrize(("regime", "least"), [(Regime.BULL, 9e6), (Regime.CHOP, 1e7), (Regime.BEAR, 1.2e7)])
def test_the_regime_scales_the_turnover_that_is_asked_for(regime: Regime, least: float) -> None:
    assert judged(Eligibility(Universe()), seen(turnover=least), regime=regime) == {}
    assert reason_of(judged(Eligibility(Universe()), seen(turnover=least - 1), regime=regime)) == "turnover"


def test_what_is_in_leaves_after_three_bad_cycles_in_a_row_and_comes_back_after_three_good_ones() -> None:
    judge = Eligibility(Universe())
    bad, good = seen(turnover=5e6), seen()
    story = [good, bad, bad, good, bad, bad, bad, bad, good, good, bad, good, good, good, good]
    got = [reason_of(judged(judge, looked_at)) for looked_at in story]
    assert got == [None] * 6 + ["turnover"] * 7 + [None] * 2


def test_what_is_in_is_held_against_a_lower_floor() -> None:
    judge = Eligibility(Universe())
    judged(judge, seen())
    nearly = seen(turnover=9_500_000.0, book=depth(each=95_000), spread_bps="21.05")
    assert [judged(judge, nearly) for _ in range(10)] == [{}] * 10
    assert reason_of(judged(Eligibility(Universe()), nearly)) is not None
    under = seen(turnover=9_499_999.0)
    assert [reason_of(judged(judge, under)) for _ in range(3)] == [None, None, "turnover"]


@pytest.mark.req("EX1")
def test_what_is_no_matter_of_degree_acts_at_once_in_both_directions() -> None:
    judge = Eligibility(Universe())
    closed = seen(status=ProductStatus.CANCEL_ONLY)
    assert [reason_of(judged(judge, one)) for one in (seen(), closed, seen())] == [None, "status", None]


@pytest.mark.parametrize(
    ("how", "passes"),
    [
        ({}, True),
        ({"turnover": 4_740_000.0}, False),
        ({"spread_bps": "30.1"}, False),
        ({"book": evolve(depth(each=2_399), symbol=DOGE)}, False),  # twelve orders of 2 % of 10,000 USD are 2,400
    ],
)
def test_a_rotational_instrument_just_under_its_turnover_is_in_where_its_book_is_better(
    how: dict[str, Any], *, passes: bool
) -> None:
    shallow = Universe()
    shallow = evolve(
        shallow, tiers=evolve(shallow.tiers, rotational=evolve(shallow.tiers.rotational, min_depth_usd=Decimal(0)))
    )
    looked_at = seen(DOGE, **{"turnover": 4_750_000.0, "book": evolve(depth(each=2_400), symbol=DOGE), **how})
    assert (judged(Eligibility(shallow), looked_at) == {}) is passes
    core = seen(BTC, turnover=9_750_000.0, book=depth(each=10**9))
    assert reason_of(judged(Eligibility(shallow), core)) == "turnover", "the core tier has no such door"


def test_of_too_many_the_most_traded_of_the_most_trusted_stay() -> None:
    few = evolve(Universe(), max_symbols=2)
    found = judged(
        Eligibility(few), seen(LINK, turnover=9e9), seen(BTC, turnover=2e7), seen(DOGE, turnover=8e9), seen(TRADABLE[2])
    )
    assert sorted(found) == [DOGE, LINK]
    assert {one.reason for one in found.values()} == {ExclusionReason.MAX_SYMBOLS}
    assert "number 3 of the eligible instruments, at most 2" in found[LINK].text


looks = st.lists(
    st.tuples(
        st.sampled_from([1e6, 9.4e6, 9.6e6, 2e7]),
        st.sampled_from(["5", "20", "20.5", "40"]),
        st.sampled_from([None, 10_000, 96_000, 200_000]),
        st.sampled_from(ProductStatus),
    ),
    max_size=30,
)


@given(looks)
def test_standing_never_flaps_faster_than_its_hysteresis_and_is_the_same_each_time(story: list[Any]) -> None:
    def told() -> list[str | None]:
        judge = Eligibility(Universe())
        got: list[str | None] = []
        for second, (turnover, spread_bps, each, status) in enumerate(story):
            looked_at = evolve(
                view(BTC, spread_bps=spread_bps, status=status, second=second),
                turnover_24h=turnover,
                depth=None if each is None else evolve(depth(each=each), at=at(second)),
            )
            got.append(reason_of(judged(judge, looked_at, second=second)))
        return got

    outcome = told()
    assert outcome == told()
    at_once = {"status", "unknown", "price"}
    for index in range(1, len(outcome)):
        before, now = outcome[index - 1], outcome[index]
        if before is None and now is not None and now not in at_once:
            assert outcome[max(0, index - 2) : index].count(None) == min(2, index)
        if now is None:
            assert story[index][3].admits_entries
            assert story[index][2] is not None


def test_every_tier_has_its_own_floors() -> None:
    universe = Universe()
    floors = [(universe.tiers.of(tier).min_turnover_usd, universe.tiers.of(tier).min_depth_usd) for tier in Tier]
    assert floors == [tuple(map(Decimal, row)) for row in ((10**7, 10**5), (5 * 10**6, 25_000), (2 * 10**6, 10**4))]


@pytest.mark.req("BT1")
@given(
    looks=st.lists(
        st.tuples(
            st.sampled_from([9_000_000.0, 9_600_000.0, 10_000_000.0, 10_020_000.0, 20_000_000.0]),
            st.sampled_from(["2", "19.9", "20", "20.9", "22"]),
            st.sampled_from([90_000, 99_999, 100_000, 100_200, 10**6]),
        ),
        max_size=8,
    ),
    symbol=st.sampled_from([BTC, DOGE]),
)
def test_what_is_settled_beforehand_is_what_the_judge_says_and_he_remembers_nothing_new(
    looks: list[tuple[float, str, int]], symbol: Symbol
) -> None:
    judge = Eligibility(Universe())
    for turnover, spread, each in looks:
        share = 1.0 if symbol == BTC else 0.5
        found = seen(symbol, turnover=turnover * share, spread_bps=spread, book=evolve(depth(each=each), symbol=symbol))
        touch = float(found.quote.mid), float(found.quote.spread_bps), float(each)
        settled = judge.settled((symbol, found.tier), Regime.CHOP, touch, found.turnover_24h)
        before = repr(judge._standings)
        said = judge.judge(found, Regime.CHOP, NLV, moment())
        if settled is not None:
            assert settled is (said is None)
            assert repr(judge._standings) == before
