"""One row of the journal as steps of a story: what happened, in words, with numbers and their units.

Every kind that the journal can hold has its place: it is told here, or stands in ``TOLD_ALONE`` because it belongs to
no order and is only told when it is asked for by its number. A kind that this version does not know is told as it is.
"""

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Final

from attrs import field, frozen

from trader247.core.explain_ids import APPROVED, BOOKED, CHANGED, CYCLE, REFUSED, WITHHELD, Row
from trader247.model.instant import Instant
from trader247.model.money import decimal_of, nearest_to, plain

__all__ = ["TOLD_ALONE", "TOLD_IN_A_STORY", "Step", "money", "steps_of"]

_SHOWN: Final = Decimal("0.00000001")
"""Products and sums are shown to this place, ten times finer than the finest price of a venue's fee."""
_TEXT_CHARS_MAX: Final = 400

TOLD_ALONE: Final = {
    "daemon_started": "a run began; its version and configuration are in every story's heading",
    "daemon_stopped": "a run ended; orders say themselves what became of them",
    "configuration_reloaded": "every row carries the fingerprint in force, and a story says where it changes",
    "instrument_banned": "an operator's word; a refusal over it names it",
    "ban_lifted": "an operator's word",
    "ban_lapsed": "the end of a ban",
    "loss_acknowledged": "an operator's word on the whole account",
    "set_breaker": "an operator's word; where it stopped a wish, the refusal says so",
    "breaker_changed": "it stops entries before they are orders; the refusal or the permit says so",
    "set_trading_state": "an operator's word; where it stopped an order, the order says so",
    "flatten_ordered": "an operator's word; each sale that follows gives it as its reason",
    "flatten_ended": "the end of it; the sales say themselves what they sold",
    "halt_tripped": "a halt cancels orders, and they give it as their reason",
    "halt_cleared": "its end changes no order",
    "alert_changed": "told to a person, and changes no order",
    "account_opened": "balances from before the first order",
    "eligibility_changed": "the standing of an instrument; a refusal over it names it",
    "regime_changed": "the weather of the whole market; a cycle names the regime it decided in",
    "signal_received": "an order's reason names the id of the signal that it mirrors",
    "signal_refused": "no order came of it",
    "equity_marked": "levels of the whole account",
    "stop_raised": "the exit that follows says where its stop stood and what it was raised from",
    "difference_found": "a difference of two books, which the reconciler tells",
    "balances_accepted": "an operator's word on the whole account",
    "journal.pruned": "says which rows are gone",
}
"""Kinds that are passed over in a story, and why."""


@frozen
class Step:
    """One line of a story. ``row`` is its number in the journal, ``facts`` what the text says, as plain values.

    ``of`` is the intent or the proposal the step belongs to, or nothing.
    """

    row: int
    at: Instant
    what: str
    of: str
    text: str
    facts: dict[str, Any] = field(factory=dict)


def steps_of(row: Row) -> Iterator[Step]:
    """A row as steps: an approval is two, the proposal and its verdict; every other row is one."""
    tell = _TELLERS.get(row.kind, _as_it_stands)
    for what, of, text, facts in tell(row):
        yield Step(row.seq, row.at, what, of, text, facts)


def money(value: Decimal, currency: str) -> str:
    """An amount for reading: exact to eight places, with its currency."""
    return f"{plain(nearest_to(value, _SHOWN))} {currency}"


_Told = tuple[str, str, str, dict[str, Any]]


def _cycle(row: Row) -> Iterator[_Told]:
    told = row.content
    fired = "; ".join(
        f"{each['kind']} fired on {each['symbol']} with score {float(each['strength']) * float(each['confidence']):.2f}"
        f" ({each['reason']})"
        for each in told["triggers"]
    )
    outcome = (
        f"{told['proposals']} proposed" if told["proposals"] else f"no trade: {told['no_trade'] or 'none proposed'}"
    )
    silent = f"; silent: {', '.join(told['silent'])}" if told["silent"] else ""
    text = f"number {told['number']}, regime {told['regime']}, took {told['took_s']:.3f} s, {outcome}{silent}"
    names = ("cycle", "number", "regime", "took_s", "proposals", "answered", "silent", "no_trade", "triggers")
    yield "cycle", told["cycle"], text + (f"; {fired}" if fired else ""), {name: told[name] for name in names}


def _proposal(told: Any) -> _Told:
    body = told["body"]
    outvoted = f"; outvoted: {', '.join(told['outvoted'])}" if told["outvoted"] else ""
    text = (
        f"{body['strategy']} wants to {body['side'].lower()} {body['symbol']} for {body['notional_pct']} % of NLV, stop"
        f" {body['stop_loss_pct']} %, target {body['take_profit_pct']} %, at most {body['max_hold_s']} s, conviction"
        f" {float(body['conviction']):.2f}: {body['reason']}{outvoted}"
    )
    return "proposal", told["proposal_id"], text, {**body, "outvoted": told["outvoted"]}


def _approved(row: Row) -> Iterator[_Told]:
    told = row.content
    proposal = told["proposal"]
    yield _proposal(proposal)
    currency = _currencies(proposal["body"]["symbol"])[1]
    text = f"approved for at most {told['notional']} {currency}, fees included (approval {told['serial']} of this run)"
    facts = {"approved": True, "notional": told["notional"], "currency": currency, "serial": told["serial"]}
    yield "verdict", proposal["proposal_id"], text, facts


def _refused(row: Row) -> Iterator[_Told]:
    told = row.content
    proposal, reason = told["proposal"], told["reason"]
    yield _proposal(proposal)
    compared = {"now": reason["current_pct"], "with it": reason["proposed_pct"], "limit": reason["limit_pct"]}
    numbers = ", ".join(f"{name} {value} %" for name, value in compared.items() if value is not None)
    cap = f" (cap: {reason['cap_type']})" if reason["cap_type"] is not None else ""
    text = f"refused by rule {reason['rule']}{cap}: {reason['text']}" + (f" [{numbers} of NLV]" if numbers else "")
    yield "verdict", proposal["proposal_id"], text, {"approved": False, **reason}


def _withheld(row: Row) -> Iterator[_Told]:
    what, of, text, facts = _intent(row.content["intent"])
    yield what, of, f"{text}; DRY_RUN: withheld, not sent", {**facts, "withheld": True}


def _intent(told: Any) -> _Told:
    base, quote = _currencies(told["symbol"])
    text = (
        f"{told['kind']}: {told['side'].lower()} {told['quantity']} {base} at {told['limit_price']} {quote} or better,"
        f" {told['style']}"
    )
    if told["notional_max"] != "0":
        text += f", at most {money(decimal_of(told['notional_max']), quote)}"
    exits = {"stop": told["stop_price"], "target": told["target_price"]}
    text += "".join(f", {name} {price} {quote}" for name, price in exits.items() if price is not None)
    if told["max_hold_s"] is not None:
        text += f", to be held at most {told['max_hold_s']} s"
    return "intent", told["intent_id"], f"{text}: {told['reason']}", told


def _changed(row: Row) -> Iterator[_Told]:
    order, event = row.content["order"], row.content["event"]
    intent = order["intent"]
    if event == "new":
        what, of, text, facts = _intent(intent)
        yield what, of, f"{text} (written down before it is sent)", facts
        return
    filled = f", {order['filled']} of {intent['quantity']} filled" if order["filled"] != "0" else ""
    venue = f", venue order {order['venue_order_id']}" if order["venue_order_id"] is not None else ""
    reason = f": {order['reason']}" if order["reason"] else ""
    names = ("status", "venue_order_id", "filled", "booked", "fees", "reason")
    facts = {"event": event, **{name: order[name] for name in names}}
    yield "order", intent["intent_id"], f"{order['status']} ({event}){venue}{filled}{reason}", facts


def _booked(row: Row) -> Iterator[_Told]:
    fill, order, position = row.content["fill"], row.content["order"], row.content["position"]
    base, quote = _currencies(fill["symbol"])
    worth = decimal_of(fill["price"]) * decimal_of(fill["quantity"])
    text = (
        f"{fill['fill_id']}: {fill['side'].lower()} {fill['quantity']} {base} at {fill['price']} {quote} ="
        f" {money(worth, quote)}, fee {fill['fee']} {quote} ({fill['liquidity'].lower()})"
    )
    if fill["side"] == "SELL":
        text += f"; realised {money(decimal_of(row.content['realised']), quote)} after fees"
    held = "; position closed" if position["quantity"] == "0" else f"; held now {position['quantity']} {base}"
    facts = {**fill, "realised": row.content["realised"], "currency": quote, "held": position["quantity"]}
    yield "fill", order["intent"]["intent_id"], text + held, facts


def _as_it_stands(row: Row) -> Iterator[_Told]:
    spelled = json.dumps(row.content, ensure_ascii=False, sort_keys=True)
    cut = spelled if len(spelled) <= _TEXT_CHARS_MAX else f"{spelled[:_TEXT_CHARS_MAX]}..."
    facts = row.content if isinstance(row.content, dict) else {"content": row.content}
    yield row.kind, "", cut, facts


def _currencies(symbol: str) -> tuple[str, str]:
    base, _, quote = symbol.partition("-")
    return base, quote


_TELLERS: Final[dict[str, Callable[[Row], Iterator[_Told]]]] = {
    CYCLE: _cycle,
    APPROVED: _approved,
    REFUSED: _refused,
    WITHHELD: _withheld,
    CHANGED: _changed,
    BOOKED: _booked,
}
TOLD_IN_A_STORY: Final = tuple(_TELLERS)
"""Kinds that have words of their own here."""
