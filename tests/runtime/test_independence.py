"""The runtime knows nothing of trading: of this project it imports itself and the two clock readings, no more."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SOURCES = sorted((Path(__file__).parents[2] / "src" / "trader247" / "runtime").glob("*.py"))


@pytest.mark.req("SUP1")
@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_it_imports_nothing_of_this_project_but_itself_and_moments(source: Path) -> None:
    imported = [
        node.module
        for node in ast.walk(ast.parse(source.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module is not None and node.module.startswith("trader247")
    ]
    assert {name for name in imported if not name.startswith("trader247.runtime")} <= {"trader247.model.instant"}


def test_there_are_sources_to_check() -> None:
    assert len(SOURCES) > 20
