"""Who an order is: one order per intent, one id per intent, and no order at the venue that nobody can account for."""

from collections.abc import Iterator
from typing import Final

from trader247.checker.evidence import SECOND, Evidence
from trader247.checker.invariant import Violation, invariant

__all__ = ["attributable", "one_id_per_intent", "one_order_per_intent"]

_TOLD_S: Final = 180
"""Other hands' orders are told after two looks at the account in a row, which are a minute apart."""


@invariant("I-01", "the venue's orders, the journal's intents", lambda evidence: len(evidence.own))
def one_order_per_intent(evidence: Evidence) -> Iterator[Violation]:
    """The venue has at most one order for one intent, however often it was sent. Exact: a second order is money."""
    intents = evidence.journal.intents()
    first: dict[str, str] = {}
    for order in evidence.own:
        intent = intents.get(order.client_order_id, {}).get("intent_id", order.client_order_id)
        if intent in first:
            text = f"the venue has orders {first[intent]} and {order.order_id} for intent {intent}, one is meant"
            yield one_order_per_intent.broken(text, order.created_at, intent)
        first[intent] = order.order_id


@invariant("I-02", "the journal's intents, requests for orders", lambda evidence: len(evidence.journal.orders()))
def one_id_per_intent(evidence: Evidence) -> Iterator[Violation]:
    """A client order id stands for one intent and an intent for one id, over all runs, and asks for one thing only."""
    of_intent: dict[str, str] = {}
    for client_id, told in evidence.journal.orders().items():
        for entry in told:
            intent = entry.intent["intent_id"]
            if intent != told[0].intent["intent_id"]:
                text = f"client order id {client_id} stands for the intents {told[0].intent['intent_id']} and {intent}"
                yield one_id_per_intent.broken(text, entry.row.told_at, client_id)
                break
        intent = told[0].intent["intent_id"]
        if of_intent.setdefault(intent, client_id) != client_id:
            text = f"intent {intent} has the client order ids {of_intent[intent]} and {client_id}"
            yield one_id_per_intent.broken(text, told[0].row.told_at, intent)
    asked: dict[str, tuple[object, ...]] = {}
    for create in evidence.creates:
        terms = (create.symbol, create.side, create.size, create.limit, create.stop)
        if asked.setdefault(create.client_order_id, terms) != terms:
            text = f"client order id {create.client_order_id} asks for {asked[create.client_order_id]} and for {terms}"
            yield one_id_per_intent.broken(text, create.sent.at, create.client_order_id)


@invariant("I-06", "the venue's orders, the journal", lambda evidence: len(evidence.orders))
def attributable(evidence: Evidence) -> Iterator[Violation]:
    """Every order of the account is one the journal names, or is told as somebody else's within three minutes.

    The source says 60 s; the daemon tells a difference that two looks in a row have shown, and looks once a minute.
    """
    named = evidence.journal.orders()
    told = [alert for alert in evidence.alerts if alert.key == "external_activity"]
    for order in evidence.orders:
        if order.client_order_id not in evidence.external:
            if order.client_order_id not in named:
                text = (
                    f"the venue has {order.side} {order.size} {order.symbol}, and no row names {order.client_order_id}"
                )
                yield attributable.broken(text, order.created_at, order.client_order_id)
            continue
        until = order.created_at + _TOLD_S * SECOND
        rested = order.ended_at is None or order.ended_at > until
        if rested and evidence.ended > until and not any(alert.at <= until for alert in told):
            text = f"somebody else's order {order.order_id} in {order.symbol} rests for {_TOLD_S} s and nobody is told"
            yield attributable.broken(text, order.created_at, order.client_order_id)
