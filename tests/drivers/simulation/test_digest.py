"""One number for a history: the same seed gives it in every process, whatever Python hashes by and what ran before."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.config.loadable import SHIPPED

pytestmark = [pytest.mark.req("SE4"), pytest.mark.slow]

SEEDS = 20
MINUTES = 0.5

SCRIPT = """
import sys
from pathlib import Path
from trader247.drivers.simulation.judging import Asked, judged
from trader247.drivers.simulation.swarm import drawn
first, seeds, hours = int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
turn = int(sys.argv[5])
order = [(first + (at * 7 + turn * 3) % seeds) for at in range(seeds)]
found = {seed: judged(Asked(seed, hours, drawn(seed, hours * 20), Path(sys.argv[1]))).digest for seed in order}
for seed in sorted(found):
    print(seed, found[seed])
"""


def digests(turn: int) -> str:
    """All seeds in one process, in another order each time: a history must not depend on the one before it."""
    place = os.environ | {"PYTHONHASHSEED": str(turn + 1), "PYTHONPATH": os.pathsep.join(sys.path)}
    asked = [str(SHIPPED), "1", str(SEEDS), str(MINUTES / 60), str(turn)]
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *asked], env=place, capture_output=True, text=True, timeout=400, check=True
    )
    return done.stdout


@pytest.mark.timeout(420)
def test_twenty_seeds_have_the_same_digests_in_three_processes_with_other_hashes_and_in_another_order() -> None:
    with ThreadPoolExecutor(2) as pool:
        first, second, third = pool.map(digests, range(3))
    assert first == second == third
    assert len({line.split()[1] for line in first.splitlines()}) == SEEDS
