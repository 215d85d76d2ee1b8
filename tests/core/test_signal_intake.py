import json
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import SOL, moment
from tests.market_samples import ALPHA, BETA
from tests.signal_samples import COPY, LIMITS, said, signal

from trader247.core.signal_intake import RATE_MAX, SIGNAL_BYTES_MAX, SignalIntake, SignalOffered
from trader247.messages.codec import as_plain
from trader247.messages.trading import SignalReceived, SignalRefused
from trader247.model.policy import EntryBounds
from trader247.model.policy_strategies import StrategyTerms

pytestmark = pytest.mark.req("STR5")


def intake(**strategies: StrategyTerms) -> SignalIntake:
    known = strategies or {"alpha": COPY}
    return SignalIntake(lambda: known, EntryBounds)


def judged(content: bytes, second: float = 0, decider: SignalIntake | None = None) -> SignalReceived | SignalRefused:
    (answer,) = (decider or intake()).handle(SignalOffered(ALPHA, content, "webhook"), moment(second))
    return answer


def reason(content: bytes, second: float = 0) -> str:
    answer = judged(content, second)
    assert isinstance(answer, SignalRefused), answer
    return answer.reason


def test_what_a_signal_leaves_out_is_filled_in_from_the_strategys_parameters() -> None:
    assert judged(said()) == SignalReceived(signal())


def test_what_a_signal_says_counts_and_numbers_may_be_text() -> None:
    full = said(stop_pct="4.5", target_pct=9, max_hold_h=1.5, conviction=1, reason="they bought", symbol="btc/usd")
    answer = judged(full)
    assert isinstance(answer, SignalReceived)
    made = answer.signal
    assert (str(made.stop_loss_pct), str(made.take_profit_pct)) == ("4.5", "9")
    assert (made.max_hold_s, made.conviction, made.reason, made.symbol) == (5_400, 1.0, "they bought", "BTC-USD")


def test_a_sell_needs_no_size() -> None:
    assert isinstance(judged(said(side="SELL", notional_pct=None)), SignalReceived)
    assert reason(said(notional_pct=None)).startswith("notional_pct must be a number")


def test_a_signal_counts_until_its_age_and_not_at_it() -> None:
    assert isinstance(judged(said(), second=299.999), SignalReceived)
    assert "older than 300 s" in reason(said(), second=300)
    assert isinstance(judged(said(second=30)), SignalReceived)
    assert "ahead of this clock" in reason(said(second=30.001))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "it is not JSON"),
        (b"[]", "it is not a JSON object"),
        (b"[" * 5_000, "it is not JSON"),
        (b'{"id": 1e999999999}', "id must be"),
        (b'{"id": 1e9999999999999999999}', "it is not JSON: a number's exponent is out of bounds"),
        (b'{"id": "a", "id": "b"}', "it is not JSON: a key stands twice"),
        (b'{"id": NaN}', "it is not JSON: NaN is no number"),
        (b"\xff\xfe", "it is not JSON"),
        (b" " * (SIGNAL_BYTES_MAX + 1), f"it is longer than {SIGNAL_BYTES_MAX} bytes"),
        (said(leverage=10), "unknown key 'leverage'"),
        (said(id=None), "id must be"),
        (said(id="two words"), "id must be"),
        (said(id="x" * 65), "id must be"),
        (said(side="buy"), "side must be BUY or SELL"),
        (said(side=["BUY"]), "side must be BUY or SELL"),
        (said(symbol="everything"), "symbol must be"),
        (said(issued_at="yesterday"), "issued_at must be"),
        (said(issued_at="2026-03-02T12:00:00"), "issued_at must be"),
        (said(issued_at="0001-01-01T00:00:00+14:00"), "issued_at must be"),
        (said(issued_at="9999-12-31T23:59:59-00:01"), "issued_at must be"),
        (said(issued_at="0001-01-01T00:00:00Z"), "it is of 0001-01-01T00:00:00Z, older than 300 s"),
        (said(notional_pct=0), "notional_pct must be"),
        (said(notional_pct=-1), "notional_pct must be"),
        (said(notional_pct=True), "notional_pct must be"),
        (said(notional_pct="1_000"), "notional_pct must be"),
        (said(notional_pct="1e9"), "notional_pct must be"),
        (said(notional_pct="0.123456789"), "notional_pct has more than 8 places"),
        (said(conviction=1.01), "conviction must be"),
        (said(conviction="much"), "conviction must be"),
        (said(max_hold_h=8_761), "max_hold_h is 8761, at most 8760"),
        (said(reason="two\nlines"), "reason must be"),
        (said(reason="x" * 201), "reason must be"),
        (said(symbol=SOL), "SOL-USD is not one of its symbols"),
        (said(notional_pct=2.1), "notional_pct is 2.1, a position may be 2 % of NLV"),
    ],
)
def test_what_is_wrong_with_a_signal_is_said_in_words(content: bytes, told: str) -> None:
    assert reason(content).startswith(told)


def test_a_strategy_that_is_off_or_of_another_kind_takes_none() -> None:
    off = intake(alpha=evolve(COPY, enabled=False))
    assert isinstance(judged(said(), decider=off), SignalRefused)
    assert isinstance(judged(said(), decider=intake(alpha=StrategyTerms(enabled=True))), SignalRefused)
    assert isinstance(judged(said(), decider=intake(beta=COPY)), SignalRefused)
    assert (off.known(), off.external()) == (True, ())
    assert intake(beta=COPY, alpha=COPY).external() == (ALPHA, BETA)


@pytest.mark.req("SUP6")
def test_a_breaker_that_a_reload_opens_counts_at_the_next_signal() -> None:
    known = {"alpha": COPY}
    decider = SignalIntake(lambda: known, EntryBounds)
    assert isinstance(judged(said(), decider=decider), SignalReceived)
    known["alpha"] = evolve(COPY, parameters=evolve(LIMITS, breaker=True))
    answer = judged(said(), decider=decider)
    assert isinstance(answer, SignalRefused)
    assert answer.reason == "the strategy's breaker is open (parameters.breaker: true)"


def test_a_strategy_is_offered_so_many_signals_in_a_minute_and_then_more_in_the_next() -> None:
    decider = intake()
    assert all(decider.admits(ALPHA, moment(0)) for _ in range(RATE_MAX))
    assert not decider.admits(ALPHA, moment(59.999))
    assert decider.admits(BETA, moment(59.999))
    assert decider.admits(ALPHA, moment(60))


json_values: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.fault("ST-05")
@given(
    st.binary(max_size=40)
    | st.dictionaries(st.sampled_from(sorted(json.loads(said()))), json_values).map(lambda c: said(**c))
)
def test_whatever_is_sent_is_taken_or_refused_and_can_be_written_down(content: bytes) -> None:
    json.dumps(as_plain(judged(content)), allow_nan=False)
