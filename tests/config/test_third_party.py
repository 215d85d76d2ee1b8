"""Strategies that are not in the box: found, read, refused with words, made."""

import os
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tests.builders import BTC
from tests.config.loadable import loaded, told, write
from tests.market_samples import ALPHA, context, view

from trader247.config import few_seconds
from trader247.config.export import json_schema
from trader247.config.third_party import StrategyUnusable, ThirdParties
from trader247.model.policy import EntryBounds
from trader247.model.policy_strategies import PlainParameters, StrategyTerms
from trader247.strategies.registry import BUILDERS, build

pytestmark = pytest.mark.req("STR5", "STR1")

PLAIN = """
from trader247.strategies.contract import CycleContext, TradeProposal


class Mine:
    def __init__(self, name, parameters, entry):
        self.name = name
        self.parameters = parameters

    def generate_proposals(self, context):
        return []
"""
TYPED = """
from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from attrs import frozen

from trader247.model.ids import StrategyName
from trader247.model.instrument import Symbol
from trader247.model.order import Side
from trader247.model.policy import EntryBounds
from trader247.model.policy_terms import Term, bounded
from trader247.strategies.contract import CycleContext, TradeProposal


@frozen(field_transformer=bounded)
class Own:
    size_pct: Annotated[Decimal, Term("How much.", "% of NLV", above=0, most=5)] = Decimal(1)
    symbols: tuple[Symbol, ...] = ()


@frozen
class Mine:
    name: StrategyName
    parameters: Own
    entry: EntryBounds

    def generate_proposals(self, context: CycleContext) -> list[TradeProposal]:
        return [
            TradeProposal(
                symbol=symbol,
                side=Side.BUY,
                notional_pct=self.parameters.size_pct,
                stop_loss_pct=Decimal(5),
                take_profit_pct=Decimal(10),
                conviction=1.0,
                strategy=self.name,
                reason="always",
                max_hold_s=3600,
            )
            for symbol in self.parameters.symbols
        ]
"""


def unusable(folder: Path, kind: str) -> str:
    with pytest.raises(StrategyUnusable) as caught:
        ThirdParties(folder).find(kind)
    return str(caught.value).replace(f"{folder}/", "")


def mine(folder: Path, source: str) -> str:
    (folder / "mine.py").write_text(source)
    return unusable(folder, "path:mine.py:Mine")


def test_a_class_in_a_file_beside_the_configuration_is_a_strategy(tmp_path: Path) -> None:
    folder = write(tmp_path / "config", strategies="own: {kind: 'path:mine.py:Mine', enabled: true}\n")
    (folder / "mine.py").write_text(PLAIN)
    found = loaded(folder)
    terms = found.configuration.strategies["own"]
    made = build(ALPHA, terms, EntryBounds(), found.third.builders())
    assert made.name == ALPHA
    assert made.generate_proposals(context(view(BTC))) == []
    assert set(found.third.builders()) == {*BUILDERS, "path:mine.py:Mine"}


def test_parameters_with_a_class_of_their_own_are_read_and_bounded_as_any(tmp_path: Path) -> None:
    text = "own:\n  kind: path:mine.py:Mine\n  enabled: true\n  parameters:\n    size_pct: {size}\n"
    text += "    symbols: [btc-usd]\n"
    folder = write(tmp_path, strategies=text.format(size="2.5"))
    (folder / "mine.py").write_text(TYPED)
    found = loaded(folder)
    made = build(ALPHA, found.configuration.strategies["own"], EntryBounds(), found.third.builders())
    (wish,) = made.generate_proposals(context(view(BTC)))
    assert (wish.symbol, wish.notional_pct) == (BTC, Decimal("2.5"))
    write(tmp_path, strategies=text.format(size="6"))
    assert told(folder) == ["strategies.yaml:5:5: own.parameters.size_pct: 6 is not allowed (0 < x <= 5)"]
    write(tmp_path, strategies=text.format(size="1").replace("size_pct", "size_pt"))
    assert told(folder) == ['strategies.yaml:5:5: own.parameters.size_pt: unknown key, did you mean "size_pct"?']


def test_parameters_without_a_class_are_handed_over_as_a_plain_mapping(tmp_path: Path) -> None:
    text = "own: {kind: 'path:mine.py:Mine', parameters: {bars: 20, deep: {x: 0.5, on: true}, names: [a, b]}}\n"
    folder = write(tmp_path, strategies=text)
    (folder / "mine.py").write_text(PLAIN)
    found = loaded(folder)
    terms = found.configuration.strategies["own"]
    assert isinstance(terms.parameters, PlainParameters)
    made: Any = build(ALPHA, terms, EntryBounds(), found.third.builders())
    assert made.parameters == {"bars": 20, "deep": {"x": Decimal("0.5"), "on": True}, "names": ("a", "b")}
    token = "3q2-7wX9fK1LmN8pQ5rS2tU4vW6xY0zAbCdEfGhIjKlMn"
    write(tmp_path, strategies=f"own: {{kind: 'path:mine.py:Mine', parameters: {{key: {token}}}}}\n")
    assert all(token not in fault for fault in told(folder))


def test_the_fingerprint_is_another_where_the_code_is_and_a_reload_keeps_the_code_of_the_start(tmp_path: Path) -> None:
    folder = write(tmp_path, strategies="own: {kind: 'path:mine.py:Mine'}\n")
    (folder / "mine.py").write_text(PLAIN)
    first = loaded(folder)
    (folder / "mine.py").write_text(PLAIN + "\n# changed\n")
    assert loaded(folder).fingerprint != first.fingerprint
    again = loaded(folder, third=first.third)
    assert again.fingerprint == first.fingerprint
    assert again.configuration == first.configuration
    assert first.third.moved_on() == ("path:mine.py:Mine",)
    (folder / "mine.py").unlink()
    assert first.third.moved_on() == ("path:mine.py:Mine",)
    (folder / "mine.py").write_text(PLAIN)
    assert first.third.moved_on() == ()


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("path:mine.py", "'path:mine.py' names no strategy: write path:FILE.py:CLASS or entry:POINT"),
        ("path::Mine", "'path::Mine' names no strategy"),
        ("path:mine.py:not a name", "names no strategy"),
        ("entry:", "'entry:' names no strategy"),
        ("path:gone.py:Mine", "gone.py cannot be read: No such file or directory"),
        ("path:.:Mine", "cannot be read: Is a directory"),
        ("path:/dev/zero:Mine", "/dev/zero is no plain file"),
        ("entry:nobody", "there is no entry point 'nobody' in the group trader247.strategies"),
    ],
)
def test_a_kind_that_leads_nowhere_says_so(tmp_path: Path, kind: str, text: str) -> None:
    assert text in unusable(tmp_path, kind)


def test_a_fifo_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "mine.py")
    assert unusable(tmp_path, "path:mine.py:Mine") == "mine.py is no plain file (a folder, FIFO or device)"


@pytest.mark.parametrize("name", ["SystemExit", "ValueError"])
def test_an_exit_that_a_source_gets_at_in_a_roundabout_way_is_its_fault_and_no_exit_of_ours(
    tmp_path: Path, name: str
) -> None:
    said = "x" * 300
    source = f"import re\nraise getattr(re, '__builtins__')['{name}']('{said}')\n" + PLAIN
    assert mine(tmp_path, source) == f"mine.py cannot be run: {name}: {said[:200]}"


@pytest.mark.fault("ST-08")
@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("x = (", "mine.py:1: is no Python: '(' was never closed"),
        ("x = " + "not " * 60_000 + "1", "mine.py: is no Python: "),  # each Python has other words for it
        (PLAIN.replace("Mine", "Yours"), "mine.py has no class Mine; its strategies are: Yours"),
        ("Mine = 1", "mine.py has no class Mine; it has no class with generate_proposals"),
        ("class Mine: ...", "Mine has no method generate_proposals(self, context)"),
        (PLAIN.replace("parameters, entry", "parameters"), "Mine(name, parameters, entry) is what is called"),
        (PLAIN.replace("self, context", "self, market, now"), "generate_proposals(self, context) is what is called"),
        (PLAIN.replace("return []", "yield 1"), "Mine has no method generate_proposals(self, context) -> list"),
        (PLAIN + "1 / 0\n", "mine.py cannot be run: ZeroDivisionError"),
        (PLAIN + "raise SystemExit(0)\n", "uses SystemExit: it would end the daemon"),
        ("import time\nimport os\n" + PLAIN, "a strategy must be pure; mine.py:1: imports time: take the time from"),
        ("import time\nimport os\n" + PLAIN, "; mine.py:2: imports os: "),
        (
            "from trader247.model.ids import random\n" + PLAIN,
            "ImportError: trader247.model.ids does not give out random",
        ),
        (TYPED.replace("EntryBounds", "Nothing", 1), "mine.py cannot be run: ImportError"),
        (TYPED.replace("parameters: Own", "parameters: Unknown"), "the annotations of Mine cannot be read"),
        (
            TYPED.replace("symbols: tuple[Symbol, ...]", "symbols: list[int]"),
            "Own.symbols is a list[int], which no file can",
        ),
    ],
)
def test_what_will_not_do_is_refused_with_its_place_and_the_reason(tmp_path: Path, source: str, text: str) -> None:
    assert text in mine(tmp_path, source)


@pytest.mark.fault("ST-08")
def test_a_source_or_a_constructor_that_never_ends_is_stopped_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(few_seconds, "SECONDS_MAX", 0.05)
    endless = "while True: pass\n"
    assert mine(tmp_path, endless + PLAIN) == "mine.py cannot be run: TookTooLong: it has not ended after 0.05 s"
    (tmp_path / "mine.py").write_text(PLAIN.replace("self.name = name", endless))
    found = ThirdParties(tmp_path).find("path:mine.py:Mine")
    with pytest.raises(StrategyUnusable, match="cannot be made: TookTooLong: it has not ended"):
        found.build(ALPHA, PlainParameters(), EntryBounds())


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("pass", "its name is None; it has to be the one it is made with, here 'own'"),
        ("self.name = 'other'", "its name is 'other'; it has to be the one it is made with, here 'own'"),
        ("self.name = name / 2", "cannot be made: TypeError: unsupported operand"),
    ],
)
def test_a_strategy_that_is_made_wrong_is_a_fault_at_its_kind_before_any_cycle(
    tmp_path: Path, line: str, text: str
) -> None:
    folder = write(tmp_path, strategies="own:\n  kind: path:mine.py:Mine\n  enabled: true\n")
    (folder / "mine.py").write_text(PLAIN.replace("self.name = name", line))
    [said] = told(folder)
    assert said.startswith("strategies.yaml:2:3: own.kind: mine.py")
    assert text in said


def test_a_source_of_any_bytes_or_length_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_bytes(b"\xff\xfe")
    assert "is not UTF-8 text" in unusable(tmp_path, "path:mine.py:Mine")
    (tmp_path / "mine.py").write_bytes(b"#" * 300_000)
    assert "is longer than" in unusable(tmp_path, "path:mine.py:Mine")
    (tmp_path / "mine.py").write_text("x = 1\0")
    assert "is no Python" in unusable(tmp_path, "path:mine.py:Mine")


@pytest.mark.fault("ST-08")
def test_what_the_source_hides_from_its_reader_fails_when_it_runs(tmp_path: Path) -> None:
    """``getattr`` can spell any name; the builtins it finds then lack what a strategy must not use."""
    hiding = """return getattr(helper, "__glob" + "als__")["__builtins__"]["__imp" + "ort__"]("os")


def helper(): ..."""
    (tmp_path / "mine.py").write_text(PLAIN.replace("return []", hiding))
    found = ThirdParties(tmp_path).find("path:mine.py:Mine")
    strategy = found.build(ALPHA, PlainParameters(), EntryBounds())
    with pytest.raises(ImportError, match="a strategy imports os while it runs"):
        strategy.generate_proposals(context(view(BTC)))


def test_the_fault_stands_at_the_line_of_the_kind_beside_all_others(tmp_path: Path) -> None:
    folder = write(tmp_path, strategies="own:\n  kind: path:gone.py:Mine\n  enabled: maybe\n")
    assert told(folder) == [
        "strategies.yaml:2:3: own.kind: gone.py cannot be read: No such file or directory",
        "strategies.yaml:3:3: own.enabled: 'maybe' is not allowed (true or false)",
    ]


def test_an_entry_point_is_read_without_its_package_being_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "their_package_247"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    (package / "mine.py").write_text(PLAIN)
    metadata = tmp_path / "their_package_247-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: their-package-247\nVersion: 1.0\n")
    points = "[trader247.strategies]\ntheirs = their_package_247.mine:Mine\nlost = their_package_247.gone:Mine\n"
    (metadata / "entry_points.txt").write_text(points)
    monkeypatch.syspath_prepend(tmp_path)
    found = ThirdParties(tmp_path).find("entry:theirs")
    assert found.build(ALPHA, PlainParameters(), EntryBounds()).name == ALPHA
    assert "their_package_247" not in sys.modules
    assert "names their_package_247.gone, whose source cannot be found" in unusable(tmp_path, "entry:lost")
    assert "(lost, theirs)" in unusable(tmp_path, "entry:nobody")


def test_an_editor_takes_such_a_kind_and_still_refuses_a_misspelt_one() -> None:
    schema = json_schema("strategies")
    jsonschema.validate({"own": {"kind": "path:mine.py:Mine", "parameters": {"x": 1}}}, schema)
    jsonschema.validate({"own": {"kind": "entry:theirs"}}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"own": {"kind": "momentun"}}, schema)
    assert StrategyTerms().kind == "rules"
