"""The risk arbiter: the only author of ``RiskApproved``.

It rules on a cycle's proposals one by one in the canonical order they come in. An approval counts as exposure from the
moment it is given: until a portfolio shows it (``approvals_seen``), it stands in ``pending`` at its full notional, so a
snapshot that is a moment old can never make room that is not there. What an arbiter before this one approved and no
portfolio shows yet is not known here; so a restarted arbiter refuses until all of that has expired.

A notional that is too small for any order the venue takes is raised to the least one, where every rule lets that much
through as well; else it is refused here, with the numbers.

It also watches the losses: a breached limit asks for the halt and takes the drawdown guard's vote away.
"""

from collections import deque
from collections.abc import Mapping
from decimal import Decimal

from attrs import evolve, frozen

from trader247.core.bans import BanList
from trader247.core.equity import breach_of, losses_of
from trader247.core.fee_model import reckoned_bps
from trader247.core.regime import SIZE_FACTORS
from trader247.core.risk_books import Books
from trader247.core.risk_rules import first_objection, within_bounds
from trader247.core.sizing import least_notional
from trader247.core.trade_tape import of_a_day
from trader247.messages.bans import Ban, BanLapsed, BanLifted, BansListed, InstrumentBanned
from trader247.messages.base import Tick
from trader247.messages.breakers import STRATEGY, BreakerLine, BreakersListed, BreakerState
from trader247.messages.control import Guard, GuardVoted, HaltCleared, HaltRequested, LossAcknowledged
from trader247.messages.market import FeeTierSeen, InstrumentsListed
from trader247.messages.orders import PortfolioChanged
from trader247.messages.trading import (
    Proposal,
    ProposalRefused,
    ProposalsIntegrated,
    RiskApproved,
    RiskReason,
    TradeProposal,
)
from trader247.model.ids import StrategyName
from trader247.model.instant import SECOND, Instant, Moment, Mono
from trader247.model.instrument import Instrument, Symbol
from trader247.model.money import HUNDRED, ZERO, Notional
from trader247.model.order import Side
from trader247.model.policy import Policy
from trader247.model.policy_universe import Universe
from trader247.model.portfolio import AcknowledgedLoss

__all__ = ["ArbiterIn", "ArbiterOut", "RiskArbiter"]

ArbiterIn = (
    ProposalsIntegrated
    | PortfolioChanged
    | InstrumentsListed
    | FeeTierSeen
    | BreakersListed
    | InstrumentBanned
    | BanLifted
    | HaltCleared
    | Tick
)
ArbiterOut = RiskApproved | ProposalRefused | GuardVoted | HaltRequested | LossAcknowledged | BanLapsed | BansListed

_APPROVAL_GOOD_FOR_S = 10
"""An approval older than this is not placed: the market it was given in is gone, and a restart must not replay it."""


@frozen
class _Pending:
    symbol: Symbol
    notional: Notional
    serial: int
    expires_at: Moment


class RiskArbiter:
    """Rules on a cycle's proposals by the cycle's own snapshot of the market and the newest portfolio."""

    ready = True

    def __init__(
        self,
        policy: Policy,
        universe: Universe,
        *,
        restarted: bool = False,
        bans: tuple[Ban, ...] = (),
        acknowledged: tuple[AcknowledgedLoss, ...] = (),
        budgets: Mapping[StrategyName, Decimal] | None = None,
    ) -> None:
        """``policy``, ``universe`` and ``budgets`` are fixed for the life of the decider. A budget is a strategy's own
        cap of a cycle, in percent of NLV.

        ``restarted``: whether another arbiter ruled in this run before. (A first portfolio that counts approvals says
        so too.) ``bans`` and ``acknowledged`` losses: as whoever ruled before left them.
        """
        self._policy = policy
        self._universe = universe
        self._portfolio: PortfolioChanged | None = None
        self._instruments: dict[Symbol, Instrument] = {}
        self._fee_tier: FeeTierSeen | None = None
        self._breakers: tuple[BreakerLine, ...] = ()
        self._pending: list[_Pending] = []
        self._approved_at: deque[tuple[Symbol, Instant]] = deque(maxlen=1_000)  # over 8 times the daily pacing default
        self._serial = 0
        self._breach: str | None = None
        self._bans = BanList(bans)
        self._acknowledged = acknowledged
        self._budgets = dict(budgets or {})
        self._spent: dict[StrategyName, Decimal] = {}
        self._restarted = restarted
        self._all_mine_from: Mono | None = None

    def start(self, now: Moment) -> list[ArbiterOut]:
        """The bans in force; there is nothing to rule on before the first portfolio."""
        self._all_mine_from = Mono(now.mono + _APPROVAL_GOOD_FOR_S * SECOND)
        return [BansListed(self._bans.all)]

    def handle(self, message: ArbiterIn, now: Moment) -> list[ArbiterOut]:
        """Note what the world looks like; rule when asked; vote on each tick."""
        match message:
            case PortfolioChanged():
                return self._portfolio_changed(message)
            case ProposalsIntegrated():
                self._spent = {}
                return [self._rule(message, proposal, now) for proposal in message.proposals]
            case InstrumentsListed(instruments):
                self._instruments = {instrument.symbol: instrument for instrument in instruments}
                return []
            case FeeTierSeen():
                self._fee_tier = message
                return []
            case BreakersListed(lines):
                self._breakers = lines
                return []
            case InstrumentBanned() | BanLifted():
                self._bans.take(message)
                return []
            case HaltCleared(reason, by):
                return self._resumed(by, reason)
            case Tick():
                return [*map(BanLapsed, self._bans.lapse(now.utc)), *self._votes()]

    def _portfolio_changed(self, portfolio: PortfolioChanged) -> list[ArbiterOut]:
        if self._portfolio is None and portfolio.approvals_seen > 0:
            self._restarted = True
        self._portfolio = portfolio
        self._serial = max(self._serial, portfolio.approvals_seen)
        # one that the portfolio counted, or that can no longer be placed since before the portfolio was taken
        self._pending = [
            p for p in self._pending if p.serial > portfolio.approvals_seen and portfolio.at.mono <= p.expires_at.mono
        ]
        breach = self._breach_of(portfolio) if portfolio.books_ready else None
        fresh = breach is not None and self._breach is None
        self._breach = breach
        return [HaltRequested(breach, "risk_arbiter")] if breach is not None and fresh else []

    def _breach_of(self, portfolio: PortfolioChanged) -> str | None:
        return breach_of(portfolio.marks, portfolio.nlv, self._policy.loss_limits, self._acknowledged)

    def _resumed(self, by: str, reason: str) -> list[ArbiterOut]:
        """Who resumes has seen what is lost by now: it halts no more, until it is worse (requirement DD1)."""
        portfolio = self._portfolio
        if portfolio is None or not portfolio.books_ready:
            return []  # nobody can have seen a loss that is not known yet
        losses = losses_of(portfolio.marks, portfolio.nlv, self._policy.loss_limits)
        if not losses:
            return []
        seen_now = [loss.limit for loss in losses]
        before = tuple(each for each in self._acknowledged if each.limit not in seen_now)
        self._acknowledged, self._breach = (*before, *losses), None
        return [LossAcknowledged(self._acknowledged, by, reason)]

    def _rule(self, asked: ProposalsIntegrated, proposal: Proposal, now: Moment) -> RiskApproved | ProposalRefused:
        refuse = ProposalRefused
        if self._portfolio is None:
            return refuse(proposal, asked.context.cycle, RiskReason("books_not_ready", "no portfolio is known yet"))
        if self._restarted and self._all_mine_from is not None and self._portfolio.at.mono <= self._all_mine_from:
            text = f"approvals from before a restart may be on their way for {_APPROVAL_GOOD_FOR_S} s"
            return refuse(proposal, asked.context.cycle, RiskReason("approvals_in_flight", text))
        books = self._books(self._portfolio, asked, now)
        sized, reason = self._sized(books, proposal.body)
        if reason is not None:
            return refuse(proposal, asked.context.cycle, reason)
        notional = self._placeable(books, sized)
        if isinstance(notional, RiskReason):
            return refuse(proposal, asked.context.cycle, notional)
        self._serial += 1
        good_for = _APPROVAL_GOOD_FOR_S * SECOND
        expires_at = Moment(Instant(now.utc + good_for), Mono(now.mono + good_for))
        if proposal.body.side is Side.BUY:
            self._pending.append(_Pending(proposal.body.symbol, notional, self._serial, expires_at))
            self._approved_at.append((proposal.body.symbol, now.utc))
            self._spent[proposal.body.strategy] = self._spent.get(proposal.body.strategy, ZERO) + notional
        return RiskApproved(proposal=proposal, notional=notional, serial=self._serial, expires_at=expires_at)

    def _sized(self, books: Books, body: TradeProposal) -> tuple[TradeProposal, RiskReason | None]:
        """The wish in the size that the regime makes of it, and what a rule has against it (requirement U3).

        What a bull adds is dropped where it is what a rule objects to: the wish itself may still pass.
        """
        factor = SIZE_FACTORS[books.regime] if body.side is Side.BUY else Decimal(1)
        if factor == 0 or within_bounds(books, body) is not None:
            return body, first_objection(books, body)  # no number to do arithmetic with, or none to do
        sized = evolve(body, notional_pct=body.notional_pct * factor)
        reason = first_objection(books, sized)
        if reason is not None and factor > 1:
            return body, first_objection(books, body)
        return sized, reason

    def _placeable(self, books: Books, body: TradeProposal) -> Notional | RiskReason:
        """What the proposal may cost, raised to the venue's least order where every rule agrees (requirement X3)."""
        nlv = books.portfolio.nlv
        notional = Notional(nlv * body.notional_pct / HUNDRED)
        instrument, view = self._instruments.get(body.symbol), books.views.get(body.symbol)
        if body.side is Side.SELL or instrument is None or view is None:
            return notional  # the order manager has the last look at what it cannot place
        least = least_notional(view.quote, instrument, reckoned_bps(self._policy.fees, self._fee_tier))
        if notional >= least:
            return notional
        over = first_objection(books, evolve(body, notional_pct=least / nlv * HUNDRED))
        if over is None:
            return least
        text = f"{notional:.2f} USD is under the least order of {least:.2f}, fee included, and that: {over.text}"
        return evolve(over, rule="min_notional", text=text)

    def _books(self, portfolio: PortfolioChanged, asked: ProposalsIntegrated, now: Moment) -> Books:
        pending: dict[Symbol, Notional] = {}
        for waiting in self._pending:
            pending[waiting.symbol] = Notional(pending.get(waiting.symbol, ZERO) + waiting.notional)
        return Books(
            now=now,
            policy=self._policy,
            universe=self._universe,
            portfolio=portfolio,
            pending=pending,
            views={view.symbol: view for view in asked.context.instruments},
            approved_at=of_a_day(self._approved_at, now.utc),
            regime=asked.context.regime,
            stopped=self._stopped(),
            bans=self._bans.in_force(now.utc),
            budgets=self._budgets,
            spent=self._spent,
        )

    @property
    def bans(self) -> tuple[Ban, ...]:
        """For who comes after."""
        return self._bans.all

    @property
    def acknowledged(self) -> tuple[AcknowledgedLoss, ...]:
        """For who comes after."""
        return self._acknowledged

    def _stopped(self) -> dict[StrategyName, str]:
        lines = [line for line in self._breakers if line.state is BreakerState.OPEN]
        return {
            StrategyName(line.breaker.removeprefix(STRATEGY)): line.why
            for line in lines
            if line.breaker.startswith(STRATEGY)
        }

    def _votes(self) -> list[ArbiterOut]:
        portfolio = self._portfolio
        if portfolio is None:
            risk = GuardVoted(Guard.RISK, yes=False, reason="no portfolio is known yet")
        elif not portfolio.books_ready:
            risk = GuardVoted(Guard.RISK, yes=False, reason="the books are not confirmed yet")
        else:
            risk = GuardVoted(Guard.RISK, yes=True)
        if self._breach is not None:
            return [risk, GuardVoted(Guard.DRAWDOWN, yes=False, reason=self._breach)]
        if portfolio is None:
            return [risk, GuardVoted(Guard.DRAWDOWN, yes=False, reason="no NLV yet")]
        losses = losses_of(portfolio.marks, portfolio.nlv, self._policy.loss_limits) if portfolio.books_ready else ()
        over = "; ".join(f"{loss.limit}: {loss.lost_pct:.2f} % lost, resumed over" for loss in losses)
        return [risk, GuardVoted(Guard.DRAWDOWN, yes=True, reason=over)]
