"""A small healthy history: one entry that fills, one exit that ends it, told by everybody who saw it.

Each piece can be replaced, and the chain is hashed anew over whatever rows are given.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from attrs import evolve

from trader247.checker.check import Report, check
from trader247.checker.evidence import (
    AlertSeen,
    Books,
    BreachSeen,
    Evidence,
    FaultSeen,
    LifeSeen,
    Limits,
    PermitSeen,
    Product,
    Row,
    Sent,
    VenueFill,
    VenueOrder,
)

S = 1_000_000_000
T0 = 1_790_503_200 * S
BTC = "BTC-USD"
EPOCH = "e1"
CONFIG = "c0ffee"
D = Decimal
PRODUCT = Product(D("0.01"), D("0.00000001"), D("0.0001"), D(1000), D(1), D(10_000_000))
CYCLE, WISH = "e1-c1", "e1-c1-baseline-0"


def at(seconds: float) -> int:
    """Nanoseconds so long after the beginning."""
    return T0 + round(seconds * S)


def intent(name: str, side: str = "BUY", **changes: Any) -> dict[str, Any]:
    """An intent as the journal spells it; ``name`` is the end of both its ids."""
    entry = side == "BUY"
    return {
        "client_order_id": f"c-{name}",
        "intent_id": f"i-{name}",
        "kind": "entry" if entry else "exit",
        "proposal_id": WISH if entry else None,
        "side": side,
        "symbol": BTC,
        "style": "post_only" if entry else "taker_ioc",
        "strategy": "baseline",
        "quantity": "0.01",
        "limit_price": "64000" if entry else "64500",
        "notional_max": "650",
        "reason": "busy" if entry else "target at 64500",
        "created_at": at(10) if entry else at(60),
    } | changes


def order(about: Mapping[str, Any], status: str, filled: str = "0", **changes: Any) -> dict[str, Any]:
    """An order as the journal spells it."""
    venue_id = None if status in {"NEW", "SUBMITTED"} else f"v-{about['client_order_id'][2:]}"
    return {"intent": dict(about), "status": status, "filled": filled, "venue_order_id": venue_id} | changes


def changed(seconds: float, event: str, about: Mapping[str, Any], status: str, filled: str = "0") -> dict[str, Any]:
    """A row about an order."""
    return row(seconds, "order_changed", {"event": event, "order": order(about, status, filled), "reason": ""})


def fill(name: str, side: str, price: str, fee: str, seconds: float) -> dict[str, Any]:
    """A fill as the journal spells it."""
    terms = {"symbol": BTC, "side": side, "quantity": "0.01", "price": price, "fee": fee, "at": at(seconds)}
    return {"fill_id": f"f-{name}", "venue_order_id": f"v-{name}", "liquidity": "MAKER"} | terms


def booked(seconds: float, done: Mapping[str, Any], about: Mapping[str, Any], realised: str) -> dict[str, Any]:
    """A row about a fill."""
    return row(
        seconds, "fill_booked", {"fill": dict(done), "order": order(about, "FILLED", "0.01"), "realised": realised}
    )


def row(seconds: float, kind: str, body: Mapping[str, Any], epoch: str = EPOCH, config: str = CONFIG) -> dict[str, Any]:
    """A row before it is hashed."""
    return {"at": at(seconds), "kind": kind, "body": dict(body), "epoch": epoch, "config": config}


def chained(rows: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Rows numbered and hashed, as docs/reference/journal.md says."""
    done: list[Row] = []
    for seq, each in enumerate(rows, start=1):
        before = done[-1].hash if done else "0" * 64
        body = json.dumps(each["body"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        content = [before, seq, each["at"], each["kind"], None, each["config"], each["epoch"], body]
        said = json.dumps(content, separators=(",", ":"), ensure_ascii=False)
        digest = hashlib.sha256(said.encode()).hexdigest()
        done.append(Row(seq, each["at"], each["kind"], None, each["config"], each["epoch"], body, before, digest))
    return done


ENTRY, EXIT = intent("1"), intent("2", "SELL")
BOUGHT, SOLD = fill("1", "BUY", "64000", "2.56", 12), fill("2", "SELL", "64500", "2.58", 61)
REALISED = "-0.14"  # 0.01 * 500 less 2.56 and 2.58


def started(seconds: float = 0, epoch: str = EPOCH, **changes: Any) -> dict[str, Any]:
    """The row of a run's start."""
    told = {"epoch": epoch, "version": "0.1.0", "mode": "PAPER", "config_hash": CONFIG, "account": "a"} | changes
    return row(seconds, "daemon_started", told, epoch)


def rows() -> list[dict[str, Any]]:
    """The journal before it is hashed."""
    proposal = {
        "proposal_id": WISH,
        "body": {"strategy": "baseline", "symbol": BTC, "side": "BUY", "notional_pct": "0.64"},
    }
    return [
        started(),
        row(1, "account_opened", {"balances": [{"currency": "USD", "available": "100000", "held": "0"}]}),
        row(9, "cycle_finished", {"cycle": CYCLE, "took_s": 0.1}),
        row(9.5, "risk_approved", {"proposal": proposal, "serial": 1}),
        row(9.6, "proposal_refused", {"reason": {"text": "over the cap"}}),
        changed(10, "new", ENTRY, "NEW"),
        changed(10.1, "sent", ENTRY, "SUBMITTED"),
        changed(10.2, "accepted", ENTRY, "OPEN"),
        booked(12.1, BOUGHT, ENTRY, "0"),
        changed(12.2, "seen_filled", ENTRY, "FILLED", "0.01"),
        changed(60, "new", EXIT, "NEW"),
        changed(60.1, "sent", EXIT, "SUBMITTED"),
        booked(61.1, SOLD, EXIT, REALISED),
        changed(61.2, "seen_filled", EXIT, "FILLED", "0.01"),
    ]


def create(name: str, side: str, price: str, seconds: float, **changes: Any) -> Sent:
    """A request for an order that was taken."""
    body = {
        "client_order_id": f"c-{name}",
        "product_id": BTC,
        "side": side,
        "order_configuration": {"limit_limit_gtc": {"base_size": "0.01", "limit_price": price}},
    }
    answer = json.dumps({"success": True, "success_response": {"order_id": f"v-{name}"}})
    sent = Sent(
        at(seconds),
        "POST",
        "/orders",
        json.dumps(body),
        "",
        "trading",
        at(seconds + 0.01),
        at(seconds + 0.02),
        200,
        answer,
    )
    return evolve(sent, **changes)


def cancel(seconds: float, *order_ids: str) -> Sent:
    """A request to cancel these."""
    body = json.dumps({"order_ids": list(order_ids)})
    done, told = at(seconds + 0.01), at(seconds + 0.02)
    return Sent(at(seconds), "POST", "/orders/batch_cancel", body, "", "trading", done, told, 200, '{"results": []}')


def listing(seconds: float, status: int | None = 200) -> Sent:
    """A question for the list of orders."""
    told = at(seconds + 0.02) if status else None
    path = "/orders/historical/batch"
    return Sent(at(seconds), "GET", path, "", "", "trading", at(seconds + 0.01), told, status, '{"orders": []}')


def made(name: str, side: str, price: str, seconds: float, ended: float | None, **changes: Any) -> VenueOrder:
    """An order as the venue has it; without changes it filled."""
    done = None if ended is None else at(ended)
    found = VenueOrder(
        f"v-{name}",
        f"c-{name}",
        BTC,
        side,
        "limit_limit_gtc",
        D("0.01"),
        D(price),
        None,
        "FILLED",
        D("0.01"),
        at(seconds),
        done,
    )
    return evolve(found, **changes)


def theirs(done: Mapping[str, Any]) -> VenueFill:
    """A fill as the venue has it."""
    size, price, fee = (D(done[name]) for name in ("quantity", "price", "fee"))
    who = (done["fill_id"], done["venue_order_id"], done["symbol"], done["side"])
    return VenueFill(*who, size=size, price=price, fee=fee, at=done["at"])


def kept(about: Mapping[str, Any], status: str = "FILLED", filled: str = "0.01", seconds: float = 62) -> dict[str, Any]:
    """An order as the table has it."""
    names = ("client_order_id", "intent_id", "symbol", "side", "style", "quantity")
    row = {name: about[name] for name in names}
    return row | {"status": status, "filled": filled, "changed_at_utc_ns": at(seconds), "settled": 1}


def kept_fill(done: Mapping[str, Any], realised: str) -> dict[str, Any]:
    """A fill as the table has it."""
    return {name: done[name] for name in ("symbol", "side", "quantity", "price", "fee")} | {"realised_pnl": realised}


ACTIVE = PermitSeen(at(2), "ACTIVE", entry=True, exit=True, missing=(), halt_reason="")
CLOSED = PermitSeen(at(2), "ACTIVE", entry=False, exit=True, missing=("feed",), halt_reason="")
HALTED = PermitSeen(at(2), "HALTED", entry=False, exit=False, missing=("kill_switch",), halt_reason="kill file")
RUN = LifeSeen(EPOCH, at(0), at(2), at(900), "drained")
LIMITS = Limits(
    mode="PAPER",
    nlv=D(100_000),
    total_pct=D(15),
    per_asset_pct=D(5),
    per_theme_pct=D(10),
    open_positions=5,
    products={BTC: PRODUCT},
    themes={"majors": (BTC,)},
    tiers={"core": (BTC,)},
    allocations={"core": D(60)},
    strategies={"baseline": D(5)},
    proposals={"baseline": 3},
    rates={"trading": 30},
)


def alert(seconds: float, key: str, state: str = "raised", severity: str = "CRITICAL", text: str = "") -> AlertSeen:
    """An alert as it reached the only channel."""
    return AlertSeen(at(seconds), key, key.partition(":")[0], severity, state, text or f"{key} is {state}", "heard")


def breach(kind: str, since: float, until: float | None = None, subject: str = "") -> BreachSeen:
    """Something that was wrong."""
    return BreachSeen(at(since), None if until is None else at(until), kind, subject)


def fault(seconds: float, layer: str) -> FaultSeen:
    """A fault of the plan."""
    return FaultSeen(at(seconds), 1, layer, "hang", "")


def healthy(told: Callable[[list[dict[str, Any]]], object] | None = None, **changes: Any) -> Evidence:
    """The history, with what is given in the place of what it had; ``told`` edits the rows before they are hashed."""
    written = rows()
    if told is not None:
        told(written)
    journal = chained(written)
    books = Books(
        orders={"c-1": kept(ENTRY), "c-2": kept(EXIT)},
        fills={"f-1": kept_fill(BOUGHT, "0"), "f-2": kept_fill(SOLD, REALISED)},
        positions={},
        flows={"BTC": D(0), "USD": D("-0.14")},
        head=(journal[-1].seq, journal[-1].hash),
    )
    evidence = Evidence(
        seed=1,
        began=at(0),
        healed=None,
        ended=at(900),
        sent=[create("1", "BUY", "64000", 10.05), create("2", "SELL", "64500", 60.05)],
        orders=[made("1", "BUY", "64000", 10.06, 12), made("2", "SELL", "64500", 60.06, 61)],
        fills=[theirs(BOUGHT), theirs(SOLD)],
        funds={"USD": D(100_000), "BTC": D(0)},
        totals={"USD": D("99999.86"), "BTC": D(0)},
        marks=[(at(0), BTC, D(64_000)), (at(60), BTC, D(64_500))],
        rows=journal,
        books=books,
        alerts=(),
        permits=[ACTIVE],
        breaches=(),
        lives=[RUN],
        faults=(),
        limits=LIMITS,
        written={"c-1": at(10.04), "c-2": at(60.04)},
    )
    return evolve(evidence, **changes)


def found(evidence: Evidence) -> Report:
    """What the checker says."""
    return check(evidence)
