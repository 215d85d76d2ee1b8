"""Routing: every message of an actor has a place to go, and the edges can be printed."""

from __future__ import annotations

import pytest
from attrs import frozen
from tests.runtime.scripted import Stage, virtually

from trader247.runtime.channels import Mailbox
from trader247.runtime.routes import Edge, NoRoute, Routes

pytestmark = pytest.mark.req("SUP1")


@frozen
class Idea:
    text: str


@frozen
class Alarm:
    text: str


def test_each_message_goes_to_all_its_targets_with_its_cause() -> None:
    async def main() -> None:
        board = Stage().switchboard
        ideas, log = Mailbox[Idea]("ideas", board), Mailbox[Idea | Alarm]("log", board)
        routes = Routes[Idea | Alarm]("thinker").to(Idea, ideas, log).to(Alarm, log)
        routes.emit([Idea("a"), Alarm("b")], cause=9)
        assert [(await log.take()).body, (await log.take()).body] == [Idea("a"), Alarm("b")]
        taken = await ideas.take()
        assert (taken.body, taken.cause) == (Idea("a"), 9)
        assert routes.edges() == (
            Edge("thinker", "Idea", "ideas"),
            Edge("thinker", "Idea", "log"),
            Edge("thinker", "Alarm", "log"),
        )

    virtually(main)


def test_a_message_without_a_route_is_an_error_and_the_check_finds_it_before() -> None:
    routes = Routes[Idea | Alarm]("thinker").to(Idea)
    routes.emit([Idea("said to nobody, on purpose")])
    with pytest.raises(NoRoute, match="thinker said Alarm, which has no route"):
        routes.emit([Alarm("b")])
    with pytest.raises(NoRoute, match=r"routes of thinker lack Alarm; add each with to\(\)"):
        routes.missing(Idea | Alarm)
    routes.to(Alarm).missing(Idea | Alarm)


def test_a_second_route_for_one_type_is_refused() -> None:
    with pytest.raises(ValueError, match="Idea has a route already"):
        Routes[Idea]("thinker").to(Idea).to(Idea)
