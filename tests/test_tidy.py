"""The house rules that no linter knows."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from trader247.core.order_state import ABSORBED, TRANSITIONS, OrderEvent
from trader247.model.order import OrderStatus

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "trader247"
FILES = sorted(path for path in SOURCE.rglob("*.py") if path.name != "__init__.py")

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 80
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "data", "info", "v2", "base"}
NAMES_ALLOWED = {"messages/base.py"}

# shells without a decider of the same name, each with its reason
WITHOUT_TWIN = {
    "exchange": "it serves the outside world and decides nothing",
    "roster": "it is the tree itself",
    "web_face": "its decider is the board of many faces, core/status_board.py",
}


def _name(path: Path) -> str:
    return str(path.relative_to(SOURCE))


def _functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_no_file_and_no_function_is_long(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= FILE_LINES_MAX, f"{lines} lines"
    for function in _functions(path):
        length = (function.end_lineno or function.lineno) - function.lineno + 1
        assert length <= FUNCTION_LINES_MAX, f"{function.name}: {length} lines"


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_every_source_file_has_its_test_at_the_mirrored_path(path: Path) -> None:
    mirrored = ROOT / "tests" / path.relative_to(SOURCE).parent / f"test_{path.stem.strip('_')}.py"
    assert mirrored.exists(), f"write {mirrored.relative_to(ROOT)}"


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_a_file_says_what_it_promises_before_anything_else(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), "no module docstring"


def test_no_file_has_a_name_that_says_nothing() -> None:
    empty = [_name(path) for path in FILES if path.stem in EMPTY_NAMES and _name(path) not in NAMES_ALLOWED]
    assert not empty


def test_every_shell_has_its_twin_among_the_deciders() -> None:
    shells = {path.stem for path in (SOURCE / "actors").glob("*.py")} - {"__init__"}
    twins = {path.stem for path in (SOURCE / "core").rglob("*.py")}
    assert shells - twins == WITHOUT_TWIN.keys()


def test_only_the_risk_arbiter_makes_an_approval() -> None:
    makers = {
        _name(path)
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "RiskApproved"
    }
    assert makers == {"core/risk_arbiter.py"}


def test_every_order_status_has_its_row_and_every_event_its_place() -> None:
    assert TRANSITIONS.keys() == ABSORBED.keys() == set(OrderStatus)
    placed = {event for rows in TRANSITIONS.values() for event in rows} | {
        e for late in ABSORBED.values() for e in late
    }
    assert placed == set(OrderEvent)


def test_a_broad_except_stands_only_in_the_supervisor() -> None:
    allowed = {"runtime/incarnation.py"}
    broad = {
        _name(path)
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"}))
        and not any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
    }
    assert broad <= allowed, broad - allowed


def test_no_todo_stands_without_an_owner_and_a_reason() -> None:
    marker = re.compile(r"\b(TODO|FIXME|XXX)\b(?!\([\w-]+\): .{10,})")
    found = [_name(path) for path in FILES if marker.search(path.read_text(encoding="utf-8"))]
    assert not found


def test_nothing_of_a_workplace_is_named() -> None:
    """No path of a machine and no address of a package registry in anything that is kept."""
    forbidden = re.compile(r"/work/|/home/\w+/|pypi\.org|files\.pythonhosted|registry\.npmjs")
    kept = [p for p in ROOT.rglob("*") if p.suffix in {".py", ".md", ".toml", ".yaml", ".txt", ".ini"} and p.is_file()]
    skipped = {".venv", ".git", "data", ".mypy_cache", ".ruff_cache", ".hypothesis", "build", "dist"}
    found = [
        str(path.relative_to(ROOT))
        for path in kept
        if not skipped & set(path.relative_to(ROOT).parts)
        and path.name != "test_tidy.py"
        and forbidden.search(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert not found
