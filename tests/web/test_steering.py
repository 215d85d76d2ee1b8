"""What an operator may say, and how it is passed on."""

from decimal import Decimal

import httpx
import pytest
from tests.board_samples import at
from tests.face_samples import SECRET, TOKEN, face

from trader247.errors import ConfigurationInvalid, RefusedByGate, Trader247Error
from trader247.messages.bans import Ban, BanKind, InstrumentBanned
from trader247.messages.reconciling import AccountCompared, Difference, DifferenceKind, Subject
from trader247.model.instrument import Symbol
from trader247.web.routes import make_app

pytestmark = pytest.mark.req("WEB1")

SENT = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}


async def test_a_daemon_that_cannot_do_it_says_why_and_the_face_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    made, control = face()

    def cannot(reason: str, by: str) -> None:
        raise Trader247Error(f"the journal is full ({reason}, {by})")

    monkeypatch.setattr(type(control), "halt", lambda _, reason, by: cannot(reason, by))
    http = httpx.AsyncClient(transport=httpx.ASGITransport(make_app(made)), base_url="http://127.0.0.1:9247")
    async with http:
        answer = await http.post("/api/v1/halt", json={"reason": "x"}, headers=SENT)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "failed")
        assert answer.json()["error"]["text"] == "the journal is full (x, operator (web))"
        assert (await http.get("/api/v1/status")).status_code == 200


async def test_a_reason_in_any_script_arrives_as_it_was_written() -> None:
    made, control = face()
    http = httpx.AsyncClient(transport=httpx.ASGITransport(make_app(made)), base_url="http://127.0.0.1:9247")
    async with http:
        await http.post("/api/v1/pause", json={"reason": "лунный день — pas ce soir"}, headers=SENT)
    assert control.told == [("REDUCING", "лунный день — pas ce soir", "operator (web)")]


@pytest.mark.req("SUP6", "SEC1")
async def test_a_reload_answers_with_the_new_fingerprint_and_every_changed_key_and_no_secret() -> None:
    made, control = face()
    http = httpx.AsyncClient(transport=httpx.ASGITransport(make_app(made)), base_url="http://127.0.0.1:9247")
    async with http:
        answer = await http.post("/api/v1/reload", json={"reason": "calmer"}, headers=SENT)
        unasked = await http.post("/api/v1/reload", json={}, headers=SENT)
        unknown = await http.post("/api/v1/reload", json={"reason": "calmer"})
    assert control.told == [("reload", "calmer", "operator (web)")]
    told = answer.json()
    assert (told["done"], told["config_hash"], told["before"]) == (True, "fedcba9876543210", "0123456789abcdef")
    assert told["changes"] == [{"key": "policy.caps.total_pct", "before": "15", "after": "10"}]
    assert SECRET not in answer.text
    assert (unasked.status_code, unknown.status_code) == (400, 401)


@pytest.mark.req("SUP6")
@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [
        (RefusedByGate("restart the daemon"), 409, "refused"),
        (ConfigurationInvalid("2 faults"), 422, "bad_configuration"),
        (Trader247Error("it was undone"), 422, "failed"),
    ],
)
async def test_a_reload_that_is_not_done_says_why(failure: Trader247Error, status: int, code: str) -> None:
    made, control = face()
    control.failure = failure
    http = httpx.AsyncClient(transport=httpx.ASGITransport(make_app(made)), base_url="http://127.0.0.1:9247")
    async with http:
        answer = await http.post("/api/v1/reload", json={"reason": "x"}, headers=SENT)
    assert (answer.status_code, answer.json()["error"]) == (status, {"code": code, "text": str(failure)})


@pytest.mark.req("CB2")
async def test_a_breaker_is_set_with_actor_and_reason_and_an_unknown_one_is_named() -> None:
    made, control = face()
    http = httpx.AsyncClient(transport=httpx.ASGITransport(make_app(made)), base_url="http://127.0.0.1:9247")
    async with http:
        opened = await http.post("/api/v1/breakers/orders/open", json={"reason": "migration"}, headers=SENT)
        closed = await http.post("/api/v1/breakers/orders/close", json={"reason": "over"}, headers=SENT)
        unknown = await http.post("/api/v1/breakers/moon/open", json={"reason": "x"}, headers=SENT)
        mute = await http.post("/api/v1/breakers/orders/open", json={"reason": ""}, headers=SENT)
    assert [(told[2], told[4]) for told in control.told] == [
        ("OPEN", "operator (web)"),
        ("CLOSED", "operator (web)"),
    ]
    assert (opened.json()["state"], closed.json()["state"]) == ("OPEN", "CLOSED")
    assert (unknown.status_code, unknown.json()["error"]["code"], mute.status_code) == (404, "unknown_breaker", 400)


@pytest.mark.req("REC1")
async def test_balances_are_accepted_only_where_some_differ() -> None:
    gap = Difference(DifferenceKind.SIZE, Subject.BALANCE, "USD", Decimal(2), Decimal(1))
    answers = []
    for standing in ((), (gap,)):
        made, control = face(AccountCompared((), standing, 0))
        http = httpx.AsyncClient(transport=httpx.ASGITransport(make_app(made)), base_url="http://127.0.0.1:9247")
        async with http:
            answer = await http.post("/api/v1/accept-balances", json={"reason": "mine"}, headers=SENT)
        answers.append((answer.status_code, control.told))
    assert answers == [(422, []), (200, [("accept_balances", "mine", "operator (web)")])]


@pytest.mark.req("U4")
async def test_a_ban_says_until_when_and_what_is_wrong_with_it_is_named() -> None:
    made, control = face()
    http = httpx.AsyncClient(transport=httpx.ASGITransport(make_app(made)), base_url="http://127.0.0.1:9247")
    async with http:
        path = "/api/v1/bans/btcusd"
        done = await http.post(path, json={"reason": "bridge  drained", "kind": "exploit", "hours": 2}, headers=SENT)
        usual = await http.post(path, json={"reason": "x", "kind": "team_rug"}, headers=SENT)
        wrong = [
            await http.post(path, json=body, headers=SENT)
            for body in (
                {"reason": "x"},
                {"reason": "  ", "kind": "exploit"},
                {"reason": "x", "kind": "mood"},
                {"reason": "x", "kind": "exploit", "hours": 0},
                {"reason": "x", "kind": "exploit", "hours": 8_761},
            )
        ]
        nobody = await http.post("/api/v1/bans/%20", json={"reason": "x", "kind": "exploit"}, headers=SENT)
    assert control.told == [
        ("ban", "BTC-USD", "exploit", "2.0", "bridge drained", "operator (web)"),
        ("ban", "BTC-USD", "team_rug", "None", "x", "operator (web)"),
    ]
    assert (done.json()["symbol"], done.json()["kind"], usual.status_code) == ("BTC-USD", "exploit", 200)
    assert {answer.status_code for answer in wrong} == {400}
    assert (nobody.status_code, nobody.json()["error"]["code"]) == (400, "not_a_symbol")


@pytest.mark.req("U4")
async def test_only_what_is_banned_can_be_lifted() -> None:
    answers = []
    for facts in ((), (InstrumentBanned(Ban(Symbol("BTC-USD"), BanKind.EXPLOIT, "x", "anna", at(0).utc, at(9).utc)),)):
        made, control = face(*facts)
        http = httpx.AsyncClient(transport=httpx.ASGITransport(make_app(made)), base_url="http://127.0.0.1:9247")
        async with http:
            answer = await http.post("/api/v1/bans/BTC-USD/lift", json={"reason": "over"}, headers=SENT)
            listed = await http.get("/api/v1/bans")
        answers.append((answer.status_code, len(control.told), len(listed.json()["bans"])))
    assert answers == [(422, 0, 0), (200, 1, 1)]


@pytest.mark.req("R3")
async def test_an_order_to_sell_everything_is_passed_on_and_refused_where_trading_is_halted() -> None:
    answers = []
    for refusal in ("", "nothing can be sold while trading is halted"):
        made, control = face()
        control.refusal = refusal
        http = httpx.AsyncClient(transport=httpx.ASGITransport(make_app(made)), base_url="http://127.0.0.1:9247")
        async with http:
            answer = await http.post("/api/v1/flatten", json={"reason": "leaving"}, headers=SENT)
            unknown = await http.post("/api/v1/flatten", json={"reason": "leaving"})
        answers.append((answer.status_code, answer.json().get("state"), control.told, unknown.status_code))
    assert answers == [(200, "REDUCING", [("flatten", "leaving", "operator (web)")], 401), (409, None, [], 401)]
