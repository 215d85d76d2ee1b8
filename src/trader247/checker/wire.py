"""What leaves the daemon: written first, valid, inside every cap, at a bearable rate, and not too often."""

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Final

from trader247.checker.evidence import ALL, SECOND, Evidence, VenueOrder
from trader247.checker.invariant import Violation, invariant
from trader247.checker.sent import Create
from trader247.checker.truth import Account, Marks, accepts, alive

__all__ = ["bounded_retries", "inside_every_cap", "mode_holds", "proposals_bounded", "rates", "valid", "written_first"]

_ZERO: Final = Decimal(0)
_ATTEMPTS_MAX: Final = 4
_PAUSE_S_MAX: Final = 30
_CANCEL_DELAY_S: Final = 1
_PASS_CANCELS_ON: Final = frozenset({"order_manager", "order_gateway"})
_MUTATING: Final = frozenset({"POST", "PUT", "DELETE", "PATCH"})
_READ_BY_POST: Final = frozenset({"/orders/preview"})


@invariant(
    "I-10", "requests for orders and cancels", lambda evidence: sum(s.creates or s.cancels for s in evidence.sent)
)
def written_first(evidence: Evidence) -> Iterator[Violation]:
    """Before the first byte of a request for an order its intent is durable; a cancel names only orders we wrote of."""
    for create in evidence.creates:
        name, at = create.client_order_id, create.sent.at
        durable = evidence.written.get(name)
        if durable is None:
            yield written_first.broken(f"order {name} was sent, and no row of it was ever durable", at, name)
        elif durable > at:
            late_ms = (durable - at) / 1e6
            yield written_first.broken(f"order {name} was sent {late_ms:.3f} ms before its row was durable", at, name)
    others = {order.order_id for order in evidence.orders if order.client_order_id in evidence.external}
    for sent in evidence.sent:
        if sent.cancels:
            for order_id in others.intersection(json.loads(sent.body)["order_ids"]):
                yield written_first.broken(f"order {order_id} is somebody else's and is cancelled", sent.at, order_id)


@invariant("I-11", "requests for orders", lambda evidence: len(evidence.creates))
def valid(evidence: Evidence) -> Iterator[Violation]:
    """Price and size are on the product's increments, inside its bounds, and the product is of the universe. Exact."""
    for create in evidence.creates:
        for text in _faults(create, evidence):
            yield valid.broken(f"order {create.client_order_id}: {text}", create.sent.at, create.symbol)


def _faults(create: Create, evidence: Evidence) -> Iterator[str]:
    product = evidence.limits.products.get(create.symbol)
    if product is None:
        yield f"{create.symbol} is not of the universe"
        return
    for name, price in (("limit", create.limit), ("stop", create.stop)):
        if price is not None and (price <= 0 or price % product.quote_increment):
            yield f"{name} {price} is no multiple of {product.quote_increment}"
    if create.size <= 0 or create.size % product.base_increment:
        yield f"size {create.size} is no multiple of {product.base_increment}"
    if not product.base_min <= create.size <= product.base_max:
        yield f"size {create.size} is outside {product.base_min} to {product.base_max}"
    notional = create.size * create.limit
    if not product.quote_min <= notional <= product.quote_max:
        yield f"notional {notional} is outside {product.quote_min} to {product.quote_max}"


@invariant("I-12", "buys as the venue takes them", lambda evidence: sum(o.side == "BUY" for o in evidence.own))
def inside_every_cap(evidence: Evidence) -> Iterator[Violation]:
    """When the venue takes a buy, positions at mid and all live buys at limit and fee are inside every cap.

    Caps: in all, per asset, theme and tier, and the number of positions. An order in doubt that the venue has counts,
    since the venue's records are counted. Tolerance: ``Limits.drift_pct`` of the cap, for a mark that moved since.
    """
    marks, limits = Marks(evidence), evidence.limits
    slack = 1 + limits.drift_pct / 100
    for order, account in accepts(evidence):
        if order.side != "BUY":
            continue
        at_risk = _at_risk(account, marks, order, limits.fee_bps)
        worth = marks.value(account.held, order.created_at)
        nlv = limits.nlv + sum(account.cash.values(), _ZERO) + worth
        for name, symbols, percent in _caps(evidence, order.symbol):
            amount = sum((value for symbol, value in at_risk.items() if symbols is None or symbol in symbols), _ZERO)
            if amount > nlv * percent / 100 * slack:
                text = f"{name} holds {amount:.2f} with {order.client_order_id}, the cap is {percent} % of {nlv:.2f}"
                yield inside_every_cap.broken(text, order.created_at, order.symbol)
        exposed = sorted(symbol for symbol, value in at_risk.items() if value > 0)
        if len(exposed) > limits.open_positions:
            text = f"{len(exposed)} positions with {order.client_order_id}, at most {limits.open_positions}: {exposed}"
            yield inside_every_cap.broken(text, order.created_at, order.symbol)


def _at_risk(account: Account, marks: Marks, order: VenueOrder, fee_bps: Decimal) -> dict[str, Decimal]:
    found = {symbol: held * marks.of(symbol, order.created_at) for symbol, held in account.held.items() if held}
    for each in account.resting("BUY"):
        limit = each.limit_price if each.limit_price is not None else marks.of(each.symbol, order.created_at)
        cost = account.left(each) * limit * (1 + fee_bps / 10_000)
        found[each.symbol] = found.get(each.symbol, _ZERO) + cost
    return found


def _caps(evidence: Evidence, symbol: str) -> Iterator[tuple[str, frozenset[str] | None, Decimal]]:
    limits = evidence.limits
    yield "the account", None, limits.total_pct
    yield f"asset {symbol}", frozenset({symbol}), limits.per_asset_pct
    for theme, symbols in limits.themes.items():
        if symbol in symbols:
            yield f"theme {theme}", frozenset(symbols), limits.per_theme_pct
    for tier, symbols in limits.tiers.items():
        if symbol in symbols and tier in limits.allocations:
            yield f"tier {tier}", frozenset(symbols), limits.allocations[tier]


@invariant("I-14", "approved proposals", lambda evidence: len(evidence.journal.entries("risk_approved")))
def proposals_bounded(evidence: Evidence) -> Iterator[Violation]:
    """Only enabled strategies are approved, each inside its number and budget a cycle, and one wish per instrument."""
    count: dict[tuple[str, str], int] = {}
    spent: dict[tuple[str, str], Decimal] = {}
    wished: set[tuple[str, str]] = set()
    for entry in evidence.journal.entries("risk_approved"):
        proposal, body = entry.body["proposal"], entry.body["proposal"]["body"]
        strategy, symbol, at = body["strategy"], body["symbol"], entry.row.told_at
        cycle = proposal["proposal_id"].rsplit(f"-{strategy}-", 1)[0]
        key = (cycle, strategy)
        if strategy not in evidence.limits.strategies:
            yield proposals_bounded.broken(f"{strategy} is not enabled, and {symbol} is approved for it", at, strategy)
            continue
        if (cycle, symbol) in wished:
            yield proposals_bounded.broken(f"cycle {cycle} approves two wishes for {symbol}", at, symbol)
        wished.add((cycle, symbol))
        count[key] = count.get(key, 0) + 1
        most = evidence.limits.proposals.get(strategy)
        if most is not None and count[key] > most:
            text = f"cycle {cycle} approves {count[key]} wishes of {strategy}, at most {most}"
            yield proposals_bounded.broken(text, at, strategy)
        if body["side"] == "BUY":
            spent[key] = spent.get(key, _ZERO) + Decimal(body["notional_pct"])
            if spent[key] > evidence.limits.strategies[strategy]:
                most_pct = evidence.limits.strategies[strategy]
                text = f"cycle {cycle} risks {spent[key]} % for {strategy}, at most {most_pct} %"
                yield proposals_bounded.broken(text, at, strategy)


@invariant("I-15", "requests that change something", lambda evidence: len(evidence.sent))
def mode_holds(evidence: Evidence) -> Iterator[Violation]:
    """DRY_RUN changes nothing anywhere; PAPER sends to the simulated venue alone, not even questions elsewhere."""
    for sent in evidence.sent:
        changes = sent.method in _MUTATING and sent.path not in _READ_BY_POST
        if evidence.limits.mode == "DRY_RUN" and changes:
            yield mode_holds.broken(f"DRY_RUN sends {sent.method} {sent.path}", sent.at, sent.path)
        if evidence.limits.mode != "LIVE" and sent.host:
            text = f"{evidence.limits.mode} sends {sent.method} {sent.path} to {sent.host}"
            yield mode_holds.broken(text, sent.at, sent.host)


@invariant("I-18", "requests, cancels", lambda evidence: len(evidence.sent))
def rates(evidence: Evidence) -> Iterator[Violation]:
    """In no second are there more requests of a client, or of all, than allowed; a cancel leaves within 1 s.

    That is, of being decided. Not asked of a cancel while the venue is away or the clock wrong, nor while the process
    or who passes it on stands still.
    """
    by_client: dict[str, list[int]] = {}
    for sent in evidence.sent:
        by_client.setdefault(sent.client, []).append(sent.at)
        by_client.setdefault(ALL, []).append(sent.at)
    for client, most in evidence.limits.rates.items():
        times = sorted(by_client.get(client, ()))
        for first, at in enumerate(times):
            within = bisect_left(times, at + SECOND) - first
            if within > most:
                yield rates.broken(f"{within} requests of {client} in one second, at most {most}", at, client)
                break
    yield from _late_cancels(evidence)


def _late_cancels(evidence: Evidence) -> Iterator[Violation]:
    named: dict[str, list[int]] = {}
    for sent in evidence.sent:
        if sent.cancels:
            for order_id in json.loads(sent.body)["order_ids"]:
                named.setdefault(order_id, []).append(sent.at)
    for client_id, told in evidence.journal.orders().items():
        for entry in told:
            if entry.row.kind != "order_changed" or entry.body["event"] != "cancel_sent":
                continue
            at, until = entry.row.told_at, entry.row.told_at + _CANCEL_DELAY_S * SECOND
            times = named.get(entry.body["order"]["venue_order_id"], [])
            left = bisect_right(times, until) > bisect_left(times, at - _CANCEL_DELAY_S * SECOND)
            if not left and alive(evidence, at, until) and not _stood_still(evidence, at, until):
                text = f"the cancel of {client_id} did not leave within {_CANCEL_DELAY_S} s"
                yield rates.broken(text, at, client_id)


def _stood_still(evidence: Evidence, since: int, until: int) -> bool:
    stops = (
        breach
        for breach in evidence.breaches
        if breach.kind in {"frozen", "clock_step", "venue_down"}
        or (breach.kind == "hung" and breach.subject in _PASS_CANCELS_ON)
    )
    return any(each.at <= until and (each.until is None or each.until >= since) for each in stops)


@invariant("I-19", "attempts at one order", lambda evidence: len(evidence.creates))
def bounded_retries(evidence: Evidence) -> Iterator[Violation]:
    """An order is tried at most 4 times, at most 30 s apart, and never again once the venue said yes or no to it."""
    tried: Mapping[str, list[Create]] = _by_id(evidence.creates)
    for name, attempts in tried.items():
        if len(attempts) > _ATTEMPTS_MAX:
            text = f"order {name} was sent {len(attempts)} times, at most {_ATTEMPTS_MAX}"
            yield bounded_retries.broken(text, attempts[-1].sent.at, name)
        for before, after in pairwise(attempts):
            answered = before.sent.answered_at
            if answered is not None and answered <= after.sent.at and (before.refused or before.accepted):
                text = f"order {name} was sent again after the venue had answered {before.sent.status}"
                yield bounded_retries.broken(text, after.sent.at, name)
            pause_s = (after.sent.at - (answered or before.sent.at)) / SECOND
            if pause_s > _PAUSE_S_MAX:
                text = f"order {name} was sent again after {pause_s:.1f} s, at most {_PAUSE_S_MAX}"
                yield bounded_retries.broken(text, after.sent.at, name)


def _by_id(creates: Sequence[Create]) -> Mapping[str, list[Create]]:
    tried: dict[str, list[Create]] = {}
    for create in creates:
        tried.setdefault(create.client_order_id, []).append(create)
    return tried
