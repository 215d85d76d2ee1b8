"""What a strategy and its process say to each other, spelled and read."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from attrs import evolve
from tests.builders import BTC, RULES, position
from tests.market_samples import CYCLE, TRADABLE, context, view, wish

from trader247.messages.worker_wire import (
    Answer,
    Ready,
    Setup,
    WireFault,
    answer_in,
    context_in,
    encoded,
    printable,
    ready_in,
    setup_in,
)
from trader247.model.policy import EntryBounds
from trader247.model.policy_strategies import KINDS, Isolation, ProcessTerms, RulesParameters, RuleTable, StrategyTerms
from trader247.model.signals import Trigger, TriggerKind, TriggerReading

pytestmark = pytest.mark.req("SUP5")

FIRED = Trigger(BTC, TriggerKind.BREAKOUT, 0.7, 1 / 3, -0.1, "a reason")
READ = TriggerReading(TriggerKind.BREAKOUT, float("inf"), 0.5, "%", fired=True)


def test_a_snapshot_comes_out_as_it_went_in_to_the_last_digit() -> None:
    views = tuple(evolve(view(symbol), fired=(FIRED,), readings=(READ,), z_score=0.1 + 0.2) for symbol in TRADABLE)
    shown = context(*views, triggers=(FIRED,), positions=(position(),))
    assert context_in(encoded(shown)) == shown


def test_the_terms_and_bounds_of_a_strategy_come_out_as_they_went_in() -> None:
    terms = StrategyTerms(
        enabled=True,
        max_at_risk_pct=Decimal("7.25"),
        isolation=Isolation.PROCESS,
        process=ProcessTerms(memory_mb=300),
        parameters=RulesParameters(rules=evolve(RuleTable(), breakout=evolve(RuleTable().breakout, enabled=False))),
    )
    setup = Setup(RULES, terms, EntryBounds(min_conviction=0.33))
    assert setup_in(encoded(setup)) == setup


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_in_the_box_can_be_set_up_in_a_process(kind: str) -> None:
    setup = Setup(RULES, StrategyTerms(kind=kind, parameters=KINDS[kind]()), EntryBounds())
    assert setup_in(encoded(setup)) == setup


@pytest.mark.parametrize("proposal", [wish(), evolve(wish(), conviction=float("-inf"), notional_pct=Decimal("NaN"))])
def test_an_answer_carries_what_was_wished_also_where_it_is_nonsense(proposal: Any) -> None:
    answer = Answer(CYCLE, (proposal, proposal))
    assert repr(answer_in(encoded(answer))) == repr(answer)
    assert ready_in(encoded(Ready(("no wall",)))) == Ready(("no wall",))


@pytest.mark.fault("ST-05")
@pytest.mark.parametrize(
    ("said", "word"),
    [
        (b"", "truncated"),
        (b"\xc1", "malformed"),
        (msgspec.msgpack.encode("buy!"), "Expected `object`, got `str`"),
        (msgspec.msgpack.encode({"cycle": 7}), "Expected `str`, got `int`"),
        (msgspec.msgpack.encode({"cycle": "c", "proposals": [{"symbol": "BTC-USD"}]}), "missing required field"),
        (
            msgspec.msgpack.encode(
                {"cycle": "c", "proposals": [{**msgspec.to_builtins(wish()), "notional_pct": "a lot"}]}
            ),
            "Invalid decimal string",
        ),
        (b"\x91" * 100_000, "recursion|truncated|Expected"),
    ],
)
def test_what_is_no_answer_is_a_fault_that_says_what_it_was(said: bytes, word: str) -> None:
    with pytest.raises(WireFault, match=rf"(?i){word}.* in a frame of {len(said)} bytes"):
        answer_in(said)


def test_what_cannot_be_written_down_is_a_fault_of_who_wants_to_send_it() -> None:
    with pytest.raises(WireFault, match="Answer: can't serialize ints"):
        encoded(Answer(CYCLE, (evolve(wish(), max_hold_s=10**30),)))


def test_what_a_process_says_of_itself_is_shown_on_one_line_and_never_long() -> None:
    assert printable("a\n\x1b[31mred\u202e  b") == "a [31mred b"
    assert len(printable("x" * 10_000)) == 300
