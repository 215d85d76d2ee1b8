"""API keys and tokens."""

import base64
import json
import random

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from tests.venues.simulated.rig import KEY_TEXT, START, HandClock, at, token

from trader247.errors import ConfigurationInvalid
from trader247.model.instant import SECOND, Instant
from trader247.venues.simulated.auth import KeyRing, make_key

URI = "GET 127.0.0.1:28080/api/v3/brokerage/accounts"
KEY = json.loads(KEY_TEXT)
NOW_S = START // SECOND


@pytest.fixture
def ring() -> KeyRing:
    ring = KeyRing()
    ring.add_file(KEY_TEXT, "portfolio")
    return ring


def test_a_token_of_the_official_form_names_its_portfolio(ring: KeyRing) -> None:
    holder = ring.caller(token(START, URI), START, URI)
    assert holder is not None
    assert (holder.portfolio_id, holder.can_trade) == ("portfolio", True)


@pytest.mark.parametrize(
    "claims",
    [
        {"uri": "GET http://127.0.0.1:28080/api/v3/brokerage/accounts"},
        {"uri": "GET https://127.0.0.1:28080/api/v3/brokerage/accounts"},
        {"uri": "x", "uris": ["GET a", URI]},
        {"iss": "coinbase-cloud", "aud": ["retail_rest_api_proxy"], "iat": NOW_S},
        {"nbf": NOW_S + 9, "exp": NOW_S + 129},
        {"nbf": NOW_S - 125, "exp": NOW_S - 5},
    ],
)
def test_the_variants_of_other_clients_are_taken(ring: KeyRing, claims: dict[str, object]) -> None:
    assert ring.caller(token(START, URI, **claims), START, URI) is not None


@pytest.mark.parametrize(
    "claims",
    [
        {"uri": "POST 127.0.0.1:28080/api/v3/brokerage/accounts"},
        {"uri": "GET 127.0.0.1:28080/api/v3/brokerage/accounts?limit=1"},
        {"uri": "GET api.coinbase.com/api/v3/brokerage/accounts"},
        {"sub": "somebody"},
        {"nbf": NOW_S + 11, "exp": NOW_S + 131},
        {"nbf": NOW_S - 200, "exp": NOW_S - 80},
        {"exp": NOW_S + 121},
        {"exp": "soon"},
        {"nbf": None},
        {"nbf": NOW_S + 5, "exp": NOW_S - 5},
    ],
)
def test_a_token_for_another_request_person_or_time_is_not(ring: KeyRing, claims: dict[str, object]) -> None:
    try:
        text = token(START, URI, **claims)
    except TypeError:
        pytest.skip("this library refuses to make such a token")
    assert ring.caller(text, START, URI) is None


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "é", token(START, URI)[:-4] + "AAAA"])
def test_what_is_no_token_is_nobody(ring: KeyRing, text: str) -> None:
    assert ring.caller(text, START, URI) is None


def test_a_key_nobody_knows_and_a_signature_of_another_key_are_nobody(ring: KeyRing) -> None:
    stranger = make_key(random.Random(2))
    assert ring.caller(token(START, URI, stranger), START, URI) is None
    forged = json.dumps({"name": KEY["name"], "privateKey": json.loads(stranger)["privateKey"]})
    assert ring.caller(token(START, URI, forged), START, URI) is None
    unsigned = jwt.encode(
        {"sub": KEY["name"], "nbf": NOW_S, "exp": NOW_S + 9, "uri": URI}, "", "none", {"kid": KEY["name"]}
    )
    assert ring.caller(unsigned, START, URI) is None


def test_a_stream_token_names_no_request(ring: KeyRing) -> None:
    assert ring.caller(token(START), START, None) is not None
    assert ring.caller(token(START), Instant(START + 131 * SECOND), None) is None


def test_edwards_keys_work_in_both_their_forms() -> None:
    key = json.loads(make_key(random.Random(3), edwards=True))
    both = base64.b64decode(key["privateKey"])
    assert len(both) == 64
    private = Ed25519PrivateKey.from_private_bytes(both[:32])
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    signed = jwt.encode({"sub": "k", "nbf": NOW_S, "exp": NOW_S + 120}, private, "EdDSA", {"kid": "k"})
    for secret in (key["privateKey"], base64.b64encode(both[:32]).decode(), pem, pem.replace("\n", "\\n")):
        ring = KeyRing()
        ring.add_file(json.dumps({"id": "k", "privateKey": secret}), "p")
        assert ring.caller(signed, START, None) is not None


def test_a_key_file_is_the_venues_own_and_seeded() -> None:
    assert make_key(random.Random(1)) == KEY_TEXT
    assert KEY["name"].startswith("organizations/")
    assert isinstance(load_pem_private_key(KEY["privateKey"].encode(), None), ec.EllipticCurvePrivateKey)
    assert "BEGIN EC PRIVATE KEY" in KEY["privateKey"]


def test_what_is_no_key_is_refused_without_showing_it() -> None:
    other = rsa.generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    curve = ec.generate_private_key(ec.SECP384R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for secret in ("c2VjcmV0", "-----BEGIN EC PRIVATE KEY-----\nsecret", other.decode(), curve.decode(), 7):
        with pytest.raises(ConfigurationInvalid) as caught:
            KeyRing().add_file(json.dumps({"name": "k", "privateKey": secret}), "p")
        assert "secret" not in str(caught.value).replace("c2VjcmV0", "secret")
    for text in ("", "[]", "{}", '{"name":"k"}', "[" * 100_000):
        with pytest.raises(ConfigurationInvalid, match="key file is JSON like"):
            KeyRing().add_file(text, "p")


def test_tokens_can_be_judged_by_a_clock_of_their_own() -> None:
    ring = KeyRing(clock=HandClock(START))
    name = ring.add_file(KEY_TEXT, "p", can_view=False)
    caller = ring.caller(token(START), at(9_999), None)
    assert caller is not None
    assert (caller.name, caller.can_view) == (name, False)
    assert ring.caller(token(at(9_999)), at(9_999), None) is None
