import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from attrs import fields, frozen, has
from ruamel.yaml import YAML
from tests.config.loadable import SHIPPED

from trader247.config.export import json_schema, reference_page
from trader247.config.schema import SECTIONS, Configuration
from trader247.model.policy_strategies import KINDS, StrategyTerms
from trader247.model.policy_terms import plain_type

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "configuration.md"


def validator(section: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json_schema(section))


def data(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


@pytest.mark.req("C1")
@pytest.mark.parametrize("section", SECTIONS)
def test_each_file_has_a_json_schema_that_the_shipped_file_satisfies(section: str) -> None:
    schema = json_schema(section)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert json.loads(json.dumps(schema)) == schema
    shipped = data((SHIPPED / f"{section}.yaml").read_text())
    assert [error.message for error in validator(section).iter_errors(shipped)] == []
    assert validator(section).is_valid(None)


@pytest.mark.req("C1")
@pytest.mark.parametrize(
    ("section", "text"),
    [
        ("app", "mod: LIVE"),
        ("app", "mode: live"),
        ("app", "venue: {key: plain}"),
        ("app", "web: {port: 70000}"),
        ("policy", "caps: {total_pct: 0}"),
        ("policy", "caps: {total_pct: 51}"),
        ("policy", "caps: {total_pct: '5'}"),
        ("policy", "caps: {open_positions: 2.5}"),
        ("universe", "tiers: {core: {symbols: [BTC]}}"),
        ("universe", "tiers: {core: {symbols: [A-USD, A-USD]}}"),
        ("universe", "themes: {'a b': []}"),
        ("signals", "cycle: {interval_s: 0}"),
        ("strategies", "x: {kind: magic}"),
        ("strategies", "x: {parameters: {nope: 1}}"),
    ],
)
def test_the_schema_refuses_what_the_loader_refuses(section: str, text: str) -> None:
    assert not validator(section).is_valid(data(text))


def test_a_third_partys_kind_has_its_own_parameters_in_the_schema() -> None:
    @frozen
    class Grid:
        levels: int = 3

    known = jsonschema.Draft202012Validator(json_schema("strategies", {**KINDS, "grid": Grid}))
    assert known.is_valid(data("x: {kind: grid, parameters: {levels: 5}}"))
    assert not known.is_valid(data("x: {kind: grid, parameters: {rules: {}}}"))
    assert known.is_valid(data("x: {parameters: {rules: {breakout: {stop_pct: 5}}}}"))
    assert not known.is_valid(data("x: {parameters: {levels: 5}}"))


def test_there_are_no_other_sections() -> None:
    with pytest.raises(ValueError, match="no section 'risk'"):
        json_schema("risk")


def test_the_reference_page_is_the_one_the_schema_makes() -> None:
    assert PAGE.read_text() == reference_page(), "write reference_page() to docs/reference/configuration.md"


def _keys(wanted: Any) -> list[str]:
    found: list[str] = []
    for attribute in fields(wanted):
        kind = plain_type(attribute)
        found.extend(_keys(kind) if has(kind) else [attribute.name])
    return found


@pytest.mark.parametrize("section", SECTIONS)
def test_the_shipped_file_shows_every_key_active_or_commented_out(section: str) -> None:
    text = (SHIPPED / f"{section}.yaml").read_text()
    attribute = next(known for known in fields(Configuration) if known.name == section)
    wanted = (
        StrategyTerms if isinstance(attribute.default, Mapping) or section == "strategies" else plain_type(attribute)
    )
    keys = _keys(wanted)
    if section == "strategies":
        keys += _keys(KINDS["rules"])
    assert [key for key in keys if not re.search(rf"(^|[\s{{#]){key}:", text, re.MULTILINE)] == []
