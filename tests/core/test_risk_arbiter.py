import ast
import random
from collections import deque
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from attrs import define, evolve, field
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import BTC, ETH, RULES, SOL, instrument, marks, moment, portfolio, position, usd
from tests.core.ban_samples import ban
from tests.core.breaker_samples import breaker_line
from tests.market_samples import (
    ALPHA,
    BETA,
    CYCLE,
    DOGE,
    LINK,
    NLV,
    TRADABLE,
    UNPACED,
    buying,
    context,
    integrated,
    view,
    wish,
)

import trader247
from trader247.core.integrator import Budget, integrate
from trader247.core.risk_arbiter import RiskArbiter
from trader247.core.sizing import least_notional
from trader247.messages.bans import BanLapsed, BanLifted, BansListed, InstrumentBanned
from trader247.messages.base import Tick
from trader247.messages.breakers import BreakersListed, BreakerState
from trader247.messages.control import Guard, GuardVoted, HaltCleared, HaltRequested, LossAcknowledged
from trader247.messages.market import FeeTierSeen, InstrumentsListed
from trader247.messages.orders import Exposure, PortfolioChanged
from trader247.messages.trading import ProposalRefused, ProposalsIntegrated, ProposalsMade, RiskApproved, TradeProposal
from trader247.model.instrument import Symbol
from trader247.model.order import Side
from trader247.model.policy import Policy
from trader247.model.policy_universe import Universe
from trader247.model.signals import Regime

UNIVERSE = Universe()


def arbiter(shown: PortfolioChanged | None = None, policy: Policy = UNPACED, **how: Any) -> RiskArbiter:
    made = RiskArbiter(policy, UNIVERSE, **how)
    assert made.start(moment(-60)) == [BansListed(())]
    if shown is not None:
        made.handle(shown, shown.at)
    return made


def verdicts(ruler: RiskArbiter, asked: ProposalsIntegrated, second: float = 0) -> list[Any]:
    return [*ruler.handle(asked, moment(second))]


def rules_of(answers: list[Any]) -> list[str]:
    return [answer.reason.rule if isinstance(answer, ProposalRefused) else "approved" for answer in answers]


# ---------------------------------------------------------------------------------------------------------- dialogues
def test_an_approval_bounds_the_order_by_its_share_of_the_account_and_expires_after_ten_seconds() -> None:
    asked = integrated(wish(BTC, "2.5"))
    (approved,) = verdicts(arbiter(portfolio()), asked)
    assert approved == RiskApproved(asked.proposals[0], notional=usd(250), serial=1, expires_at=moment(10))


@pytest.mark.req("U3")
@pytest.mark.parametrize(
    ("regime", "pct", "usd_approved"),
    [
        (Regime.BULL, "2.5", "300"),
        (Regime.BULL, "4.5", "450"),  # 5.4 % is over the asset's cap: what the bull adds is dropped
        (Regime.CHOP, "2.5", "250"),
        (Regime.BEAR, "2.5", "150"),
        (Regime.BEAR, "5", "300"),  # exactly the bear's share of the cap
    ],
)
def test_the_regime_scales_what_is_approved_and_takes_its_share_of_the_caps(
    regime: Regime, pct: str, usd_approved: str
) -> None:
    asked = integrated(wish(BTC, pct))
    asked = evolve(asked, context=evolve(asked.context, regime=regime))
    (approved,) = verdicts(arbiter(portfolio()), asked)
    assert approved.notional == usd(usd_approved)
    assert approved.proposal == asked.proposals[0], "the wish stays what it was"


@pytest.mark.req("U3")
def test_in_a_crash_nothing_is_entered_and_what_is_held_can_still_be_sold() -> None:
    sale = evolve(wish(BTC), side=Side.SELL)
    for body, verdict in ((wish(BTC), "regime"), (sale, "approved")):
        asked = integrated(body)
        asked = evolve(asked, context=evolve(asked.context, regime=Regime.CRASH))
        assert rules_of(verdicts(arbiter(portfolio(positions=(position(BTC),))), asked)) == [verdict]


SMALL = InstrumentsListed((instrument(BTC, quote_min_size=20),))


@pytest.mark.req("X3")
def test_a_wish_under_the_least_order_is_raised_to_it_and_counts_as_that() -> None:
    ruler = arbiter(portfolio())
    ruler.handle(SMALL, moment())
    (approved,) = verdicts(ruler, integrated(wish(BTC, "0.1")))
    least = least_notional(view(BTC).quote, SMALL.instruments[0], Decimal(60))
    assert 20 < least < 21
    assert approved.notional == least
    pct = least / NLV * 100
    assert rules_of(verdicts(ruler, integrated(wish(BTC, 5 - pct + Decimal("0.0001"))))) == ["asset_cap"]
    assert rules_of(verdicts(ruler, integrated(wish(BTC, 5 - pct)))) == ["approved"]


@pytest.mark.req("X3", "E1")
def test_a_wish_that_no_cap_lets_be_raised_to_the_least_order_is_refused_with_the_numbers() -> None:
    ruler = arbiter(portfolio(exposures=buying({BTC: 490})))
    ruler.handle(SMALL, moment())
    (refused,) = verdicts(ruler, integrated(wish(BTC, "0.1")))
    assert refused.reason.rule == "min_notional"
    assert refused.reason.text.startswith("10.00 USD is under the least order of 20.")
    assert "asset holds 4.90 %" in refused.reason.text
    assert (refused.reason.cap_type, refused.reason.limit_pct) == ("asset", 5)


@pytest.mark.req("X3")
@pytest.mark.fault("RA-18")
def test_the_least_order_bears_the_accounts_fee() -> None:
    ruler = arbiter(portfolio())
    ruler.handle(SMALL, moment())
    ruler.handle(FeeTierSeen(Decimal(60), Decimal(120), "Intro 1"), moment())
    (approved,) = verdicts(ruler, integrated(wish(BTC, "0.1")))
    assert approved.notional == least_notional(view(BTC).quote, SMALL.instruments[0], Decimal(120))


@pytest.mark.req("E1")
def test_an_approval_counts_from_the_moment_it_is_given() -> None:
    ruler = arbiter(portfolio())
    answers = verdicts(ruler, integrated(wish(BTC, 4), wish(ETH, 5), wish(SOL, "1.0001"), wish(DOGE, 5), wish(LINK, 2)))
    assert rules_of(answers) == ["approved", "approved", "theme_cap", "approved", "total_cap"]
    assert rules_of(verdicts(ruler, integrated(wish(BTC, "1.0001")))) == ["asset_cap"]


@pytest.mark.req("E2")
def test_a_portfolio_from_before_an_approval_makes_no_room() -> None:
    ruler = arbiter(portfolio())
    verdicts(ruler, integrated(wish(BTC, 5)))
    ruler.handle(portfolio(second=1), moment(1))
    assert rules_of(verdicts(ruler, integrated(wish(BTC, 1), second=1), 1)) == ["asset_cap"]


@pytest.mark.req("E2")
def test_a_portfolio_that_counts_an_approval_replaces_it_and_its_unused_part_is_free_again() -> None:
    ruler = arbiter(portfolio())
    verdicts(ruler, integrated(wish(BTC, 5)))
    ruler.handle(portfolio(second=1, approvals_seen=1, exposures=buying({BTC: 200})), moment(1))
    assert rules_of(verdicts(ruler, integrated(wish(BTC, 3), second=1), 1)) == ["approved"]
    assert rules_of(verdicts(ruler, integrated(wish(BTC, "0.1"), second=1), 1)) == ["asset_cap"]


@pytest.mark.req("E2")
def test_an_approval_that_nobody_counted_is_forgotten_only_by_a_portfolio_from_after_its_end() -> None:
    ruler = arbiter(portfolio())
    verdicts(ruler, integrated(wish(BTC, 5)))
    ruler.handle(portfolio(second=10), moment(60))
    assert rules_of(verdicts(ruler, integrated(wish(BTC, 1), second=60), 60)) == ["asset_cap"]
    ruler.handle(portfolio(second=10.001), moment(60))
    assert rules_of(verdicts(ruler, integrated(wish(BTC, 5), second=60), 60)) == ["approved"]


def test_nothing_is_approved_before_the_first_portfolio() -> None:
    ruler = arbiter()
    assert rules_of(verdicts(ruler, integrated(wish(BTC), wish(ETH)))) == ["books_not_ready"] * 2
    assert ruler.handle(Tick(), moment()) == [
        GuardVoted(Guard.RISK, yes=False, reason="no portfolio is known yet"),
        GuardVoted(Guard.DRAWDOWN, yes=False, reason="no NLV yet"),
    ]


@pytest.mark.req("REC1")
def test_nothing_is_approved_on_books_the_venue_has_not_confirmed() -> None:
    ruler = arbiter(portfolio(ready=False))
    assert rules_of(verdicts(ruler, integrated(wish(BTC)))) == ["books_not_ready"]
    assert ruler.handle(Tick(), moment())[0] == GuardVoted(
        Guard.RISK, yes=False, reason="the books are not confirmed yet"
    )


def test_with_confirmed_books_both_guards_say_yes_on_every_tick() -> None:
    ruler = arbiter(portfolio())
    votes = ruler.handle(Tick(), moment())
    assert votes == [GuardVoted(Guard.RISK, yes=True), GuardVoted(Guard.DRAWDOWN, yes=True)]


@pytest.mark.req("STR3", "U3")
def test_a_bull_adds_nothing_over_the_strategys_own_cap_and_every_cycle_begins_it_anew() -> None:
    ruler = arbiter(portfolio(), budgets={RULES: Decimal(5)})
    bull = integrated(wish(BTC, 3), wish(ETH, 2))
    bull = evolve(bull, context=evolve(bull.context, regime=Regime.BULL))
    first, second = verdicts(ruler, bull)
    assert first.notional == usd(360)
    assert (second.reason.rule, second.reason.cap_type) == ("strategy_cap", "strategy")
    (again,) = verdicts(ruler, integrated(wish(SOL, 2)))
    assert again.notional == usd(200)


@pytest.mark.req("E2", "SUP4")
@pytest.mark.parametrize("how", [{"restarted": True}, {}])
def test_a_restarted_arbiter_waits_until_what_was_approved_before_it_has_expired(how: dict[str, Any]) -> None:
    seen = 0 if how else 7
    ruler = RiskArbiter(UNPACED, UNIVERSE, **how)
    ruler.start(moment(0))
    for second in (1, 10):
        ruler.handle(portfolio(second=second, approvals_seen=seen), moment(second))
        assert rules_of(verdicts(ruler, integrated(wish(BTC), second=second), second)) == ["approvals_in_flight"]
    ruler.handle(portfolio(second=10.001, approvals_seen=seen), moment(11))
    (approved,) = verdicts(ruler, integrated(wish(BTC), second=11), 11)
    assert approved.serial == seen + 1


@pytest.mark.req("R1", "R3")
def test_a_sale_is_approved_with_what_is_held_and_takes_no_room() -> None:
    ruler = arbiter(portfolio(positions=(position(BTC, 5),), exposures=(Exposure(BTC, usd(500), usd(0)),)))
    sale = evolve(wish(BTC, 5), side=Side.SELL)
    assert rules_of(verdicts(ruler, integrated(sale, sale))) == ["approved", "approved"]
    assert rules_of(verdicts(ruler, integrated(wish(ETH, 5)))) == ["approved"]


@pytest.mark.req("DD1")
@pytest.mark.parametrize(
    ("nlv", "mark", "word"),
    [
        (9_000, {"high_water": 10_000, "day_open": 9_000, "week_open": 9_000}, "drawdown"),
        (9_700, {"high_water": 10_000, "day_open": 10_000, "week_open": 9_700}, "daily stop"),
        (9_300, {"high_water": 10_000, "day_open": 9_300, "week_open": 10_000}, "weekly stop"),
    ],
)
def test_a_loss_at_its_limit_asks_for_the_halt_once_and_takes_the_vote_away(
    nlv: int, mark: dict[str, int], word: str
) -> None:
    ruler, lost = arbiter(portfolio()), portfolio(second=1, nlv=nlv, equity=marks(**mark))
    (asked,) = ruler.handle(lost, moment(1))
    assert isinstance(asked, HaltRequested)
    assert word in asked.reason
    assert ruler.handle(lost, moment(2)) == []
    _, vote = ruler.handle(Tick(), moment(2))
    assert vote == GuardVoted(Guard.DRAWDOWN, yes=False, reason=asked.reason)


@pytest.mark.req("DD1")
def test_a_loss_a_cent_under_its_limit_stops_nothing_and_a_recovered_one_votes_again() -> None:
    ruler = arbiter(portfolio())
    assert ruler.handle(portfolio(nlv="9700.01", equity=marks(10_000)), moment(1)) == []
    assert len(ruler.handle(portfolio(nlv=9_700, equity=marks(10_000)), moment(2))) == 1
    assert ruler.handle(portfolio(nlv=9_800, equity=marks(10_000)), moment(3)) == []
    assert ruler.handle(Tick(), moment(3))[1] == GuardVoted(Guard.DRAWDOWN, yes=True)
    assert len(ruler.handle(portfolio(nlv=9_700, equity=marks(10_000)), moment(4))) == 1


@pytest.mark.req("DD1")
def test_books_that_are_not_confirmed_prove_no_loss() -> None:
    assert arbiter(portfolio()).handle(portfolio(nlv=1, equity=marks(10_000), ready=False), moment(1)) == []


@pytest.mark.req("CD1")
def test_pacing_counts_what_was_approved_although_no_portfolio_shows_it_yet() -> None:
    ruler = arbiter(portfolio(), policy=Policy())
    assert rules_of(verdicts(ruler, integrated(wish(BTC), wish(ETH)))) == ["approved", "pacing"]
    assert rules_of(verdicts(ruler, integrated(wish(ETH), second=89), 89)) == ["pacing"]
    assert rules_of(verdicts(ruler, integrated(wish(ETH), second=90), 90)) == ["approved"]


# ---------------------------------------------------------------------------------------------- order decides nothing
lists = st.lists(
    st.builds(
        wish, st.sampled_from(TRADABLE), st.sampled_from(["0.5", "2", "4", "5"]), st.sampled_from([0.3, 0.6, 0.6, 0.9])
    ),
    max_size=5,
)


@pytest.mark.req("STR4")
@settings(max_examples=100)
@given(lists, lists, lists, st.integers(0, 2**32))
def test_verdicts_do_not_depend_on_the_order_in_which_strategies_answer(
    one: list[TradeProposal], two: list[TradeProposal], three: list[TradeProposal], seed: int
) -> None:
    named = [
        ProposalsMade(CYCLE, name, tuple(evolve(body, strategy=name) for body in bodies))
        for name, bodies in ((ALPHA, one), (BETA, two), (RULES, three))
    ]
    told: set[str] = set()
    for answers in (named, random.Random(seed).sample(named, 3)):
        result = integrate(CYCLE, answers, dict.fromkeys((ALPHA, BETA, RULES), Budget(Decimal(10), 3)))
        snapshot = context(*(view(symbol) for symbol in TRADABLE))
        told.add(repr(verdicts(arbiter(portfolio()), ProposalsIntegrated(snapshot, result.proposals))))
    assert len(told) == 1


# ------------------------------------------------------------------- caps, whatever is late, lost, filled or restarted
CAPS = UNPACED.caps
GROUPS = (
    *(((symbol,), CAPS.per_asset_pct) for symbol in TRADABLE),
    *((members, CAPS.per_theme_pct) for members in UNIVERSE.themes.values()),
    (TRADABLE, CAPS.total_pct),
)


@define
class _Live:
    symbol: Symbol
    held: Decimal
    working: Decimal


@define
class ModelManager:
    """What the order manager owes the arbiter: approvals once, in order, in time; portfolios as they are."""

    inbox: deque[RiskApproved] = field(factory=deque)
    live: list[_Live] = field(factory=list)
    seen: int = 0

    def take(self, second: float, share: Decimal) -> None:
        approval = self.inbox.popleft()
        if approval.serial <= self.seen:
            return
        self.seen = approval.serial
        if moment(second).mono < approval.expires_at.mono:
            self.live.append(_Live(approval.proposal.body.symbol, Decimal(0), approval.notional * share))

    def shown(self, second: float) -> PortfolioChanged:
        exposures = tuple(Exposure(live.symbol, usd(live.held), usd(live.working)) for live in self.live)
        return portfolio(second=second, approvals_seen=self.seen, exposures=exposures)

    def at_worst(self, second: float) -> list[tuple[Symbol, Decimal]]:
        """Everything that is held or may still be bought, those approvals included that are on their way."""
        serial, coming = self.seen, []
        for approval in self.inbox:
            if approval.serial > serial:
                serial = approval.serial
                if moment(second).mono < approval.expires_at.mono:
                    coming.append((approval.proposal.body.symbol, Decimal(approval.notional)))
        return [*((live.symbol, live.held + live.working) for live in self.live), *coming]


class Story:
    """An arbiter and its manager, at a price that stands still; every step is chosen by a number."""

    def __init__(self) -> None:
        self.second = 0.0
        self.manager = ModelManager()
        self.on_the_way: deque[PortfolioChanged] = deque()
        self.arbiter = arbiter(portfolio())

    def propose(self, choice: int) -> None:
        symbols = (BTC, ETH, SOL, DOGE, LINK)
        sizes = ("5", "3", "1")
        bodies = [wish(symbols[choice // 3**n % 5], sizes[choice // 5**n % 3]) for n in range(1 + choice % 3)]
        answers = verdicts(self.arbiter, integrated(*bodies, second=self.second), self.second)
        self.manager.inbox.extend(answer for answer in answers if isinstance(answer, RiskApproved))

    def take(self, choice: int) -> None:
        if self.manager.inbox:
            self.manager.take(self.second, Decimal((4, 4, 2, 0)[choice % 4]) / 4)

    def send(self, choice: int) -> None:
        self.on_the_way.append(self.manager.shown(self.second))

    def arrive(self, choice: int) -> None:
        for _ in range(choice % 2):  # the newest one is the only one that counts: older ones may be overtaken
            if len(self.on_the_way) > 1:
                self.on_the_way.popleft()
        if self.on_the_way:
            self.arbiter.handle(self.on_the_way.popleft(), moment(self.second))

    def fill(self, choice: int) -> None:
        for live in self.manager.live[choice % 5 :][:1]:
            filled = live.working * (1 + choice % 2) / 2
            live.held, live.working = live.held + filled, live.working - filled

    def end(self, choice: int) -> None:
        for live in self.manager.live[choice % 5 :][:1]:
            live.held, live.working = (Decimal(0), live.working) if choice % 2 else (live.held, Decimal(0))

    def wait(self, choice: int) -> None:
        self.second += (0.5, 3.0, 9.999, 10.0, 10.001)[choice % 5]

    def restart(self, choice: int) -> None:
        self.arbiter = RiskArbiter(UNPACED, UNIVERSE, restarted=True)
        self.arbiter.start(moment(self.second))
        if choice % 2:
            self.on_the_way.clear()
            self.arbiter.handle(self.manager.shown(self.second), moment(self.second))

    def check(self) -> None:
        exposed = self.manager.at_worst(self.second)
        for members, limit_pct in GROUPS:
            usd_at_worst = sum((amount for symbol, amount in exposed if symbol in members), Decimal(0))
            assert usd_at_worst * 100 / NLV <= limit_pct, f"{members}: {exposed}"
        positions = {symbol for symbol, amount in exposed if amount > UNPACED.dust_usd}
        assert len(positions) <= CAPS.open_positions


_OFTEN = ("propose", "propose", "take", "take", "send", "arrive", "propose", "take", "send", "arrive")
_STEPS = (*_OFTEN, "fill", "end", "wait", "restart")


@pytest.mark.req("E1", "E2")
@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(_STEPS), st.integers(0, 10_000)), min_size=30, max_size=60))
def test_no_history_takes_worst_case_exposure_over_any_cap(steps: list[tuple[str, int]]) -> None:
    story = Story()
    for name, choice in steps:
        getattr(story, name)(choice)
        story.check()


@pytest.mark.req("E1")
def test_only_the_arbiter_makes_an_approval() -> None:
    package = Path(trader247.__file__).parent
    makers = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "RiskApproved"
    }
    assert makers == {"core/risk_arbiter.py"}


@pytest.mark.req("CB2")
def test_a_strategy_whose_breaker_is_open_is_refused_and_the_others_are_not() -> None:
    ruler = arbiter(portfolio())
    opened = breaker_line(breaker=f"strategy:{ALPHA}", state=BreakerState.OPEN, why="3 failures in 600 s")
    ruler.handle(BreakersListed((opened, breaker_line(breaker=f"strategy:{BETA}"))), moment(0))
    asked = integrated(wish(BTC, by=ALPHA), wish(ETH, by=BETA))
    assert rules_of(verdicts(ruler, asked)) == ["strategy_breaker", "approved"]
    ruler.handle(BreakersListed((evolve(opened, state=BreakerState.HALF_OPEN),)), moment(1))
    assert rules_of(verdicts(ruler, asked, 1)) == ["approved", "approved"]


LOST: dict[str, Any] = {"nlv": 9_650, "equity": marks(10_000)}


def resumed(ruler: RiskArbiter, second: float) -> list[Any]:
    return [*ruler.handle(HaltCleared("seen, go on", "anna", moment(second)), moment(second))]


@pytest.mark.req("DD1")
def test_a_resume_acknowledges_the_loss_with_who_and_why_and_the_vote_is_yes_again() -> None:
    ruler = arbiter(portfolio())
    ruler.handle(portfolio(**LOST), moment(1))
    (acknowledged,) = resumed(ruler, 2)
    assert isinstance(acknowledged, LossAcknowledged)
    assert (acknowledged.by, acknowledged.reason) == ("anna", "seen, go on")
    assert [(loss.limit, loss.lost_pct) for loss in acknowledged.losses] == [("daily stop", Decimal("3.5"))]
    assert ruler.handle(portfolio(**LOST), moment(3)) == []
    vote = ruler.handle(Tick(), moment(3))[-1]
    assert vote == GuardVoted(Guard.DRAWDOWN, yes=True, reason="daily stop: 3.50 % lost, resumed over")


@pytest.mark.req("DD1")
def test_a_restarted_arbiter_does_not_halt_again_over_what_was_resumed_and_does_when_it_is_worse() -> None:
    first = arbiter(portfolio())
    first.handle(portfolio(**LOST), moment(1))
    resumed(first, 2)
    again = arbiter(restarted=True, acknowledged=first.acknowledged)
    assert again.handle(portfolio(**LOST), moment(3)) == []
    (asked,) = again.handle(portfolio(nlv=9_550, equity=marks(10_000)), moment(4))
    assert isinstance(asked, HaltRequested)
    assert "3.50 % were resumed over" in asked.reason


@pytest.mark.req("DD1")
def test_a_resume_before_the_books_are_known_acknowledges_nothing() -> None:
    ruler = arbiter(portfolio(ready=False))
    assert resumed(ruler, 1) == []
    assert len(ruler.handle(portfolio(**LOST), moment(2))) == 1


@pytest.mark.req("DD1")
def test_a_second_resume_keeps_what_was_acknowledged_of_other_limits() -> None:
    ruler = arbiter(portfolio())
    ruler.handle(portfolio(**LOST), moment(1))
    resumed(ruler, 2)
    ruler.handle(portfolio(nlv=9_720, equity=marks(10_800, day_open=10_000, week_open=10_000)), moment(3))
    resumed(ruler, 4)
    assert [loss.limit for loss in ruler.acknowledged] == ["daily stop", "drawdown"]


@pytest.mark.req("U4")
def test_a_banned_instrument_is_refused_until_the_ban_lapses_and_may_be_left_meanwhile() -> None:
    ruler = arbiter(portfolio(positions=(position(BTC, 5),)))
    ruler.handle(InstrumentBanned(ban(BTC, until=100)), moment(0))
    sale = evolve(wish(BTC, 5), side=Side.SELL)
    refused, sold, other = verdicts(ruler, integrated(wish(BTC), sale, wish(ETH)))
    assert refused.reason.text == "exploit: bridge drained (by anna); until 2026-03-02T12:01:40Z"
    assert rules_of([sold, other]) == ["approved", "approved"]
    assert ruler.handle(Tick(), moment(100))[0] == BanLapsed(ban(BTC, until=100))
    assert not any(isinstance(message, BanLapsed) for message in ruler.handle(Tick(), moment(101)))
    assert rules_of(verdicts(ruler, integrated(wish(BTC), second=101), 101)) == ["approved"]


@pytest.mark.req("U4")
def test_the_bans_of_before_a_restart_are_in_force_from_the_first_word_and_can_be_lifted() -> None:
    ruler = RiskArbiter(UNPACED, UNIVERSE, bans=(ban(BTC),))
    assert ruler.start(moment(-60)) == [BansListed((ban(BTC),))]
    ruler.handle(portfolio(), moment(0))
    assert rules_of(verdicts(ruler, integrated(wish(BTC)))) == ["banned"]
    ruler.handle(BanLifted(BTC, "anna", "it was another coin", moment(1).utc), moment(1))
    assert rules_of(verdicts(ruler, integrated(wish(BTC)))) == ["approved"]
