import ast
import sys
from pathlib import Path

import pytest

import trader247
from trader247.config.purity import impurities
from trader247.strategies import contract
from trader247.strategies.contract import Strategy
from trader247.strategies.registry import BUILDERS

_PACKAGE = Path(trader247.__file__).parent
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


@pytest.mark.req("STR1")
@pytest.mark.fault("ST-03", "ST-08", "ST-09")
@pytest.mark.parametrize("path", _SOURCES, ids=lambda path: path.name)
def test_a_strategy_reaches_nothing_but_its_snapshot(path: Path) -> None:
    assert impurities(path.read_text()) == ()


@pytest.mark.req("STR1")
def test_what_strategies_stand_on_is_as_pure_as_they_are() -> None:
    for layer in ("messages", "model"):
        for path in (_PACKAGE / layer).glob("*.py"):
            reached = {name.partition(".")[0] for name in imported(ast.parse(path.read_text()))}
            assert not reached & {"trio", "httpx", "socket", "os", "time", "logging", "threading", "sqlalchemy"}, path


@pytest.mark.req("STR1")
def test_no_strategy_knows_another() -> None:
    kinds = [path for path in _SOURCES if path.parent.name == "strategies"]
    kinds = [
        path
        for path in kinds
        if path.stem not in {"registry", "contract", "samples", "sizing", "triggered", "__init__"}
    ]
    for path in kinds:
        others = {f"trader247.strategies.{other.stem}" for other in kinds if other != path}
        assert not imported(ast.parse(path.read_text())) & others


def test_the_contract_shows_strategies_only_what_they_may_use() -> None:
    assert set(contract.__all__) == {"CycleContext", "Glimpse", "Patient", "Spark", "Strategy", "TradeProposal"}
    assert hasattr(Strategy, "generate_proposals")
    assert BUILDERS
    assert "trader247.strategies.contract" in sys.modules
