"""One queue for all: what was said first is heard first, and nobody talks for ever."""

import pytest

from trader247.drivers.backtest.line import Line, Queue, Queues, Runaway
from trader247.model.ids import StrategyName

pytestmark = pytest.mark.req("BT1", "BT4")


def test_messages_are_heard_in_the_order_they_were_said_and_answers_after_them() -> None:
    line, heard = Line(), list[str]()
    first, second = Queue[str]("first", line), Queue[str]("second", line)

    def answer(message: str) -> None:
        heard.append(f"first:{message}")
        second.post(f"re {message}")

    first.take, second.take = answer, lambda message: heard.append(f"second:{message}")
    for text in ("a", "b"):
        first.post(text)
    second.post("c")
    line.run()
    assert heard == ["first:a", "first:b", "second:c", "second:re a", "second:re b"]


def test_what_nobody_hears_does_not_wait() -> None:
    line = Line()
    Queue[str]("nobody", line).post("a")
    line.run()
    assert line.waiting == 0


def test_two_that_answer_one_another_without_end_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trader247.drivers.backtest.line._AT_ONE_INSTANT_MAX", 100)
    line = Line()
    ping, pong = Queue[str]("ping", line), Queue[str]("pong", line)
    ping.take, pong.take = pong.post, ping.post
    ping.post("ball")
    with pytest.raises(Runaway, match="over 100 messages at one instant; waiting for ping"):
        line.run()


def test_every_strategy_has_a_queue_of_its_own() -> None:
    names = (StrategyName("a"), StrategyName("b"))
    queues = Queues(Line(), names)
    assert [queues.strategies[name].name for name in names] == ["strategy:a", "strategy:b"]
