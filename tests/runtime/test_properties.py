"""The twenty-five properties of supervision: each is shown by a test that bears its number; here are those left over.

The numbers are those of the list of invariants in docs/explanation/supervision.md. A test claims one with
``@pytest.mark.property(n)``; what it draws, it draws with the schedule.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from math import inf
from pathlib import Path

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from tests.runtime.scripted import AT_ONCE, FOREVER, Life, Stage
from tests.runtime.test_invariants import EXAMPLES, Played, leaves_below, played

from trader247.runtime.halt import IsHalted
from trader247.runtime.reports import Event
from trader247.runtime.running import Running
from trader247.runtime.specs import Backoff, Group, Limit, Restart, Strategy

HERE = Path(__file__).parent
PROMISED = HERE.parents[1] / "docs" / "explanation" / "supervision.md"
SEEDS = st.integers(0, 999)
PLENTY = (Limit(1000, per=1e6),)

pytestmark = [pytest.mark.req("SUP2", "SUP3"), pytest.mark.slow]


def claimed() -> Iterator[int]:
    """Every number in a ``pytest.mark.property`` of this folder."""
    for path in sorted(HERE.glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.property":
                yield from (int(ast.unparse(argument)) for argument in node.args)


def test_each_promised_property_is_claimed_by_a_test() -> None:
    promised = [int(number) for number in re.findall(r"^(\d+)\. ", PROMISED.read_text(), re.MULTILINE)]
    assert promised == list(range(1, 26))
    assert set(claimed()) == set(promised)


@pytest.mark.property(5)
@EXAMPLES
@given(played())
def test_each_end_is_followed_by_what_the_restart_table_says(result: Played) -> None:
    kinds = {worker.name: worker.restart for worker in leaves_below(result.root)}
    for report in result.stage.reports:
        restart = kinds.get(report.child)
        if restart is None:
            continue
        good = report.reason.partition(":")[0] in {"normal", "shutdown"}
        match report.event:
            case Event.RESTARTING:
                assert restart is Restart.PERMANENT or (restart is Restart.TRANSIENT and not good)
            case Event.FORGOTTEN:
                assert restart is Restart.TEMPORARY
            case Event.ENDED if report.at.mono < result.cancelled_at * 1e9 and result.error is None:
                assert restart is Restart.TRANSIENT
                assert good


@pytest.mark.property(6)
@EXAMPLES
@given(
    strategy=st.sampled_from(Strategy),
    kinds=st.lists(st.sampled_from(Restart), min_size=1, max_size=5),
    at=st.integers(0, 4),
    seed=SEEDS,
)
def test_a_crash_replaces_exactly_those_the_strategy_names(
    strategy: Strategy, kinds: list[Restart], at: int, seed: int
) -> None:
    at %= len(kinds)
    kinds[at] = Restart.PERMANENT
    stage = Stage()
    children = tuple(
        stage.worker(f"w{number}", *((Life(lives_s=1.0), FOREVER) if number == at else ()), restart=kind)
        for number, kind in enumerate(kinds)
    )
    stage.play(Group("g", children, strategy, limits=PLENTY, backoff=AT_ONCE), 5.0, seed=seed)
    hit = {
        Strategy.ONE_FOR_ONE: {at},
        Strategy.REST_FOR_ONE: set(range(at, len(kinds))),
        Strategy.ONE_FOR_ALL: set(range(len(kinds))),
    }[strategy]
    for number, kind in enumerate(kinds):
        replaced = number in hit and kind is not Restart.TEMPORARY
        assert stage.lives[f"w{number}"] == 1 + replaced
    forgotten = [f"w{number}" for number in hit if kinds[number] is Restart.TEMPORARY]
    assert sorted(child for child, _ in stage.events(Event.FORGOTTEN)) == sorted(forgotten)


@pytest.mark.property(12)
@EXAMPLES
@given(
    end=st.sampled_from(["normal", "shutdown", "crash", "group"]),
    lives_s=st.sampled_from([0.5, inf]),
    cleanup_s=st.sampled_from([0.0, 0.9, 1.1, 30.0]),
    fails=st.booleans(),
    seed=SEEDS,
)
def test_a_cleanup_is_told_the_truth_has_its_grace_and_hides_no_reason(
    end: str, lives_s: float, cleanup_s: float, fails: bool, seed: int
) -> None:
    stage = Stage()
    life = Life(lives_s=lives_s, end=end, cleanup_s=cleanup_s, cleanup_fails=fails)
    worker = stage.worker("w", life, restart=Restart.TEMPORARY, grace=1.0)
    stage.play(Group("g", (worker,), limits=PLENTY), 4.0, seed=seed)
    (closed,) = [step for step in stage.steps if step.what == "close"]
    (gone,) = stage.times("gone", "w")
    assert closed.detail == ("shutdown" if lives_s == inf else {"group": "crash"}.get(end, end))
    assert gone - closed.at == pytest.approx(min(cleanup_s, 1.0))
    assert (stage.names("cut") == ["w"]) == (cleanup_s > 1.0)
    if lives_s != inf and end in {"crash", "group"}:
        (report,) = [report for report in stage.reports if report.event is Event.FORGOTTEN]
        assert "w broke" in report.reason


@pytest.mark.property(16)
@EXAMPLES
@given(shape=st.lists(st.integers(1, 3), min_size=1, max_size=3), who=SEEDS, at=st.sampled_from([0.0, 1.0]), seed=SEEDS)
def test_an_interrupt_in_any_child_ends_the_tree_in_order_and_is_raised(
    shape: list[int], who: int, at: float, seed: int
) -> None:
    stage = Stage()
    names = [f"w{number}" for number in range(sum(shape))]
    struck, left = names[who % len(names)], iter(names)
    groups = tuple(
        Group(
            f"g{number}",
            tuple(
                stage.worker(name, Life(lives_s=at, end="interrupt") if name == struck else FOREVER)
                for name in (next(left) for _ in range(size))
            ),
            limits=PLENTY,
        )
        for number, size in enumerate(shape)
    )
    with pytest.raises(KeyboardInterrupt):
        stage.play(Group("root", groups, limits=PLENTY), 9.0, seed=seed)
    begun = [name for name in names if name in stage.lives]
    assert set(stage.lives.values()) == {1}
    assert struck in begun
    # as in OTP: a supervisor that is lost stops its own before anybody above hears of it
    own = next(group for group in groups if struck in {child.name for child in group.children})
    inside = [child.name for child in own.children]
    first, then = ([name for name in reversed(begun) if (name in inside) == same] for same in (True, False))
    assert stage.names("told") == [name for name in (*first, *then) if name != struck]
    assert not any(stage.running_now.values())


@pytest.mark.property(17)
@EXAMPLES
@given(
    lives=st.lists(st.sampled_from([0.0, 0.3, 0.5, 1.0, 7.0, inf]), min_size=2, max_size=5),
    base=st.sampled_from([0.5, 5.0]),
    seed=SEEDS,
)
def test_a_crash_is_decided_in_the_moment_it_happens_whoever_else_waits_for_a_restart(
    lives: list[float], base: float, seed: int
) -> None:
    stage = Stage()
    children = tuple(stage.worker(f"w{number}", Life(lives_s=lives_s)) for number, lives_s in enumerate(lives))
    backoff = Backoff(base=base, cap=30.0, jitter=0.5)
    stage.play(Group("g", children, limits=PLENTY, backoff=backoff), 60.0, seed=seed)
    decided = {
        (report.child, report.incarnation, round(report.at.mono / 1e9, 6))
        for report in stage.reports
        if report.event is Event.RESTARTING
    }
    crashed = {(step.name, step.incarnation) for step in stage.steps if step.what == "end"}
    gone = {
        (step.name, step.incarnation, round(step.at, 6))
        for step in stage.steps
        if step.what == "gone" and (step.name, step.incarnation) in crashed
    }
    assert gone == decided


@pytest.mark.property(21)
@EXAMPLES
@given(depth=st.integers(0, 300), seed=SEEDS)
def test_a_halt_is_in_force_at_once_however_much_waits(depth: int, seed: int) -> None:
    stage = Stage()
    refused: list[float] = []

    async def scene(running: Running) -> None:
        async with trio.open_nursery() as nursery:
            for _ in range(depth):
                nursery.start_soon(trio.sleep, 1.0)
            await trio.sleep(0.5)
            halted = stage.halt.trip("first", by="a")
            assert stage.halt.trip("second", by="b") is halted
            try:
                stage.halt.check()
            except IsHalted:
                refused.append(trio.current_time())
            running.inject_crash("w", RuntimeError("after it"))
            await trio.sleep(1.0)
        assert stage.halt.tripped is halted, "a restart clears nothing"

    stage.play(Group("g", (stage.worker("w"),), limits=PLENTY, backoff=AT_ONCE), scene, seed=seed)
    assert refused == [0.5]
    assert stage.lives == {"w": 2}


@pytest.mark.property(24)
@EXAMPLES
@given(played())
def test_there_is_one_report_for_each_begin_and_each_end_and_their_numbers_never_go_back(result: Played) -> None:
    last: dict[str, int] = {}
    for report in result.stage.reports:
        assert report.incarnation >= last.get(report.child, 0)
        last[report.child] = report.incarnation
    for worker in leaves_below(result.root):
        self_ready = {
            step.incarnation for step in result.stage.steps if (step.what, step.name) == ("ready", worker.name)
        }
        mine = [report for report in result.stage.reports if report.child == worker.name]
        started = [report.incarnation for report in mine if report.event is Event.STARTED]
        assert len(started) == len(set(started))
        assert set(started) <= self_ready
        stopped = {report.incarnation for report in mine if report.event is Event.STOPPED}
        ends = [
            report.incarnation
            for report in mine
            # that a stopped child was a temporary one is told after its end, and is no second one
            if report.event in _ENDS and not (report.event is Event.FORGOTTEN and report.incarnation in stopped)
        ]
        assert len(ends) == len(set(ends)), [str(report) for report in mine]


_ENDS = {Event.RESTARTING, Event.ENDED, Event.FORGOTTEN, Event.STOPPED}
