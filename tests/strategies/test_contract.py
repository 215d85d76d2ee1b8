import ast
import sys
from pathlib import Path

import pytest

import trader247
from trader247.strategies import contract
from trader247.strategies.contract import Strategy
from trader247.strategies.registry import BUILDERS

_PACKAGE = Path(trader247.__file__).parent
_OWN_LAYERS = ("strategies", "indicators", "messages", "model", "errors")
_PURE_STDLIB = {
    "abc",
    "bisect",
    "collections",
    "decimal",
    "enum",
    "functools",
    "itertools",
    "math",
    "statistics",
    "typing",
    "re",
}
_PURE_OTHERS = {"attrs"}
_ASKS_THE_WORLD = {
    "open",
    "input",
    "print",
    "exec",
    "eval",
    "compile",
    "__import__",
    "globals",
    "breakpoint",
    "id",
    "hash",
}
_SOURCES = sorted(path for layer in ("strategies", "indicators") for path in (_PACKAGE / layer).glob("*.py"))


def imported(tree: ast.AST) -> set[str]:
    """Every module that a source names in an import, in full."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def impurities(source: str) -> list[str]:
    """What in a strategy's source could reach the world, a clock, chance, or remember something between calls."""
    tree = ast.parse(source)
    faults = [
        f"imports {name}"
        for name in imported(tree)
        if name.partition(".")[0] not in _PURE_STDLIB | _PURE_OTHERS
        and not any(name.startswith(f"trader247.{layer}") for layer in _OWN_LAYERS)
    ]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _ASKS_THE_WORLD:
            faults.append(f"calls {node.func.id}")
        if isinstance(node, ast.Global | ast.Nonlocal):
            faults.append("keeps state outside its class")
        if isinstance(node, ast.AsyncFunctionDef | ast.Await):
            faults.append("waits")
        if isinstance(node, ast.For | ast.comprehension) and isinstance(node.iter, ast.Set | ast.SetComp):
            faults.append("iterates a set, whose order differs from run to run")
    return faults


@pytest.mark.req("STR1")
@pytest.mark.fault("ST-03", "ST-08", "ST-09")
@pytest.mark.parametrize("path", _SOURCES, ids=lambda path: path.name)
def test_a_strategy_reaches_nothing_but_its_snapshot(path: Path) -> None:
    assert impurities(path.read_text()) == []


@pytest.mark.req("STR1")
@pytest.mark.parametrize(
    "line",
    [
        "import socket",
        "import os.path",
        "import time",
        "from random import random",
        "from datetime import datetime",
        "import httpx",
        "from trader247.core import cycle",
        "from trader247 import ports",
        "from trader247.runtime.clock import SystemClock",
        "open('x')",
        "__import__('socket')",
        "async def f(): ...",
        "def f():\n    global x",
        "for x in {1, 2}: ...",
    ],
)
def test_the_check_itself_finds_what_it_looks_for(line: str) -> None:
    assert impurities(line) != []


@pytest.mark.req("STR1")
def test_what_strategies_stand_on_is_as_pure_as_they_are() -> None:
    for layer in ("messages", "model"):
        for path in (_PACKAGE / layer).glob("*.py"):
            reached = {name.partition(".")[0] for name in imported(ast.parse(path.read_text()))}
            assert not reached & {"trio", "httpx", "socket", "os", "time", "logging", "threading", "sqlalchemy"}, path


@pytest.mark.req("STR1")
def test_no_strategy_knows_another() -> None:
    kinds = [path for path in _SOURCES if path.parent.name == "strategies"]
    kinds = [path for path in kinds if path.stem not in {"registry", "contract", "sizing", "triggered", "__init__"}]
    for path in kinds:
        others = {f"trader247.strategies.{other.stem}" for other in kinds if other != path}
        assert not imported(ast.parse(path.read_text())) & others


def test_the_contract_shows_strategies_only_what_they_may_use() -> None:
    assert set(contract.__all__) == {"CycleContext", "Strategy", "TradeProposal"}
    assert hasattr(Strategy, "generate_proposals")
    assert BUILDERS
    assert "trader247.strategies.contract" in sys.modules
