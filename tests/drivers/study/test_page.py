"""The page loads nothing, and no text of a study can break out of it."""

import json
import re

import pytest
from tests.drivers.study.study_samples import Scored, found, settled
from tests.drivers.study.test_walking import WINDOWS, judged

from trader247.drivers.backtest.report import as_text
from trader247.drivers.study.page import DOCUMENT_BEGINS, PAGE_BEGINS, page_of
from trader247.drivers.study.study_file import Memory
from trader247.drivers.study.sweeping import sweep
from trader247.drivers.study.walking import walk_forward

pytestmark = pytest.mark.req("BT6")


def test_the_page_holds_the_whole_document_and_a_text_with_markup_stays_a_text() -> None:
    document = {"why": "</script><script>alert(1)</script><!-- ", "trials": []}
    page = page_of(document)
    inside = re.search(r'<script type="application/json" id="study">(.*?)</script>', page, re.DOTALL)
    assert inside is not None
    assert json.loads(inside.group(1)) == document
    assert page.count("<script") == 2
    assert page.startswith(PAGE_BEGINS)


def test_it_names_no_other_place() -> None:
    assert not re.search(r"https?://|src=|@import|url\(", page_of({}))


def test_documents_begin_as_the_command_line_looks_for_before_it_replaces_one() -> None:
    swept = sweep(settled(), Scored(lambda _: found(1.0)), Memory(), lambda *_: None)
    walked = walk_forward(settled(), WINDOWS, Scored(judged), Memory(), lambda *_: None)
    assert as_text(swept).startswith(DOCUMENT_BEGINS["sweep"])
    assert as_text(walked).startswith(DOCUMENT_BEGINS["walk-forward"])
