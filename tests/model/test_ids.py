"""Identifiers: typed, made in one place, the same for ever for one intent."""

import random
import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trader247.model.ids import (
    IntentId,
    RunEpoch,
    StrategyName,
    client_order_id,
    cycle_id,
    cycle_of,
    intent_id,
    proposal_id,
    run_epoch,
)

epochs = st.integers(0, 2**40 - 1).map(lambda n: RunEpoch(f"{n:010x}"))


@pytest.mark.fault("OL-22")
@pytest.mark.req("X1")
def test_a_client_order_id_is_fixed_by_its_intent() -> None:
    once = client_order_id(IntentId("00c0ffee00-i1"))
    assert once == client_order_id(IntentId("00c0ffee00-i1"))
    assert uuid.UUID(once).version == 5
    assert re.fullmatch(r"[0-9a-f-]{36}", once)


@pytest.mark.req("X1")
@pytest.mark.fault("OL-03")
@given(st.sets(st.tuples(epochs, st.integers(0, 10**6)), min_size=2, max_size=50))
def test_two_intents_of_any_two_runs_never_share_a_client_order_id(intents: set[tuple[RunEpoch, int]]) -> None:
    assert len({client_order_id(intent_id(epoch, number)) for epoch, number in intents}) == len(intents)


def test_an_epoch_is_ten_hex_digits_from_the_injected_source() -> None:
    epoch = run_epoch(random.Random(7))
    assert re.fullmatch(r"[0-9a-f]{10}", epoch)
    assert epoch == run_epoch(random.Random(7)) != run_epoch(random.Random(8))


@given(epochs, st.integers(0, 10**9), st.from_regex(r"[a-z][a-z0-9_-]{0,20}", fullmatch=True), st.integers(0, 99))
def test_a_proposal_tells_its_cycle_whatever_its_strategy_is_called(
    epoch: RunEpoch, number: int, strategy: str, index: int
) -> None:
    cycle = cycle_id(epoch, number)
    assert cycle_of(proposal_id(cycle, StrategyName(strategy), index)) == cycle
