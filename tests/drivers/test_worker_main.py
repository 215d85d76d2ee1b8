"""What runs inside a strategy's process, in a real one: the strategies in the box, asked over the pipe."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import evolve
from tests.builders import BTC, RULES
from tests.market_samples import context, view

import trader247
from trader247.drivers.worker_main import ENTRY
from trader247.messages.trading import CycleContext
from trader247.messages.worker_wire import Ready, Setup, answer_in, encoded, ready_in
from trader247.model.ids import CycleId
from trader247.model.policy import EntryBounds
from trader247.model.policy_strategies import Isolation, ProcessTerms, RulesParameters, StrategyTerms
from trader247.model.signals import Trigger, TriggerKind
from trader247.runtime.child_process import ChildLost, ChildProcess, environment, interpreter
from trader247.strategies.rules_baseline import RulesBaseline

pytestmark = pytest.mark.req("SUP5", "STR1")

WIDE_S = 30.0
SOURCE = str(Path(trader247.__file__ or "").parent.parent)
TERMS = StrategyTerms(enabled=True, isolation=Isolation.PROCESS, process=ProcessTerms(memory_mb=256))
SETUP = Setup(RULES, TERMS, EntryBounds())


@pytest.fixture
def child() -> Iterator[ChildProcess]:
    made = ChildProcess(interpreter([SOURCE], ENTRY), environment(os.environ))
    made.begin()
    yield made
    made.end()


def shown(number: int) -> CycleContext:
    """A snapshot on which the baseline acts."""
    fired = Trigger(BTC, TriggerKind.BREAKOUT, 0.9, 0.9, 3.0, "broke out")
    return evolve(context(view(BTC), triggers=(fired,)), cycle=CycleId(f"00c0ffee00-c{number}"))


def test_the_baseline_wishes_in_a_process_exactly_what_it_wishes_inline(child: ChildProcess) -> None:
    assert isinstance(TERMS.parameters, RulesParameters)
    inline = RulesBaseline(RULES, TERMS.parameters, EntryBounds())
    ready = ready_in(child.ask(encoded(SETUP), WIDE_S))
    assert ready.error == ""
    for number in (1, 2, 3):
        answer = answer_in(child.ask(encoded(shown(number)), WIDE_S))
        assert answer.cycle == f"00c0ffee00-c{number}"
        assert list(answer.proposals) == inline.generate_proposals(shown(number)) != []


def test_its_end_of_input_is_its_end(child: ChildProcess) -> None:
    child.ask(encoded(SETUP), WIDE_S)
    child.end()
    assert child._process is not None
    assert child._process.returncode == 0


def test_what_cannot_be_built_says_why_and_ends(child: ChildProcess) -> None:
    ready = ready_in(child.ask(encoded(evolve(SETUP, terms=evolve(TERMS, kind="clairvoyant"))), WIDE_S))
    assert ready.error == "KeyError: 'clairvoyant'"
    with pytest.raises(ChildLost, match="it ended with code 1"):
        child.ask(encoded(shown(1)), WIDE_S)


def test_all_its_walls_stand_where_the_kernel_has_them(child: ChildProcess) -> None:
    ready = ready_in(child.ask(encoded(SETUP), WIDE_S))
    assert isinstance(ready, Ready)
    assert all("(" in reason for reason in ready.loose)  # each says what the kernel answered


def test_nothing_heavy_is_imported_so_that_it_is_up_at_once() -> None:
    code = "import sys, trader247.drivers.worker_main; print(*sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONPATH": SOURCE}
    )
    heavy = {"trio", "httpx", "sqlalchemy", "structlog", "jinja2", "ssl", "socket", "subprocess", "asyncio"}
    assert heavy & set(done.stdout.split()) == set()
