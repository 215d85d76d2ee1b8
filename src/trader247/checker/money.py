"""Money: positions, cash, fees and profit are what the venue's fills make them, each once; nothing is short."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from trader247.checker.evidence import Evidence
from trader247.checker.invariant import Violation, invariant
from trader247.checker.truth import accepts, settled_until

__all__ = ["cash_conserved", "fees_and_profit", "fills_once", "never_short", "positions_are_their_fills"]

_ZERO: Final = Decimal(0)
_CENT_OF_A_CENT: Final = Decimal("0.00000001")
"""Average prices are quotients: Decimal's 28 digits leave an error far below this, in the quote currency."""


@invariant("I-03", "positions, booked fills, the venue's balances", lambda evidence: len(evidence.books.fills))
def positions_are_their_fills(evidence: Evidence) -> Iterator[Violation]:
    """A position is the sum of its booked fills at any time, and what the venue holds of it once all is told. Exact."""
    sums: dict[str, Decimal] = {}
    for fill in evidence.books.fills.values():
        sign = 1 if fill["side"] == "BUY" else -1
        sums[fill["symbol"]] = sums.get(fill["symbol"], _ZERO) + sign * Decimal(fill["quantity"])
    kept = {symbol: Decimal(row["quantity"]) for symbol, row in evidence.books.positions.items()}
    corrected = bool(evidence.journal.entries("balances_accepted"))
    for symbol in sorted(sums.keys() | kept.keys()):
        ours, summed = kept.get(symbol, _ZERO), sums.get(symbol, _ZERO)
        if ours != summed and not corrected:
            text = f"position {symbol} is {ours}, its booked fills add up to {summed}"
            yield positions_are_their_fills.broken(text, None, symbol)
        base = symbol.partition("-")[0]
        moved = evidence.totals.get(base, _ZERO) - evidence.funds.get(base, _ZERO)
        if settled_until(evidence) == evidence.ended and not evidence.external and moved != ours:
            text = f"position {symbol} is {ours}, the venue holds {moved} more {base} than at first"
            yield positions_are_their_fills.broken(text, evidence.ended, symbol)


@invariant("I-04", "booked fills, the venue's fills", lambda evidence: len(evidence.journal.entries("fill_booked")))
def fills_once(evidence: Evidence) -> Iterator[Violation]:
    """Each fill is booked once, none is invented, and each is booked as the venue has it: symbol, side, size, price.

    Nor does any row ever say that an order filled more than it did at the venue.
    """
    theirs = {fill.entry_id: fill for fill in evidence.fills}
    seen: set[str] = set()
    for entry in evidence.journal.entries("fill_booked"):
        ours = entry.body["fill"]
        name = ours["fill_id"]
        if name in seen:
            yield fills_once.broken(f"fill {name} is booked twice", entry.row.told_at, name)
        seen.add(name)
        if name not in theirs:
            yield fills_once.broken(f"fill {name} is booked, and the venue never made it", entry.row.told_at, name)
            continue
        fill = theirs[name]
        told_as = (ours["symbol"], ours["side"], Decimal(ours["quantity"]), Decimal(ours["price"]))
        is_so = (fill.symbol, fill.side, fill.size, fill.price)
        if told_as != is_so:
            yield fills_once.broken(
                f"fill {name} is booked as {told_as}, the venue made {is_so}", entry.row.told_at, name
            )
    made = {order.client_order_id: order.filled for order in evidence.own}
    for client_id, told in evidence.journal.orders().items():
        most = max(told, key=lambda entry: Decimal(entry.body["order"]["filled"]))
        filled = Decimal(most.body["order"]["filled"])
        if filled > made.get(client_id, _ZERO):
            text = f"order {client_id} filled {filled} by our rows, at the venue {made.get(client_id, _ZERO)}"
            yield fills_once.broken(text, most.row.told_at, client_id)
    if seen != evidence.books.fills.keys():
        odd = sorted(seen ^ evidence.books.fills.keys())
        yield fills_once.broken(f"journal and table of fills differ in {len(odd)}: {odd[:3]}", None, odd[0])


@invariant("I-07", "cash flows, the venue's balances", lambda evidence: len(evidence.totals))
def cash_conserved(evidence: Evidence) -> Iterator[Violation]:
    """Of every currency: at first + bought - sold - fees = at last, by the venue's fills and by ours. Exact.

    The venue's own books are held to it too: a venue that loses money would hide a daemon that does.
    """
    flows: dict[str, Decimal] = {}
    for entry in evidence.journal.entries("fill_booked"):
        _flow(flows, entry.body["fill"])
    for entry in evidence.journal.entries("balances_accepted"):
        for each in entry.body["differences"]:
            change = Decimal(each["theirs"]) - Decimal(each["ours"])
            flows[each["name"]] = flows.get(each["name"], _ZERO) + change
    kept = evidence.books.flows
    for currency in sorted(flows.keys() | kept.keys()):
        if flows.get(currency, _ZERO) != kept.get(currency, _ZERO):
            text = f"{currency} moved by {kept.get(currency, _ZERO)} in our books, our fills say {flows.get(currency)}"
            yield cash_conserved.broken(text, None, currency)
    have = dict(evidence.funds)
    for fill in evidence.fills:
        terms = {"symbol": fill.symbol, "side": fill.side, "quantity": fill.size, "price": fill.price, "fee": fill.fee}
        _flow(have, terms)
    for currency, total in evidence.totals.items():
        if have.get(currency, _ZERO) != total:
            text = f"{currency} is {total} at the venue, its own fills make {have.get(currency, _ZERO)}"
            yield cash_conserved.broken(text, evidence.ended, currency)


def _flow(flows: dict[str, Decimal], fill: dict[str, Any]) -> None:
    base, _, quote = fill["symbol"].partition("-")
    sign = 1 if fill["side"] == "BUY" else -1
    quantity = Decimal(fill["quantity"])
    flows[base] = flows.get(base, _ZERO) + sign * quantity
    flows[quote] = flows.get(quote, _ZERO) - sign * quantity * Decimal(fill["price"]) - Decimal(fill["fee"])


@invariant("I-08", "booked fills and what they realised", lambda evidence: len(evidence.books.fills))
def fees_and_profit(evidence: Evidence) -> Iterator[Violation]:
    """A booked fee is the venue's; realised profit is what a weighted average entry with fees makes of the fills.

    Both to 1e-8 of the quote currency: averages are quotients.
    """
    fees = {fill.entry_id: fill.fee for fill in evidence.fills}
    lots: dict[str, tuple[Decimal, Decimal, Decimal]] = {}
    for entry in evidence.journal.entries("fill_booked"):
        fill = entry.body["fill"]
        name, fee = fill["fill_id"], Decimal(fill["fee"])
        if fees.get(name, fee) != fee:
            text = f"fill {name} is booked with a fee of {fee}, the venue took {fees[name]}"
            yield fees_and_profit.broken(text, entry.row.told_at, name)
        quantity, price = Decimal(fill["quantity"]), Decimal(fill["price"])
        held, cost, paid = lots.get(fill["symbol"], (_ZERO, _ZERO, _ZERO))
        realised = _ZERO
        if fill["side"] == "BUY":
            held, cost, paid = held + quantity, cost + quantity * price, paid + fee
        elif held:
            share = quantity / held
            realised = quantity * price - cost * share - fee - paid * share
            held, cost, paid = held - quantity, cost - cost * share, paid - paid * share
        lots[fill["symbol"]] = (held, cost, paid)
        told = Decimal(entry.body["realised"])
        kept = Decimal(evidence.books.fills[name]["realised_pnl"]) if name in evidence.books.fills else told
        if max(abs(told - realised), abs(kept - realised)) > _CENT_OF_A_CENT:
            text = f"fill {name} realised {told} by the journal and {kept} by the table, recomputed it is {realised}"
            yield fees_and_profit.broken(text, entry.row.told_at, name)


@invariant("I-09", "the venue's orders and fills", lambda evidence: len(evidence.own))
def never_short(evidence: Evidence) -> Iterator[Violation]:
    """At no time is a position negative, nor more on sale than is held of it: the account's own coins are not ours.

    Nor is more asked to be sold than is held: that the venue refuses it is its merit.
    """
    for create in evidence.creates:
        if create.side != "SELL":
            continue
        at = create.sent.at
        fills = [fill for fill in evidence.own_fills if fill.symbol == create.symbol and fill.at <= at]
        owned = sum((fill.size if fill.side == "BUY" else -fill.size for fill in fills), _ZERO)
        if create.size > owned:
            text = f"order {create.client_order_id} asks to sell {create.size} {create.symbol}, {owned} are held"
            yield never_short.broken(text, at, create.symbol)
    for order, account in accepts(evidence):
        held = account.held.get(order.symbol, _ZERO)
        if held < 0:
            text = f"{-held} {order.symbol} more was sold than bought"
            yield never_short.broken(text, order.created_at, order.symbol)
        resting = [each for each in account.resting("SELL") if each.symbol == order.symbol]
        on_sale = sum((account.left(each) for each in resting), _ZERO)
        if order.side == "SELL" and on_sale > max(held, _ZERO):
            text = f"{on_sale} {order.symbol} are on sale in {len(resting)} orders, {held} are held"
            yield never_short.broken(text, order.created_at, order.symbol)
    held_last: dict[str, Decimal] = {}
    for fill in evidence.own_fills:
        held_last[fill.symbol] = held_last.get(fill.symbol, _ZERO) + (fill.size if fill.side == "BUY" else -fill.size)
        if held_last[fill.symbol] < 0 and fill.side == "SELL":
            text = f"fill {fill.entry_id} leaves {fill.symbol} at {held_last[fill.symbol]}"
            yield never_short.broken(text, fill.at, fill.symbol)
