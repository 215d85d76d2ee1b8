"""What holds for every tree, every script, every moment of an outer cancel and every schedule.

The numbers are those of the list of invariants in docs/explanation/supervision.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from math import inf
from typing import Any

import pytest
import trio
from attrs import define, evolve, field
from hypothesis import given, note, settings
from hypothesis import strategies as st
from tests.machines import bounded
from tests.runtime.scripted import Life, Stage, Step, virtually

from trader247.runtime.checks import stop_s_max
from trader247.runtime.exits import Exhausted, StartFailed, Stuck
from trader247.runtime.reports import Event
from trader247.runtime.specs import Backoff, Escalate, Group, Limit, Restart, Strategy, Worker

pytestmark = [pytest.mark.req("SUP2", "SUP3"), pytest.mark.slow]

LIVES = st.builds(
    Life,
    init_s=st.sampled_from([0.0, 0.0, 0.1, 1.0, 100.0]),
    init_fails=st.sampled_from([False, False, False, True]),
    lives_s=st.sampled_from([0.0, 0.5, 2.0, inf, inf]),
    end=st.sampled_from(["normal", "shutdown", "crash", "group"]),
    cleanup_s=st.sampled_from([0.0, 0.0, 0.5, 10.0]),
    cleanup_fails=st.sampled_from([False, False, True]),
    ignores_s=st.sampled_from([0.0, 0.0, 0.0, 0.3, 100.0]),
)
BOOTS = st.sampled_from([True] * 9 + [False])
QUIET_LIVES = LIVES.map(lambda life: Life(life.init_s % 100, False, life.lives_s, life.end, life.cleanup_s))
BACKOFF = Backoff(base=0.1, cap=1.0, jitter=0.5, healthy_after=1.5)


@define
class Plan:
    """A drawn tree: its groups are built when it is played, its leaves are named in start order."""

    draw: Any
    lives: st.SearchStrategy[Life]
    stage: Stage = field(factory=Stage)
    leaves: list[str] = field(factory=list)
    groups: int = 0

    def group(self, depth: int) -> Group:
        draw, name = self.draw, f"g{self.groups}"
        self.groups += 1
        children: list[Worker | Group] = []
        for _ in range(draw(st.integers(1, 4 if depth == 0 else 3))):
            deeper = depth < 2 and draw(st.integers(0, 2)) == 0
            children.append(self.group(depth + 1) if deeper else self.leaf())
        return Group(
            name,
            tuple(children),
            draw(st.sampled_from(Strategy)),
            limits=(Limit(draw(st.integers(0, 4)), per=20.0),),
            backoff=BACKOFF,
            exhausted=draw(st.sampled_from(Escalate)),
        )

    def leaf(self) -> Worker:
        self.leaves.append(name := f"w{len(self.leaves)}")
        lives = self.draw(st.lists(self.lives, min_size=1, max_size=3))
        if self.draw(BOOTS):  # or most trees would never get past their boot
            lives[0] = evolve(lives[0], init_s=lives[0].init_s % 0.4, init_fails=False)
        return self.stage.worker(
            name,
            *lives,
            restart=self.draw(st.sampled_from(Restart)),
            start_within=self.draw(st.sampled_from([0.5, 5.0])),
            grace=self.draw(st.sampled_from([0.0, 1.0, 5.0])),
        )


@define
class Played:
    """What came of it."""

    root: Group
    leaves: list[str]
    stage: Stage
    cancelled_at: float
    cancel_seen: bool
    over_at: float
    error: BaseException | None
    stuck: list[tuple[float, tuple[str, ...]]]

    def by_name(self) -> dict[str, list[Step]]:
        steps: dict[str, list[Step]] = defaultdict(list)
        for step in self.stage.steps:
            steps[step.name].append(step)
        return steps


def play(root: Group, leaves: list[str], stage: Stage, cancel_at: float, seed: int) -> Played:
    stuck: list[tuple[float, tuple[str, ...]]] = []

    async def main() -> Played:
        error: BaseException | None = None
        running = stage.run_tree(root, on_stuck=lambda names: stuck.append((trio.current_time(), names)))
        with trio.move_on_at(cancel_at) as scope:
            try:
                await running.run()
            except (Exhausted, StartFailed, Stuck) as known:  # anything else is a failure of the test
                error = known
        return Played(root, leaves, stage, cancel_at, scope.cancelled_caught, trio.current_time(), error, stuck)

    return virtually(main, seed=seed, limit_s=100_000.0)


@st.composite
def played(draw: st.DrawFn, lives: st.SearchStrategy[Life] = LIVES) -> Played:
    plan = Plan(draw, lives)
    root = plan.group(0)
    cancel_at = draw(st.sampled_from([0.0137, 0.1037, 1.0137, 2.0513, 3.3313, 7.0707, 25.0711]))
    seed = draw(st.integers(0, 999))
    note(f"{root}\n{plan.stage.scripts}\ncancel at {cancel_at}, scheduler seed {seed}")
    return play(root, plan.leaves, plan.stage, cancel_at, seed)


def leaves_below(spec: Worker | Group) -> Iterator[Worker]:
    if isinstance(spec, Worker):
        yield spec
    else:
        for child in spec.children:
            yield from leaves_below(child)


EXAMPLES = bounded(100)


@pytest.mark.property(1, 12, 24)
@EXAMPLES
@given(played())
def test_1_12_24__one_life_at_a_time_each_entered_one_is_cleaned_up_once_and_is_over(result: Played) -> None:
    for steps in result.by_name().values():
        whats = [(step.what, step.incarnation) for step in steps]
        for incarnation in {step.incarnation for step in steps}:
            assert whats.count(("enter", incarnation)) == 1
            assert whats.count(("close", incarnation)) == 1
            assert whats.count(("gone", incarnation)) == 1
        entered = [incarnation for what, incarnation in whats if what == "enter"]
        assert entered == sorted(entered)  # one that was told to stop before its first step is made, never entered
        lives = [what for what in whats if what[0] in {"enter", "gone"}]
        assert lives == [(what, incarnation) for incarnation in entered for what in ("enter", "gone")]
    assert not any(result.stage.running_now.values())


@pytest.mark.property(2)
@EXAMPLES
@given(played())
def test_2__no_child_is_entered_at_boot_before_the_one_ahead_of_it_is_ready(result: Played) -> None:
    steps = [(step.what, step.name) for step in result.stage.steps]
    for ahead, following in pairwise(result.leaves):
        if ("enter", following) in steps:
            assert ("ready", ahead) in steps
            assert steps.index(("ready", ahead)) < steps.index(("enter", following))


@pytest.mark.property(3, 10)
@EXAMPLES
@given(played())
def test_3_10__after_an_outer_cancel_no_child_is_entered_and_those_told_are_told_in_reverse(result: Played) -> None:
    steps = result.stage.steps
    assert not [step for step in steps if step.what == "enter" and step.at > result.cancelled_at]
    if result.over_at < result.cancelled_at or result.error is not None:
        return
    assert result.cancel_seen
    late = {(step.name, step.incarnation) for step in steps if step.what == "close" and step.detail == "late"}
    told = [step for step in steps if step.what == "told" and step.at >= result.cancelled_at]
    after = [step.name for step in told if (step.name, step.incarnation) not in late]
    for group in (result.root, *all_groups(result.root)):
        mine = [child.name for child in group.children]
        order = [mine.index(name) for name in after if name in mine]
        assert order == sorted(order, reverse=True)
    if calm(result):
        order = [result.leaves.index(name) for name in after]
        assert order == sorted(order, reverse=True)


def calm(result: Played) -> bool:
    """No group was busy stopping children for its own reasons when the cancel came."""
    busy = any(report.event in {Event.EXHAUSTED, Event.STUCK} for report in result.stage.reports)
    return not busy and all(group.strategy is Strategy.ONE_FOR_ONE for group in (result.root, *all_groups(result.root)))


@pytest.mark.property(4)
@EXAMPLES
@given(played())
def test_4__nothing_but_exhausted_start_failed_and_stuck_leaves_and_strangers_keep_their_incarnation(
    result: Played,
) -> None:
    # what else might leave has failed in play(); a group of independent healthy children never restarts
    restarted = {report.child for report in result.stage.reports if report.event is Event.RESTARTING}
    if not restarted:
        assert all(incarnations == 1 for incarnations in result.stage.lives.values())


@pytest.mark.property(7)
@EXAMPLES
@given(played())
def test_7__no_group_restarts_more_often_than_its_limit_within_its_window(result: Played) -> None:
    def groups(spec: Group) -> Iterator[Group]:
        yield spec
        for child in spec.children:
            if isinstance(child, Group):
                yield from groups(child)

    for group in groups(result.root):
        limit, mine = group.limits[0], {child.name for child in group.children}
        lives: list[list[float]] = [[]]
        for report in result.stage.reports:
            if report.child == group.name and report.event is not Event.STARTED:
                lives.append([])  # this incarnation of the group is over; the next one counts anew
            if report.child in mine and report.event is Event.RESTARTING:
                lives[-1].append(report.at.mono / 1e9)
        for stamps in lives:
            for first in stamps:
                assert sum(first <= stamp <= first + limit.per for stamp in stamps) <= limit.restarts


@pytest.mark.property(11)
@EXAMPLES
@given(played(QUIET_LIVES))
def test_11__told_to_end_takes_at_most_the_grace_and_the_whole_stop_at_most_their_sum(result: Played) -> None:
    graces = {worker.name: worker.grace for worker in leaves_below(result.root)}
    for name, steps in result.by_name().items():
        for step in steps:
            if step.what == "told":
                gone = next(
                    other.at for other in steps if other.what == "gone" and other.incarnation == step.incarnation
                )
                assert gone - step.at <= graces[name] + 1e-6
    assert result.over_at <= result.cancelled_at + stop_s_max(result.root) + 1e-6 or not result.cancel_seen


@pytest.mark.property(13, 15)
@EXAMPLES
@given(played())
def test_13_15__a_failed_boot_and_a_stuck_child_leave_nobody_untold(result: Played) -> None:
    told_stuck = {report.child for report in result.stage.reports if report.event is Event.STUCK}
    if told_stuck:
        assert result.stuck
        at, names = result.stuck[0]
        assert set(names) == told_stuck
        for name, steps in result.by_name().items():
            if name not in names:
                assert max(step.at for step in steps if step.what == "gone") <= at + 1e-6
    else:
        assert not result.stuck


@pytest.mark.property(14)
@EXAMPLES
@given(played())
def test_14__nobody_becomes_ready_later_than_its_deadline(result: Played) -> None:
    within = {worker.name: worker.start_within for worker in leaves_below(result.root)}
    began = {(step.name, step.incarnation): step.at for step in result.stage.steps if step.what == "enter"}
    for report in result.stage.reports:
        if report.event is Event.STARTED and report.child in within:
            begun = began[report.child, report.incarnation]
            assert report.at.mono / 1e9 - begun <= within[report.child] + 1e-6


@pytest.mark.property(22)
@EXAMPLES
@given(played())
def test_22__a_group_that_halts_has_tripped_the_latch_before_any_of_its_children_is_entered_again(
    result: Played,
) -> None:
    for number, report in enumerate(result.stage.reports):
        if report.event is Event.GAVE_UP:
            assert result.stage.halt.tripped is not None
            assert result.stage.halt.tripped.at.mono <= report.at.mono
            later = [other for other in result.stage.reports[number:] if other.event is Event.STARTED]
            group = next(child for child in [result.root, *all_groups(result.root)] if child.name == report.child)
            inside = {worker.name for worker in leaves_below(group)}
            rebuilt = any(other.child == group.name for other in later)
            assert rebuilt or not inside & {other.child for other in later}


def all_groups(spec: Group) -> Iterator[Group]:
    for child in spec.children:
        if isinstance(child, Group):
            yield child
            yield from all_groups(child)


@pytest.mark.property(25)
@settings(max_examples=30, deadline=None)
@given(st.data(), st.integers(0, 999))
def test_25__the_same_seed_gives_the_same_trace(data: st.DataObject, seed: int) -> None:
    plan = Plan(data.draw, LIVES)
    root = plan.group(0)
    first = play(root, plan.leaves, plan.stage, 7.0707, seed)
    trace, reports = list(first.stage.steps), [str(report) for report in first.stage.reports]
    stage = plan.stage
    stage.steps.clear()
    stage.reports.clear()
    stage.lives.clear()
    stage.running_now.clear()
    play(root, plan.leaves, stage, 7.0707, seed)
    assert stage.steps == trace
    assert [str(report) for report in stage.reports] == reports


@pytest.mark.property(8, 9)
@settings(max_examples=60, deadline=None)
@given(restarts=st.integers(0, 8), base=st.floats(0.0, 1.0), factor=st.floats(1.0, 2.0), jitter=st.floats(0, 1))
def test_8_9__a_child_that_always_crashes_at_once_exhausts_its_group_within_the_sum_of_the_delays(
    restarts: int, base: float, factor: float, jitter: float
) -> None:
    stage = Stage()
    backoff = Backoff(base=base, cap=max(base, 5.0), jitter=jitter, factor=factor, healthy_after=60.0)
    group = Group("g", (stage.worker("w", Life(lives_s=0.0)),), limits=(Limit(restarts, per=3600.0),), backoff=backoff)
    with pytest.raises(Exhausted):
        stage.play(group, 4000.0)
    longest = sum(min(5.0, base * factor ** (k - 1)) if base <= 5 else base for k in range(1, restarts))
    assert stage.times("gone", "w")[-1] <= longest + 1e-6
    assert len(stage.times("enter", "w")) == restarts + 1
    delays = [report.delay_s for report in stage.reports if report.event is Event.RESTARTING]
    for k, delay in enumerate(delays):
        full = min(5.0, base * factor ** (k - 1)) if k else 0.0
        assert full * (1 - jitter) - 1e-9 <= delay <= full + 1e-9
