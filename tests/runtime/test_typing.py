"""The type checker proves who may send what to whom: each snippet that must not pass, does not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import indent

import pytest

ROOT = Path(__file__).parents[2]

PRELUDE = """
from attrs import frozen
from trader247.model.instant import Moment
from trader247.runtime.actor import Actor, Decider, DeciderActor, Timer
from trader247.runtime.asking import Reply, ask
from trader247.runtime.channels import Mailbox, Sender
from trader247.runtime.clock import Clock
from trader247.runtime.routes import Routes
from trader247.runtime.specs import Worker

@frozen
class Tick: ...
@frozen
class Candle: ...
@frozen
class Place:
    reply: Reply[int]
Market = Tick | Candle

class Echo:
    ready = True
    def start(self, now: Moment) -> list[Tick]:
        return []
    def handle(self, message: Market, now: Moment) -> list[Tick]:
        return []

def make_nothing() -> int:
    return 3
"""

ARGUMENTS = "ticks: Mailbox[Tick], market: Mailbox[Market], orders: Mailbox[Place], clock: Clock"

GOOD = {
    "posting what a mailbox takes": "market.post(Tick())",
    "a wider mailbox is a narrower sender": "sender: Sender[Tick] = market",
    "routes to a wider mailbox": "Routes[Tick]('x').to(Tick, ticks, market)",
    "a decider in its shell": "a: Actor = DeciderActor(Echo(), market, Routes[Tick]('x').to(Tick, ticks), clock)",
    "a worker of that": "Worker('w', lambda: DeciderActor(Echo(), market, Routes[Tick]('x'), clock), inbox=market)",
    "the answer has the type of the reply": "r = Reply[int](); n: int = await ask(orders, Place(r), r, timeout_s=1)",
}

BAD = {
    "posting another message": "ticks.post(Candle())",
    "a narrower mailbox as a wider sender": "sender: Sender[Market] = ticks",
    "routing to the wrong mailbox": "Routes[Tick]('x').to(Tick, orders)",
    "a decider fed from a mailbox of other messages": "DeciderActor(Echo(), orders, Routes[Tick]('x'), clock)",
    "a decider whose output the routes do not know": "DeciderActor(Echo(), market, Routes[Candle]('x'), clock)",
    "a timer that makes another message": (
        "DeciderActor(Echo(), market, Routes[Tick]('x'), clock, (Timer(lambda now: 'x', 1.0),))"
    ),
    "an actor factory that makes none": "Worker('w', make_nothing)",
    "an answer of another type": "r = Reply[int](); s: str = await ask(orders, Place(r), r, timeout_s=1)",
    "a reply answered with another type": "Reply[int]().answer('x')",
    "an ask that is not awaited": "r = Reply[int](); ask(orders, Place(r), r, timeout_s=1)",
}


@pytest.mark.req("SUP1")
@pytest.mark.slow
def test_who_may_send_what_to_whom_is_checked_before_anything_runs(tmp_path: Path) -> None:
    lines = PRELUDE.splitlines()
    bad_at: dict[int, str] = {}
    for number, (title, code) in enumerate((GOOD | BAD).items()):
        lines.append(f"async def case_{number}({ARGUMENTS}) -> None:")
        lines.extend(indent(code.replace("; ", "\n"), "    ").splitlines())
        if title in BAD:
            bad_at[len(lines)] = title
    snippet = tmp_path / "snippet.py"
    snippet.write_text("\n".join(lines) + "\n")
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", ROOT / "pyproject.toml", "--cache-dir", tmp_path, snippet],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    found = {int(line.split(":")[1]) for line in checked.stdout.splitlines() if ": error:" in line}
    assert found == set(bad_at), checked.stdout + checked.stderr
