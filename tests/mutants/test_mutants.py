"""Deliberate defects fit the source they were written for, and the simulation finds them."""

import pytest
from tests.mutants.caps import CAPS
from tests.mutants.catalogue import MUTANTS
from tests.mutants.guards import GUARDS
from tests.mutants.mutant import SOURCE, Edit, Patched, mutated
from tests.mutants.orders import ORDERS
from tests.mutants.sandbox import DIES, HANGS, hunted, sandbox
from tests.mutants.told import TOLD

from trader247.drivers.simulation.configuring import loaded_for
from trader247.drivers.simulation.plan_file import plan_of

pytestmark = pytest.mark.req("SE4")

QUICK = ("dedupe_off", "no_asset_cap", "kill_file_ignored")
"""One each for identity, caps and halts. `make mutants` hunts them all."""


def test_there_is_one_mutant_per_dangerous_fault_and_each_has_a_name_of_its_own() -> None:
    assert len(MUTANTS) == len(CAPS) + len(GUARDS) + len(ORDERS) + len(TOLD) >= 40
    assert all(mutant.about for mutant in MUTANTS.values())


@pytest.mark.parametrize("name", MUTANTS)
def test_every_patch_still_fits_exactly_once_and_is_still_python(name: str) -> None:
    texts = mutated(MUTANTS[name], SOURCE)
    for path, text in texts.items():
        assert text != (SOURCE / path).read_text(encoding="utf-8")
        compile(text, path, "exec")


def test_every_plan_and_every_override_is_one_that_the_simulation_takes() -> None:
    for overrides, busy in {(mutant.sets, mutant.busy): None for mutant in MUTANTS.values()}:
        loaded_for(SOURCE.parents[1] / "config", overrides, busy=busy)
    for mutant in MUTANTS.values():
        assert len(plan_of(mutant.replay(1)["plan"], mutant.name).faults) == len(mutant.faults)


@pytest.mark.parametrize("text", ["nothing of it", "old and old"])
def test_a_patch_that_fits_nowhere_or_twice_is_refused(text: str) -> None:
    with pytest.raises(Patched, match="once is meant"):
        Edit("x.py", "old", "new").of(text)


def test_the_source_itself_is_never_touched() -> None:
    before = (SOURCE / "core" / "ledger.py").read_text(encoding="utf-8")
    with sandbox(MUTANTS["dedupe_off"]) as folder:
        assert (folder / "src" / "trader247" / "core" / "ledger.py").read_text(encoding="utf-8") != before
    assert not folder.exists()
    assert (SOURCE / "core" / "ledger.py").read_text(encoding="utf-8") == before


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", QUICK)
def test_the_simulation_finds_it(name: str) -> None:
    verdict = hunted(MUTANTS[name])
    assert verdict.killed, f"{name} survived: {verdict.about}"
    assert not set(verdict.by) & {HANGS, DIES}, verdict.text
