from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
from attrs import evolve, fields, has

from trader247.model.policy import Caps, Intensity, LossLimits, Policy, Staleness
from trader247.model.policy_terms import plain_type, term_of


@pytest.mark.req("C3")
def test_the_silent_policy_has_the_caps_of_the_requirements() -> None:
    assert Policy().caps == Caps(Decimal(15), Decimal(5), Decimal(10), 5)


def test_the_silent_policy_has_the_loss_limits_and_ages_of_the_requirements() -> None:
    assert LossLimits() == LossLimits(Decimal(10), Decimal(3), Decimal(7))
    assert Staleness() == Staleness(5.0, 90.0)
    assert (Policy().cooldown_minutes, Policy().cooldown_after_stop_minutes) == (30, 120)


def test_no_code_path_can_make_caps_over_the_ceiling() -> None:
    with pytest.raises(ValueError, match="total_pct: 51 is unsafe"):
        evolve(Caps(), total_pct=Decimal(51))


def test_an_intensity_must_be_given_in_full() -> None:
    with pytest.raises(TypeError, match="per_s"):
        Intensity(restarts=5)  # type: ignore[call-arg]


def _leaves(wanted: Any, path: str = "") -> list[tuple[str, Any]]:
    found = []
    for attribute in fields(wanted):
        kind = plain_type(attribute)
        here = f"{path}.{attribute.name}"
        found.extend(_leaves(kind, here) if has(kind) else [(here, attribute)])
    return found


@pytest.mark.parametrize(("path", "attribute"), _leaves(Policy))
def test_every_key_says_why_it_exists_and_every_number_is_bounded_below(path: str, attribute: Any) -> None:
    term = term_of(attribute)
    assert term is not None, path
    assert term.why.endswith("."), path
    if not issubclass(plain_type(attribute), bool | StrEnum):
        assert term.unit, path
        assert term.above is not None or term.least is not None, path
