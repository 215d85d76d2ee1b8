"""Many seeds, all kinds of faults, no violation; and every history that once went wrong, again.

The hours here are few, for every run of the tests; ``make soak`` runs days of them.
"""

from pathlib import Path

import pytest
from tests.config.loadable import SHIPPED

from trader247.drivers.simulation.judging import Asked, Judged, judged
from trader247.drivers.simulation.plan_file import read_replay
from trader247.drivers.simulation.swarm import drawn

pytestmark = [pytest.mark.req("SE4"), pytest.mark.slow]

HOURS = 0.1
SEEDS = 10
FOUND = sorted((Path(__file__).parents[1] / "regressions").glob("*.json"))


def told(verdict: Judged) -> str:
    return "\n".join([*(f"{number}: {text}" for number, text in verdict.violations), verdict.story])


@pytest.mark.parametrize("seed", range(1, SEEDS + 1))
def test_no_invariant_is_violated(seed: int) -> None:
    verdict = judged(Asked(seed, HOURS, drawn(seed, HOURS * 4), SHIPPED))
    assert not verdict.violations, told(verdict)


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.stem)
def test_what_was_found_once_stays_mended(path: Path) -> None:
    replay = read_replay(path)
    verdict = judged(Asked(replay.seed, replay.hours, replay.plan, SHIPPED, tuple(replay.sets), replay.busy))
    assert not verdict.violations, told(verdict)
