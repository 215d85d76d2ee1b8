"""What is found in a strategy's source."""

import pytest

from trader247.config.purity import Impurity, allowed_import, impurities

pytestmark = [pytest.mark.req("STR1"), pytest.mark.fault("ST-03", "ST-07", "ST-08", "ST-09")]

PURE = '''
"""A strategy."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from attrs import evolve, field, frozen

from trader247.strategies.contract import CycleContext, TradeProposal

LIMITS: Final = (1, 2)
TABLE: Final[Mapping[str, int]] = {"a": 1}
__all__ = ["Mine"]


class Sum:
    def __init__(self) -> None:
        self.values: list[float] = []

    def add(self, value: float) -> None:
        self.values.append(value)


@frozen
class Mine:
    name: str
    parameters: Mapping[str, int]
    entry: object
    sizes: list[int] = field(factory=list)

    def generate_proposals(self, context: CycleContext) -> list[TradeProposal]:
        found, seen = [], set()
        total = Sum()
        for view in context.instruments:
            total.add(math.sqrt(view.z_score ** 2))
            seen.add(view.symbol)
            found.append(view)
        found.sort(key=lambda view: view.symbol)
        return self.update([evolve(view) for view in found if view.symbol in sorted(seen)])

    def update(self, views: list[object]) -> list[TradeProposal]:
        return []
'''


def told(source: str) -> list[str]:
    return [f"{found.line}: {found.text}" for found in impurities(source)]


def test_plain_computing_is_left_alone() -> None:
    assert told(PURE) == []


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("import time", "imports time: take the time from context.at"),
        ("import os.path", "imports os.path: what a strategy must know goes into its parameters"),
        ("from random import random", "imports random: derive a choice from the snapshot"),
        ("from datetime import datetime", "imports datetime: context.at.utc is the instant"),
        ("import socket", "imports socket: what comes from outside reaches a strategy as its snapshot"),
        ("import httpx", "imports httpx: "),
        ("import numpy as np", "imports numpy: trader247.indicators and statistics are there"),
        ("from trader247.core import cycle", "imports trader247.core: "),
        ("from trader247 import ports", "imports trader247: "),
        ("from trader247.runtime.clock import SystemClock", "imports trader247.runtime.clock: "),
        ("from . import other", "imports from beside itself: a strategy is one file"),
        ("import trader247.model.ids", "imports trader247.model.ids as a whole"),
        ("from math import *", "imports * from math"),
        ("def f():\n    import math", "imports math inside: move it to the top"),
        ("open('x')", "uses open: a strategy reads and writes nothing"),
        ("reader = open", "uses open: "),
        ("eval('1')", "uses eval: write the code out"),
        ("exec('1')", "uses exec: "),
        ("__import__('socket')", "uses __import__: "),
        ("print(1)", "uses print: "),
        ("exit(0)", "uses exit: it would end the daemon; raise a ValueError"),
        ("raise SystemExit", "uses SystemExit: it would end the daemon"),
        ("setattr(f, 'x', 1)", "uses setattr: name the attribute"),
        ("hash('x')", "uses hash: it differs from run to run"),
        ("import statistics\nstatistics.random.random()", "reaches random through statistics"),
        ("().__class__", "uses __class__: "),
        ("__builtins__['open']", "uses __builtins__: "),
        ("object.__setattr__(1, 'x', 2)", "uses __setattr__: "),
        ("async def f(): ...", "waits: a strategy answers at once"),
        ("def f():\n    global x", "keeps x outside its function: return it instead"),
        ("for x in {1, 2}: ...", "goes through a set, whose order differs from run to run: sort it first"),
        ("[x for x in set((1, 2))]", "goes through a set, "),
        ("SEEN = []", "keeps SEEN, which can change: make it a tuple"),
        ("SEEN: dict[str, int] = {}", "keeps SEEN, which can change"),
        ("import collections\nSEEN = collections.deque()", "keeps SEEN, which can change"),
        ("class A:\n    seen = set()", "keeps seen, which can change"),
        ("def f(seen=[]): ...", "has a default that can change and is kept"),
        ("T: Mapping[str, int] = {}\ndef f():\n    T['x'] = 1", "changes T['x'], which outlives the call"),
        ("T: Mapping[str, int] = {}\ndef f():\n    T.update(x=1)", "changes T.update, which outlives the call"),
    ],
)
def test_what_reaches_out_or_remembers_is_named_with_what_to_do(line: str, text: str) -> None:
    number = line.count("\n") + 1
    assert any(found.startswith(f"{number}: {text}") for found in told(line)), told(line)


@pytest.mark.parametrize(
    "line", ["self.count = 1", "self.count += 1", "del self.x", "self.seen.append(1)", "self.seen['x'] = 1"]
)
def test_a_strategy_that_remembers_something_between_calls_is_found(line: str) -> None:
    source = f"class Mine:\n    def generate_proposals(self, context):\n        {line}\n"
    (found,) = told(source)
    assert found.startswith("3: changes self.")
    assert told(source.replace("generate_proposals", "other")) == []  # a helper may keep what it likes


def test_everything_is_told_at_once_by_line() -> None:
    assert [found.line for found in impurities("import os\nimport time\nx = 1\nopen('x')\n")] == [1, 2, 4]
    assert impurities("import os\n") == (Impurity(1, told("import os")[0].partition(": ")[2]),)


def test_what_is_no_python_is_a_syntax_error() -> None:
    with pytest.raises(SyntaxError):
        impurities("def")


def test_imports_are_told_by_their_full_name() -> None:
    assert allowed_import("trader247.model.ids")
    assert not allowed_import("trader247.modelling")
    assert not allowed_import("mathematics")
