import json
import re
from decimal import Decimal
from pathlib import Path

import pytest
from attrs import evolve
from tests.config.loadable import loaded, write

from trader247.config.fingerprint import as_plain, canonical, changes, fingerprint
from trader247.config.schema import Configuration
from trader247.config.secrets import reference_of
from trader247.model.policy import Caps
from trader247.model.policy_strategies import StrategyTerms


def with_total(total: str) -> Configuration:
    silent = Configuration()
    return evolve(silent, policy=evolve(silent.policy, caps=Caps(total_pct=Decimal(total))))


@pytest.mark.req("C2")
def test_the_fingerprint_is_sixteen_hexadecimal_digits_that_stay_the_same() -> None:
    assert re.fullmatch(r"[0-9a-f]{16}", fingerprint(Configuration()))
    assert fingerprint(Configuration()) == fingerprint(Configuration())


@pytest.mark.req("C2")
def test_how_a_number_is_written_makes_no_difference() -> None:
    same = {fingerprint(with_total(text)) for text in ("20", "20.0", "2e1", "20.000")}
    assert len(same) == 1
    assert same != {fingerprint(with_total("20.0001"))}


@pytest.mark.req("C2")
def test_where_a_value_was_said_makes_no_difference_and_what_it_is_does(tmp_path: Path) -> None:
    by_file = loaded(write(tmp_path, policy="caps: {total_pct: 20}")).fingerprint
    plain = write(tmp_path)
    assert loaded(plain, {"TRADER247_POLICY__CAPS__TOTAL_PCT": "20.0"}).fingerprint == by_file
    assert loaded(plain, None, "policy.caps.total_pct=20").fingerprint == by_file
    assert loaded(plain).fingerprint != by_file


@pytest.mark.req("C2")
def test_every_single_key_counts() -> None:
    def leaves(value: object, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
        if not isinstance(value, dict):
            return [path]
        return [leaf for key, entry in value.items() for leaf in leaves(entry, (*path, key))]

    silent = Configuration()
    numbers = leaves(as_plain(silent.policy))
    assert len(numbers) >= 40
    assert all(f'"{path[-1]}":' in canonical(silent) for path in numbers)


def test_the_canonical_text_is_json_with_sorted_keys_and_names_no_secret() -> None:
    silent = Configuration()
    app = evolve(silent.app, venue=evolve(silent.app.venue, key=reference_of("env:KEY")))
    text = canonical(evolve(silent, app=app))
    read = json.loads(text)
    assert read["app"]["venue"]["key"] == "env:KEY"
    assert read["policy"]["caps"]["total_pct"] == "15"
    assert text == json.dumps(read, sort_keys=True, separators=(",", ":"))


def test_changes_name_the_key_both_values_and_whether_they_may_be_reloaded() -> None:
    before = Configuration()
    after = evolve(with_total("20"), app=evolve(before.app, read_only=False))
    first, second = changes(before, after)
    assert (first.path, first.before, first.after, first.reloadable) == (("app", "read_only"), True, False, False)
    assert (second.path, second.before, second.after, second.reloadable) == (
        ("policy", "caps", "total_pct"), "15", "20", True,
    )  # fmt: skip
    assert changes(before, before) == ()


def test_a_strategy_that_comes_or_goes_needs_a_restart_and_one_that_is_switched_does_not() -> None:
    none, off = Configuration(), Configuration(strategies={"one": StrategyTerms()})
    on = Configuration(strategies={"one": StrategyTerms(enabled=True)})
    assert [change.reloadable for change in changes(none, off)] == [False]
    assert [(change.path, change.reloadable) for change in changes(off, on)] == [
        (("strategies", "one", "enabled"), True)
    ]


def test_another_reference_to_a_secret_needs_what_its_key_says() -> None:
    silent = Configuration()
    other = evolve(silent, app=evolve(silent.app, web=evolve(silent.app.web, token=reference_of("env:T"))))
    (change,) = changes(silent, other)
    assert (change.after, change.reloadable) == ("env:T", False)
