"""One calm sentence per fact worth reading."""

from decimal import Decimal

import pytest
from attrs import evolve
from tests.board_samples import (
    BTC,
    alert,
    at,
    cycle,
    everything,
    fill,
    halted,
    listed,
    order,
    order_changed,
    permit,
    portfolio,
    quote,
    refused,
    started,
    trigger,
    withheld,
)
from tests.core.breaker_samples import breaker_line
from tests.market_samples import ALPHA
from tests.signal_samples import signal

from trader247.core.status_facts import BoardFact
from trader247.messages.bans import Ban, BanKind, BanLapsed, BanLifted, InstrumentBanned
from trader247.messages.breakers import BreakerChanged, BreakerState
from trader247.messages.control import (
    AlertState,
    ConfigurationReloaded,
    FlattenEnded,
    FlattenOrdered,
    HaltCleared,
    KeyChanged,
    LossAcknowledged,
    Severity,
)
from trader247.messages.market import StreamChanged
from trader247.messages.orders import TrimEnded, TrimOutcome
from trader247.messages.trading import SignalReceived, SignalRefused
from trader247.model.mode import OrderKind
from trader247.model.money import Notional, Quantity
from trader247.model.order import OrderStatus, Side, Style
from trader247.model.portfolio import AcknowledgedLoss
from trader247.observe.narrate import Line, money, narrate


@pytest.mark.parametrize(
    ("fact", "line"),
    [
        (
            started(),
            Line("started", "trader247 0.1.0: PAPER on embedded, account acc-1, configuration 0123456789abcdef"),
        ),
        (
            ConfigurationReloaded(
                "old1", "new2", "operator", "calmer", (KeyChanged("policy.caps.total_pct", "15", "9"),)
            ),
            Line("reloaded", "configuration new2, before old1: policy.caps.total_pct 15 -> 9: calmer (by operator)"),
        ),
        (fill(), Line("bought", "0.0123 @ 61,234.50  momentum: +2.3 % in 24 h", BTC)),
        (
            fill(side=Side.SELL, realised="-4.2"),
            Line("sold", "0.0123 @ 61,234.50  -4.20 realised  momentum: +2.3 % in 24 h", BTC),
        ),
        (
            refused(),
            Line(
                "refused",
                "buy 2.5 % (baseline): asset_cap: BTC-USD would be at 6.5 % of NLV, over its cap of 5 %"
                " [now 4 %, wish 2.5 %, cap 5 %]",
                BTC,
            ),
        ),
        (
            cycle(3),
            Line("cycle", "#3: 2 instruments, chop, no trade: no trigger fired (4.0 ms, +1.5 s jitter)"),
        ),
        (
            cycle(4, triggers=(trigger(),)),
            Line(
                "cycle",
                "#4: 2 instruments, chop, no trade: 1 triggers, no strategy proposed (4.0 ms, +1.5 s jitter)",
            ),
        ),
        (
            cycle(5, proposals=2, silent=("momentum",)),
            Line(
                "cycle",
                "#5: 2 instruments, chop, 2 proposed; silent: momentum (4.0 ms, +1.5 s jitter)",
                level="warning",
            ),
        ),
        (
            order_changed(order(status=OrderStatus.NEW)),
            Line("order", "buy 0.0123 @ 61,234.50 post_only  momentum: +2.3 % in 24 h", BTC),
        ),
        (
            order_changed(order(status=OrderStatus.EXPIRED, reason="TTL", filled=Quantity(Decimal("0.01")))),
            Line("expired", "buy 0.0123 @ 61,234.50, 0.01 filled: TTL", BTC),
        ),
        (
            withheld(),
            Line("would", "buy 0.0123 @ 61,234.50; DRY_RUN sends nothing. momentum: +2.3 % in 24 h", BTC),
        ),
        (
            halted("daily stop"),
            Line("HALTED", "daily stop (by kill_switch); no entries until an operator resumes", "", "critical"),
        ),
        (HaltCleared("checked", "operator", at(9)), Line("resumed", "checked (by operator)", level="warning")),
        (
            alert(),
            Line("alert", "staleness:BTC-USD: the quote of BTC-USD is 7.1 s old", level="warning"),
        ),
        (
            alert(state=AlertState.RESOLVED),
            Line("resolved", "staleness:BTC-USD: the quote of BTC-USD is 7.1 s old"),
        ),
        (StreamChanged(up=False, why="gap"), Line("stream", "lost: gap", "", "warning")),
        (StreamChanged(up=True), Line("stream", "market data flows")),
        (SignalReceived(signal()), Line("signal", "BUY for alpha, id a-1, by webhook", BTC)),
        (
            SignalRefused(ALPHA, "", "file x.json", "it is not JSON"),
            Line("signal", "refused for alpha, id unread, by file x.json: it is not JSON", level="warning"),
        ),
        (
            FlattenOrdered("ops", "leaving"),
            Line("flatten", "every position is being sold: leaving (by ops)", level="warning"),
        ),
        (
            FlattenEnded("ops", "leaving", "only dust is held", (BTC,)),
            Line("flattened", f"only dust is held; left: {BTC}: leaving (by ops)", level="warning"),
        ),
        (TrimEnded(BTC, TrimOutcome.FAILED, "rejected"), Line("trim", "sold nothing: rejected", BTC, "warning")),
    ],
)
def test_a_fact_worth_reading_gives_its_line(fact: BoardFact, line: Line) -> None:
    assert narrate(fact) == line


def test_an_exit_is_called_one_and_says_what_made_it() -> None:
    made = order(status=OrderStatus.NEW, kind=OrderKind.EXIT)
    stop = evolve(made, intent=evolve(made.intent, reason="stop 57,560.43 hit at 57,551.00"))
    line = narrate(order_changed(stop))
    assert line is not None
    assert (line.word, line.text) == ("exit", "sell 0.0123 @ 61,234.50 post_only  stop 57,560.43 hit at 57,551.00")
    resting = narrate(order_changed(evolve(stop, intent=evolve(stop.intent, style=Style.STOP_LIMIT))))
    assert resting is not None
    assert resting.word == "protect", "nothing is left yet"


def test_an_escalated_alert_says_how_often_it_came() -> None:
    line = narrate(evolve(alert(state=AlertState.ESCALATED), count=3, severity=Severity.CRITICAL))
    assert line is not None
    assert (line.word, line.level) == ("escalated", "critical")
    assert line.text.endswith("(3 times)")


@pytest.mark.parametrize("fact", [permit(), portfolio(), quote(), listed(), order_changed(order())])
def test_the_pulse_of_the_daemon_is_not_narrated(fact: BoardFact) -> None:
    assert narrate(fact) is None


def test_no_fact_makes_a_line_of_more_than_one_line() -> None:
    told = [narrate(fact) for fact in everything()]
    assert all(line is None or ("\n" not in line.text and len(line.word) <= 10) for line in told)


@pytest.mark.parametrize(
    ("value", "text"),
    [("61234.5", "61,234.50"), ("0.00001234", "0.00001234"), ("-4.2", "-4.20"), ("0", "0.00"), ("0.08199", "0.08199")],
)
def test_amounts_are_rounded_for_reading_only(value: str, text: str) -> None:
    assert money(Decimal(value)) == text


@pytest.mark.req("SUP6")
def test_a_reload_of_many_keys_is_still_one_line() -> None:
    many = tuple(KeyChanged(f"policy.caps.key{number}", "1", "2") for number in range(20))
    line = narrate(ConfigurationReloaded("old1", "new2", "operator", "calmer", many))
    assert line is not None
    assert "key5 1 -> 2, and 14 more: calmer" in line.text


@pytest.mark.req("CB2")
def test_a_breaker_says_what_it_stops_and_who_moved_it() -> None:
    opened = breaker_line(state=BreakerState.OPEN, until=at(30).utc, why="3 failures in 60 s, the last: 503")
    line = narrate(BreakerChanged(opened, BreakerState.CLOSED))
    assert line is not None
    text = "orders is OPEN: 3 failures in 60 s, the last: 503; stops entries, probed from 2026-03-01T12:00:30Z"
    assert (line.word, line.text, line.level) == ("breaker", text, "warning")
    closed = narrate(BreakerChanged(breaker_line(why="it is over"), BreakerState.OPEN))
    assert closed is not None
    assert (closed.text, closed.level) == ("orders is CLOSED: it is over", "info")


@pytest.mark.req("U4")
def test_a_ban_and_its_end_are_lines_of_the_story() -> None:
    flagged = Ban(BTC, BanKind.DELISTING, "leaves in May", "anna", at(0).utc, at(60).utc)
    lines = [
        narrate(InstrumentBanned(flagged)),
        narrate(BanLifted(BTC, "ben", "it stays", at(1).utc)),
        narrate(BanLapsed(flagged)),
    ]
    assert [line.text for line in lines if line is not None] == [
        "delisting: leaves in May (by anna); no entries until 2026-03-01T12:01:00Z",
        "it stays (by ben)",
        "the ban's time is over (delisting: leaves in May)",
    ]


@pytest.mark.req("DD1")
def test_a_resume_over_a_loss_says_what_was_lost() -> None:
    loss = AcknowledgedLoss("daily stop", at(0).utc, Notional(Decimal(100)), Decimal("3.5"))
    line = narrate(LossAcknowledged((loss,), "anna", "seen"))
    assert line is not None
    assert line.text == "over a loss: daily stop 3.50 %; halts again when it is worse: seen (by anna)"
