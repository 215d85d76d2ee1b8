"""The report for people: one HTML file that needs nothing else, with the JSON report inside it.

Its charts are drawn in the browser from that JSON; it loads nothing, so it can be sent by mail and opened offline.
"""

from importlib.resources import files
from typing import Final

from trader247.drivers.backtest.report import Json, as_text

__all__ = ["PAGE_BEGINS", "page_of"]

PAGE_BEGINS: Final = '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">'
"""How every page begins."""

_PLACE: Final = "@@REPORT@@"


def page_of(report: Json) -> str:
    """The page with the report in it."""
    page = files("trader247.drivers.backtest").joinpath("page.html").read_text(encoding="utf-8")
    inert = as_text(report).replace("<", "\\u003c")  # no text of a report may end the element it stands in
    return page.replace(_PLACE, inert)
