"""A strategy that fails in its own process is not noticed by the others: their accepted orders are the same.

Real child processes, and the very daemon of the simulation, on a clock that stands still while a child works.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import trio
from attrs import evolve, frozen
from tests.actors.process_samples import processes
from tests.crashes import life
from tests.runtime.scripted import seeded

from trader247.drivers.simulate import SimulatedDaemon
from trader247.model.policy_strategies import Isolation, ProcessTerms, StrategyTerms
from trader247.runtime.clock import PacedClock
from trader247.runtime.offload import ThreadOffload
from trader247.runtime.snapshot import Node

pytestmark = [pytest.mark.req("SUP5", "SUP3"), pytest.mark.slow]

CYCLES, ORDERS_MIN = 12, 6
PATIENT = ProcessTerms(memory_mb=512, quarantine_after=1_000)
"""So that the bad one is given a process in every cycle."""
APART = StrategyTerms(enabled=True, isolation=Isolation.PROCESS, process=PATIENT)


@frozen
class Life:
    """What is left of one: approvals and fills as the journal has them, alerts, breaches, restarts of actors."""

    approved: list[tuple[int, str]]
    filled: list[tuple[object, ...]]
    alerts: list[str]
    breaches: dict[str, int]
    restarts: int


def lived(folder: Path, *strategies: str, deadline_s: float = 30.0) -> Life:
    """So many cycles of a daemon with these strategies, each in a process of its own."""
    with patch.dict("trader247.strategies.registry.BUILDERS"):  # the strategies are in their processes, not in the box
        config = life.busy()
    config = evolve(
        config,
        strategies=dict.fromkeys(strategies, APART),
        signals=evolve(config.signals, cycle=evolve(config.signals.cycle, proposal_deadline_s=deadline_s)),
    )
    clock = PacedClock(life.START, float("inf"))
    world = life.exchange(1)

    async def main() -> SimulatedDaemon:
        reached = life.venue(world, life.START, 1)
        crew = processes(ThreadOffload(len(strategies), clock.hold))
        async with trio.open_nursery() as outside:
            await outside.start(reached.run)
            async with trio.open_nursery() as inside:
                daemon = SimulatedDaemon(config, folder, reached, 1, disk_s=life.DISK_S, processes=crew)
                await inside.start(daemon.run)
                await trio.sleep(15.0 * CYCLES)
                await daemon.drain()
            outside.cancel_scope.cancel()
        return daemon

    daemon = seeded(lambda: trio.run(main, clock=clock))
    return Life(
        journalled(folder, "risk_approved"),
        sorted(traded(json.loads(body)) for _, body in journalled(folder, "fill_booked")),
        [alert.text for alert in daemon.heard.alerts if alert.key.startswith("strategy")],
        {name: len(conduct.breaches) for name, conduct in daemon.topology.conducts.items()},
        restarts(daemon.running.snapshot()),
    )


def journalled(folder: Path, kind: str) -> list[tuple[int, str]]:
    with closing(sqlite3.connect(folder / "trader247.db")) as books:
        asked = "SELECT at_utc_ns, body FROM journal WHERE kind = ? ORDER BY seq"
        return books.execute(asked, (kind,)).fetchall()


def traded(booked: dict[str, Any]) -> tuple[object, ...]:
    """A fill at the exchange, but for its numbers: of orders sent at one instant either may be counted first."""
    fill, strategy = booked["fill"], booked["order"]["intent"]["strategy"]
    return fill["at"], strategy, *(fill[key] for key in ("symbol", "side", "quantity", "price", "fee"))


def restarts(node: Node) -> int:
    return node.restarts + sum(map(restarts, node.children))


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Life:
    """The two good ones, with nobody beside them."""
    found = lived(tmp_path_factory.mktemp("alone"), "alpha", "beta")
    assert (found.alerts, found.breaches, found.restarts) == ([], {"alpha": 0, "beta": 0}, 0)
    assert min(len(found.approved), len(found.filled)) >= ORDERS_MIN
    assert all(any(f'"strategy":"{name}"' in body for _, body in found.approved) for name in ("alpha", "beta"))
    return found


@pytest.mark.fault("ST-01", "ST-02", "ST-04")
@pytest.mark.parametrize(("bad", "deadline_s"), [("exits", 30.0), ("hoards", 30.0), ("loops", 0.5)])
def test_the_others_orders_are_the_same_with_and_without_a_strategy_that_fails_in_every_cycle(
    tmp_path: Path, alone: Life, bad: str, deadline_s: float
) -> None:
    beside = lived(tmp_path, "alpha", "beta", bad, deadline_s=deadline_s)
    assert beside.approved == alone.approved
    assert beside.filled == alone.filled
    assert beside.breaches.pop(bad) >= CYCLES - 1  # the first cycle waits for the market
    assert beside.breaches == alone.breaches
    assert f"strategy {bad}: its process was killed (1 of 1000 before quarantine)" in beside.alerts[0]
    assert beside.restarts == 0
