"""A study for people: one HTML file that needs nothing else, with the JSON document inside it."""

from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final

from trader247.drivers.backtest.report import as_text

__all__ = ["DOCUMENT_BEGINS", "PAGE_BEGINS", "page_of"]

PAGE_BEGINS: Final = '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">'
"""How every page begins."""
DOCUMENT_BEGINS: Final = {"sweep": '{\n "best":', "walk-forward": '{\n "format":'}
"""How the JSON document of each kind begins: its keys are sorted."""

_PLACE: Final = "@@STUDY@@"


def page_of(document: Mapping[str, Any]) -> str:
    """The page with the document in it."""
    page = files("trader247.drivers.study").joinpath("page.html").read_text(encoding="utf-8")
    inert = as_text(dict(document)).replace("<", "\\u003c")  # no text of it may end the element it stands in
    return page.replace(_PLACE, inert)
