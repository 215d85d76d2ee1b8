"""Every path, over ASGI and without a socket."""

from typing import Any

import httpx
import jsonschema
import pytest
from tests.board_samples import halted, healthy
from tests.face_samples import SECRET, TOKEN, NotedControl, face
from tests.story_samples import RUN, WISH
from tests.tree_samples import group, worker

from trader247.core.status_board import BoardFact
from trader247.web.openapi import SCHEMAS, document
from trader247.web.routes import ENDPOINTS, make_app, offered

HOME = "http://127.0.0.1:9247"
AUTH = {"authorization": f"Bearer {TOKEN}"}
READS = [endpoint for endpoint in ENDPOINTS if not endpoint.writes and endpoint.gives == "application/json"]


def client(*facts: BoardFact, trusted: bool = False, **settings: Any) -> tuple[httpx.AsyncClient, NotedControl]:
    made, control = face(*facts, **settings)
    transport = httpx.ASGITransport(make_app(made, trusted=trusted), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=HOME), control


def path_of(template: str) -> str:
    return template.format(symbol="BTC-USD", actor="journal", name="dashboard.css", id=WISH)


@pytest.mark.parametrize("endpoint", READS, ids=lambda endpoint: endpoint.path)
async def test_every_answer_has_the_shape_its_document_promises(endpoint: Any) -> None:
    http, _ = client()
    async with http:
        answer = await http.get(path_of(endpoint.path))
    assert answer.status_code in {200, 503}
    assert answer.headers["cache-control"] == "no-store"
    if endpoint.shape:
        schema = {**SCHEMAS[endpoint.shape], "components": {"schemas": SCHEMAS}}
        jsonschema.validate(answer.json(), schema)


@pytest.mark.parametrize("endpoint", READS, ids=lambda endpoint: endpoint.path)
async def test_a_daemon_that_has_only_just_begun_answers_too(endpoint: Any) -> None:
    http, _ = client(halted())
    async with http:
        answer = await http.get(path_of(endpoint.path))
    assert answer.status_code in {200, 503}
    if endpoint.shape:
        jsonschema.validate(answer.json(), {**SCHEMAS[endpoint.shape], "components": {"schemas": SCHEMAS}})


@pytest.mark.req("X2")
@pytest.mark.parametrize(
    ("key", "status", "code"), [("nobody", 404, "unknown_id"), (RUN, 400, "ambiguous_id"), ("a/b", 404, "not_found")]
)
async def test_an_id_that_has_no_story_is_refused_by_name(key: str, status: int, code: str) -> None:
    http, _ = client()
    async with http:
        answer = await http.get(f"/api/v1/explain/{key}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


@pytest.mark.parametrize("chaos", [True, False])
async def test_the_document_lists_every_route_and_no_other(chaos: bool) -> None:
    http, _ = client(chaos=chaos)
    async with http:
        served = (await http.get("/api/v1/openapi.json")).json()
    assert served == document(offered(chaos=chaos))
    listed = {(path, method.upper()) for path, methods in served["paths"].items() for method in methods}
    assert listed == {(endpoint.path, endpoint.method) for endpoint in offered(chaos=chaos)}


@pytest.mark.req("SUP7")
async def test_the_tree_is_drawn_and_told_as_data() -> None:
    http, _ = client()
    async with http:
        told = (await http.get("/api/v1/tree")).json()
    assert "market_feed" in told["text"]
    assert told["tree"]["children"][1]["children"][0]["mailbox"]["depth"] == 3


@pytest.mark.req("SEC1")
async def test_a_secret_in_an_actors_last_error_is_not_shown() -> None:
    http, control = client(chaos=True)
    control.node = group("root", worker("feed", error=f"401 for {SECRET}"))
    async with http:
        shown = (await http.get("/api/v1/tree")).text + (await http.get("/api/v1/status")).text
    assert "401 for [redacted]" in shown
    assert SECRET not in shown


async def test_why_takes_any_spelling_of_a_symbol_and_refuses_what_is_none() -> None:
    http, _ = client(*healthy())
    async with http:
        assert (await http.get("/api/v1/why/btc_usd")).json()["gate"] == "trigger"
        assert (await http.get("/api/v1/why/NOPE-USD")).json()["gate"] == "unknown_instrument"
        answer = await http.get("/api/v1/why/'; drop table orders")
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "not_a_symbol"


async def test_a_limit_cuts_the_list_and_nonsense_is_no_limit() -> None:
    http, _ = client()
    async with http:
        assert len((await http.get("/api/v1/orders?limit=1")).json()["orders"]) == 1
        assert len((await http.get("/api/v1/orders?limit=x9")).json()["orders"]) == 3
        assert (await http.get("/api/v1/fills?limit=0")).json()["fills"] == []


@pytest.mark.req("OB2")
async def test_metrics_are_brought_up_to_date_and_served_as_text() -> None:
    http, _ = client()
    async with http:
        answer = await http.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'trader_actor_up{actor="journal"} 1.0' in answer.text
    assert 'trader_permit_granted{grade="entry"} 1.0' in answer.text


async def test_alive_and_ready_are_told_by_status_code() -> None:
    http, control = client(*healthy())
    async with http:
        assert (await http.get("/readyz")).status_code == 200
        assert (await http.get("/healthz")).status_code == 200
        control.lag_s = 11.0
        assert (await http.get("/healthz")).status_code == 503
    http, _ = client(halted())
    async with http:
        answer = await http.get("/readyz")
    assert (answer.status_code, answer.json()["reasons"]) == (503, ["halted: kill file present"])


@pytest.mark.req("K1")
@pytest.mark.parametrize(
    ("path", "told"),
    [("halt", "halt"), ("resume", "resume"), ("pause", "REDUCING"), ("activate", "ACTIVE")],
)
async def test_an_operator_steers_with_a_reason_that_reaches_the_daemon(path: str, told: str) -> None:
    http, control = client()
    async with http:
        answer = await http.post(f"/api/v1/{path}", json={"reason": "  looks\n odd "}, headers=AUTH)
    assert answer.status_code == 200
    assert control.told == [(told, "looks odd", "operator (web)")]


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{}", b"[]", b"\xff", b'{"reason": ""}', b'{"reason": "  "}', b'{"reason": 1}'),
        *(b'{"reason": "x", "force": true}', b'{"reason": "' + b"x" * 501 + b'"}'),
        b'{"reason": "' + b"x" * 9_000 + b'"}',
    ],
)
async def test_a_body_that_is_not_a_reason_changes_nothing(body: bytes) -> None:
    http, control = client()
    async with http:
        answer = await http.post("/api/v1/halt", content=body, headers={**AUTH, "content-type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "bad_body"
    assert control.told == []


async def test_what_the_daemon_refuses_is_told_as_it_said_it() -> None:
    http, control = client()
    control.refusal = "the kill file is still there: remove data/KILL_SWITCH first"
    async with http:
        answer = await http.post("/api/v1/resume", json={"reason": "x"}, headers=AUTH)
    assert (answer.status_code, answer.json()["error"]["text"]) == (409, control.refusal)


async def test_chaos_exists_on_the_embedded_venue_only() -> None:
    http, control = client(chaos=True)
    async with http:
        assert (await http.post("/api/v1/chaos/crash/cycle", json={}, headers=AUTH)).status_code == 200
        assert (await http.post("/api/v1/chaos/crash/nobody", json={}, headers=AUTH)).status_code == 404
        assert (await http.post("/api/v1/chaos/crash/cycle", json={"x": 1}, headers=AUTH)).status_code == 400
    assert control.told == [("crash", "cycle")]
    http, control = client(chaos=False)
    async with http:
        answer = await http.post("/api/v1/chaos/crash/cycle", json={}, headers=AUTH)
    assert (answer.status_code, answer.json()["error"]["code"], control.told) == (404, "not_found", [])


async def test_an_error_of_ours_is_a_plain_500_without_a_traceback() -> None:
    http, control = client()
    control.node = None  # type: ignore[assignment]
    async with http:
        answer = await http.get("/api/v1/tree")
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "broken")
    assert "Traceback" not in answer.text


async def test_unknown_paths_and_methods_are_answered_in_json() -> None:
    http, _ = client()
    async with http:
        assert (await http.get("/api/v1/nothing")).json()["error"]["code"] == "not_found"
        assert (await http.get("/api/v1/halt")).json()["error"]["code"] == "wrong_method"
