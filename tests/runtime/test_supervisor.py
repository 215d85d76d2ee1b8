"""OTP's supervisor suite, in our words; each test names the case it comes from."""

from __future__ import annotations

from itertools import pairwise

import pytest
import trio
from tests.runtime.scripted import AT_ONCE, FOREVER, Life, Stage, virtually

from trader247.runtime.exits import Exhausted, StartFailed
from trader247.runtime.reports import Event
from trader247.runtime.specs import Backoff, Group, Limit, Restart, Strategy, Worker

pytestmark = pytest.mark.req("SUP2")

CRASH = Life(lives_s=1.0)
MANY = (Limit(1000, per=1e7),)


def group(*children: Worker | Group, strategy: Strategy = Strategy.ONE_FOR_ONE, restarts: int = 1000) -> Group:
    limits = (Limit(restarts, per=3600.0),)
    return Group("g", children, strategy=strategy, limits=limits, backoff=AT_ONCE)


def three(stage: Stage, strategy: Strategy, **lives: tuple[Life, ...]) -> Group:
    """Children c, a, b in this order: not alphabetical."""
    return group(*(stage.worker(name, *lives.get(name, (FOREVER,))) for name in ("c", "a", "b")), strategy=strategy)


# ------------------------------------------------------------------------------------------------------ start and stop
def test_sup_start_normal__a_group_without_children_starts_and_stops_cleanly() -> None:
    stage = Stage()
    stage.play(Group("g"))
    assert stage.reports == []


@pytest.mark.property(2, 3)
def test_order_of_children__they_start_in_the_given_order_and_stop_in_exact_reverse() -> None:
    stage = Stage()
    stage.play(three(stage, Strategy.ONE_FOR_ONE))
    assert stage.names("ready") == ["c", "a", "b"]
    assert stage.names("told") == ["b", "a", "c"]


def test_a_child_is_not_begun_before_the_one_ahead_of_it_is_ready() -> None:
    stage = Stage()
    stage.play(group(stage.worker("slow", Life(init_s=3.0)), stage.worker("next")))
    assert stage.times("enter", "next") == stage.times("ready", "slow") == [3.0]


def test_sup_start_error_return__a_child_that_fails_to_start_stops_the_others_in_reverse_and_is_named() -> None:
    stage = Stage()
    tree = group(stage.worker("a"), stage.worker("b"), stage.worker("bad", Life(init_fails=True)), stage.worker("d"))
    with pytest.raises(StartFailed, match="g / bad did not start: crash: OSError: bad cannot begin") as caught:
        stage.play(tree)
    assert isinstance(caught.value.error, OSError)
    assert stage.names("told") == ["b", "a"]
    assert "d" not in stage.names("enter")
    assert not any(stage.running_now.values())


def test_sup_start_fail__a_factory_that_raises_is_a_child_that_fails_to_start() -> None:
    def make() -> object:
        raise ZeroDivisionError("no parts")

    stage = Stage()
    with pytest.raises(StartFailed, match="ZeroDivisionError: no parts"):
        stage.play(group(stage.worker("a"), Worker("bad", make)))  # type: ignore[arg-type]
    assert stage.names("told") == ["a"]


def test_faulty_application_shutdown__a_boot_failure_deep_in_the_tree_names_the_path_and_carries_the_error() -> None:
    stage = Stage()
    deep = Group("outer", (stage.worker("a"), Group("inner", (stage.worker("bad", Life(init_fails=True)),))))
    with pytest.raises(StartFailed, match="outer / inner / bad did not start: crash: OSError") as caught:
        stage.play(deep)
    assert caught.value.path == ("outer", "inner", "bad")
    assert isinstance(caught.value.error, OSError)


def test_a_child_that_is_not_ready_in_time_counts_as_failed_to_start() -> None:
    stage = Stage()
    with pytest.raises(StartFailed, match="late did not start: late"):
        stage.play(group(stage.worker("late", Life(init_s=20.0), start_within=10.0)))
    assert stage.times("told", "late") == [10.0]


def test_a_child_that_returns_before_it_is_ready_has_failed_to_start() -> None:
    class Hasty:
        async def run(self, ready: object) -> None:
            await trio.lowlevel.checkpoint()

    with pytest.raises(StartFailed, match=r"run\(\) returned before it called ready\(\)"):
        Stage().play(group(Worker("hasty", Hasty)))


def test_sup_stop_timeout__a_polite_child_ends_shutdown_and_a_slow_one_is_cut_at_its_grace() -> None:
    stage = Stage()
    slow, polite = stage.worker("slow", Life(cleanup_s=30.0), grace=2.0), stage.worker("polite", Life(cleanup_s=1.0))
    stage.play(group(slow, polite), 1.0)
    assert stage.events(Event.STOPPED, Event.STOP_FAILED) == [
        ("polite", Event.STOPPED),
        ("slow", Event.STOP_FAILED),
    ]
    assert stage.reports[-1].reason == "killed"
    assert stage.times("cut", "slow") == [1.0 + 1.0 + 2.0]


def test_sup_stop_infinity__a_worker_may_have_all_the_time_it_needs() -> None:
    stage = Stage()
    stage.play(group(stage.worker("patient", Life(cleanup_s=5000.0), grace=float("inf"))), 1.0)
    assert stage.times("gone", "patient") == [5001.0]
    assert stage.events(Event.STOPPED) == [("patient", Event.STOPPED)]


def test_sup_stop_brutal_kill__no_grace_cuts_body_and_cleanup_at_once() -> None:
    stage = Stage()
    stage.play(group(*(stage.worker(f"w{n}", Life(cleanup_s=9.0), grace=0.0) for n in range(10))), 1.0)
    assert {step.at for step in stage.steps if step.what == "gone"} == {1.0}
    assert len(stage.names("close")) == 10


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("restart", Restart)
@pytest.mark.parametrize("end", ["normal", "shutdown", "crash", "group"])
def test_sup_stop_race__children_that_end_while_the_group_stops_do_not_keep_it(
    restart: Restart, end: str, seed: int
) -> None:
    stage = Stage()
    ends = Life(lives_s=1.0, end=end)
    tree = group(
        *(stage.worker(f"w{n}", ends if n % 2 else Life(cleanup_s=0.5), restart=restart) for n in range(6)), restarts=0
    )
    try:
        stage.play(tree, 1.0, seed=seed)
    except Exhausted:
        assert restart is not Restart.TEMPORARY
    assert not any(stage.running_now.values())
    told = [name for name in stage.names("told") if name in {"w0", "w2", "w4"}]
    assert told == ["w4", "w2", "w0"]


# ------------------------------------------------------------------------------------------------------- restart types
@pytest.mark.parametrize("end", ["normal", "shutdown", "crash", "group"])
def test_permanent__always_restarted(end: str) -> None:
    stage = Stage()
    stage.play(group(stage.worker("w", Life(lives_s=1.0, end=end), FOREVER)), 2.0)
    assert stage.names("enter") == ["w", "w"]


@pytest.mark.parametrize(("end", "lives"), [("normal", 1), ("shutdown", 1), ("crash", 2), ("group", 2)])
def test_transient__restarted_only_after_a_crash_and_its_spec_is_kept(end: str, lives: int) -> None:
    stage = Stage()
    w = stage.worker("w", Life(lives_s=1.0, end=end), FOREVER, restart=Restart.TRANSIENT)
    running = stage.play(group(w), 2.0)
    assert len(stage.names("enter")) == lives
    assert [node.name for node in running.snapshot().children] == ["w"]


@pytest.mark.parametrize("end", ["normal", "shutdown", "crash", "group"])
def test_temporary__never_restarted_and_forgotten(end: str) -> None:
    stage = Stage()
    w = stage.worker("w", Life(lives_s=1.0, end=end), FOREVER, restart=Restart.TEMPORARY)
    running = stage.play(group(w), 2.0)
    assert stage.names("enter") == ["w"]
    assert running.snapshot().children == ()
    assert stage.events(Event.FORGOTTEN) == [("w", Event.FORGOTTEN)]


def test_temporary_bystander__killed_by_a_group_restart_it_is_not_restarted_and_costs_no_restart() -> None:
    stage = Stage()
    tree = group(
        stage.worker("w", CRASH, FOREVER),
        stage.worker("t", restart=Restart.TEMPORARY),
        strategy=Strategy.ONE_FOR_ALL,
        restarts=1,
    )
    running = stage.play(tree, 5.0)
    assert stage.names("enter") == ["w", "t", "w"]
    assert [node.name for node in running.snapshot().children] == ["w"]


# ---------------------------------------------------------------------------------------------------------- strategies
def test_one_for_one__siblings_keep_their_incarnation() -> None:
    stage = Stage()
    stage.play(three(stage, Strategy.ONE_FOR_ONE, a=(CRASH, FOREVER)), 3.0)
    assert stage.lives == {"c": 1, "a": 2, "b": 1}


def test_one_for_all__every_sibling_is_replaced_and_no_old_one_is_alive() -> None:
    stage = Stage()
    stage.play(three(stage, Strategy.ONE_FOR_ALL, a=(CRASH, FOREVER)), 3.0)
    assert stage.lives == {"c": 2, "a": 2, "b": 2}
    assert stage.names("told") == ["b", "c", "b", "a", "c"]
    assert stage.names("ready") == ["c", "a", "b", "c", "a", "b"]


def test_rest_for_one__earlier_children_stay_and_later_ones_are_replaced() -> None:
    stage = Stage()
    stage.play(three(stage, Strategy.REST_FOR_ONE, a=(CRASH, FOREVER)), 3.0)
    assert stage.lives == {"c": 1, "a": 2, "b": 2}


@pytest.mark.parametrize("strategy", Strategy)
def test_escalation__one_restart_more_than_allowed_ends_the_group_with_all_its_children(strategy: Strategy) -> None:
    stage = Stage()
    tree = group(stage.worker("a"), stage.worker("w", CRASH), strategy=strategy, restarts=4)
    with pytest.raises(Exhausted, match="g gave up: more than 4 restarts in 3600 s; last was w: crash: RuntimeError"):
        stage.play(tree, 100.0)
    assert stage.names("enter").count("w") == 5
    assert not any(stage.running_now.values())


@pytest.mark.parametrize("strategy", Strategy)
def test_escalation__a_child_whose_restart_keeps_failing_uses_up_the_restarts(strategy: Strategy) -> None:
    stage = Stage()
    tree = group(stage.worker("a"), stage.worker("w", CRASH, Life(init_fails=True)), strategy=strategy, restarts=4)
    with pytest.raises(Exhausted):
        stage.play(tree, 100.0)
    assert stage.names("enter").count("w") == 5
    assert stage.names("told")[-1] == "a"


def test_one_for_all_other_child_fails_restart__what_was_restarted_already_is_stopped_again() -> None:
    stage = Stage()
    tree = three(stage, Strategy.ONE_FOR_ALL, c=(CRASH, FOREVER), b=(FOREVER, Life(init_fails=True), FOREVER))
    stage.play(tree, 3.0)
    assert stage.lives == {"c": 3, "a": 3, "b": 3}
    assert stage.events(Event.RESTARTING) == [("c", Event.RESTARTING), ("b", Event.RESTARTING)]


def test_rest_for_one_other_child_fails_restart__the_retry_begins_at_the_one_that_failed() -> None:
    stage = Stage()
    tree = three(stage, Strategy.REST_FOR_ONE, c=(CRASH, FOREVER), a=(FOREVER, Life(init_fails=True), FOREVER))
    stage.play(tree, 3.0)
    assert stage.lives == {"c": 2, "a": 3, "b": 2}


def test_group_restarts_keep_the_order__stop_reversed_and_start_as_given() -> None:
    stage = Stage()
    stage.play(three(stage, Strategy.ONE_FOR_ALL, c=(CRASH, FOREVER)), 3.0)
    assert stage.names("told")[:2] == ["b", "a"]
    assert stage.names("enter")[3:] == ["c", "a", "b"]


# ----------------------------------------------------------------------------------------------------------- intensity
def test_multiple_restarts__crashes_slower_than_the_window_never_exhaust_it() -> None:
    stage = Stage()
    tree = Group("g", (stage.worker("w", Life(lives_s=10.1)),), limits=(Limit(1, per=10.0),), backoff=AT_ONCE)
    stage.play(tree, 1000.0)
    assert stage.lives["w"] > 90


def test_intensity_0__the_first_failure_is_fatal() -> None:
    stage = Stage()
    with pytest.raises(Exhausted, match="more than 0 restarts"):
        stage.play(group(stage.worker("w", CRASH), restarts=0), 5.0)
    assert stage.lives == {"w": 1}


def test_the_slow_window_catches_what_the_fast_one_lets_pass() -> None:
    stage = Stage()
    limits = (Limit(3, per=10.0), Limit(8, per=1000.0))
    with pytest.raises(Exhausted, match="more than 8 restarts in 1000 s"):
        stage.play(Group("g", (stage.worker("w", Life(lives_s=60.0)),), limits=limits, backoff=AT_ONCE), 5000.0)
    assert stage.lives == {"w": 9}


def test_all_children_share_the_restarts_of_their_group() -> None:
    stage = Stage()
    with pytest.raises(Exhausted):
        stage.play(group(*(stage.worker(f"w{n}", CRASH, FOREVER) for n in range(3)), restarts=2), 5.0)


# ------------------------------------------------------------------------------------------------------------- backoff
def test_the_first_retry_is_at_once_and_later_ones_wait_longer() -> None:
    stage = Stage()
    backoff = Backoff(base=1.0, cap=3.0, jitter=0.0, healthy_after=50.0)
    stage.play(Group("g", (stage.worker("w", CRASH),), limits=MANY, backoff=backoff), 20.0)
    begun = stage.times("enter", "w")
    assert [round(later - earlier - 1.0, 6) for earlier, later in pairwise(begun)][:5] == [0.0, 1.0, 2.0, 3.0, 3.0]


def test_a_child_that_was_up_long_enough_starts_over_at_once() -> None:
    stage = Stage()
    backoff = Backoff(base=5.0, cap=5.0, jitter=0.0, healthy_after=50.0)
    stage.play(Group("g", (stage.worker("w", CRASH, Life(lives_s=60.0), FOREVER),), limits=MANY, backoff=backoff), 99.0)
    assert stage.times("enter", "w") == [0.0, 1.0, 61.0]


def test_a_child_that_waits_for_its_restart_does_not_delay_the_decisions_about_others() -> None:
    stage = Stage()
    backoff = Backoff(base=1000.0, cap=1000.0, jitter=0.0)
    children = (stage.worker("bad", CRASH), stage.worker("w", Life(lives_s=7.0), FOREVER))
    stage.play(Group("g", children, limits=MANY, backoff=backoff), 10.0)
    assert stage.times("enter", "w") == [0.0, 7.0]


def test_dependents_stop_at_once_and_start_after_the_delay() -> None:
    stage = Stage()
    backoff = Backoff(base=4.0, cap=4.0, jitter=0.0)
    children = (stage.worker("w", CRASH, CRASH, FOREVER), stage.worker("dependent"))
    stage.play(Group("g", children, Strategy.REST_FOR_ONE, limits=MANY, backoff=backoff), 9.0)
    assert stage.times("told", "dependent") == [1.0, 2.0, 9.0]
    assert stage.times("enter", "dependent") == [0.0, 1.0, 6.0]


# ---------------------------------------------------------------------------------------------------------------- size
def test_scale__a_thousand_children_start_and_stop_in_order() -> None:
    stage = Stage()
    stage.play(group(*(stage.worker(f"w{n}") for n in range(1000))))
    assert stage.names("told") == stage.names("ready")[::-1]


def test_an_outer_cancel_stops_in_order_and_is_seen_by_the_scope() -> None:
    stage = Stage()
    tree = three(stage, Strategy.ONE_FOR_ONE, a=(Life(cleanup_s=1.0),))

    async def main() -> bool:
        with trio.move_on_after(5) as scope:
            await stage.run_tree(tree).run()
        return scope.cancelled_caught

    assert virtually(main)
    assert stage.names("told") == ["b", "a", "c"]
    assert stage.times("told", "c") == [6.0]
