"""Who may do what over HTTP."""

import httpx
import pytest
from tests.face_samples import TOKEN, NotedControl, SetClock, face

from trader247.web.guard import SECURITY_HEADERS
from trader247.web.routes import make_app

pytestmark = pytest.mark.req("WEB1")

HOME = "http://127.0.0.1:9247"
GOOD = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
BODY = b'{"reason": "test"}'


def client(
    *, trusted: bool = False, clock: SetClock | None = None, **settings: object
) -> tuple[httpx.AsyncClient, NotedControl]:
    made, control = face(**settings)
    if clock is not None:
        object.__setattr__(made, "clock", clock)
    transport = httpx.ASGITransport(make_app(made, trusted=trusted), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=HOME), control


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({}, 200, None),
        ({"origin": HOME}, 200, None),
        ({"sec-fetch-site": "same-origin"}, 200, None),
        ({"host": "localhost:9247", "origin": "http://localhost:9247"}, 200, None),
        ({"authorization": ""}, 401, "token_missing"),
        ({"authorization": f"Basic {TOKEN}"}, 401, "token_missing"),
        ({"authorization": "Bearer wrong"}, 401, "token_wrong"),
        ({"authorization": "Bearer "}, 401, "token_missing"),
        ({"authorization": f"Bearer {TOKEN}x"}, 401, "token_wrong"),
        ({"authorization": b"Bearer \xfc"}, 401, "token_wrong"),
        ({"content-type": "text/plain"}, 415, "not_json"),
        ({"content-type": "application/x-www-form-urlencoded"}, 415, "not_json"),
        ({"host": "evil.example"}, 403, "foreign_host"),
        ({"host": "127.0.0.1:9247.evil.example"}, 403, "foreign_host"),
        ({"host": "127.0.0.1:1"}, 403, "foreign_host"),
        ({"origin": "http://evil.example"}, 403, "foreign_origin"),
        ({"origin": "null"}, 403, "foreign_origin"),
        ({"sec-fetch-site": "cross-site"}, 403, "foreign_origin"),
        ({"sec-fetch-site": "same-site"}, 403, "foreign_origin"),
    ],
)
async def test_a_change_needs_our_host_our_page_json_and_the_token(
    headers: dict[str, str | bytes], status: int, code: str | None
) -> None:
    http, control = client()
    sent = [
        (name.encode(), value.encode() if isinstance(value, str) else value)
        for name, value in {**GOOD, **headers}.items()
    ]
    async with http:
        answer = await http.post("/api/v1/halt", content=BODY, headers=sent)
    assert answer.status_code == status
    assert answer.json().get("error", {}).get("code") == code
    assert bool(control.told) == (status == 200)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "POST", "OPTIONS"])
async def test_no_method_but_get_and_head_is_free(method: str) -> None:
    http, _ = client()
    async with http:
        answer = await http.request(method, "/api/v1/status", headers={"content-type": "application/json"})
    assert answer.status_code == 401


async def test_no_answer_invites_another_site() -> None:
    http, _ = client()
    async with http:
        answer = await http.get("/api/v1/status", headers={"origin": "http://evil.example"})
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", ["/", "/api/v1/status", "/nothing", "/assets/dashboard.js"])
async def test_every_answer_carries_the_security_headers(path: str) -> None:
    http, _ = client()
    async with http:
        answer = await http.get(path)
    for name, value in SECURITY_HEADERS:
        assert answer.headers[name.decode()] == value.decode()
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "", "127.0.0.1:80"])
async def test_reading_under_a_foreign_name_is_refused_so_that_rebinding_gains_nothing(host: str) -> None:
    http, _ = client()
    async with http:
        assert (await http.get("/api/v1/status", headers={"host": host})).status_code == 403


async def test_off_loopback_reading_needs_the_token_and_health_does_not() -> None:
    http, _ = client(host="10.0.0.5", hosts=("trader.lan",))
    async with http:
        here = {"host": "10.0.0.5:9247"}
        assert (await http.get("/api/v1/status", headers=here)).status_code == 401
        assert (await http.get("/metrics", headers=here)).status_code == 401
        assert (await http.get("/healthz", headers=here)).status_code == 200
        assert (await http.get("/api/v1/status", headers={**here, **GOOD})).status_code == 200
        assert (await http.get("/healthz", headers={"host": "trader.lan:9247"})).status_code == 200
        assert (await http.get("/healthz", headers={"host": "trader.lan"})).status_code == 200
        assert (await http.get("/healthz", headers={"host": "127.0.0.1:9247"})).status_code == 403


async def test_five_wrong_tokens_lock_out_even_the_right_one_for_a_minute() -> None:
    clock = SetClock(0)
    http, control = client(clock=clock)
    async with http:
        for _ in range(5):
            wrong = await http.post("/api/v1/halt", content=BODY, headers={**GOOD, "authorization": "Bearer no"})
            assert wrong.status_code == 401
        locked = await http.post("/api/v1/halt", content=BODY, headers=GOOD)
        assert (locked.status_code, locked.headers["retry-after"]) == (429, "60")
        clock.second = 59.9
        assert (await http.post("/api/v1/halt", content=BODY, headers=GOOD)).status_code == 429
        clock.second = 60.0
        assert (await http.post("/api/v1/halt", content=BODY, headers=GOOD)).status_code == 200
        assert (await http.get("/api/v1/status")).status_code == 200
    assert len(control.told) == 1


async def test_without_a_configured_token_nobody_may_change_anything_over_tcp() -> None:
    http, control = client(token="")
    async with http:
        for given in ("Bearer ", "Bearer", "Bearer x"):
            answer = await http.post("/api/v1/halt", content=BODY, headers={**GOOD, "authorization": given})
            assert answer.status_code == 401
    assert control.told == []


async def test_on_the_control_socket_the_file_is_the_lock() -> None:
    http, control = client(trusted=True)
    async with http:
        plain = {"content-type": "application/json", "host": "control"}
        assert (await http.post("/api/v1/halt", content=BODY, headers=plain)).status_code == 200
        assert (await http.post("/api/v1/halt", content=BODY, headers={"host": "x"})).status_code == 415
    assert control.told == [("halt", "test", "operator (control socket)")]


async def test_a_refusal_names_no_token_and_no_inside() -> None:
    http, _ = client()
    async with http:
        answer = await http.post("/api/v1/halt", content=BODY, headers={**GOOD, "authorization": "Bearer no"})
    assert TOKEN not in answer.text
    assert answer.headers["www-authenticate"] == "Bearer"
