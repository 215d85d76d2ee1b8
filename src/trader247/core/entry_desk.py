"""From an approval to entry orders: rest as a maker, quote again a bounded number of times, then take if allowed (OM1).

One approval makes a plan. A plan has one order at a time; when that order is over and part of the approved notional is
left, the plan's next step is taken. A plan ends when the notional is spent, its steps are used up, the slippage budget
is exceeded, another approval was filled in the same instrument, or trading stops.
"""

from decimal import Decimal
from typing import Final

from attrs import evolve, frozen

from trader247.core.order_books import OrderBooks
from trader247.core.sizing import entry_price, quantity_within, taker_entry_price, with_fee
from trader247.messages.orders import OrderChanged, OrderWithheld
from trader247.messages.trading import ProposalRefused, RiskApproved, RiskReason
from trader247.model.ids import IntentId, client_order_id, cycle_of
from trader247.model.instant import MINUTE, SECOND, Instant, Moment, Mono, seconds
from trader247.model.instrument import Instrument
from trader247.model.market import Quote
from trader247.model.mode import Mode, OrderKind
from trader247.model.money import BPS, HUNDRED, Notional, Price, Quantity, floor_to
from trader247.model.order import Order, OrderIntent, OrderStatus, Side, Style

__all__ = ["EntryDesk"]

_STEP_GOOD_FOR_S: Final = 10
"""A follow-up order is placed within this many seconds of being decided, or not at all, as an approval is."""


@frozen
class _Plan:
    approval: RiskApproved
    reference: Price
    left: Notional
    reprices_left: int
    taker_left: bool


class EntryDesk:
    """Makes entry intents and their follow-ups. ``expiry_of`` says until when an intent may leave."""

    def __init__(self, books: OrderBooks) -> None:
        """Shares the order manager's books."""
        self._books = books
        self._plans: dict[IntentId, _Plan] = {}
        self._expiry: dict[IntentId, Moment] = {}

    def open(self, approval: RiskApproved, now: Moment) -> list[OrderChanged | OrderWithheld | ProposalRefused]:
        """The first order of an approval, or the reason why it has none."""
        body, books = approval.proposal.body, self._books
        known = books.tradable(body.symbol)
        if known is None:
            return [self._refuse(approval, "not_tradable", f"no quote or no listing of {body.symbol}")]
        instrument, quote = known
        closed = self._closed(instrument, quote, now)
        if closed is not None:
            return [self._refuse(approval, *closed)]
        execution = books.policy.execution
        rests = execution.maker_first or body.canary
        plan = _Plan(
            approval=approval,
            reference=quote.mid,
            left=approval.notional,
            reprices_left=execution.reprices if rests else 0,
            taker_left=execution.taker_fallback and not body.canary and rests,
        )
        intent = self._intent(plan, Style.POST_ONLY if rests else Style.TAKER_IOC, instrument, quote, now)
        fault = self._fault_of(intent, instrument)
        if fault is not None:
            return [self._refuse(approval, "not_placeable", fault)]
        if books.mode is Mode.DRY_RUN:
            return [OrderWithheld(intent)]
        return [self._take_up(plan, intent, approval.expires_at, now)]

    def expiry_of(self, intent_id: IntentId) -> Moment | None:
        """Until when the intent may leave; None for one this desk did not make in this run."""
        return self._expiry.get(intent_id)

    def give_up(self, order: Order) -> None:
        """No further step follows this order, however it ends."""
        self._plans.pop(order.intent.intent_id, None)

    def follow_up(self, ended: Order, now: Moment) -> list[OrderChanged]:
        """The plan's next order after one is over and settled, or nothing."""
        plan = self._plans.pop(ended.intent.intent_id, None)
        self._expiry.pop(ended.intent.intent_id, None)
        if plan is None or self._books.stopped or ended.status not in {OrderStatus.CANCELED, OrderStatus.REJECTED}:
            return []
        known = self._books.tradable(ended.intent.symbol)
        if known is None:
            return []
        instrument, quote = known
        if self._closed(instrument, quote, now) is not None or self._another_came_first(plan, now):
            return []
        spent = with_fee(ended.booked_notional, self._books.fee_bps)
        step = self._next_step(evolve(plan, left=Notional(plan.left - spent)), quote)
        if step is None:
            return []
        plan, style = step
        intent = self._intent(plan, style, instrument, quote, now)
        if self._fault_of(intent, instrument) is not None:
            return []  # what is left is too small for an order of its own
        good_for = _STEP_GOOD_FOR_S * SECOND
        expires = Moment(Instant(now.utc + good_for), Mono(now.mono + good_for))
        return [self._take_up(plan, intent, expires, now)]

    def _closed(self, instrument: Instrument, quote: Quote, now: Moment) -> tuple[str, str] | None:
        """The rule and the words why nothing may be placed at this moment (requirements EX1, ST1, U4), or None."""
        ban = self._books.bans.in_force(now.utc).get(instrument.symbol)
        if ban is not None:
            return "banned", f"{instrument.symbol} is banned: {ban.kind.value}: {ban.reason}"
        if not instrument.status.admits_entries:
            return "product_disabled", f"{instrument.symbol} is {instrument.status.value}"
        age_s, age_s_max = seconds(now.utc - quote.at), self._books.policy.staleness.quote_s
        if age_s > age_s_max:
            return "stale_quote", f"the quote of {instrument.symbol} is {age_s:.1f} s old, at most {age_s_max:g} s"
        return None

    def _another_came_first(self, plan: _Plan, now: Moment) -> bool:
        """Whether another approval bought the instrument within the cooldown, which holds for every way in (CD1).

        Two cycles may approve the same instrument before either is filled. What rests was right when it was approved;
        what would follow it is a new order, and late.
        """
        proposal, books = plan.approval.proposal, self._books
        symbol = proposal.body.symbol
        if books.tape.bought_for(symbol) in {None, proposal.proposal_id}:
            return False
        last = max((at for of, at in books.entries if of == symbol), default=None)
        return last is not None and now.utc < last + round(books.policy.cooldown_minutes * MINUTE)

    def _next_step(self, plan: _Plan, quote: Quote) -> tuple[_Plan, Style] | None:
        """The plan after its next step and the style of that step; None where nothing is left or the market ran off."""
        budget_bps = self._books.policy.execution.slippage_budget_bps
        if quote.ask > plan.reference * (1 + budget_bps / BPS):
            return None
        if plan.reprices_left > 0:
            return evolve(plan, reprices_left=plan.reprices_left - 1), Style.POST_ONLY
        if plan.taker_left:
            return evolve(plan, taker_left=False), Style.TAKER_IOC
        return None

    def _intent(self, plan: _Plan, style: Style, instrument: Instrument, quote: Quote, now: Moment) -> OrderIntent:
        books, body = self._books, plan.approval.proposal.body
        fee_bps = books.fee_bps
        price = (
            entry_price(quote, instrument)
            if style is Style.POST_ONLY
            else taker_entry_price(quote, instrument, books.policy.execution.slippage_budget_bps)
        )
        quantity = quantity_within(plan.left, price, fee_bps, instrument) if price > 0 else Quantity(Decimal(0))
        # a taker's limit lies over the market by the slippage it would bear: a stop under that could be hit at once
        entered = price if style is Style.POST_ONLY else quote.ask
        stop, target = 1 - body.stop_loss_pct / HUNDRED, 1 + body.take_profit_pct / HUNDRED
        intent = books.next_intent_id()
        return OrderIntent(
            intent_id=intent,
            client_order_id=client_order_id(intent),
            proposal_id=plan.approval.proposal.proposal_id,
            strategy=body.strategy,
            symbol=body.symbol,
            kind=OrderKind.ENTRY,
            side=Side.BUY,
            style=style,
            quantity=quantity,
            limit_price=price,
            notional_max=with_fee(price * quantity, fee_bps),
            reason=body.reason,
            created_at=now.utc,
            stop_price=Price(floor_to(entered * stop, instrument.price_increment)),
            target_price=Price(floor_to(entered * target, instrument.price_increment)),
            max_hold_s=body.max_hold_s,
        )

    def _fault_of(self, intent: OrderIntent, instrument: Instrument) -> str | None:
        fault = instrument.fault_of(intent.limit_price, intent.quantity)
        if fault is not None:
            return fault
        promised = sum((o.intent.notional_max for o in self._books.registry.working(side=Side.BUY)), Decimal(0))
        free = self._books.cash - promised
        if intent.notional_max > free:
            return f"costs {intent.notional_max:.2f}, free cash is {free:.2f}"
        return None

    def _take_up(self, plan: _Plan, intent: OrderIntent, expires: Moment, now: Moment) -> OrderChanged:
        order = Order(intent=intent, status=OrderStatus.NEW, changed_at=now.utc)
        self._books.registry.add(order)
        # what rounding left of the approval is given back: others may have been let in for it by now
        self._plans[intent.intent_id] = evolve(plan, left=intent.notional_max)
        self._expiry[intent.intent_id] = expires
        return OrderChanged(order, "new", await_durable=True)

    def _refuse(self, approval: RiskApproved, rule: str, text: str) -> ProposalRefused:
        return ProposalRefused(approval.proposal, cycle_of(approval.proposal.proposal_id), RiskReason(rule, text))
