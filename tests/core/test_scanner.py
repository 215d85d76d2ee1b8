from collections.abc import Sequence

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import BTC, ETH, SOL, at, depth, moment, quote, usd
from tests.market_samples import lax, minutes

from trader247.core.scanner import Scan, Scanner
from trader247.core.slices import SLICE, concluded
from trader247.messages.market import MarketHistory
from trader247.model.instrument import ProductStatus, Symbol
from trader247.model.policy_signals import FallbackScan, Filters, Signals, Triggers
from trader247.model.policy_universe import Universe
from trader247.model.signals import Regime, RegimeChoice, TriggerKind

pytestmark = pytest.mark.req("S1")

UNFILTERED = Signals(triggers=Triggers(filters=Filters(atr_ratio=0.0)))
SYMBOLS = (BTC, ETH, SOL)
LAX = lax(Universe())


def day(symbol: Symbol, *last: float) -> MarketHistory:
    """A calm day that swings a little, and ends in these closes."""
    closes = [100.0 + (0.2 if n % 2 else 0.0) for n in range(1_500 - len(last))] + list(last)
    return MarketHistory(symbol, (), tuple(minutes(closes, symbol, first=-1_500)))


def scanner(signals: Signals = UNFILTERED, **last: Sequence[float]) -> Scanner:
    made = Scanner(LAX, signals)
    for symbol in SYMBOLS:
        concluded(made.learn(day(symbol, *last.get(symbol.partition("-")[0], (99.0,)))))
    return made


def look(made: Scanner, *symbols: Symbol) -> Scan:
    seen = symbols or SYMBOLS
    quotes = {symbol: quote(symbol) for symbol in seen}
    depths = {symbol: depth(symbol) for symbol in seen}
    return concluded(made.scan(quotes, dict.fromkeys(seen, ProductStatus.ONLINE), depths, usd(10_000), moment()))


def test_a_scan_shows_each_instruments_strongest_trigger_strongest_first_and_every_view() -> None:
    scan = look(scanner(BTC=(101.5,), ETH=(103.0,)))
    assert [view.symbol for view in scan.views] == list(SYMBOLS)
    assert [trigger.symbol for trigger in scan.triggers] == [ETH, BTC]
    eth = scan.views[1]
    assert eth.fired[0] == scan.triggers[0]
    assert [fired.score for fired in eth.fired] == sorted((fired.score for fired in eth.fired), reverse=True)
    assert len(eth.fired) > 1, "a move that is a breakout too"
    assert {reading.kind for reading in eth.readings} == set(TriggerKind) - {TriggerKind.EMA_CROSS}


def test_an_instrument_without_quote_or_past_is_left_out() -> None:
    made = Scanner(LAX, UNFILTERED)
    assert look(made).views == ()
    concluded(made.learn(day(BTC)))
    assert not made.knows(ETH)
    assert [view.symbol for view in look(made).views] == [BTC]
    assert look(made, ETH).views == ()


def test_a_bar_is_seen_in_the_next_scan_and_one_of_a_stranger_is_not() -> None:
    made = scanner()
    made.push(minutes([104.0], BTC)[0])
    made.push(minutes([104.0], Symbol("NEW-USD"))[0])
    scan = look(made)
    assert [trigger.symbol for trigger in scan.triggers] == [BTC]
    assert scan.views[0].bar_closed_at == at(60)


@pytest.mark.req("VOL1")
def test_what_a_filter_holds_back_fires_nothing_and_says_why() -> None:
    scan = look(scanner(Signals(), BTC=(104.0,)))
    assert scan.triggers == ()
    assert "38 hours" in scan.views[0].filtered
    assert scan.views[0].readings
    assert scan.views[0].fired == ()


def test_the_second_empty_scan_looks_again_and_shows_one_find() -> None:
    quiet = evolve(
        UNFILTERED,
        triggers=evolve(UNFILTERED.triggers, breakout=evolve(UNFILTERED.triggers.breakout, distance_pct=0.0)),
    )
    made = scanner(quiet, BTC=(98.9,), ETH=(98.95,), SOL=(100.1,) * 90)
    assert look(made).triggers == ()
    (found,) = look(made).triggers
    assert (found.symbol, found.kind, found.fallback) == (BTC, TriggerKind.PRICE_MOVE, True)
    assert look(made).triggers == (found,), "as long as nothing else fires"
    made.push(minutes([104.0], ETH)[0])
    assert [(t.symbol, t.fallback) for t in look(made).triggers] == [(ETH, False)]
    made.push(minutes([104.0] * 2, ETH)[1])
    off = evolve(quiet, triggers=evolve(quiet.triggers, fallback=FallbackScan(enabled=False)))
    never = scanner(off, BTC=(98.9,), ETH=(98.95,), SOL=(100.1,) * 90)
    assert [look(never).triggers for _ in range(3)] == [(), (), ()]


@pytest.mark.req("U3")
def test_a_regime_that_turns_is_measured_with_its_own_thresholds_at_once() -> None:
    made = scanner(BTC=(101.5,), ETH=(101.5,))
    assert {trigger.symbol for trigger in look(made).triggers} == {BTC, ETH}
    assert made.regime.regime is Regime.CHOP
    fallen = [100.0 - 20.0 * n / (170 * 60) for n in range(170 * 60)]
    concluded(made.learn(MarketHistory(BTC, (), tuple(minutes(fallen, BTC, first=-170 * 60)))))
    scan = look(made)
    assert scan.regime.regime is Regime.CRASH
    moves = [r for v in scan.views for r in v.readings if r.kind is TriggerKind.PRICE_MOVE]
    assert {round(reading.threshold, 6) for reading in moves} <= {3.0, 7.0}, "the bear's, of either window"


@pytest.mark.req("U1")
def test_what_the_universe_leaves_out_is_seen_and_fires_nothing() -> None:
    made = scanner(BTC=(103.0,))
    quotes = {symbol: quote(symbol) for symbol in SYMBOLS}
    online = dict.fromkeys(SYMBOLS, ProductStatus.ONLINE)
    scan = concluded(made.scan(quotes, online, {symbol: depth(symbol) for symbol in (ETH, SOL)}, usd(10_000), moment()))
    assert [view.symbol for view in scan.views] == list(SYMBOLS)
    btc = scan.views[0]
    assert btc.excluded == "its book was never read; at most 120 s are allowed" == scan.excluded[BTC].text
    assert (btc.fired, scan.triggers) == ((), ())
    assert look(made).triggers[0].symbol == BTC


@pytest.mark.req("U3")
def test_a_pinned_regime_needs_no_history() -> None:
    pinned = evolve(UNFILTERED, regime=evolve(UNFILTERED.regime, pinned=RegimeChoice.BULL))
    assert look(scanner(pinned)).regime.regime is Regime.BULL


def test_a_scan_over_many_instruments_pauses_and_sees_them_all() -> None:
    many = tuple(Symbol(f"S{n:03d}-USD") for n in range(2 * SLICE + 1))
    universe = lax(evolve(Universe(), max_symbols=len(many)))
    universe = evolve(universe, tiers=evolve(universe.tiers, core=evolve(universe.tiers.core, symbols=many)))
    made = Scanner(universe, UNFILTERED)
    for symbol in many:
        concluded(made.learn(day(symbol, 101.5)))
    online = dict.fromkeys(many, ProductStatus.ONLINE)
    quotes, depths = {symbol: quote(symbol) for symbol in many}, {symbol: depth(symbol) for symbol in many}
    sliced = made.scan(quotes, online, depths, usd(10_000), moment())
    assert len(list(sliced)) == 2
    scan = concluded(made.scan(quotes, online, depths, usd(10_000), moment()))
    assert [view.symbol for view in scan.views] == list(many)


@pytest.mark.req("BT1")
@settings(max_examples=25, deadline=None)
@given(
    closes=st.lists(st.tuples(*[st.sampled_from([97.0, 99.0, 99.9, 100.0, 101.5, 103.0])] * 3), min_size=1, max_size=5),
    filters=st.sampled_from([Filters(atr_ratio=0.0), Filters()]),
)
def test_a_glance_finds_what_the_scan_after_it_shows(
    closes: list[tuple[float, float, float]], filters: Filters
) -> None:
    made = scanner(Signals(triggers=Triggers(filters=filters)))
    statuses = dict.fromkeys(SYMBOLS, ProductStatus.ONLINE)
    touches = dict.fromkeys(SYMBOLS, (100.005, 1.0, 1000000.0))
    look(made)
    for number, bar in enumerate(closes):
        for symbol, close in zip(SYMBOLS, bar, strict=True):
            (minute,) = minutes([close], symbol, first=number)
            made.take(symbol, (minute.start, close, close, close, close, minute.volume))
        found = made.glance(touches, statuses)
        assert found is not None
        scan = look(made)
        assert [(symbol, spark.kind) for symbol, spark in found.triggers] == [(t.symbol, t.kind) for t in scan.triggers]
        shown = {view.symbol: [trigger.kind for trigger in view.fired] for view in scan.views}
        assert {symbol: [spark.kind for spark in sparks] for symbol, sparks in found.fired.items()} == shown
        assert made._empty_scans == found.empty_scans
