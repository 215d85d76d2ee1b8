"""The order manager: every order's life from approval to the last fill, and every position's way out.

Order of events for an entry: approval -> intent (NEW, to the journal) -> durable -> request (SUBMITTED, to the gateway)
-> answer -> reports and fills from the venue -> books. Nothing is sent that is not durable; nothing is booked that is
not a fill of the venue's own ledger; an outcome nobody knows stays UNKNOWN, at worst case, until the venue is asked.

Sources of truth, in this order: fill rows (money), cumulative reports (status), answers to our requests (identity).
"""

from trader247.core.bans import BanList
from trader247.core.cancel_desk import CancelDesk, over, stuck
from trader247.core.entry_desk import EntryDesk
from trader247.core.exit_desk import ExitDesk
from trader247.core.exits import Exit, ExitCause
from trader247.core.flatten_desk import FlattenDesk
from trader247.core.order_books import OrderBooks
from trader247.core.order_evidence import OrderEvidence, doubt_alert
from trader247.core.order_state import OrderEvent
from trader247.core.order_timers import OrderTimers
from trader247.core.order_traffic import ManagerIn, ManagerOut
from trader247.core.protection_desk import ProtectionDesk
from trader247.core.quiet_desk import QuietDesk
from trader247.core.trim_desk import TrimDesk
from trader247.messages.bans import Ban, BanLifted, InstrumentBanned
from trader247.messages.base import Tick
from trader247.messages.control import (
    AlertRaised,
    FlattenOrdered,
    GroupsChanged,
    Guard,
    GuardVoted,
    PolicyChanged,
    Severity,
)
from trader247.messages.market import FeeTierSeen, InstrumentsListed, QuoteAccepted
from trader247.messages.orders import (
    Accepted,
    AccountOpened,
    BalancesSeen,
    BooksLoaded,
    CancelAll,
    CancelFinished,
    Drained,
    DrainOrders,
    EquityMarked,
    FillBooked,
    FillsFetched,
    InDoubt,
    IntentDurable,
    LoadBooks,
    NotSent,
    OrderChanged,
    OrderLookedUp,
    OrderReported,
    OrderWithheld,
    PlaceFinished,
    PlaceOrder,
    ReconcileFinished,
    Rejected,
    ResumeOrders,
    StopRaised,
)
from trader247.messages.reconciling import BalancesAccepted
from trader247.messages.trading import ProposalRefused, RiskApproved, RiskReason
from trader247.model.ids import AlertKey, RunEpoch, cycle_of
from trader247.model.instant import SECOND, Instant, Moment, Mono
from trader247.model.instrument import Symbol
from trader247.model.market import Quote
from trader247.model.mode import Mode
from trader247.model.order import Fill, Order, OrderStatus, Side
from trader247.model.policy import Policy
from trader247.model.policy_universe import Group

__all__ = ["ManagerIn", "ManagerOut", "OrderManager"]

_CHANGES = (OrderChanged, FillBooked, OrderWithheld, AccountOpened, StopRaised, EquityMarked)
_EXIT_GOOD_FOR_S = 10
"""An exit that could not leave within this many seconds is decided anew, at the price of then."""


class OrderManager:
    """The decider. It is ready once the journal has given the books back."""

    def __init__(
        self,
        policy: Policy,
        mode: Mode,
        epoch: RunEpoch,
        *,
        groups: tuple[Group, ...] = (),
        halted: bool = False,
        flattening: FlattenOrdered | None = None,
        bans: tuple[Ban, ...] = (),
    ) -> None:
        """``halted``: whether the daemon starts, or this actor restarts, under a halt. ``flattening``: what an earlier
        incarnation was about to sell everything for; ``bans``: those given before this one. ``groups``: the themes and
        tiers of the universe.
        """
        self._books = OrderBooks(policy, mode, epoch, groups=groups, halted=halted)
        self._books.flattening = None if halted else flattening
        self._books.bans = BanList(bans)
        self._entries = EntryDesk(self._books)
        self._exits = ExitDesk(self._books)
        self._timers = OrderTimers(self._books)
        self._evidence = OrderEvidence(self._books, self._timers)
        self._cancels = CancelDesk(self._books, self._timers, self._evidence)
        self._protection = ProtectionDesk(self._books, self._timers)
        self._trims = TrimDesk(self._books, self._exits)
        self._flatten = FlattenDesk(self._books, self._exits)
        self.quiet = QuietDesk(self._books, self._exits, self._trims)
        self._drain_told = False
        self._changed = False

    @property
    def ready(self) -> bool:
        """Whether the journal was read."""
        return self._books.loaded

    @property
    def flattening(self) -> FlattenOrdered | None:
        """The operator's order to sell everything, while it is carried out."""
        return self._books.flattening

    def start(self, now: Moment) -> list[ManagerOut]:
        """Ask the journal for the books; a cold start and a restart are the same."""
        return [LoadBooks()]

    def handle(self, message: ManagerIn, now: Moment) -> list[ManagerOut]:
        """What follows from one message; a new portfolio closes the list where anything changed."""
        out = self._react(message, now)
        changed = self._changed or any(isinstance(fact, _CHANGES) for fact in out)
        if changed or (isinstance(message, Tick) and self._books.quotes_moved and self._books.loaded):
            self._changed = self._books.quotes_moved = False
            out.append(self._books.portfolio(now))
            out += self._books.marks_to_write()
        return out

    # ---------------------------------------------------------------------------------------------- dispatch
    def _react(self, message: ManagerIn, now: Moment) -> list[ManagerOut]:
        match message:
            case QuoteAccepted(quote):
                self._books.quotes[quote.symbol] = quote
                self._books.quotes_moved = True
                return self._protect(quote, now)
            case OrderReported():
                return self._reported(message, now)
            case FillsFetched(fills):
                return self._fills(fills, now)
            case PlaceFinished():
                return self._placed(message, now)
            case IntentDurable(intent_id):
                order = self._books.registry.get(intent_id)
                return self._send(order, now) if order is not None and order.status is OrderStatus.NEW else []
            case RiskApproved():
                return self._approved(message, now)
            case Tick():
                return self._tick(now)
            case CancelFinished():
                return [*self._cancels.answered(message, now)]
            case OrderLookedUp():
                return self._looked_up(message, now)
            case InstrumentsListed(instruments):
                self._books.instruments = {i.symbol: i for i in instruments}
                return []
            case FeeTierSeen():
                return [*self._books.see_fees(message)]
            case BooksLoaded():
                return self._load(message, now)
            case BalancesSeen():
                return self._open_account(message)
            case ReconcileFinished():
                return self._confirmed()
            case CancelAll(reason):
                self._books.halted = True
                return [*self._cancel_working(reason, now), *self._flatten.end(f"given up: {reason}")]
            case ResumeOrders():
                self._books.halted = False
                self._changed = True
                return [*self._protection.begin_again()]
            case DrainOrders():
                self._books.draining = True
                return self._cancel_working("the daemon is stopping", now)
            case BalancesAccepted():
                return [*self._books.accept(message, now)]
            case FlattenOrdered():
                return [*self._flatten.begin(message), *self._sell_out(now)]
            case InstrumentBanned(ban):
                self._books.bans.take(message)
                return self._stop_buying(ban.symbol, now, f"{ban.symbol} is banned")
            case BanLifted():
                self._books.bans.take(message)
                return []
            case GroupsChanged(groups):
                self._books.groups = groups
                return []
            case PolicyChanged(policy):
                self._books.policy = policy  # read at each use; an entry's number of requotes stays as it was begun
                return [*self._protection.begin_again()]

    # ----------------------------------------------------------------------------------------- books and start
    def _load(self, message: BooksLoaded, now: Moment) -> list[ManagerOut]:
        if self._books.loaded:
            return []
        self._books.load(message, now)
        self._changed = True
        out: list[ManagerOut] = []
        for order in list(self._books.registry.unsettled()):
            # whether the bytes left before the end of the last run, nobody here knows
            if order.status in {OrderStatus.NEW, OrderStatus.SUBMITTED}:
                out += self._advance(order, OrderEvent.DOUBTED, now, "in flight when the last run ended")
            elif order.status is OrderStatus.UNKNOWN:
                out.append(doubt_alert(order, order.reason))
        if self._books.stopped:
            out += self._cancel_working(self._books.stopped, now)
        return out

    def _open_account(self, message: BalancesSeen) -> list[ManagerOut]:
        if not self._books.loaded or self._books.opened:
            return []
        self._books.ledger.open(message.balances)
        self._books.opened = True
        self._changed = True
        return [AccountOpened(message.balances)]

    def _confirmed(self) -> list[ManagerOut]:
        if self._books.loaded and self._books.opened and not self._books.confirmed:
            self._books.confirmed = True
            self._changed = True
        return []

    # ------------------------------------------------------------------------------------------ our own requests
    def _approved(self, approval: RiskApproved, now: Moment) -> list[ManagerOut]:
        if approval.serial <= self._books.approvals_seen:
            return [_refused(approval, "approval_replayed", f"serial {approval.serial} was already used")]
        self._books.approvals_seen = approval.serial
        self._changed = True
        if now.mono >= approval.expires_at.mono:
            return [_refused(approval, "approval_expired", "the approval is too old to act on")]
        if self._books.stopped or not self._books.ready:
            return [_refused(approval, "not_trading", self._books.stopped or "the books are not confirmed yet")]
        body = approval.proposal.body
        if body.side is Side.BUY and self._books.flattening:
            return [_refused(approval, "flattening", f"everything is being sold: {self._books.flattening.reason}")]
        if body.side is Side.BUY:
            return [*self._entries.open(approval, now)]
        position = self._books.ledger.positions.get(body.symbol)
        if position is None:
            return [_refused(approval, "shorting_disallowed", f"no {body.symbol} is held")]
        why = Exit(ExitCause.STRATEGY, body.reason)
        leaving = [*self._exits.leave(position, why, now, approval.proposal.proposal_id)]
        quote = self._books.quotes.get(body.symbol)
        if not leaving and quote is not None and self._protection.resting(body.symbol):
            self._exits.wish(position, why, now, approval.proposal.proposal_id)
            return self._rest(quote, now)
        return [*leaving] or [_refused(approval, "exit_not_possible", f"{body.symbol} cannot be sold at this moment")]

    def _send(self, order: Order, now: Moment) -> list[ManagerOut]:
        ended = self._books.must_end(order)
        if ended:
            return self._advance(order, OrderEvent.NOT_SENT, now, ended)
        good_for = _EXIT_GOOD_FOR_S * SECOND
        expires = self._entries.expiry_of(order.intent.intent_id) or Moment(
            Instant(now.utc + good_for), Mono(now.mono + good_for)
        )
        _, evidence = self._evidence.advance(order, OrderEvent.SENT, now)
        return [*evidence, PlaceOrder(order.intent, expires)]

    def _placed(self, message: PlaceFinished, now: Moment) -> list[ManagerOut]:
        order = self._books.registry.get(message.intent_id)
        if order is None:
            return []
        match message.outcome:
            case Accepted(venue_order_id):
                order, evidence = self._evidence.advance(order, OrderEvent.ACCEPTED, now, venue_order_id=venue_order_id)
                why = self._books.must_end(order)
                return [*evidence, *(self._cancels.ask([order], why, now) if why and not order.status.terminal else [])]
            case Rejected(failure, text):
                order, evidence = self._evidence.advance(
                    order, OrderEvent.REJECTED, now, reason=f"{failure.value}: {text}"
                )
                alerts = [AlertRaised(AlertKey("order_rejected"), Severity.WARNING, f"{order.intent.symbol}: {text}")]
                told = self._protection.refused(order, failure, text, now) if order.intent.protects else alerts
                return [*evidence, *told, *self._after_end(order, now)]
            case NotSent(text):
                return self._advance(order, OrderEvent.NOT_SENT, now, text)
            case InDoubt(text):
                order, evidence = self._evidence.advance(order, OrderEvent.DOUBTED, now, reason=text)
                asked = [self._timers.look_up(order, now)] if order.status is OrderStatus.UNKNOWN else []
                return [*evidence, *asked]

    def _looked_up(self, message: OrderLookedUp, now: Moment) -> list[ManagerOut]:
        order = self._books.registry.get(message.intent_id)
        if order is None or order.status is not OrderStatus.UNKNOWN or not message.absent:
            return []
        if not self._timers.absence_proven(order, now):
            return []
        return self._advance(order, OrderEvent.PROVEN_ABSENT, now, message.text)

    def _cancel_working(self, reason: str, now: Moment) -> list[ManagerOut]:
        self._changed = True
        due = [order for order in self._books.registry.working() if self._books.must_end(order)]
        out: list[ManagerOut] = []
        for order in due:
            if order.status is OrderStatus.NEW:
                out += self._advance(order, OrderEvent.NOT_SENT, now, reason)
        # the request first: the journal's copy of it may wait, the market will not
        return [*self._cancels.ask(due, reason, now), *out, *self._drained(now)]

    def _free(self, orders: list[Order], why: str, now: Moment) -> list[ManagerOut]:
        """Take back what was not sent, and ask for the cancel of what works; what is in flight answers first."""
        out: list[ManagerOut] = []
        for order in orders:
            if order.status is OrderStatus.NEW:
                out += self._advance(order, OrderEvent.NOT_SENT, now, why)
        return [*self._cancels.ask_working(orders, why, now), *out]

    # ----------------------------------------------------------------------------------------- the venue's word
    def _reported(self, report: OrderReported, now: Moment) -> list[ManagerOut]:
        order, evidence = self._evidence.reported(report, now)
        out: list[ManagerOut] = [*evidence]
        if order is None:
            return out
        out += self._cancels.end_where_due(order, now)
        return [*out, *self._after_end(order, now)]

    def _fills(self, fills: tuple[Fill, ...], now: Moment) -> list[ManagerOut]:
        touched, evidence = self._evidence.fills(fills)
        out: list[ManagerOut] = [*evidence]
        for order in touched:
            out += self._after_end(order, now)
        return out

    def _after_end(self, order: Order, now: Moment) -> list[ManagerOut]:
        if not order.settled:
            return []
        told = self._protection.ended(order, now) if order.intent.protects else []
        unstuck = [over(order)] if self._timers.forget(order) else []
        trimmed = self._trims.ended(order)
        return [*told, *unstuck, *trimmed, *self._entries.follow_up(order, now), *self._drained(now)]

    # ----------------------------------------------------------------------------------------------- on its own
    def _protect(self, quote: Quote, now: Moment) -> list[ManagerOut]:
        if not self._books.loaded:
            return []
        out: list[ManagerOut] = [*self._exits.look(quote, now)]
        if not self._books.stopped and self._exits.wanted(quote, now):
            out += self._stop_buying(quote.symbol, now, "the position is being left")
        return [*out, *self._rest(quote, now)]

    def _stop_buying(self, symbol: Symbol | None, now: Moment, why: str) -> list[ManagerOut]:
        buys = self._books.registry.working(symbol, Side.BUY)
        for order in buys:
            self._entries.give_up(order)  # or its next step would buy what is being sold
        return self._free(buys, why, now)

    def _sell_out(self, now: Moment) -> list[ManagerOut]:
        """While an operator has everything sold: nothing is bought; the sales themselves come with the quotes."""
        if not self._books.flattening:
            return []
        return [*self._stop_buying(None, now, "everything is being sold"), *self._flatten.look()]

    def _rest(self, quote: Quote, now: Moment) -> list[ManagerOut]:
        """What rests at the venue for this instrument, brought to what ought to."""
        steps = self._protection.look(quote, self._exits.wanted(quote, now), now)
        return [*steps.out, *self._free(steps.cancel, steps.why, now)]

    def _tick(self, now: Moment) -> list[ManagerOut]:
        self._books.bans.lapse(now.utc)
        due = self._timers.due(now)
        out: list[ManagerOut] = [*due.requests]
        for order in due.stuck:
            out += self._advance(order, OrderEvent.DOUBTED, now, "no answer from the gateway")
        for order in due.never_durable:
            out += self._advance(order, OrderEvent.NOT_SENT, now, "the journal did not confirm the intent")
        out += self._cancels.ask(due.expired, self._books.stopped or "its time is over", now)
        out += self._cancels.ask(due.cancel_again, "asked again", now)
        out += [stuck(order) for order in due.cancel_stuck]
        if not self._books.ready:
            vote = GuardVoted(Guard.ORDERS, yes=False, reason="the books are not confirmed by the venue yet")
        else:
            vote = GuardVoted(Guard.ORDERS, yes=True, reason=f"{len(self._books.registry.working())} working")
        return [*out, vote, *self._sell_out(now), *self._trims.look(now), *self._drained(now)]

    def _drained(self, now: Moment) -> list[ManagerOut]:
        if not self._books.draining or self._drain_told or not self._books.loaded:
            return []  # before the books are read nobody knows what is working
        left = tuple(self._books.registry.unsettled())
        if any(self._books.must_end(order) or not order.at_rest for order in left) or self._protection.missing(now):
            return []
        self._drain_told = True
        return [Drained((), resting=left)]

    def _advance(self, order: Order, event: OrderEvent, now: Moment, reason: str) -> list[ManagerOut]:
        order, evidence = self._evidence.advance(order, event, now, reason=reason)
        return [*evidence, *self._after_end(order, now)]


def _refused(approval: RiskApproved, rule: str, text: str) -> ProposalRefused:
    return ProposalRefused(approval.proposal, cycle_of(approval.proposal.proposal_id), RiskReason(rule, text))
