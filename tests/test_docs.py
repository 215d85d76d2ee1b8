"""The documentation is true: its links lead somewhere and its generated pages are up to date."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\[[^\]]+\]\(([^)#\s]+)(#[^)\s]*)?\)")
CODE = re.compile(r"`((?:src/trader247/|tests/|docs/|[a-z_]+/)[\w/.-]+\.(?:py|yaml|md|toml))(?::(\w+))?`")


def _generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_of_a_page_leads_to_a_file(page: Path) -> None:
    broken = [
        target
        for target, _ in LINK.findall(page.read_text(encoding="utf-8"))
        if "://" not in target and not target.startswith("mailto:") and not (page.parent / target).exists()
    ]
    assert not broken, f"{page.relative_to(ROOT)}: {broken}"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_a_page_names_is_there(page: Path) -> None:
    missing = [
        path
        for path, _ in CODE.findall(page.read_text(encoding="utf-8"))
        if not any((base / path).exists() for base in (ROOT, ROOT / "src" / "trader247", ROOT / "tests", page.parent))
        and not path.startswith(("data/", "data_dir/"))
    ]
    assert not missing, f"{page.relative_to(ROOT)}: {missing}"


def test_every_symbol_that_life_of_a_tick_names_stands_in_the_file_it_names() -> None:
    text = (ROOT / "docs" / "explanation" / "life-of-a-tick.md").read_text(encoding="utf-8")
    named = [(path, symbol) for path, symbol in CODE.findall(text) if symbol]
    assert len(named) > 10
    for path, symbol in named:
        source = (ROOT / "src" / "trader247" / path).read_text(encoding="utf-8")
        assert re.search(rf"\b(?:class|def|async def) {symbol}\b|^{symbol}\b", source, re.MULTILINE), (
            f"{path}: {symbol}"
        )


def test_the_generated_pages_are_up_to_date() -> None:
    for path, page in _generator().PAGES.items():
        assert path.read_text(encoding="utf-8") == page(), f"{path.name} is out of date: make docs"


@pytest.mark.parametrize(
    ("known", "tests", "told"),
    [
        ({"PR-01": {"what": "a"}}, {}, "neither"),
        ({"PR-01": {"what": "a", "why_not": ""}}, {}, "neither"),
        ({"PR-01": {"what": "a", "why_not": "b"}}, {"PR-01": ["x.py"]}, "has a why_not, and x.py shows it"),
        ({}, {"PR-99": ["x.py"]}, "'PR-99' is not in"),
        ({"XX-01": {"what": "a"}}, {}, "no section"),
    ],
)
def test_a_fault_has_a_test_or_a_reason_and_a_mark_has_a_fault(
    known: dict[str, dict[str, str]], tests: dict[str, list[str]], told: str
) -> None:
    assert [told in error for error in _generator().fault_errors(known, tests)] == [True]


def test_what_is_answered_is_no_error_and_other_sections_may_be_silent() -> None:
    known = {"PR-01": {"what": "a"}, "OL-01": {"what": "b", "why_not": "c"}, "HC-01": {"what": "d"}}
    assert not [*_generator().fault_errors(known, {"PR-01": ["x.py"]})]
