import json
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve, frozen
from tests.builders import BTC, RULES, moment, proposal
from tests.market_samples import ALPHA, CYCLE, context, view, wish
from tests.signal_samples import signal

from trader247.core.strategy_worker import StrategyWorker
from trader247.messages.codec import as_plain
from trader247.messages.trading import (
    CycleContext,
    Deliberate,
    ProposalRefused,
    ProposalsMade,
    RiskReason,
    TradeProposal,
)
from trader247.model.ids import StrategyName
from trader247.runtime.sealing import SealBroken, Sealed


@frozen
class Saying:
    """A strategy that always says the same."""

    answer: list[Any]
    name: StrategyName = RULES

    def generate_proposals(self, context: CycleContext) -> list[TradeProposal]:
        return self.answer


class Failing:
    name = RULES

    def generate_proposals(self, context: CycleContext) -> list[TradeProposal]:
        raise ZeroDivisionError("somebody's arithmetic")


ASKED = Deliberate(context(view(BTC)))


def test_a_strategy_is_asked_and_its_answer_carries_the_cycle_and_its_name() -> None:
    worker = StrategyWorker(Saying([wish()]), enabled=True)
    assert worker.start(moment()) == []
    assert worker.handle(ASKED, moment(1)) == [ProposalsMade(CYCLE, RULES, (wish(),))]


@pytest.mark.req("CB2", "STR2")
def test_a_strategy_that_is_held_back_is_not_called_and_says_why() -> None:
    worker = StrategyWorker(Failing(), enabled=True)
    (told,) = worker.handle(evolve(ASKED, held_back=(RULES,)), moment())
    assert told == ProposalsMade(CYCLE, RULES, (), skipped="breaker open")
    with pytest.raises(ZeroDivisionError):
        worker.handle(evolve(ASKED, held_back=(ALPHA,)), moment())


@pytest.mark.fault("ST-10")
@pytest.mark.req("STR2")
def test_a_disabled_strategy_is_never_called_and_says_that_it_was_skipped() -> None:
    worker = StrategyWorker(Failing(), enabled=False)
    assert worker.handle(ASKED, moment()) == [ProposalsMade(CYCLE, RULES, (), skipped="disabled")]


@pytest.mark.fault("ST-01")
@pytest.mark.req("SUP3")
def test_what_a_strategy_raises_comes_out_and_is_its_workers_crash() -> None:
    with pytest.raises(ZeroDivisionError, match="somebody's arithmetic"):
        StrategyWorker(Failing(), enabled=True).handle(ASKED, moment())


@pytest.mark.fault("ST-06")
def test_a_flood_of_proposals_is_cut() -> None:
    (answer,) = StrategyWorker(Saying([wish()] * 1_001), enabled=True).handle(ASKED, moment())
    assert len(answer.proposals) == 1_000


@pytest.mark.req("R2", "SUP3")
@pytest.mark.parametrize(
    "wrong",
    [
        {"symbol": None},
        {"side": "BUY!"},
        {"notional_pct": 1.5},
        {"notional_pct": None},
        {"stop_loss_pct": 5},
        {"take_profit_pct": "10"},
        {"conviction": None},
        {"conviction": Decimal("0.5")},
        {"conviction": True},
        {"max_hold_s": 1.5},
        {"reason": None},
    ],
)
def test_a_field_of_another_type_is_the_crash_of_the_strategy_that_made_it(wrong: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=f"strategy rules proposed {next(iter(wrong))} "):
        StrategyWorker(Saying([evolve(wish(), **wrong)]), enabled=True).handle(ASKED, moment())


def test_what_is_no_proposal_at_all_is_named() -> None:
    with pytest.raises(TypeError, match="'buy!', which is no TradeProposal"):
        StrategyWorker(Saying(["buy!"]), enabled=True).handle(ASKED, moment())


@pytest.mark.req("STR4")
def test_a_strategy_cannot_propose_in_anothers_name() -> None:
    with pytest.raises(ValueError, match="strategy rules proposed in the name of alpha"):
        StrategyWorker(Saying([wish(by=ALPHA)]), enabled=True).handle(ASKED, moment())


@pytest.mark.req("R2", "SUP3")
@pytest.mark.fault("ST-05")
@pytest.mark.parametrize(
    ("absurd", "word"),
    [
        ({"notional_pct": Decimal("1E+999999")}, r"notional_pct 1\.0e\+999999"),
        ({"stop_loss_pct": Decimal("-1E-999999")}, "stop_loss_pct"),
        ({"notional_pct": Decimal("1." + "1" * 50)}, "a notional_pct of 51 digits, at most 50"),
        ({"take_profit_pct": Decimal("NaN" + "1" * 51)}, "a take_profit_pct of 51 digits"),
        ({"conviction": 10**5_000}, "a conviction of 16610 bits"),
        ({"max_hold_s": 10**5_000}, "a max_hold_s of 16610 bits"),
        ({"reason": "x" * 501}, "a reason of 501 characters"),
        ({"reason": "\ud800"}, "not printable"),
        ({"reason": "two\nlines"}, "not printable"),
        ({"symbol": "btc-usd"}, "not in its canonical form"),
        ({"symbol": "everything"}, "not a symbol"),
    ],
)
def test_what_could_not_be_written_down_does_not_leave_the_worker(absurd: dict[str, Any], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        StrategyWorker(Saying([evolve(wish(), **absurd)]), enabled=True).handle(ASKED, moment())


@pytest.mark.req("R2", "AUD1")
@pytest.mark.fault("ST-05")
@pytest.mark.parametrize(
    "wrong",
    [
        {"conviction": float("nan")},
        {"conviction": -float("inf")},
        {"notional_pct": Decimal("NaN")},
        {"notional_pct": Decimal("-Infinity")},
        {"stop_loss_pct": Decimal("sNaN")},
        {"take_profit_pct": Decimal("1E+30")},
        {"take_profit_pct": Decimal(100) / Decimal(3)},
        {"conviction": 10**6},
        {"max_hold_s": -(10**12)},
        {"reason": "x" * 500},
    ],
)
def test_what_is_only_wrong_goes_on_to_be_refused_and_its_refusal_can_be_written_down(wrong: dict[str, Any]) -> None:
    body = evolve(wish(), **wrong)
    (answer,) = StrategyWorker(Saying([body]), enabled=True).handle(ASKED, moment())
    refused = ProposalRefused(proposal(answer.proposals[0]), CYCLE, RiskReason("proposal_bounds", "it is nonsense"))
    assert json.loads(json.dumps(as_plain(refused), allow_nan=False))["proposal"]["body"]["strategy"] == RULES


@pytest.mark.req("STR5")
def test_a_strategy_is_shown_its_own_signals_and_nobody_elses() -> None:
    seen: list[CycleContext] = []

    class Looking:
        name = ALPHA

        def generate_proposals(self, context: CycleContext) -> list[TradeProposal]:
            seen.append(context)
            return []

    asked = evolve(ASKED.context, signals=(signal(), signal(strategy=RULES)))
    StrategyWorker(Looking(), enabled=True).handle(Deliberate(asked), moment())
    assert seen == [evolve(asked, signals=(signal(),))]


@pytest.mark.req("STR1")
@pytest.mark.fault("ST-03", "ST-08")
def test_a_strategy_that_opens_a_file_crashes_although_it_hides_it_and_a_sealed_one_that_does_not_goes_on() -> None:
    class Reading:
        name = RULES

        def generate_proposals(self, context: CycleContext) -> list[TradeProposal]:
            with suppress(Exception):
                open("/etc/hostname").close()  # noqa: PTH123 - the very call
            return []

    with pytest.raises(SealBroken, match="open '/etc/hostname'"):
        StrategyWorker(Reading(), enabled=True, seal=Sealed).handle(ASKED, moment())
    assert StrategyWorker(Saying([wish()]), enabled=True, seal=Sealed).handle(ASKED, moment()) == [
        ProposalsMade(CYCLE, RULES, (wish(),))
    ]
