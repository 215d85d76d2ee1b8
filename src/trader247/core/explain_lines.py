"""A story as a person reads it, made from the same plain values that a program gets (``core/explain.story_view``)."""

from collections.abc import Iterator
from typing import Any, Final

from trader247.core.explain_steps import money
from trader247.model.money import decimal_of

__all__ = ["lines_of"]

_TIME_CHARS: Final = 23
"""Of an RFC 3339 text: to the millisecond."""


def lines_of(view: Any) -> Iterator[str]:
    """A heading, a line per step with its time (UTC) and row, whose orders made which position, and the result."""
    yield f"{view['subject']['what']} {view['subject']['id']}"
    for run in view["runs"]:
        version = run["version"] or "of an unknown version"
        yield f"run {run['epoch']}, trader247 {version}, configuration {run['config_hash']}, from row {run['from_row']}"
    yield ""
    for step in view["steps"]:
        of = f"{step['of']}  " if step["of"] else ""
        yield f"{step['at'][:_TIME_CHARS]}Z  #{step['row']:<7} {step['what']:<9} {of}{step['text']}"
    if view["left_out"]:
        yield f"... and {view['left_out']} rows more"
    if view["orders"] or any(step["what"] == "verdict" for step in view["steps"]):
        yield ""
        for position in view["positions"]:
            yield _made_by(position)
        yield from _result(view["positions"])


def _made_by(position: Any) -> str:
    entered = ", ".join(position["entries"]) or "orders that are not in the journal any more"
    left = f", left by {', '.join(position['exits'])}" if position["exits"] else ""
    return f"position of {position['symbol']} opened {position['opened_at'][:19]}Z: entered by {entered}{left}"


def _result(positions: Any) -> Iterator[str]:
    if not positions:
        yield "PnL: nothing was filled, so nothing was gained, lost or paid"
    for position in positions:
        base, _, currency = position["symbol"].partition("-")
        shown = {name: money(decimal_of(position[name]), currency) for name in ("realised", "fees", "fees_held")}
        text = f"PnL of {position['symbol']}: realised {shown['realised']} after fees, fees paid {shown['fees']}"
        if not position["open"]:
            yield f"{text}; closed"
            continue
        average = money(decimal_of(position["average_entry"]), currency)
        held = f"{position['held']} {base} held from {average}"
        yield f"{text}, {shown['fees_held']} of them for what is held; open: {held}"
