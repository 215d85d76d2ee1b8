"""Signals by webhook: who may send, when, how often, and what a sender is told."""

import base64
from typing import Any

import httpx
import pytest
from attrs import define, evolve, field
from tests.face_samples import SECRET, TOKEN, SetClock, face

from trader247.core.signal_intake import SIGNAL_BYTES_MAX, SignalAnswer, SignalVerdict
from trader247.model.ids import StrategyName
from trader247.model.instant import SECOND, Instant
from trader247.web.ports import Face
from trader247.web.routes import make_app
from trader247.web.signals import WINDOW_S, key_of, signature_of

pytestmark = pytest.mark.req("WEB1", "STR5")

KEY = b"k" * 32
BODY = b'{"id": "a-1"}'
NOW_S = SetClock().now().utc // SECOND


@define
class Noted:
    """Where signals go; answers what it was told to."""

    verdict: SignalVerdict = SignalVerdict.TAKEN
    taken: list[tuple[str, bytes, str]] = field(factory=list)

    async def take(self, strategy: StrategyName, content: bytes, source: str) -> SignalAnswer:
        self.taken.append((strategy, content, source))
        return SignalAnswer(self.verdict, "a-1", f"because of {SECRET}")


def site(verdict: SignalVerdict = SignalVerdict.TAKEN) -> tuple[Face, Noted]:
    made, _ = face(signal_secrets={"copy": KEY})
    noted = Noted(verdict)
    return evolve(made, signals=noted), noted


def headers(body: bytes = BODY, at_s: int = NOW_S, key: bytes = KEY, **changed: str) -> dict[str, str]:
    signed = signature_of(key, "m-1", str(at_s), body)
    made = {"webhook-id": "m-1", "webhook-timestamp": str(at_s), "webhook-signature": signed}
    return {"content-type": "application/json", **made, **{n.replace("_", "-"): v for n, v in changed.items()}}


async def post(made: Face, sent: dict[str, str], body: bytes = BODY, name: str = "copy") -> httpx.Response:
    transport = httpx.ASGITransport(make_app(made), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:9247") as http:
        return await http.post(f"/api/v1/signals/{name}", content=body, headers=sent)


def code(answer: httpx.Response) -> tuple[int, Any]:
    return answer.status_code, answer.json()["error"]["code"]


async def test_a_signed_signal_is_taken_without_a_token() -> None:
    made, noted = site()
    answer = await post(made, headers())
    assert (answer.status_code, answer.json()["done"], answer.json()["id"]) == (200, True, "a-1")
    assert noted.taken == [("copy", BODY, "webhook")]


def test_the_signature_is_that_of_the_standard_webhooks_specification() -> None:
    """The example of the specification's own documents."""
    key = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    signed = signature_of(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body)
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    "sent",
    [
        {"content-type": "application/json"},
        headers(key=b"x" * 32),
        headers(body=BODY + b" "),
        headers(webhook_id="m-2"),
        headers(webhook_timestamp=str(NOW_S + 1)),
        headers(webhook_timestamp=""),
        headers(webhook_timestamp="1" * 13),
        headers(webhook_timestamp="\u0661".encode().decode("latin-1")),
        headers(webhook_signature=""),
        headers(webhook_signature="v1,"),
        headers(webhook_signature="v1a," + base64.b64encode(b"x" * 32).decode()),
        {**headers(), "authorization": f"Bearer {TOKEN}", "webhook-signature": "v1,AAAA"},
    ],
)
async def test_whatever_is_wrong_with_a_signature_nothing_is_taken(sent: dict[str, str]) -> None:
    made, noted = site()
    raw = httpx.Headers([(name.encode(), value.encode("latin-1")) for name, value in sent.items()])
    assert code(await post(made, raw)) == (401, "bad_signature")  # type: ignore[arg-type]
    assert noted.taken == []


async def test_one_good_signature_among_several_will_do_so_that_secrets_can_be_changed() -> None:
    made, _ = site()
    both = f"{signature_of(b'old' * 10, 'm-1', str(NOW_S), BODY)} {signature_of(KEY, 'm-1', str(NOW_S), BODY)}"
    assert (await post(made, headers(webhook_signature=both))).status_code == 200
    late = f"{'v1,AAAA ' * 4}{signature_of(KEY, 'm-1', str(NOW_S), BODY)}"
    assert (await post(made, headers(webhook_signature=late))).status_code == 401


@pytest.mark.parametrize(
    ("off_s", "status"), [(-WINDOW_S, 200), (WINDOW_S, 200), (-WINDOW_S - 1, 401), (WINDOW_S + 1, 401)]
)
async def test_exactly_at_the_edge_of_the_window_passes_and_beyond_it_does_not(off_s: int, status: int) -> None:
    made, noted = site()
    made = evolve(made, clock=Exactly())
    answer = await post(made, headers(at_s=NOW_S + off_s))
    assert answer.status_code == status
    assert bool(noted.taken) == (status == 200)


class Exactly(SetClock):
    """On the second, so that an edge can be met."""

    def now(self) -> Any:
        return super().now()._replace(utc=Instant(NOW_S * SECOND))


async def test_a_strategy_without_a_secret_takes_no_webhook() -> None:
    made, noted = site()
    assert code(await post(made, headers(), name="other")) == (404, "no_webhook")
    assert code(await post(evolve(made, signals=None), headers())) == (404, "no_webhook")
    assert noted.taken == []


async def test_a_body_over_the_most_is_not_read_to_its_end() -> None:
    made, noted = site()
    exactly, over = b"x" * SIGNAL_BYTES_MAX, b"x" * (SIGNAL_BYTES_MAX + 1)
    assert (await post(made, headers(exactly), exactly)).status_code == 200
    assert code(await post(made, headers(over), over)) == (413, "too_long")
    assert len(noted.taken) == 1


@pytest.mark.parametrize(
    ("changed", "status", "said"),
    [
        ({"content_type": "text/plain"}, 415, "not_json"),
        ({"origin": "http://evil.example"}, 403, "foreign_origin"),
        ({"sec_fetch_site": "cross-site"}, 403, "foreign_origin"),
        ({"host": "evil.example"}, 403, "foreign_host"),
    ],
)
async def test_a_page_of_another_site_cannot_send_though_it_had_a_signature(
    changed: dict[str, Any], status: int, said: str
) -> None:
    made, noted = site()
    assert code(await post(made, headers(**changed))) == (status, said)
    assert noted.taken == []


async def test_the_signature_opens_nothing_but_the_signals() -> None:
    made, _ = site()
    transport = httpx.ASGITransport(make_app(made))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:9247") as http:
        for path in ("/api/v1/halt", "/api/v1/signals/../halt", "/api/v1/signals"):
            answer = await http.post(path, content=b'{"reason": "x"}', headers=headers(b'{"reason": "x"}'))
            assert answer.status_code in {401, 404, 405}, path


@pytest.mark.parametrize(
    ("verdict", "status", "said"),
    [
        (SignalVerdict.REFUSED, 422, "signal_refused"),
        (SignalVerdict.ID_REUSED, 422, "key_reused"),
        (SignalVerdict.IN_DOUBT, 409, "in_doubt"),
        (SignalVerdict.TOO_MANY, 429, "too_many_signals"),
        (SignalVerdict.LATER, 503, "later"),
    ],
)
async def test_a_sender_is_told_what_became_of_it_and_no_secret(verdict: SignalVerdict, status: int, said: str) -> None:
    made, _ = site(verdict)
    answer = await post(made, headers())
    assert code(answer) == (status, said)
    assert SECRET not in answer.text


async def test_a_signal_that_was_taken_before_gets_the_first_answer_and_says_so() -> None:
    made, _ = site(SignalVerdict.TAKEN_BEFORE)
    answer = await post(made, headers())
    assert (answer.status_code, answer.headers["idempotency-replayed"]) == (200, "true")


@pytest.mark.req("SEC1")
def test_a_secret_is_a_text_or_base64_and_never_short() -> None:
    assert key_of("x" * 24) == b"x" * 24
    for short in ("x" * 23, "whsec_" + base64.b64encode(b"x" * 23).decode()):
        with pytest.raises(ValueError, match="shorter than 24 bytes"):
            key_of(short)
    with pytest.raises(ValueError, match="not base64"):
        key_of("whsec_!")


@pytest.mark.req("SEC1")
def test_the_settings_do_not_show_their_secrets() -> None:
    made, _ = site()
    assert "kkkk" not in repr(made.settings)
