"""One plain spelling for everything that is written down or shown."""

import json
import random
import typing
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from types import UnionType
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints

import attrs
import pytest
from attrs import frozen
from tests.builders import fill, moment, order, position, quantity

from trader247.core.journal import JournalFact
from trader247.messages.codec import as_plain, kind_of
from trader247.messages.control import HaltTripped
from trader247.messages.orders import FillBooked
from trader247.messages.trading import CycleFinished
from trader247.model.money import NO_NOTIONAL

FACTS: tuple[type[Any], ...] = get_args(JournalFact)


def made(hint: Any, rng: random.Random) -> Any:
    """Some value of the type, with containers that are never empty and the choices drawn."""
    origin = get_origin(hint)
    if isinstance(hint, typing.NewType):
        return made(hint.__supertype__, rng)
    if origin in {typing.Union, UnionType}:
        return made(rng.choice(get_args(hint)), rng)
    if origin is tuple:
        parts = get_args(hint)
        several = parts[:1] * 2 if parts[-1] is Ellipsis else parts
        return tuple(made(part, rng) for part in several)
    if attrs.has(hint) or hasattr(hint, "_asdict"):
        hints = get_type_hints(hint)
        names = [field.name for field in attrs.fields(hint)] if attrs.has(hint) else hint._fields
        return hint(**{name.lstrip("_"): made(hints[name], rng) for name in names})
    if issubclass(hint, StrEnum):
        return rng.choice(list(hint))
    simple: Mapping[type[Any], Any] = {
        Decimal: Decimal(rng.randrange(-(10**20), 10**20)).scaleb(rng.randrange(-12, 4)),
        int: rng.getrandbits(62),
        float: rng.uniform(-1e6, 1e6),
        bool: rng.random() < 0.5,
        str: f"text {rng.randrange(100)} \N{SNOWMAN}",
        type(None): None,
    }
    return simple[hint]


@pytest.mark.req("AUD1", "X2")
@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.__name__)
def test_every_fact_of_the_journal_has_a_spelling_that_json_carries_there_and_back(fact: type[Any]) -> None:
    for seed in range(20):
        value = made(fact, random.Random(seed))
        spelled = as_plain(value)
        assert json.loads(json.dumps(spelled, allow_nan=False)) == spelled, f"seed {seed}"
        assert spelled.keys() == {field.name for field in attrs.fields(fact)}


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.__name__)
def test_two_facts_that_differ_are_spelled_differently(fact: type[Any]) -> None:
    one, other = (made(fact, random.Random(seed)) for seed in (1, 2))
    assert one != other
    assert as_plain(one) != as_plain(other)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("100", "100"),
        ("1E+2", "100"),
        ("100.00", "100"),
        ("1E-8", "0.00000001"),
        ("-0", "0"),
        ("0.1000", "0.1"),
        ("123456789012345678901234.12345678", "123456789012345678901234.12345678"),
        ("-5E+3", "-5000"),
    ],
)
def test_a_decimal_is_spelled_exactly_without_exponent_and_without_idle_zeros(value: str, text: str) -> None:
    assert as_plain(Decimal(value)) == text
    assert Decimal(text) == Decimal(value)


def test_a_message_is_a_mapping_of_its_attributes_all_the_way_down() -> None:
    booked = FillBooked(fill(1), order(), position(), NO_NOTIONAL, Decimal("9999.50"))
    spelled = as_plain(booked)
    assert spelled["cash"] == "9999.5"
    assert spelled["fill"]["side"] == "BUY"
    assert spelled["order"]["intent"]["quantity"] == as_plain(quantity(1)) == "1"
    assert spelled["order"]["fill_ids"] == []


def test_a_moment_is_spelled_with_both_its_clocks() -> None:
    spelled = as_plain(HaltTripped("looks odd", "operator", moment(1)))
    assert spelled["at"] == {"utc": moment(1).utc, "mono": moment(1).mono}


@frozen
class Everything:
    _hidden: int
    names: frozenset[str]
    sizes: Mapping[str, Decimal]


class Pair(NamedTuple):
    left: int
    right: Decimal


def test_sets_are_sorted_mappings_keep_their_keys_as_text_and_underscores_are_dropped() -> None:
    value = Everything(7, frozenset({"b", "a"}), {"x": Decimal("1.0")})
    assert as_plain(value) == {"hidden": 7, "names": ["a", "b"], "sizes": {"x": "1"}}
    assert as_plain(Pair(1, Decimal(2))) == {"left": 1, "right": "2"}
    assert as_plain([True, None, 1.5, "x"]) == [True, None, 1.5, "x"]


@pytest.mark.parametrize("value", [object(), b"bytes", {"x": object()}, lambda: None])
def test_what_has_no_spelling_is_refused_by_name(value: object) -> None:
    with pytest.raises(TypeError, match="has no plain spelling"):
        as_plain(value)


def test_a_kind_is_the_name_of_the_class_in_snake_case() -> None:
    assert kind_of(HaltTripped("", "", moment())) == "halt_tripped"
    assert kind_of(object.__new__(CycleFinished)) == "cycle_finished"
    assert kind_of(Everything(1, frozenset(), {})) == "everything"


def test_the_kinds_of_the_journal_are_for_ever() -> None:
    assert sorted(kind_of(object.__new__(fact)) for fact in FACTS) == [
        "account_opened",
        "alert_changed",
        "balances_accepted",
        "ban_lapsed",
        "ban_lifted",
        "breaker_changed",
        "configuration_reloaded",
        "cycle_finished",
        "daemon_started",
        "daemon_stopped",
        "difference_found",
        "eligibility_changed",
        "equity_marked",
        "fill_booked",
        "flatten_ended",
        "flatten_ordered",
        "halt_cleared",
        "halt_tripped",
        "instrument_banned",
        "loss_acknowledged",
        "order_changed",
        "order_withheld",
        "proposal_refused",
        "regime_changed",
        "risk_approved",
        "set_breaker",
        "set_trading_state",
        "signal_received",
        "signal_refused",
        "stop_raised",
    ]
