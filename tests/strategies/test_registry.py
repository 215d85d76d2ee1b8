import pytest
from attrs import evolve
from tests.market_samples import ALPHA, BETA

from trader247.model.policy import EntryBounds
from trader247.model.policy_strategies import KINDS, Sizing, StrategyTerms
from trader247.strategies.registry import BUILDERS, build


@pytest.mark.req("STR5")
def test_every_kind_that_the_file_may_name_can_be_built_under_any_name() -> None:
    assert set(BUILDERS) == set(KINDS)
    for kind, parameters in KINDS.items():
        terms = StrategyTerms(kind=kind, parameters=parameters())
        assert [build(name, terms, EntryBounds()).name for name in (ALPHA, BETA)] == [ALPHA, BETA]


def test_a_kind_that_is_not_in_the_box_is_named() -> None:
    with pytest.raises(KeyError, match="astrology"):
        build(ALPHA, StrategyTerms(kind="astrology"), EntryBounds())


def test_parameters_of_another_kind_are_refused_with_the_strategys_name() -> None:
    with pytest.raises(TypeError, match="strategy alpha: parameters of kind rules are Sizing"):
        build(ALPHA, evolve(StrategyTerms(), parameters=Sizing()), EntryBounds())
