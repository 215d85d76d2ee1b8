"""What an operator may say, and how it is passed on."""

import httpx
import pytest
from tests.face_samples import TOKEN, face

from trader247.errors import Trader247Error
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
