"""The OpenAPI document and the reference page of the HTTP API, made from the table of endpoints.

The schemas say what a client may rely on: these keys are there and of these types. More keys may come with a later
version, so none of them is closed.
"""

import re
from collections.abc import Iterable
from typing import Final

from trader247 import __version__
from trader247.core.status_views import Plain
from trader247.core.why import GATES
from trader247.messages.bans import BanKind
from trader247.web.endpoint import Endpoint

__all__ = ["SCHEMAS", "document", "reference_page"]

_TEXT: Final[Plain] = {"type": "string"}
_MAYBE_TEXT: Final[Plain] = {"type": ["string", "null"]}
_NUMBER: Final[Plain] = {"type": "number"}
_MAYBE_NUMBER: Final[Plain] = {"type": ["number", "null"]}
_COUNT: Final[Plain] = {"type": "integer"}
_YES: Final[Plain] = {"type": "boolean"}
_MONEY: Final[Plain] = {"type": "string", "description": "a decimal, exact, without exponent"}
_MAYBE_MONEY: Final[Plain] = {"type": ["string", "null"], "description": "a decimal, exact, without exponent"}
_INSTANT: Final[Plain] = {"type": "string", "format": "date-time"}


def _object(**properties: Plain) -> Plain:
    return {"type": "object", "required": list(properties), "properties": properties}


def _maybe(schema: Plain) -> Plain:
    return {"anyOf": [schema, {"type": "null"}]}


def _list(schema: Plain) -> Plain:
    return {"type": "array", "items": schema}


def _ref(name: str) -> Plain:
    return {"$ref": f"#/components/schemas/{name}"}


_ORDER: Final = _object(
    client_order_id=_TEXT,
    symbol=_TEXT,
    kind={"enum": ["entry", "exit"]},
    side={"enum": ["BUY", "SELL"]},
    style=_TEXT,
    quantity=_MONEY,
    limit_price=_MONEY,
    status=_TEXT,
    working=_YES,
    filled=_MONEY,
    average_price=_MAYBE_MONEY,
    fees=_MONEY,
    strategy=_TEXT,
    why=_TEXT,
    reason=_TEXT,
    changed_at=_INSTANT,
)
_POSITION: Final = _object(
    symbol=_TEXT,
    quantity=_MONEY,
    average_entry=_MONEY,
    mid=_MAYBE_MONEY,
    value=_MAYBE_MONEY,
    unrealised=_MAYBE_MONEY,
    change_pct=_MAYBE_NUMBER,
    stop_price=_MAYBE_MONEY,
    raised_from=_MAYBE_MONEY,
    target_price=_MAYBE_MONEY,
    at_venue=_MAYBE_TEXT,
    strategy=_TEXT,
    opened_at=_INSTANT,
)
_FILL: Final = _object(fill_id=_TEXT, symbol=_TEXT, side=_TEXT, price=_MONEY, quantity=_MONEY, fee=_MONEY, at=_INSTANT)
_ALERT: Final = _object(
    key=_TEXT, severity=_TEXT, text=_TEXT, state=_TEXT, count=_COUNT, raised_at=_INSTANT, changed_at=_INSTANT
)
_REFUSAL: Final = _object(at=_INSTANT, symbol=_TEXT, rule=_TEXT, text=_TEXT, limit_pct=_MAYBE_MONEY, strategy=_TEXT)
_GUARD: Final = _object(guard=_TEXT, yes=_YES, reason=_TEXT, age_s=_MAYBE_NUMBER)

_BAN: Final[dict[str, Plain]] = {
    "symbol": _TEXT,
    "kind": {"enum": [kind.value for kind in BanKind]},
    "reason": _TEXT,
    "by": _TEXT,
    "at": _INSTANT,
    "until": _INSTANT,
}

SCHEMAS: Final[dict[str, Plain]] = {
    "Error": _object(error=_object(code=_TEXT, text=_TEXT)),
    "Reason": {
        "type": "object",
        "required": ["reason"],
        "additionalProperties": False,
        "properties": {"reason": {"type": "string", "minLength": 1, "maxLength": 500}},
    },
    "Ban": {
        "type": "object",
        "required": ["reason", "kind"],
        "additionalProperties": False,
        "properties": {
            "reason": {"type": "string", "minLength": 1, "maxLength": 500},
            "kind": {"enum": [kind.value for kind in BanKind]},
            "hours": {"type": ["number", "null"], "exclusiveMinimum": 0, "maximum": 8760},
        },
    },
    "Banned": _object(done={"const": True}, **_BAN),
    "Bans": _object(bans=_list(_object(**_BAN))),
    "Empty": {"type": "object", "additionalProperties": False},
    "Signal": {
        "type": "object",
        "required": ["id", "symbol", "side", "issued_at"],
        "additionalProperties": False,
        "properties": {
            "id": {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,64}$"},
            "symbol": _TEXT,
            "side": {"enum": ["BUY", "SELL"]},
            "notional_pct": {"type": ["number", "string"], "description": "% of NLV; a BUY needs it"},
            "issued_at": _INSTANT,
            "stop_pct": {"type": ["number", "string"]},
            "target_pct": {"type": ["number", "string"]},
            "max_hold_h": {"type": ["number", "string"]},
            "conviction": {"type": "number", "minimum": 0, "maximum": 1},
            "reason": {"type": "string", "maxLength": 200},
        },
    },
    "Taken": _object(done={"const": True}, id=_TEXT, text=_TEXT),
    "Done": _object(done={"const": True}),
    "Reloaded": _object(
        done={"const": True},
        config_hash=_TEXT,
        before=_TEXT,
        text=_TEXT,
        changes=_list(_object(key=_TEXT, before=_TEXT, after=_TEXT)),
    ),
    "Health": _object(ok=_YES, reasons=_list(_TEXT)),
    "Why": _object(
        symbol=_TEXT,
        gate={"enum": list(GATES)},
        text=_TEXT,
        numbers={"type": "object", "additionalProperties": _TEXT},
        change=_TEXT,
    ),
    "Story": _object(
        subject=_object(what=_TEXT, id=_TEXT),
        runs=_list(_object(epoch=_TEXT, version=_MAYBE_TEXT, config_hash=_TEXT, from_row=_COUNT)),
        steps=_list(_object(row=_COUNT, at=_INSTANT, what=_TEXT, of=_TEXT, text=_TEXT, facts={"type": "object"})),
        orders=_list(
            _object(
                intent_id=_TEXT,
                client_order_id=_TEXT,
                proposal_id=_MAYBE_TEXT,
                symbol=_TEXT,
                kind={"enum": ["entry", "exit"]},
                side={"enum": ["BUY", "SELL"]},
                status=_TEXT,
                venue_order_id=_MAYBE_TEXT,
                filled=_MONEY,
                fill_ids=_list(_TEXT),
                position_opened_at=_maybe(_INSTANT),
            )
        ),
        positions=_list(
            _object(
                symbol=_TEXT,
                currency=_TEXT,
                opened_at=_INSTANT,
                open=_YES,
                entries=_list(_TEXT),
                exits=_list(_TEXT),
                held=_MONEY,
                average_entry=_MONEY,
                realised=_MONEY,
                fees=_MONEY,
                fees_held=_MONEY,
            )
        ),
        left_out=_COUNT,
    ),
    "Whys": _object(why=_list(_ref("Why"))),
    "Status": _object(
        state={"enum": ["STARTING", "ACTIVE", "REDUCING", "HALTED"]},
        now=_INSTANT,
        mode=_MAYBE_TEXT,
        venue=_MAYBE_TEXT,
        uptime_s=_MAYBE_NUMBER,
        halt=_maybe(_object(reason=_TEXT, by=_TEXT, at=_INSTANT)),
        flattening=_maybe(_object(reason=_TEXT, by=_TEXT, at=_INSTANT)),
        permit=_object(entry=_YES, exit=_YES, serial=_COUNT, age_s=_MAYBE_NUMBER, panel=_list(_GUARD)),
        account=_maybe(
            _object(
                nlv=_MONEY,
                cash=_MONEY,
                realised_today=_MONEY,
                unrealised=_MONEY,
                drawdown_pct=_NUMBER,
                today_pct=_NUMBER,
                exposure_pct=_NUMBER,
                in_doubt=_COUNT,
            )
        ),
        cycle=_maybe(_object(number=_COUNT, regime=_TEXT, took_s=_NUMBER, next_s=_NUMBER, no_trade=_TEXT)),
        strategies=_list(_object(strategy=_TEXT, proposals=_COUNT, skipped=_TEXT, quarantined=_YES)),
        bans=_list(_object(**_BAN)),
        breakers=_list({"type": "object"}),
        streams=_maybe(_object(up=_YES, why=_TEXT, since_s=_NUMBER)),
        counts={"type": "object", "additionalProperties": _COUNT},
    ),
    "Node": _object(
        name=_TEXT,
        kind={"enum": ["group", "worker"]},
        strategy=_MAYBE_TEXT,
        state=_TEXT,
        incarnation=_COUNT,
        restarts=_COUNT,
        uptime_s=_MAYBE_NUMBER,
        last_error=_MAYBE_TEXT,
        mailbox=_maybe(_object(depth=_COUNT, capacity=_COUNT, high_water=_COUNT, oldest_age_s=_NUMBER)),
        children=_list(_ref("Node")),
    ),
    "Tree": _object(
        tree=_ref("Node"),
        text=_TEXT,
        dead_letters=_list(_object(actor=_TEXT, mailbox=_TEXT, message=_TEXT, reason=_TEXT, at=_INSTANT)),
        totals={"type": "object", "additionalProperties": _COUNT},
    ),
    "Orders": _object(orders=_list(_ORDER)),
    "Fills": _object(fills=_list(_FILL)),
    "Refusals": _object(refusals=_list(_REFUSAL)),
    "Positions": _object(positions=_list(_POSITION)),
    "Alerts": _object(alerts=_list(_ALERT)),
    "Breakers": _object(
        breakers=_list(
            _object(
                breaker=_TEXT,
                state={"enum": ["CLOSED", "HALF_OPEN", "OPEN"]},
                since=_INSTANT,
                until=_maybe(_INSTANT),
                failures=_COUNT,
                failures_max=_COUNT,
                window_s=_NUMBER,
                why=_TEXT,
                by=_TEXT,
                stops=_TEXT,
            )
        )
    ),
    "Equity": _object(equity=_list(_object(at=_INSTANT, nlv=_MONEY))),
    "Prices": _object(symbol=_TEXT, prices=_list(_object(at=_INSTANT, mid=_MONEY))),
}


_BODIES: Final = {"reason": "Reason", "ban": "Ban", "signal": "Signal", "empty": "Empty"}


def document(endpoints: Iterable[Endpoint]) -> Plain:
    """The OpenAPI 3.1 document of these endpoints."""
    paths: dict[str, Plain] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "trader247",
            "version": __version__,
            "description": "Looking needs no token on loopback; changing state needs one. The same paths are served on "
            "the control socket in the data folder, where the file's mode is the lock.",
        },
        "paths": paths,
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "signature": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "webhook-signature",
                    "description": "Standard Webhooks: with webhook-id and webhook-timestamp, HMAC-SHA256, v1,BASE64",
                },
            },
        },
    }


def _operation(endpoint: Endpoint) -> Plain:
    good: Plain = {"type": "string"} if endpoint.gives != "application/json" else {"type": "object"}
    if endpoint.shape:
        good = _ref(endpoint.shape)
    operation: Plain = {
        "operationId": _operation_id(endpoint),
        "summary": endpoint.summary,
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in re.findall(r"{(\w+)}", endpoint.path)
        ],
        "responses": {
            "200": {"description": "done", "content": {endpoint.gives: {"schema": good}}},
            "default": {"description": "not done", "content": {"application/json": {"schema": _ref("Error")}}},
        },
    }
    if "?limit=" in endpoint.summary:
        limit = {"type": "integer", "minimum": 0, "maximum": 500}
        operation["parameters"].append({"name": "limit", "in": "query", "schema": limit})
    if endpoint.shape == "Health":
        operation["responses"]["503"] = {"description": "no", "content": {endpoint.gives: {"schema": good}}}
    if endpoint.writes:
        body = _ref(_BODIES[endpoint.body])
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
        operation["security"] = [{"signature": []}] if endpoint.signed else [{"token": []}]
    return operation


def _operation_id(endpoint: Endpoint) -> str:
    words = re.findall(r"[a-z0-9]+", endpoint.path.removeprefix("/api/v1"))
    return "_".join([endpoint.method.lower(), *words]) if words else "get_dashboard"


def reference_page(endpoints: Iterable[Endpoint], errors: Iterable[tuple[int, str, str]]) -> str:
    """The reference page, as Markdown; ``errors`` are status, code and meaning."""
    lines = [
        "# HTTP API",
        "",
        "On `http://127.0.0.1:9247`, and with the same paths on the Unix socket `control.sock` (mode 0600) in the data",
        "folder. Generated from `src/trader247/web/routes.py`; the same as a machine reads it: `/api/v1/openapi.json`.",
        "",
        "Looking needs no token on loopback. Changing state over TCP needs `Authorization: Bearer TOKEN`,",
        "`Content-Type: application/json`, one of our own names in `Host`, no foreign `Origin`. The socket needs JSON.",
        "A command (but `halt`) with an `Idempotency-Key` takes effect once within 72 h, across restarts; sent again,",
        "it gets the first answer, with `idempotency-replayed: true`. What was refused may be sent again.",
        "Amounts are decimals as text, instants RFC 3339 in UTC; statistics are numbers. Unknown keys may be added.",
        "",
        "| method | path | token | gives | what |",
        "|---|---|---|---|---|",
    ]
    for endpoint in endpoints:
        token = "signature" if endpoint.signed else "yes" if endpoint.writes else ""
        gives = endpoint.shape or endpoint.gives
        note = " (embedded venue only)" if endpoint.chaos else ""
        row = (endpoint.method, f"`{endpoint.path}`", token, gives, endpoint.summary + note)
        lines.append(f"| {' | '.join(row)} |")
    lines += ["", "## Errors", "", 'Always `{"error": {"code": "...", "text": "..."}}`.', ""]
    lines += ["| status | code | when |", "|---|---|---|"]
    lines += [f"| {status} | `{code}` | {when} |" for status, code, when in errors]
    lines += ["", "## Events", "", _EVENTS]
    return "\n".join(lines) + "\n"


_EVENTS: Final = """`/api/v1/events` sends server-sent events: `picture` (everything the dashboard shows, at once after
connecting and then about once a second) and `line` (one line of the story: `at`, `word`, `symbol`, `text`, `level`;
the last 100 come at once).
A listener that does not read is dropped and reconnects by itself; at most 16 may listen."""
