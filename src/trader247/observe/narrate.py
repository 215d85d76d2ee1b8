"""The story of a run, for a person: one calm sentence per fact worth reading, and none for the rest.

Pure: a fact gives a line or nothing. A line has a word for what happened, the instrument, and the sentence; numbers are
rounded for reading here and nowhere else.
"""

from decimal import Decimal
from typing import Final

from attrs import frozen

from trader247.core.status_facts import BoardFact
from trader247.core.status_views import pct_text
from trader247.messages.bans import BanLapsed, BanLifted, InstrumentBanned
from trader247.messages.breakers import BreakerChanged, BreakerState
from trader247.messages.control import (
    AlertChanged,
    AlertState,
    ConfigurationReloaded,
    DaemonStarted,
    FlattenEnded,
    FlattenOrdered,
    HaltCleared,
    HaltTripped,
    LossAcknowledged,
    SetTradingState,
    Severity,
)
from trader247.messages.market import StreamChanged
from trader247.messages.orders import FillBooked, OrderChanged, OrderWithheld, TrimEnded, TrimOutcome
from trader247.messages.trading import (
    CycleFinished,
    EligibilityChanged,
    ProposalRefused,
    RegimeChanged,
    SignalReceived,
    SignalRefused,
)
from trader247.model.instant import rfc3339
from trader247.model.mode import OrderKind, TradingState
from trader247.model.money import plain, price_text
from trader247.model.order import Order, OrderIntent, OrderStatus, Side

__all__ = ["Line", "money", "narrate"]


@frozen
class Line:
    """``level`` is ``info``, ``warning`` or ``critical``."""

    word: str
    text: str
    symbol: str = ""
    level: str = "info"


def narrate(fact: BoardFact) -> Line | None:
    """The line of a fact, or None where nobody would want to read one."""
    match fact:
        case DaemonStarted():
            text = f"{fact.mode.value} on {fact.venue}, account {fact.account}, configuration {fact.config_hash}"
            return Line("started", f"trader247 {fact.version}: {text}")
        case ConfigurationReloaded():
            return _reloaded(fact)
        case CycleFinished():
            return _cycle(fact)
        case ProposalRefused():
            return _refusal(fact)
        case OrderChanged(order):
            return _order(order)
        case OrderWithheld(intent):
            return Line("would", f"{_terms(intent)}; DRY_RUN sends nothing. {intent.reason}", intent.symbol)
        case FillBooked():
            return _fill(fact)
        case EligibilityChanged():
            return _eligibility(fact)
        case RegimeChanged(before=before, text=text):
            return Line("regime", f"{text}{f' (before: {before.value})' if before else ''}")
        case HaltTripped():
            return Line("HALTED", f"{fact.reason} (by {fact.by}); no entries until an operator resumes", "", "critical")
        case SetTradingState(state, by, reason):
            paused = state is TradingState.REDUCING
            meaning = "exits and cancels only" if paused else "entries again"
            return Line(
                "paused" if paused else "active", f"{state.value}: {meaning}: {reason} (by {by})", level="warning"
            )
        case InstrumentBanned(ban):
            text = f"{ban.kind.value}: {ban.reason} (by {ban.by}); no entries until {rfc3339(ban.until, digits=0)}"
            return Line("banned", text, ban.symbol, "warning")
        case BanLifted(symbol, by, reason):
            return Line("unbanned", f"{reason} (by {by})", symbol, "warning")
        case BanLapsed(ban):
            return Line("unbanned", f"the ban's time is over ({ban.kind.value}: {ban.reason})", ban.symbol)
        case LossAcknowledged(losses, by, reason):
            lost = ", ".join(f"{loss.limit} {loss.lost_pct:.2f} %" for loss in losses)
            return Line(
                "resumed", f"over a loss: {lost}; halts again when it is worse: {reason} (by {by})", level="warning"
            )
        case BreakerChanged():
            return _breaker(fact)
        case FlattenOrdered(by, reason):
            return Line("flatten", f"every position is being sold: {reason} (by {by})", level="warning")
        case FlattenEnded():
            left = f"; left: {', '.join(fact.left)}" if fact.left else ""
            return Line("flattened", f"{fact.text}{left}: {fact.reason} (by {fact.by})", level="warning")
        case TrimEnded(symbol, TrimOutcome.FAILED, text):
            return Line("trim", f"sold nothing: {text}", symbol, "warning")
        case HaltCleared():
            return Line("resumed", f"{fact.reason} (by {fact.by})", level="warning")
        case SignalReceived(signal):
            text = f"{signal.side.value} for {signal.strategy}, id {signal.signal_id}, by {signal.source}"
            return Line("signal", text, signal.symbol)
        case SignalRefused(strategy, signal_id, source, reason):
            return Line(
                "signal", f"refused for {strategy}, id {signal_id or 'unread'}, by {source}: {reason}", "", "warning"
            )
        case AlertChanged():
            return _alert(fact)
        case StreamChanged(up, why):
            return Line("stream", "market data flows", "") if up else Line("stream", f"lost: {why}", "", "warning")
        case _:
            return None


def money(value: Decimal, places: int = 2) -> str:
    """An amount for reading: thousands grouped, ``places`` decimals; what is tiny keeps its significant digits."""
    if value and abs(value) < Decimal("0.1"):
        return plain(Decimal(f"{value:.4g}"))
    return f"{value:,.{places}f}"


def _breaker(fact: BreakerChanged) -> Line:
    line = fact.line
    who = f" (by {line.by})" if line.by else ""
    until = f", probed from {rfc3339(line.until, digits=0)}" if line.until else ""
    stops = f"; stops {line.stops}{until}" if line.state is BreakerState.OPEN else ""
    level = "warning" if line.state is BreakerState.OPEN else "info"
    why = f": {line.why}" if line.why and line.state is not BreakerState.HALF_OPEN else ""
    return Line("breaker", f"{line.breaker} is {line.state.value}{why}{who}{stops}", level=level)


_KEYS_TOLD_MAX: Final = 6
"""Changed keys in one line; the journal has them all."""


def _reloaded(fact: ConfigurationReloaded) -> Line:
    told = [f"{change.key} {change.before} -> {change.after}" for change in fact.changes[:_KEYS_TOLD_MAX]]
    more = len(fact.changes) - len(told)
    keys = ", ".join([*told, *([f"and {more} more"] if more else [])])
    return Line("reloaded", f"configuration {fact.after}, before {fact.before}: {keys}: {fact.reason} (by {fact.by})")


def _terms(intent: OrderIntent) -> str:
    return f"{intent.side.value.lower()} {plain(intent.quantity)} @ {price_text(intent.limit_price)}"


def _cycle(cycle: CycleFinished) -> Line:
    count = len(cycle.instruments)
    looked = f"{count} {'instrument' if count == 1 else 'instruments'}, {cycle.regime.value}"
    if cycle.proposals:
        outcome = f"{cycle.proposals} proposed"
    elif cycle.no_trade:
        outcome = f"no trade: {cycle.no_trade}"
    elif cycle.triggers:
        outcome = f"no trade: {len(cycle.triggers)} triggers, no strategy proposed"
    else:
        outcome = "no trade: no trigger fired"
    silent = f"; silent: {', '.join(cycle.silent)}" if cycle.silent else ""
    text = (
        f"#{cycle.number}: {looked}, {outcome}{silent} ({cycle.took_s * 1000:.1f} ms, {cycle.jitter_s:+.1f} s jitter)"
    )
    return Line("cycle", text, level="warning" if cycle.silent else "info")


def _eligibility(fact: EligibilityChanged) -> Line:
    if fact.eligible:
        return Line("eligible", f"tier {fact.tier.value}: {fact.text}", fact.symbol)
    return Line("excluded", f"tier {fact.tier.value}: {fact.text}", fact.symbol)


def _refusal(refused: ProposalRefused) -> Line:
    body, reason = refused.proposal.body, refused.reason
    compared = (("now", reason.current_pct), ("wish", reason.proposed_pct), ("cap", reason.limit_pct))
    numbers = ", ".join(f"{name} {pct_text(value)} %" for name, value in compared if value is not None)
    wish = f"{body.side.value.lower()} {plain(body.notional_pct)} % ({body.strategy})"
    more = f"; {refused.more} more like it" if refused.more else ""
    text = f"{wish}: {reason.rule}: {reason.text}{f' [{numbers}]' if numbers else ''}{more}"
    return Line("refused", text, body.symbol)


_ENDS: Final = {
    OrderStatus.CANCELED: ("cancelled", "info"),
    OrderStatus.EXPIRED: ("expired", "info"),
    OrderStatus.REJECTED: ("rejected", "warning"),
    OrderStatus.FAILED: ("failed", "warning"),
    OrderStatus.UNKNOWN: ("in doubt", "warning"),
}


def _order(order: Order) -> Line | None:
    intent = order.intent
    if order.status is OrderStatus.NEW:
        word = "protect" if intent.protects else "exit" if intent.kind is OrderKind.EXIT else "order"
        return Line(word, f"{_terms(intent)} {intent.style.value}  {intent.reason}", intent.symbol)
    if order.status not in _ENDS:
        return None
    word, level = _ENDS[order.status]
    filled = f", {plain(order.filled)} filled" if order.filled else ""
    reason = f": {order.reason}" if order.reason else ""
    return Line(word, f"{_terms(intent)}{filled}{reason}", intent.symbol, level)


def _fill(booked: FillBooked) -> Line:
    fill, intent = booked.fill, booked.order.intent
    what = f"{plain(fill.quantity)} @ {price_text(fill.price)}"
    if fill.side is Side.BUY:
        return Line("bought", f"{what}  {intent.reason}", fill.symbol)
    sign = "+" if booked.realised >= 0 else ""
    return Line("sold", f"{what}  {sign}{money(booked.realised)} realised  {intent.reason}", fill.symbol)


def _alert(alert: AlertChanged) -> Line:
    if alert.state is AlertState.RESOLVED:
        return Line("resolved", f"{alert.key}: {alert.text}")
    level = {Severity.INFO: "info", Severity.WARNING: "warning", Severity.CRITICAL: "critical"}[alert.severity]
    times = f" ({alert.count} times)" if alert.count > 1 else ""
    word = "escalated" if alert.state is AlertState.ESCALATED else "alert"
    return Line(word, f"{alert.key}: {alert.text}{times}", level=level)
