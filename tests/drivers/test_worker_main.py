"""What runs inside a strategy's process, in a real one: the strategies in the box, asked over the pipe."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from tests.builders import BTC, RULES
from tests.market_samples import context, view

import trader247
from trader247.config.third_party import ThirdParties
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


THIRD = """
from attrs import frozen
from trader247.strategies.contract import CycleContext, TradeProposal

@frozen
class Terms:
    least: float = 0.5

class Mine:
    def __init__(self, name, parameters: Terms, entry):
        self.name, self.parameters = name, parameters

    def generate_proposals(self, context):
        raise ValueError(f"least is {self.parameters.least}")
"""


@pytest.mark.req("STR5")
def test_a_strategy_from_a_file_is_loaded_inside_the_walls_with_its_own_parameters(
    child: ChildProcess, tmp_path: Path
) -> None:
    (tmp_path / "mine.py").write_text(THIRD)
    third = ThirdParties(tmp_path)
    kind = "path:mine.py:Mine"
    parameters: Any = third.find(kind).parameters
    terms = evolve(TERMS, kind=kind, parameters=parameters(least=0.75))
    setup = Setup(RULES, terms, EntryBounds(), third.third(kind))
    assert ready_in(child.ask(encoded(setup), WIDE_S)).error == ""
    assert answer_in(child.ask(encoded(shown(1)), WIDE_S)).error == "ValueError: least is 0.75"


@pytest.mark.req("STR5")
def test_a_file_that_was_changed_since_the_start_is_not_run(child: ChildProcess, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(THIRD)
    third = ThirdParties(tmp_path)
    kind = "path:mine.py:Mine"
    terms = evolve(TERMS, kind=kind, parameters=third.find(kind).parameters())
    (tmp_path / "mine.py").write_text(THIRD + "\n# another line\n")
    ready = ready_in(child.ask(encoded(Setup(RULES, terms, EntryBounds(), third.third(kind))), WIDE_S))
    assert "was changed since the daemon was started" in ready.error


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
    heavy = {"trio", "httpx", "sqlalchemy", "structlog", "jinja2", "ssl", "subprocess", "asyncio"}
    assert heavy & set(done.stdout.split()) == set()
