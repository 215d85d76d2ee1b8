"""Alerts reach a person, or their failure is seen."""

from collections.abc import Sequence
from random import Random
from typing import Any

import pytest
import trio
import trio.testing
from attrs import evolve
from structlog.testing import capture_logs
from tests.board_samples import alert

from trader247.messages.control import AlertChanged, Severity
from trader247.observe.channels import (
    Delivery,
    DeliveryFailed,
    DeliveryTerms,
    LogChannel,
    RetryingChannel,
    Together,
)
from trader247.ports import AlertChannel

pytestmark = pytest.mark.req("AL1")


class Flaky:
    """Fails in the ways given, one per try, then delivers."""

    def __init__(self, *faults: Exception | float, name: str = "hook") -> None:
        self.name = name
        self.severity_min = Severity.INFO
        self._faults = list(faults)
        self.sent: list[tuple[AlertChanged, float]] = []

    async def send(self, wanted: AlertChanged) -> None:
        await trio.lowlevel.checkpoint()
        if self._faults:
            fault = self._faults.pop(0)
            if isinstance(fault, float):
                await trio.sleep(fault)
            else:
                raise fault
        self.sent.append((wanted, trio.current_time()))


def run(transports: Sequence[Flaky], wanted: AlertChanged) -> tuple[list[Delivery], float]:
    deliveries: list[Delivery] = []
    channels: list[AlertChannel] = [
        RetryingChannel(
            transport.name,
            transport,
            rng=Random(7),
            on_delivery=deliveries.append,
            severity_min=transport.severity_min,
            terms=DeliveryTerms(),
        )
        for transport in transports
    ]

    async def main() -> float:
        start = trio.current_time()
        await Together(channels).deliver(wanted)
        return trio.current_time() - start

    took = trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    return deliveries, took


def test_a_channel_that_works_is_used_once() -> None:
    channel = Flaky()
    assert run([channel], alert())[0] == [Delivery("hook", 1)]
    assert len(channel.sent) == 1


def test_a_channel_that_fails_is_tried_again_and_the_alert_arrives() -> None:
    channel = Flaky(DeliveryFailed("503"), OSError("refused"))
    assert run([channel], alert())[0] == [Delivery("hook", 3)]


def test_a_channel_that_never_works_gives_up_within_bounds_and_is_seen() -> None:
    with capture_logs() as lines:
        deliveries, took = run([Flaky(*[DeliveryFailed("503")] * 9)], alert())
    assert deliveries == [Delivery("hook", 3, "503")]
    assert took < 18
    assert "did not reach channel hook in 3 tries: 503" in lines[0]["text"]


def test_a_channel_that_hangs_is_cut_and_holds_up_no_other() -> None:
    hung, fine = Flaky(60.0, 60.0, 60.0, name="hung"), Flaky(name="fine")
    with capture_logs():
        deliveries, took = run([hung, fine], alert())
    assert deliveries[0] == Delivery("fine", 1)
    assert deliveries[1].fault == "no answer within 5 s"
    assert took < 22
    assert fine.sent[0][1] < 1


def test_a_quiet_alert_is_not_sent_where_only_loud_ones_are_wanted() -> None:
    loud = Flaky()
    loud.severity_min = Severity.CRITICAL
    assert run([loud], alert())[0] == []
    assert run([loud], evolve(alert(), severity=Severity.CRITICAL))[0] == [Delivery("hook", 1)]


class NotedLog:
    """Keeps what a structlog logger would have written."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, str]] = []

    def __getattr__(self, level: str) -> Any:
        return lambda word, text: self.lines.append((level, word, text))


@pytest.mark.parametrize("severity", list(Severity))
def test_the_log_channel_writes_at_the_alerts_own_level(severity: Severity) -> None:
    log = NotedLog()
    trio.run(LogChannel(log).deliver, evolve(alert(), severity=severity))
    text = "staleness:BTC-USD: the quote of BTC-USD is 7.1 s old"
    assert log.lines == [(severity.value.lower(), "alert", text)]
