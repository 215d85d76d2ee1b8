"""The supervision tree on one page: its shape, and a tiny real one that gives up half of itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import trio
from tests.runtime.scripted import FOREVER, Life, ScriptedActor, Stage

from trader247.actors.roster import Desk, roster
from trader247.runtime.checks import check_tree, stop_s_max
from trader247.runtime.exits import Exhausted
from trader247.runtime.running import Running
from trader247.runtime.specs import Escalate, Group, Limit, Strategy, Worker

pytestmark = pytest.mark.req("SUP1", "SUP2")

SAFETY = (
    "journal",
    "alerter",
    "permit_desk",
    "order_gateway",
    "order_manager",
    "user_feed",
    "reconciler",
    "kill_switch",
    "web_face",
)
TRADING = ("clock_guard", "market_feed", "cycle", "risk_arbiter")
LIMITS = (Limit(5, per=30.0), Limit(20, per=21_600.0))
CRASH = Life(lives_s=1.0)


def desks(stage: Stage, *strategies: str, **lives: Life) -> dict[str, Desk]:
    def desk(name: str) -> Desk:
        stage.scripts[name] = (lives.get(name, FOREVER),)
        return Desk(lambda: ScriptedActor(stage, name))

    return {name: desk(name) for name in ("exchange", *SAFETY, *TRADING, *strategies)}


def tree(stage: Stage, *strategies: str, **lives: Life) -> Group:
    return roster(desks(stage, *strategies, **lives), strategies, LIMITS)


def workers(spec: Worker | Group) -> Iterator[str]:
    if isinstance(spec, Worker):
        yield spec.name
    else:
        for child in spec.children:
            yield from workers(child)


@pytest.mark.parametrize("count", [0, 1, 3, 50])
def test_the_tree_can_do_what_it_says_however_many_strategies_there_are(count: int) -> None:
    names = tuple(f"strategy:{number}" for number in range(count))
    check_tree(tree(Stage(), *names))


def test_reading_order_is_start_order_and_trust_order() -> None:
    made = tree(Stage(), "strategy:a", "strategy:b")
    assert tuple(workers(made)) == ("exchange", *SAFETY, *TRADING, "strategy:a", "strategy:b")
    world, safety, trading = made.children
    assert (world.name, safety.name, trading.name) == ("exchange", "safety", "trading")
    assert isinstance(safety, Group)
    assert isinstance(trading, Group)
    assert (safety.strategy, trading.strategy) == (Strategy.ONE_FOR_ONE, Strategy.REST_FOR_ONE)
    assert (safety.exhausted, trading.exhausted, made.exhausted) == (Escalate.EXIT, Escalate.HALT, Escalate.EXIT)


def test_without_an_embedded_exchange_or_a_face_the_rest_is_the_same() -> None:
    some = desks(Stage())
    del some["exchange"]
    del some["web_face"]
    assert tuple(workers(roster(some, (), LIMITS))) == (*SAFETY[:-1], *TRADING)


@pytest.mark.req("STR5")
def test_the_intake_of_signals_is_there_where_a_strategy_takes_them_and_trusted_as_little_as_one() -> None:
    some = desks(Stage(), "strategy:a", "signal_intake")
    assert tuple(workers(roster(some, ("strategy:a",), LIMITS)))[-2:] == ("strategy:a", "signal_intake")
    check_tree(roster(some, ("strategy:a",), LIMITS))


@pytest.mark.req("SUP6")
def test_safety_stops_within_the_shutdown_deadline_and_a_request_under_way_has_the_clients_ten_seconds() -> None:
    safety = tree(Stage()).children[1]
    assert isinstance(safety, Group)
    assert stop_s_max(safety) <= 30
    grace = {child.name: child.grace for child in safety.children}
    assert grace["order_gateway"] > 10


@pytest.mark.req("SUP3")
@pytest.mark.fault("AR-02")
def test_trading_gives_up_into_a_halt_and_safety_goes_on_as_if_nothing_were() -> None:
    stage = Stage()

    async def scene(running: Running) -> None:
        await trio.sleep(600)
        assert stage.halt.tripped is not None
        assert stage.halt.tripped.by == "trading"
        _, safety, trading = running.snapshot().children
        assert {child.state for child in safety.children} == {"up"}
        assert {child.restarts for child in safety.children} == {0}
        assert trading.state == "down"
        assert stage.running_now["order_manager"] == stage.running_now["journal"] == 1
        assert stage.running_now["cycle"] == stage.running_now["market_feed"] == 0

    stage.play(tree(stage, "strategy:a", market_feed=CRASH), scene)
    assert stage.lives["market_feed"] == 6
    assert stage.lives["clock_guard"] == 1
    assert stage.lives["cycle"] == stage.lives["risk_arbiter"] == 6


def test_a_strategy_that_keeps_crashing_never_ends_another_before_its_group_gives_up() -> None:
    stage = Stage()
    stage.play(tree(stage, "strategy:a", "strategy:b", **{"strategy:b": CRASH}), 4.0)
    assert stage.lives["strategy:b"] > 1
    assert stage.lives["strategy:a"] == stage.lives["risk_arbiter"] == 1


@pytest.mark.req("SUP3")
def test_safety_gives_up_into_the_end_of_everything_and_the_world_goes_last() -> None:
    stage = Stage()
    with pytest.raises(Exhausted, match="group safety gave up"):
        stage.play(tree(stage, reconciler=CRASH), 600.0)
    told = stage.names("told")
    assert told[-1] == "exchange"
    assert not any(stage.running_now.values())


@pytest.mark.req("SUP6")
@pytest.mark.fault("AR-12")
def test_the_stop_goes_from_those_who_decide_to_those_who_write_down() -> None:
    stage = Stage()
    stage.play(tree(stage, "strategy:a"), 5.0)
    assert stage.names("told") == ["strategy:a", *reversed(TRADING), *reversed(SAFETY), "exchange"]
