"""The same strategy on the same market through this backtest and through other people's, side by side.

Run ``python benchmarks/backtest_peers.py [rounds]``. Engines take turns within a round, each in a process and an
environment of its own (``make peers`` builds them; one that is missing is skipped and says so). Rates are items per CPU
second of the run alone, without imports and reading; the best round counts. The plain loop is the truth: an engine that
makes other trades is marked, whatever its speed. Its own time is the floor of what the machine can do. trader247 asks
its strategies once a cycle, at most once a second, so it has no row among the quotes.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

TOP = Path(__file__).resolve().parents[1]
PEERS = TOP / ".venv" / "peers"


class Engine(NamedTuple):
    """``python``: its interpreter. ``data``: what it is measured on."""

    name: str
    module: str
    python: Path
    data: tuple[str, ...]


ENGINES = (
    Engine("plain loop", "plain_loop", Path(sys.executable), ("bars", "quotes")),
    Engine("trader247", "ours", Path(sys.executable), ("bars",)),
    Engine("nautilus_trader", "nautilus", PEERS / "nautilus" / "bin" / "python", ("bars", "quotes")),
    Engine("backtesting.py", "backtesting_py", PEERS / "backtesting" / "bin" / "python", ("bars",)),
)


def measured(engine: Engine, kind: str, folder: Path) -> dict[str, Any]:
    """One run's answer; ``{"skipped": why}`` where there is none."""
    if not engine.python.exists():
        return {"skipped": "not installed: run `make peers`"}
    command = [str(engine.python), "-m", f"benchmarks.peers.{engine.module}", kind, str(folder / f"{kind}.csv")]
    path = os.pathsep.join((str(TOP), str(TOP / "src")))
    done = subprocess.run(
        command, cwd=TOP, env={"PYTHONPATH": path}, capture_output=True, text=True, check=False, timeout=900
    )
    if done.returncode:
        return {"skipped": f"failed: {(done.stderr.strip().splitlines() or ['no word'])[-1][:90]}"}
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def best(answers: list[dict[str, Any]]) -> dict[str, Any]:
    """The round that took the least CPU."""
    good = [answer for answer in answers if "skipped" not in answer]
    return min(good, key=lambda answer: answer["cpu_s"]) if good else answers[0]


def table(kind: str, found: dict[str, dict[str, Any]]) -> None:
    """Rates, and each as a multiple of nautilus_trader's."""
    truth = found["plain loop"]
    peer = found["nautilus_trader"]
    measure = peer["items"] / peer["cpu_s"] if "skipped" not in peer else None
    print(
        f"\n{truth['items']:,} {kind:22} {'per CPU s':>12} {'x nautilus':>11} {'trades':>7} {'equity':>14} {'MiB':>6}"
    )
    for name, answer in found.items():
        if "skipped" in answer:
            print(f"{name:30} {answer['skipped']}")
            continue
        rate = answer["items"] / answer["cpu_s"]
        times = f"{rate / measure:.2f}" if measure else "-"
        wrong = "" if answer["trades"] == truth["trades"] else "  other trades than the truth"
        equity = f"{answer['equity']:,.2f}"
        print(f"{name:30} {rate:12,.0f} {times:>11} {answer['trades']:7} {equity:>14} {answer['peak_mb']:6.0f}{wrong}")


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    turns = random.Random(247)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        market = [sys.executable, "-m", "benchmarks.peers.market", name]
        subprocess.run(market, cwd=TOP, env={"PYTHONPATH": str(TOP)}, check=True, timeout=300)
        for kind in ("bars", "quotes"):
            engines = [engine for engine in ENGINES if kind in engine.data]
            answers: dict[str, list[dict[str, Any]]] = {engine.name: [] for engine in engines}
            for _ in range(rounds):
                for engine in turns.sample(engines, len(engines)):
                    answers[engine.name].append(measured(engine, kind, folder))
            table(kind, {name: best(each) for name, each in answers.items()})


if __name__ == "__main__":
    main()
