"""The nouns as plain dictionaries, ready for JSON: decimals as strings, instants as RFC 3339, enums as their text.

One function per noun, so that the HTTP face, the control socket and the dashboard can never show one thing in two ways.
Keys carry their unit last, as everywhere.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from trader247.messages.bans import Ban
from trader247.messages.breakers import BreakerLine
from trader247.messages.control import AlertChanged, FlattenOrdered, HaltTripped, PanelLine
from trader247.messages.orders import Exposure, FillBooked, OrderWithheld
from trader247.messages.trading import CycleFinished, ProposalRefused, RiskReason
from trader247.model.instant import Instant, rfc3339
from trader247.model.market import Quote
from trader247.model.money import HUNDRED, plain
from trader247.model.order import Order, OrderIntent
from trader247.model.portfolio import Position
from trader247.model.signals import InstrumentView, TriggerReading

__all__ = [
    "Plain",
    "alert_view",
    "ban_view",
    "breaker_view",
    "cycle_view",
    "exposure_view",
    "fill_view",
    "flatten_view",
    "guard_view",
    "halt_view",
    "instrument_view",
    "order_view",
    "pct_text",
    "position_view",
    "quote_view",
    "reading_view",
    "refusal_view",
    "withheld_view",
]

Plain = dict[str, Any]
"""What JSON can carry: text, integers, floats of statistics, booleans, None, and lists and dictionaries of these."""


def _money(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)


def pct_text(value: Decimal | None) -> str | None:
    """A percentage to four decimals: it is a quotient, and nobody needs its other 24 digits."""
    return None if value is None else plain(round(value, 4))


def _at(at: Instant) -> str:
    return rfc3339(at, digits=3)


def intent_view(intent: OrderIntent) -> Plain:
    """What an order means to do."""
    return {
        "client_order_id": intent.client_order_id,
        "intent_id": intent.intent_id,
        "symbol": intent.symbol,
        "kind": intent.kind.value,
        "side": intent.side.value,
        "style": intent.style.value,
        "quantity": plain(intent.quantity),
        "limit_price": plain(intent.limit_price),
        "notional_max": plain(intent.notional_max),
        "strategy": intent.strategy,
        "why": intent.reason,
        "created_at": _at(intent.created_at),
    }


def order_view(order: Order) -> Plain:
    """An order: its intent and what has become of it."""
    return {
        **intent_view(order.intent),
        "status": order.status.value,
        "working": order.status.working,
        "venue_order_id": order.venue_order_id,
        "filled": plain(order.filled),
        "booked": plain(order.booked),
        "average_price": _money(order.average_price),
        "fees": plain(order.fees),
        "reason": order.reason,
        "changed_at": _at(order.changed_at),
    }


def withheld_view(message: OrderWithheld, at: Instant) -> Plain:
    """An order that DRY_RUN did not send, in the shape of an order."""
    return {
        **intent_view(message.intent),
        "status": "WITHHELD",
        "working": False,
        "venue_order_id": None,
        "filled": "0",
        "booked": "0",
        "average_price": None,
        "fees": "0",
        "reason": "DRY_RUN: decided, not sent",
        "changed_at": _at(at),
    }


def fill_view(booked: FillBooked) -> Plain:
    """One execution and what it realised."""
    fill = booked.fill
    return {
        "fill_id": fill.fill_id,
        "client_order_id": booked.order.intent.client_order_id,
        "symbol": fill.symbol,
        "side": fill.side.value,
        "price": plain(fill.price),
        "quantity": plain(fill.quantity),
        "fee": plain(fill.fee),
        "liquidity": fill.liquidity.value,
        "realised": plain(booked.realised),
        "at": _at(fill.at),
    }


def position_view(position: Position, quote: Quote | None, working: Iterable[Order] = ()) -> Plain:
    """A position, with its value and unrealised profit (entry fees taken off) at the newest mid where one is known.

    ``at_venue`` is the order among those ``working`` that protects it whether or not a daemon runs.
    """
    resting = next((o for o in working if o.intent.symbol == position.symbol and o.intent.protects), None)
    mid = quote.mid if quote else None
    return {
        "symbol": position.symbol,
        "quantity": plain(position.quantity),
        "average_entry": plain(position.average_entry),
        "cost": plain(position.cost),
        "mid": _money(mid),
        "value": _money(mid * position.quantity if mid else None),
        "unrealised": _money((mid - position.average_entry) * position.quantity - position.entry_fees if mid else None),
        "change_pct": _change_pct(position, quote),
        "realised": plain(position.realised_pnl),
        "entry_fees": plain(position.entry_fees),
        "stop_price": _money(position.stop_price),
        "raised_from": _money(position.raised_from),
        "target_price": _money(position.target_price),
        "max_hold_s": position.max_hold_s,
        "at_venue": None if resting is None else _resting_text(resting),
        "strategy": position.strategy,
        "opened_at": _at(position.opened_at),
    }


def _resting_text(order: Order) -> str:
    return f"{order.intent.style.value} at {_money(order.intent.stop_price)}, {order.status.value}"


def _change_pct(position: Position, quote: Quote | None) -> float | None:
    if quote is None or not position.average_entry:
        return None
    return round(float((quote.mid / position.average_entry - 1) * HUNDRED), 3)


def exposure_view(exposure: Exposure) -> Plain:
    """What one instrument could cost at worst."""
    return {
        "symbol": exposure.symbol,
        "position": plain(exposure.position),
        "working": plain(exposure.working),
        "total": plain(exposure.total),
    }


def quote_view(quote: Quote, age_s: float) -> Plain:
    """Best bid and ask; ``age_s`` since the daemon took it in."""
    return {
        "bid": plain(quote.bid),
        "ask": plain(quote.ask),
        "mid": plain(quote.mid),
        "last": plain(quote.last),
        "spread_bps": round(float(quote.spread_bps), 2),
        "at": _at(quote.at),
        "age_s": round(age_s, 1),
    }


def alert_view(alert: AlertChanged) -> Plain:
    """An alert as it stands."""
    return {
        "key": alert.key,
        "severity": alert.severity.value,
        "text": alert.text,
        "state": alert.state.value,
        "count": alert.count,
        "raised_at": _at(alert.raised_at),
        "changed_at": _at(alert.changed_at),
    }


def ban_view(ban: Ban) -> Plain:
    """A ban in force."""
    return {
        "symbol": ban.symbol,
        "kind": ban.kind.value,
        "reason": ban.reason,
        "by": ban.by,
        "at": _at(ban.at),
        "until": _at(ban.until),
    }


def breaker_view(line: BreakerLine) -> Plain:
    """A breaker as it stands."""
    return {
        "breaker": line.breaker,
        "state": line.state.value,
        "since": _at(line.since),
        "until": None if line.until is None else _at(line.until),
        "failures": line.failures,
        "failures_max": line.failures_max,
        "window_s": line.window_s,
        "why": line.why,
        "by": line.by,
        "stops": line.stops,
    }


def flatten_view(order: FlattenOrdered, at: Instant) -> Plain:
    """Why and since when every position is being sold."""
    return {"reason": order.reason, "by": order.by, "at": _at(at)}


def halt_view(halt: HaltTripped) -> Plain:
    """Why and since when trading is halted."""
    return {"reason": halt.reason, "by": halt.by, "at": _at(halt.at.utc)}


def guard_view(line: PanelLine, aged_s: float) -> Plain:
    """A guard on the permit panel; ``aged_s`` is how long ago the panel itself was made."""
    age_s = None if line.age_s is None else round(line.age_s + aged_s, 1)
    return {"guard": line.guard.value, "yes": line.yes, "reason": line.reason, "age_s": age_s}


def rule_view(reason: RiskReason) -> Plain:
    """A structured refusal: the rule and the numbers it compared, in percent of NLV."""
    return {
        "rule": reason.rule,
        "text": reason.text,
        "cap_type": reason.cap_type,
        "current_pct": pct_text(reason.current_pct),
        "proposed_pct": pct_text(reason.proposed_pct),
        "limit_pct": pct_text(reason.limit_pct),
        "until": None if reason.until is None else _at(reason.until),
    }


def refusal_view(refused: ProposalRefused, at: Instant) -> Plain:
    """A proposal that went no further."""
    body = refused.proposal.body
    return {
        "at": _at(at),
        "cycle": refused.cycle,
        "proposal_id": refused.proposal.proposal_id,
        "symbol": body.symbol,
        "side": body.side.value,
        "notional_pct": plain(body.notional_pct),
        "conviction": round(body.conviction, 3),
        "strategy": body.strategy,
        "why": body.reason,
        **rule_view(refused.reason),
    }


def reading_view(reading: TriggerReading) -> Plain:
    """What a trigger measured against what it wants, in the trigger's own unit; ``short_by`` is how far it is off."""
    return {
        "trigger": reading.kind.value,
        "value": round(reading.value, 4),
        "threshold": round(reading.threshold, 4),
        "unit": reading.unit,
        "fired": reading.fired,
        "short_by": 0.0 if reading.fired else round(abs(reading.threshold - abs(reading.value)), 4),
    }


def instrument_view(view: InstrumentView) -> Plain:
    """An instrument in a cycle's snapshot."""
    return {
        "symbol": view.symbol,
        "tier": view.tier.value,
        "mid": plain(view.quote.mid),
        "spread_bps": round(float(view.quote.spread_bps), 2),
        "move_15m_pct": round(view.move_15m_pct, 3),
        "move_60m_pct": round(view.move_60m_pct, 3),
        "return_24h_pct": round(view.return_24h_pct, 3),
        "volume_ratio": round(view.volume_ratio, 3),
        "volatility_pct": round(view.volatility_pct, 2),
        "readings": [reading_view(reading) for reading in view.readings],
    }


def cycle_view(cycle: CycleFinished, at: Instant) -> Plain:
    """A finished cycle with every instrument it looked at."""
    return {
        "cycle": cycle.cycle,
        "number": cycle.number,
        "at": _at(at),
        "took_s": round(cycle.took_s, 4),
        "jitter_s": round(cycle.jitter_s, 3),
        "regime": cycle.regime.value,
        "answered": [{"strategy": name, "took_s": round(took_s, 4)} for name, took_s in cycle.answered],
        "silent": list(cycle.silent),
        "proposals": cycle.proposals,
        "no_trade": cycle.no_trade,
        "triggers": [
            {"symbol": t.symbol, "trigger": t.kind.value, "score": round(t.score, 3), "reason": t.reason}
            for t in cycle.triggers
        ],
        "instruments": [instrument_view(view) for view in cycle.instruments],
    }
