"""How much simulated time a second of one core buys, and where the time goes.

Run ``python benchmarks/simulation.py [hours]``. Two histories, one without faults and one of the swarm's; CPU time,
without the imports. Then a third under the profiler, by layer: its own time per package, in percent.
"""

import cProfile
import pstats
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import trader247
from trader247.config.folder import shipped_folder
from trader247.drivers.simulation.judging import Asked, Judged, judged
from trader247.drivers.simulation.plan import Plan
from trader247.drivers.simulation.swarm import drawn

HOURS = 0.25
SEED = 1
PACKAGE = str(Path(trader247.__file__).parent)


def timed(plan: Plan, hours: float) -> tuple[Judged, float]:
    began = time.process_time()
    verdict = judged(Asked(SEED, hours, plan, shipped_folder()))
    return verdict, time.process_time() - began


def layer_of(place: str) -> str:
    if place.startswith(PACKAGE):
        parts = Path(place).relative_to(PACKAGE).parts
        return "trader247/" + "/".join(parts[:2] if parts[0] in {"drivers", "venues"} else parts[:1])
    if "site-packages/" in place:
        return place.partition("site-packages/")[2].partition("/")[0]
    return "python" if place != "~" else "built in"


def main() -> None:
    hours = float(sys.argv[1]) if len(sys.argv) > 1 else HOURS
    judged(Asked(SEED, 0.01, Plan(), shipped_folder()))  # what is imported and cached once
    for name, plan in (("quiet", Plan()), ("swarm", drawn(SEED, hours))):
        verdict, cpu_s = timed(plan, hours)
        print(
            f"{name}: {hours / cpu_s:.3f} simulated hours per CPU second ({cpu_s / hours:.1f} s per hour); "
            f"{sum(verdict.faults.values())} faults, {verdict.orders} orders, {verdict.calls} requests"
        )
    profile = cProfile.Profile()
    profile.enable()
    judged(Asked(SEED, hours, Plan(), shipped_folder()))
    profile.disable()
    stats: dict[Any, Any] = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    spent: Counter[str] = Counter()
    for (place, _, _), (_, _, own_s, _, _) in stats.items():
        spent[layer_of(place)] += own_s
    total = sum(spent.values())
    for layer, own_s in spent.most_common(16):
        print(f"  {layer:<32}{100 * own_s / total:6.1f} %")


if __name__ == "__main__":
    main()
