"""Runs a mutant: a copy of the source with the defect in it, and a child that simulates with nothing but the copy."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree

from attrs import frozen
from tests.mutants.mutant import SOURCE, Mutant, mutated

__all__ = ["Verdict", "hunted", "sandbox"]

TOP = SOURCE.parents[1]
HISTORY_S_MAX = 180.0
"""A history of a few minutes takes seconds; a mutant that hangs is found by that, and not waited for."""

SEEDS_MAX = 3
"""Histories tried before a mutant has survived: what three of its own plan do not find is not looked for."""

HANGS = "hangs"
DIES = "dies"


@frozen
class Verdict:
    """What became of a mutant. ``by``: the broken invariants, or why no verdict was reached; empty: it survived."""

    mutant: str
    about: str
    by: tuple[str, ...]
    seconds: float
    text: str = ""

    @property
    def killed(self) -> bool:
        """Whether something was found."""
        return bool(self.by)


@contextmanager
def sandbox(mutant: Mutant | None) -> Iterator[Path]:
    """A folder with source, configuration and migrations, the mutant's defect in it; gone afterwards.

    Compiled files are copied with their times, so that only what was edited is compiled anew.
    """
    with tempfile.TemporaryDirectory(prefix="mutant-") as name:
        folder = Path(name)
        copytree(SOURCE, folder / "src" / "trader247")
        for beside in ("config", "migrations"):
            copytree(TOP / beside, folder / beside)
        for path, text in mutated(mutant, SOURCE).items() if mutant is not None else ():
            (folder / "src" / "trader247" / path).write_text(text, encoding="utf-8")
        yield folder


def hunted(mutant: Mutant, seeds_max: int = SEEDS_MAX) -> Verdict:
    """Simulate seed after seed until one history breaks an invariant that it does not break without the defect."""
    began = time.monotonic()
    with sandbox(mutant) as folder, sandbox(None) as sound:
        for seed in mutant.seeds[:seeds_max]:
            broken, text = _simulated(mutant, seed, folder)
            if not broken:
                continue
            took_s = time.monotonic() - began
            beside, why = _simulated(mutant, seed, sound)
            if {DIES, HANGS} & set(beside):
                return Verdict(mutant.name, mutant.about, beside, took_s, f"so does the source without it: {why}")
            if by := tuple(number for number in broken if number not in beside):
                return Verdict(mutant.name, mutant.about, by, took_s, text)
    return Verdict(mutant.name, mutant.about, (), time.monotonic() - began)


def _simulated(mutant: Mutant, seed: int, folder: Path) -> tuple[tuple[str, ...], str]:
    plan = folder / "plan.json"
    plan.write_text(json.dumps(mutant.replay(seed)), encoding="utf-8")
    keep = folder / "kept"
    keep.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "trader247", "simulate", "--replay", str(plan), "--json", "--jobs", "1"]
    command += ["--config", str(folder / "config"), "--keep", str(keep)]
    place = {"PYTHONPATH": str(folder / "src"), "PATH": ""}
    try:
        done = subprocess.run(
            command, cwd=folder, env=place, capture_output=True, text=True, check=False, timeout=HISTORY_S_MAX
        )
    except subprocess.TimeoutExpired:
        return (HANGS,), f"no verdict after {HISTORY_S_MAX:.0f} s"
    try:
        told = json.loads(done.stdout)
    except ValueError:
        return (DIES,), done.stderr[-2000:]
    found = [violation for history in told["histories"] for violation in history["violations"]]
    return tuple(sorted({each["invariant"] for each in found})), "; ".join(each["text"] for each in found)[:300]
