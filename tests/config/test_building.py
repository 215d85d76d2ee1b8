from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

import pytest
from attrs import field, frozen

from trader247.config.building import Builder, Deprecation
from trader247.config.documents import document_of
from trader247.config.schema import App
from trader247.model.policy import Caps, Policy
from trader247.model.policy_strategies import KINDS, RulesParameters, StrategyTerms
from trader247.model.policy_terms import Term, bounded
from trader247.model.policy_universe import TierTerms, Universe

KNOWN = ", ".join([*sorted(KINDS), "path:...", "entry:..."])


@frozen(field_transformer=bounded)
class GridParameters:
    """Parameters of a third party's strategy: one key has no default, and the class has a rule of its own."""

    levels: Annotated[int, Term("How many levels.", "levels", least=1)]
    step_pct: Annotated[Decimal, Term("Between levels.", "%", above=0)] = Decimal(1)
    label: str = field(default="grid")

    @label.validator
    def _check_label(self, _attribute: Any, value: str) -> None:
        if "!" in value:
            raise ValueError("a label does not shout")


def build(wanted: type[Any], text: str, section: str = "policy", **options: Any) -> tuple[Any, list[str]]:
    builder = Builder(**options)
    value = builder.section(wanted, document_of(text, "f.yaml").root, (section,), wanted())
    return value, [str(fault) for fault in builder.faults]


def strategies(text: str, **options: Any) -> tuple[Any, list[str]]:
    builder = Builder(**options)
    value = builder.value(Mapping[str, StrategyTerms], None, document_of(text, "f.yaml").root, ("strategies",), {})
    return value, [str(fault) for fault in builder.faults]


def test_what_is_not_said_keeps_its_default() -> None:
    assert build(Caps, "per_asset_pct: 4.5") == (Caps(per_asset_pct=Decimal("4.5")), [])
    assert build(Policy, "caps:\nentry:\n") == (Policy(), [])


def test_a_partly_said_section_keeps_the_defaults_of_its_place_not_of_its_class() -> None:
    universe, faults = build(Universe, "tiers: {rotational: {allocation_pct: 12}}", "universe")
    assert faults == []
    assert universe.tiers.rotational.symbols == ("DOGE-USD", "LINK-USD")
    assert universe.tiers.rotational.allocation_pct == 12


@pytest.mark.req("C1")
def test_all_faults_of_a_section_are_told_at_once() -> None:
    _, faults = build(
        Policy, "caps:\n    total_pct: 250\n    per_aset_pct: 5\n    open_positions: 2.5\ndust_usd: '1'\nfees: 40\n"
    )
    assert faults == [
        'f.yaml:3:5: caps.per_aset_pct: unknown key, did you mean "per_asset_pct"?',
        "f.yaml:2:5: caps.total_pct: 250 is not allowed (0 < x <= 100, and unsafe over 50)",
        "f.yaml:4:5: caps.open_positions: 2.5 is not a whole number",
        "f.yaml:6:1: fees: 40 is not a section; write its keys below it, indented",
        "f.yaml:5:1: dust_usd: '1' is not a number (digits and one point; remove the quotes)",
    ]


@pytest.mark.req("C1")
def test_an_unsafe_value_is_refused_although_it_makes_sense() -> None:
    _, faults = build(Caps, "total_pct: 60")
    expected = "60 is unsafe (at most 50; this ceiling is compiled in and no file can raise it)"
    assert faults == [f"f.yaml:1:1: total_pct: {expected}"]


@pytest.mark.req("C1")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mode: live", "'live' is not allowed (one of DRY_RUN, PAPER, LIVE)"),
        ("mode: PAPR", "'PAPR' is not allowed (one of DRY_RUN, PAPER, LIVE), did you mean \"PAPER\"?"),
        ("mode: [LIVE]", "a list stands where one value belongs"),
        ("mode:", "is empty; give a value, or remove the line to get the default"),
        ("read_only: no", "'no' is not allowed (true or false)"),
        ("read_only: 1", "1 is not allowed (true or false)"),
        ("data_dir: 5", "5 is not text; put it in quotes if it is meant"),
        ("data_dir: ' '", "is not one line of printable text"),
        ("shutdown_deadline_s: 1e999", "1e999 is not a finite number"),
        ("shutdown_deadline_s: fast", "'fast' is not a number (digits and one point)"),
    ],
)
def test_each_kind_of_value_says_what_is_allowed(text: str, expected: str) -> None:
    _, faults = build(App, text, "app")
    assert len(faults) == 1
    assert faults[0].endswith(f": {expected}")


def test_an_unknown_key_far_from_any_lists_what_is_allowed() -> None:
    _, faults = build(App, "log: {zzzzzz: 1}", "app")
    assert faults == ["f.yaml:1:7: log.zzzzzz: unknown key, allowed here: format, level"]


@pytest.mark.req("C1")
def test_a_deprecated_key_names_its_successor() -> None:
    deprecated = {("policy", "total_at_risk_pct"): Deprecation("0.2", "caps.total_pct")}
    _, faults = build(Policy, "total_at_risk_pct: 15", deprecated=deprecated)
    assert faults == ["f.yaml:1:1: total_at_risk_pct: is deprecated since 0.2; write caps.total_pct instead"]


def test_symbols_are_made_canonical_and_may_stand_once() -> None:
    tier, faults = build(TierTerms, "symbols: [btc/usd, ETH_USD]", "universe")
    assert tier.symbols == ("BTC-USD", "ETH-USD")
    _, faults = build(TierTerms, "symbols: [btc/usd, BTC-USD, 5, dog e]", "universe")
    assert [line.split(": ", 1)[1] for line in faults] == [
        "symbols.1: 'BTC-USD' stands twice in the list",
        "symbols.2: 5 is not text; put it in quotes if it is meant",
        "symbols.3: 'dog e' is not an instrument (BASE-QUOTE, such as BTC-USD)",
    ]
    _, faults = build(TierTerms, "symbols: BTC-USD", "universe")
    assert faults == ["f.yaml:1:1: symbols: 'BTC-USD' is not a list; write [A, B], or [] for none"]


def test_a_strategys_kind_decides_its_parameters() -> None:
    kinds = {**KINDS, "grid": GridParameters}
    value, faults = strategies("a: {kind: grid, parameters: {levels: 3}}\nb: {enabled: true}\n", kinds=kinds)
    assert faults == []
    assert value["a"].parameters == GridParameters(3)
    assert value["b"].parameters == RulesParameters()


@pytest.mark.req("C1")
def test_an_unknown_kind_lists_the_known_ones_and_leaves_its_parameters_alone() -> None:
    _, faults = strategies("a:\n  kind: magic\n  parameters: {spell: 1}\n")
    assert faults == [f"f.yaml:2:3: a.kind: 'magic' is no kind of strategy (known: {KNOWN})"]


def test_a_third_partys_class_may_ask_for_a_key_and_have_rules_of_its_own() -> None:
    kinds = {**KINDS, "grid": GridParameters}
    _, faults = strategies("a:\n  kind: grid\n  parameters: {step_pct: 2}\n", kinds=kinds)
    assert faults == ["f.yaml:3:3: a.parameters.levels: is missing and has no default"]
    _, faults = strategies("a:\n  kind: grid\n  parameters:\n", kinds=kinds)
    assert faults == ["f.yaml:3:3: a.parameters: is empty and has no default; write its keys below it, indented"]
    _, faults = strategies("a:\n  kind: grid\n", kinds=kinds)
    assert faults == ["f.yaml:1:1: a.parameters: is missing and has no default"]
    _, faults = strategies("a:\n  kind: grid\n  parameters: {levels: 1, label: hey!}\n", kinds=kinds)
    assert faults == ["f.yaml:3:3: a.parameters: a label does not shout"]


def test_a_name_must_be_one() -> None:
    _, faults = strategies("2fast: {}\n'a b': {}\nok: 5\n")
    assert faults == [
        "f.yaml:1:1: 2fast is not a name (a letter, then letters, digits, _)",
        "f.yaml:2:1: a b is not a name (a letter, then letters, digits, _)",
        "f.yaml:3:1: ok: 5 is not a section; write its keys below it, indented",
    ]


@pytest.mark.req("SEC1")
def test_a_secret_is_shown_neither_as_value_nor_as_key() -> None:
    token = "0123456789abcdef" * 3
    _, faults = build(App, f"data_dir: {token}\n{token}: 1\nvenue: {{key: {token[:20]}}}\n", "app")
    assert len(faults) == 3
    assert all(token[:20] not in line for line in faults)
