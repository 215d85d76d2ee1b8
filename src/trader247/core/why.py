"""Why does this instrument not trade now? The first gate that stops it, its numbers, and what would have to change.

The gates are asked in the order in which an entry meets them; the first that says no is the answer:

==================  ==================================================================================================
gate                it says no when
==================  ==================================================================================================
unknown_instrument  the venue does not list it, or nothing was listed yet
halted              the halt latch is tripped
trading_state       the state is not ACTIVE
permit              no fresh entry permit: the first guard that says no, or a permit desk that is silent
instrument_status   the venue does not admit entries in it
banned              a person banned it, and the ban is not over
quote               there is no quote, or it is older than ``quote_s_max``
position            it is held already
working_order       an order in it is working, or its fate is not known
withheld            DRY_RUN decided on an order in the last cycle and did not send it
refused             the last cycle's proposal was refused: the rule and its numbers
universe            no cycle finished yet, or the last one did not look at it
strategy            no strategy answered to the last cycle, or a trigger fired and none proposed
filter              its triggers are held back: an outlier, a calm market, or too little history to tell
trigger             no trigger fired: every reading, its threshold, and how far it is off
nothing             nothing stops it
==================  ==================================================================================================
"""

from collections.abc import Callable
from typing import Final

from attrs import field, frozen

from trader247.core.status_facts import Facts, Seen
from trader247.core.status_views import pct_text
from trader247.messages.control import PermitRenewed
from trader247.messages.orders import OrderWithheld
from trader247.messages.trading import CycleFinished, ProposalRefused
from trader247.model.ids import StrategyName
from trader247.model.instant import Moment, rfc3339, seconds
from trader247.model.instrument import Symbol
from trader247.model.mode import TradingState
from trader247.model.money import plain
from trader247.model.order import Order
from trader247.model.policy import Policy
from trader247.model.policy_signals import Signals
from trader247.model.signals import TriggerKind, TriggerReading

__all__ = ["GATES", "Why", "WhyTerms", "why"]

GATES: Final = (
    "unknown_instrument",
    "halted",
    "trading_state",
    "permit",
    "instrument_status",
    "banned",
    "quote",
    "position",
    "working_order",
    "withheld",
    "refused",
    "universe",
    "strategy",
    "filter",
    "trigger",
    "nothing",
)


@frozen
class WhyTerms:
    """Seconds: how old a quote may be, and how far apart cycles are (before jitter)."""

    quote_s_max: float = 5.0
    interval_s: float = 60.0

    @classmethod
    def of(cls, policy: Policy, signals: Signals) -> "WhyTerms":
        """The terms of a configuration."""
        return cls(policy.staleness.quote_s, signals.cycle.interval_s)


@frozen
class Why:
    """An answer. ``numbers`` are the values compared, as text; ``change`` is what would have to be different."""

    symbol: Symbol
    gate: str
    text: str
    change: str
    numbers: dict[str, str] = field(factory=dict)


@frozen
class _Question:
    facts: Facts
    symbol: Symbol
    now: Moment
    terms: WhyTerms

    def answer(self, gate: str, text: str, change: str, **numbers: object) -> Why:
        return Why(self.symbol, gate, text, change, {name: str(value) for name, value in numbers.items()})


def why(facts: Facts, symbol: Symbol, now: Moment, terms: WhyTerms) -> Why:
    """The first gate that stops this instrument now, by the table above. Total: it always answers."""
    question = _Question(facts, symbol, now, terms)
    found = (gate(question) for gate in _GATES_IN_ORDER)
    return next((answer for answer in found if answer is not None), None) or _nothing(question)


# --------------------------------------------------------------------------------------------- the whole daemon
def _unknown(q: _Question) -> Why | None:
    listed = q.facts.listed
    if listed is None:
        if q.symbol in q.facts.quotes:
            return None
        return q.answer("unknown_instrument", "the venue has not listed its instruments yet", "wait for the first list")
    if q.facts.instrument(q.symbol) is not None:
        return None
    if q.symbol in listed.fact.missing:
        text = f"{q.symbol} is configured, and the venue does not know it"
        return q.answer("unknown_instrument", text, "correct the symbol in universe.yaml, or remove it")
    return q.answer("unknown_instrument", f"{q.symbol} is not in the universe", "add it to a tier in universe.yaml")


def _halted(q: _Question) -> Why | None:
    halt = q.facts.halt
    if halt is None:
        return None
    since = rfc3339(halt.at.utc, digits=0)
    text = f"trading is halted since {since} by {halt.by}: {halt.reason}"
    return q.answer("halted", text, "resume with a reason: trader247 resume --reason TEXT", since=since, by=halt.by)


def _trading_state(q: _Question) -> Why | None:
    state = q.facts.permit.fact.state if q.facts.permit else TradingState.ACTIVE
    if state is TradingState.ACTIVE:
        return None
    text = f"the trading state is {state.value}: " + (
        "exits and cancels only" if state is TradingState.REDUCING else "cancels only"
    )
    verb = "activate" if state is TradingState.REDUCING else "resume"
    return q.answer("trading_state", text, f"trader247 {verb} --reason TEXT", state=state.value)


def _permit(q: _Question) -> Why | None:
    seen = q.facts.permit
    if seen is None:
        return q.answer("permit", "no permit was ever granted", "the permit desk must come up; see trader247 tree")
    permit = seen.fact
    if permit.entry_until is None:
        return _guard_says_no(q, seen)
    late_s = seconds(q.now.mono - permit.entry_until)
    if late_s < 0:
        return None
    text = f"the entry permit ran out {late_s:.1f} s ago and was not renewed"
    return q.answer("permit", text, "the permit desk must renew it; see trader247 tree", ran_out_s=f"{late_s:.1f}")


def _guard_says_no(q: _Question, seen: Seen[PermitRenewed]) -> Why:
    line = next((line for line in seen.fact.panel if not line.yes), None)
    if line is None:
        return q.answer("permit", "no entry permit, though no guard says no", "see trader247 status")
    age = "never" if line.age_s is None else f"{line.age_s + seen.age_s(q.now):.1f} s ago"
    others = sum(not other.yes for other in seen.fact.panel) - 1
    text = f"guard {line.guard.value} says no: {line.reason} (last vote {age})"
    text += f"; {others} more say no" if others else ""
    return q.answer(
        "permit", text, f"guard {line.guard.value} must vote yes", guard=line.guard.value, last_vote=age, others=others
    )


# ------------------------------------------------------------------------------------------------ this instrument
def _status(q: _Question) -> Why | None:
    instrument = q.facts.instrument(q.symbol)
    if instrument is None or instrument.status.admits_entries:
        return None
    text = f"the venue says {q.symbol} is {instrument.status.value}"
    return q.answer("instrument_status", text, "the venue must put it online", status=instrument.status.value)


def _banned(q: _Question) -> Why | None:
    ban = q.facts.bans.get(q.symbol)
    if ban is None or q.now.utc >= ban.until:
        return None
    until = rfc3339(ban.until, digits=0)
    text = f"{q.symbol} is banned until {until} ({ban.kind.value}): {ban.reason} (by {ban.by})"
    return q.answer(
        "banned",
        text,
        f"it ends by itself, or trader247 unban {q.symbol} --reason TEXT",
        kind=ban.kind.value,
        until=until,
    )


def _quote(q: _Question) -> Why | None:
    seen = q.facts.quotes.get(q.symbol)
    stream = q.facts.stream
    down = f" (the market stream is down: {stream.fact.why})" if stream and not stream.fact.up else ""
    if seen is None:
        return q.answer("quote", f"no quote of {q.symbol} has come yet{down}", "a quote must come")
    age_s = seen.age_s(q.now)
    if age_s <= q.terms.quote_s_max:
        return None
    text = f"the last quote is {age_s:.1f} s old, more than {q.terms.quote_s_max:g} s{down}"
    return q.answer("quote", text, "a fresh quote must come", age_s=f"{age_s:.1f}", limit_s=f"{q.terms.quote_s_max:g}")


def _position(q: _Question) -> Why | None:
    positions = q.facts.portfolio.fact.positions if q.facts.portfolio else ()
    held = next((p for p in positions if p.symbol == q.symbol and p.quantity), None)
    if held is None:
        return None
    exits = {"stop": held.stop_price, "target": held.target_price}
    numbers = {name: plain(price) for name, price in exits.items() if price is not None}
    text = f"{plain(held.quantity)} is held already, from {plain(held.average_entry)}, by {held.strategy}"
    return q.answer("position", text, "the position must close (stop, target or max hold)", **numbers)


def _working_order(q: _Question) -> Why | None:
    working = q.facts.portfolio.fact.working if q.facts.portfolio else ()
    order = next((o for o in working if o.intent.symbol == q.symbol), None)
    if order is None:
        return None
    intent = order.intent
    text = (
        f"an order is {order.status.value}: {intent.side.value} {plain(intent.quantity)} at {plain(intent.limit_price)}"
    )
    filled = f"{plain(order.filled)} of {plain(intent.quantity)}"
    return q.answer("working_order", text, "it must fill, be cancelled or be resolved", filled=filled)


def _withheld(q: _Question) -> Why | None:
    cycle = q.facts.last_cycle()
    last = _last_order(q)
    if cycle is None or last is None or not isinstance(last.fact, OrderWithheld):
        return None
    if last.age_s(q.now) > cycle.age_s(q.now) + q.terms.interval_s:
        return None
    intent = last.fact.intent
    order = f"{intent.side.value} {plain(intent.quantity)} at {plain(intent.limit_price)}"
    return q.answer("withheld", f"DRY_RUN: {order} was decided and not sent", "the mode must be PAPER or LIVE")


def _last_order(q: _Question) -> Seen[Order | OrderWithheld] | None:
    of_symbol = (s for s in reversed(q.facts.orders.values()) if s.fact.intent.symbol == q.symbol)
    return next(of_symbol, None)


# ------------------------------------------------------------------------------------------------- the last cycle
def _refused(q: _Question) -> Why | None:
    found = (s for s in reversed(q.facts.refusals) if s.fact.proposal.body.symbol == q.symbol)
    seen = next(found, None)
    cycle = q.facts.last_cycle()
    if seen is None or (cycle and seen.fact.cycle != cycle.fact.cycle and seen.at.mono < cycle.at.mono):
        return None
    reason = seen.fact.reason
    compared = {"current_pct": reason.current_pct, "proposed_pct": reason.proposed_pct, "limit_pct": reason.limit_pct}
    numbers = {name: text for name, value in compared.items() if (text := pct_text(value)) is not None}
    by = seen.fact.proposal.body.strategy
    text = f"the last proposal ({by}) was refused by rule {reason.rule}: {reason.text}"
    return q.answer("refused", text, _what_would_pass(seen.fact), rule=reason.rule, **numbers)


def _what_would_pass(refused: ProposalRefused) -> str:
    reason = refused.reason
    if reason.until is not None:
        return f"it ends by itself at {rfc3339(reason.until, digits=0)}"
    if reason.limit_pct is None:
        return f"rule {reason.rule} must pass in a later cycle"
    if reason.current_pct is None:
        return f"the value must come within {pct_text(reason.limit_pct)} %"
    room = max(reason.limit_pct - reason.current_pct, reason.limit_pct * 0)
    fits = f"at most {pct_text(room)} % more fits under {pct_text(reason.limit_pct)} %"
    return f"{fits}; exposure must fall or the wish shrink"


def _universe(q: _Question) -> Why | None:
    seen = q.facts.last_cycle()
    if seen is None:
        text = "no cycle has finished yet"
        return q.answer("universe", text, f"the first is due within {q.terms.interval_s:g} s of the start")
    cycle = seen.fact
    view = next((view for view in cycle.instruments if view.symbol == q.symbol), None)
    if view is not None and view.excluded:
        change = f"it must meet the floors of tier {view.tier.value} in universe.yaml, and stay there for a few cycles"
        text = f"cycle {cycle.number} left {q.symbol} out of the universe: {view.excluded}"
        return q.answer("universe", text, change, tier=view.tier.value)
    if view is not None:
        return None
    text = cycle.no_trade or f"cycle {cycle.number} left {q.symbol} out of its snapshot"
    change = "it must be eligible (volume, spread, depth of its tier) with fresh quotes and bars"
    return q.answer("universe", text, change, regime=cycle.regime.value, eligible=len(cycle.instruments))


def _strategy(q: _Question) -> Why | None:
    seen = q.facts.last_cycle()
    if seen is None:
        return None
    cycle = seen.fact
    if not cycle.answered:
        silent = ", ".join(_silence(q, name) for name in cycle.silent) or cycle.no_trade or "none is enabled"
        text = f"no strategy answered to cycle {cycle.number} ({silent})"
        return q.answer("strategy", text, "a strategy must be enabled and answer in time", silent=len(cycle.silent))
    fired = next((t for t in cycle.triggers if t.symbol == q.symbol), None)
    approved = q.facts.approvals.get(q.symbol)
    if fired is None or (approved and _is_of(approved.fact.proposal.proposal_id, cycle)):
        return None
    text = f"{fired.kind.value} fired with score {fired.score:.2f} ({fired.reason}), and no strategy proposed on it"
    silent = ", ".join(_silence(q, name) for name in cycle.silent)
    silent_text = f"; silent: {silent}" if silent else ""
    return q.answer("strategy", text + silent_text, "conviction or change must reach the strategy's own bounds")


def _silence(q: _Question, name: StrategyName) -> str:
    """A strategy that gave no proposals, and why where it said so."""
    seen = q.facts.answers.get(name)
    return f"{name}: {seen.fact.skipped}" if seen and seen.fact.skipped else name


def _is_of(proposal: str, cycle: CycleFinished) -> bool:
    return proposal.startswith(f"{cycle.cycle}-")


def _trigger(q: _Question) -> Why | None:
    seen = q.facts.last_cycle()
    if seen is None or any(t.symbol == q.symbol for t in seen.fact.triggers):
        return None
    view = next((v for v in seen.fact.instruments if v.symbol == q.symbol), None)
    readings = view.readings if view else ()
    if view is not None and view.filtered:
        change = "the filter must let it through: signals.triggers.filters"
        return q.answer("filter", f"triggers of {q.symbol} are held back: {view.filtered}", change)
    if not readings:
        return q.answer("trigger", "no trigger fired, and none has a reading yet", "more bars must close (warm-up)")
    text = f"no trigger fired in cycle {seen.fact.number}: " + "; ".join(_told(reading) for reading in readings)
    nearest = min(readings, key=_distance)
    change = f"nearest is {nearest.kind.value}: {nearest.value:.2f} must {_goal(nearest)} {nearest.unit}"
    numbers = {r.kind.value: f"{r.value:.4g} of {r.threshold:.4g} {r.unit}".strip() for r in readings}
    return q.answer("trigger", text, change, **numbers)


def _told(reading: TriggerReading) -> str:
    note = f" ({reading.note})" if reading.note else ""
    if reading.kind is TriggerKind.BREAKOUT:
        return f"{reading.kind.value} {reading.value:.2f} {reading.unit}, at most {reading.threshold:.2f}{note}"
    return f"{reading.kind.value} {reading.value:.2f} of {reading.threshold:.2f} {reading.unit}".strip() + note


def _goal(reading: TriggerReading) -> str:
    """A breakout's reading is a distance, which has to be small; each other one has to get as far as its threshold."""
    verb = "fall to" if reading.kind is TriggerKind.BREAKOUT else "reach"
    return f"{verb} {reading.threshold:.2f}"


def _distance(reading: TriggerReading) -> float:
    """How far a reading is off in either direction, relative to its threshold, so that different units compare."""
    return abs(reading.threshold - abs(reading.value)) / (abs(reading.threshold) or 1.0)


def _nothing(q: _Question) -> Why:
    seen = q.facts.last_cycle()
    due_s = q.terms.interval_s if seen is None else max(0.0, q.terms.interval_s - seen.age_s(q.now))
    last = _last_order(q)
    ended = ""
    if last is not None and isinstance(last.fact, Order) and last.fact.status.terminal:
        ended = f"; its last order is {last.fact.status.value} {last.fact.reason}".rstrip()
    text = f"nothing stops it; the next cycle is in {due_s:.0f} s{ended}"
    return q.answer("nothing", text, "nothing", next_cycle_s=f"{due_s:.0f}")


_GATES_IN_ORDER: Final[tuple[Callable[[_Question], Why | None], ...]] = (
    _unknown,
    _halted,
    _trading_state,
    _permit,
    _status,
    _banned,
    _quote,
    _position,
    _working_order,
    _withheld,
    _refused,
    _universe,
    _strategy,
    _trigger,
)
