"""Hunts every mutant, or those named, and prints which invariant found each and how soon. 1 where one survived.

python -m tests.mutants [NAME ...] [--jobs 2] [--seeds 3]
"""

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed

from tests.mutants.catalogue import MUTANTS
from tests.mutants.sandbox import DIES, HANGS, SEEDS_MAX, Verdict, hunted


def main() -> int:
    """The table, line by line as the verdicts come."""
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seeds", type=int, default=SEEDS_MAX, help="histories tried before a mutant has survived")
    asked = parser.parse_args()
    chosen = [MUTANTS[name] for name in asked.names or MUTANTS]
    verdicts: list[Verdict] = []
    with ThreadPoolExecutor(asked.jobs) as pool:
        for hunt in as_completed(pool.submit(hunted, mutant, asked.seeds) for mutant in chosen):
            verdicts.append(hunt.result())
            print(_line(verdicts[-1]), flush=True)
    survivors = [verdict.mutant for verdict in verdicts if not verdict.killed]
    nothing_shown = [verdict.mutant for verdict in verdicts if set(verdict.by) & {HANGS, DIES}]
    middle = sorted(verdict.seconds for verdict in verdicts)[len(verdicts) // 2]
    print(f"{len(verdicts) - len(survivors)} of {len(verdicts)} killed, {middle:.0f} s in the median")
    if nothing_shown:
        print(f"without a verdict, which shows nothing: {', '.join(nothing_shown)}")
    if survivors:
        print(f"survived, so a check is missing: {', '.join(survivors)}")
    return 1 if survivors or nothing_shown else 0


def _line(verdict: Verdict) -> str:
    by = ", ".join(verdict.by) or "SURVIVED"
    told = f"\n    {verdict.text}" if set(verdict.by) & {HANGS, DIES} else ""
    return f"{verdict.mutant:32} {by:28} {verdict.seconds:6.1f} s  {verdict.about}{told}"


if __name__ == "__main__":
    sys.exit(main())
