"""The report for people loads nothing, and no text of a report can break out of it."""

import json
import re
from typing import Any

import pytest

from trader247.drivers.backtest.page import page_of

pytestmark = pytest.mark.req("BT2")


def embedded(page: str) -> Any:
    found = re.search(r'<script type="application/json" id="report">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    return json.loads(found.group(1))


def test_the_page_holds_the_whole_report() -> None:
    report = {"format": 1, "summary": {"trades": 3}}
    assert embedded(page_of(report)) == report


def test_a_reason_with_markup_stays_a_text() -> None:
    report = {"why": "</script><script>alert(1)</script><!-- "}
    page = page_of(report)
    assert embedded(page) == report
    assert page.count("<script") == 2


def test_it_names_no_other_place() -> None:
    assert not re.search(r"https?://|src=|@import|url\(", page_of({}))


def test_every_chart_has_its_place_and_a_name_for_who_cannot_see_it() -> None:
    page = page_of({})
    for name in ("equity", "drawdown", "exposure", "price"):
        assert re.search(rf'<canvas id="{name}" tabindex="0" role="img" aria-label="[^"]+">', page)
