"""A strategy in a process of its own, as a dialogue with what judges it."""

from typing import Any

import pytest
from attrs import evolve
from tests.builders import BTC, RULES, moment
from tests.market_samples import ALPHA, CYCLE, context, view, wish

from trader247.core.strategy_process import (
    AskProcess,
    Conduct,
    EndProcess,
    ProcessAnswered,
    ProcessLost,
    ProcessUp,
    StartProcess,
    StrategyProcess,
)
from trader247.messages.control import AlertCleared, AlertRaised, Severity
from trader247.messages.trading import Deliberate, ProposalsMade
from trader247.messages.worker_wire import Answer
from trader247.model.ids import AlertKey, CycleId
from trader247.model.policy_strategies import ProcessTerms

pytestmark = pytest.mark.req("SUP5")

ASKED = context(view(BTC))
KEY = AlertKey("strategy_process:rules")
TERMS = ProcessTerms(quarantine_after=3, quarantine_window_s=100.0)


def judge(conduct: Conduct | None = None, *, enabled: bool = True, up: bool = True) -> StrategyProcess:
    made = StrategyProcess(RULES, enabled=enabled, terms=TERMS, conduct=conduct or Conduct())
    made.start(moment())
    if up:
        assert made.handle(ProcessUp(), moment()) == []
    return made


def skipped(why: str, *, quarantined: bool = False) -> ProposalsMade:
    return ProposalsMade(CYCLE, RULES, (), skipped=why, quarantined=quarantined)


def breach(made: StrategyProcess, second: float) -> list[Any]:
    """It is asked and lost; the cycle that asked is told, and what follows is answered with."""
    if made.handle(ProcessUp(), moment(second)):
        raise AssertionError("nothing follows")
    assert made.handle(Deliberate(ASKED), moment(second)) == [AskProcess(ASKED)]
    return made.handle(ProcessLost("no answer within 2 s"), moment(second))


def test_it_begins_with_a_process_is_asked_and_its_answer_is_handed_on() -> None:
    made = StrategyProcess(RULES, enabled=True, terms=TERMS, conduct=Conduct())
    assert made.start(moment()) == [AlertCleared(KEY), StartProcess(0)]
    assert made.handle(ProcessUp(), moment()) == []
    assert made.handle(Deliberate(ASKED), moment()) == [AskProcess(ASKED)]
    said = ProcessAnswered(Answer(CYCLE, (wish(),)))
    assert made.handle(said, moment(1)) == [ProposalsMade(CYCLE, RULES, (wish(),))]


def test_a_breach_costs_the_word_in_the_cycle_then_the_process_and_the_cycle_hears_of_it_first() -> None:
    text = "its process was killed (1 of 3 before quarantine): no answer within 2 s"
    assert breach(judge(), 0) == [
        skipped(text),
        AlertRaised(KEY, Severity.WARNING, f"strategy rules: {text}"),
        StartProcess(0),
    ]


def test_until_it_is_up_again_it_is_skipped_and_not_asked() -> None:
    made = judge(up=False)
    assert made.handle(Deliberate(ASKED), moment()) == [skipped("its process is about to be started again")]


def test_each_breach_in_a_row_delays_the_next_start_and_a_good_answer_takes_the_warning_back() -> None:
    made = judge()
    assert breach(made, 0)[-1] == StartProcess(0)
    assert breach(made, 1)[-1] == StartProcess(1)
    made.handle(ProcessUp(), moment(2))
    made.handle(Deliberate(ASKED), moment(2))
    answered = made.handle(ProcessAnswered(Answer(CYCLE)), moment(2))
    assert answered == [ProposalsMade(CYCLE, RULES, ()), AlertCleared(KEY)]
    assert breach(made, 102)[-1] == StartProcess(0)


@pytest.mark.req("STR2")
def test_with_the_third_breach_in_the_window_no_process_follows_and_a_person_is_told() -> None:
    made = judge()
    breach(made, 0)
    breach(made, 50)
    told, alert, end = breach(made, 99)
    why = "quarantined: 3 breaches, the last: no answer within 2 s"
    assert told == skipped(why, quarantined=True)
    assert alert == AlertRaised(KEY, Severity.CRITICAL, f"strategy rules: {why}")
    assert end == EndProcess()
    assert made.handle(Deliberate(ASKED), moment(1_000)) == [skipped(why, quarantined=True)]


def test_a_breach_longer_ago_than_the_window_does_not_count() -> None:
    made = judge()
    breach(made, 0)
    breach(made, 50)
    assert "2 of 3" in breach(made, 100)[0].skipped


def test_the_conduct_outlives_the_decider_and_forgotten_it_begins_anew() -> None:
    conduct = Conduct()
    made = judge(conduct)
    for second in (0, 1, 2):
        breach(made, second)
    (again,) = StrategyProcess(RULES, enabled=True, terms=TERMS, conduct=conduct).start(moment(9))
    assert isinstance(again, AlertRaised)
    assert again.severity is Severity.CRITICAL
    pardoned = StrategyProcess(RULES, enabled=True, terms=TERMS, conduct=Conduct())
    assert pardoned.start(moment(9)) == [AlertCleared(KEY), StartProcess(0)]


@pytest.mark.req("STR2")
@pytest.mark.fault("ST-10")
@pytest.mark.req("CB2")
def test_while_its_breaker_is_open_its_process_is_not_asked() -> None:
    made = judge()
    assert made.handle(Deliberate(ASKED, (RULES,)), moment()) == [skipped("breaker open")]


def test_switched_off_it_has_no_process_says_that_it_was_skipped_and_no_alert_stands() -> None:
    made = StrategyProcess(RULES, enabled=False, terms=TERMS, conduct=Conduct(quarantined="quarantined: it was bad"))
    assert made.start(moment()) == [AlertCleared(KEY)]
    assert made.handle(Deliberate(ASKED), moment()) == [skipped("disabled")]


@pytest.mark.req("R2", "STR4")
@pytest.mark.fault("ST-05")
@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Answer(CycleId("c77")), "it answered cycle c77, asked was 00c0ffee00-c1"),
        (Answer(CYCLE, error="ValueError: a\nb"), "it raised ValueError: a b"),
        (Answer(CYCLE, (wish(by=ALPHA),)), "strategy rules proposed in the name of alpha"),
        (Answer(CYCLE, (evolve(wish(), reason="\x1b[2J"),)), "not printable"),
        (Answer(CYCLE, (evolve(wish(), max_hold_s=10**13),)), "max_hold_s of 44 bits"),
    ],
)
def test_an_answer_that_is_not_to_be_believed_is_a_breach(answer: Answer, why: str) -> None:
    made = judge()
    made.handle(Deliberate(ASKED), moment())
    told = made.handle(ProcessAnswered(answer), moment())
    assert why in told[0].skipped  # type: ignore[union-attr]
    assert told[-1] == StartProcess(0)


@pytest.mark.fault("ST-06")
def test_of_a_flood_the_first_thousand_count_as_of_any_strategy() -> None:
    made = judge()
    made.handle(Deliberate(ASKED), moment())
    (told,) = made.handle(ProcessAnswered(Answer(CYCLE, (wish(),) * 10_000)), moment())
    assert isinstance(told, ProposalsMade)
    assert len(told.proposals) == 1_000


def test_an_answer_nobody_asked_for_is_a_breach() -> None:
    told = judge().handle(ProcessAnswered(Answer(CYCLE)), moment())
    assert isinstance(told[0], AlertRaised)
    assert "asked was none" in told[0].text


def test_a_wall_that_the_kernel_does_not_give_is_told_without_alarm() -> None:
    (told,) = judge(up=False).handle(ProcessUp(("no network namespace (\x1bnot permitted)",)), moment())
    assert told == AlertRaised(
        AlertKey("strategy_confinement:rules"),
        Severity.INFO,
        "strategy rules: no network namespace ( not permitted)",
    )
