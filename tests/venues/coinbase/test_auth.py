"""Keys of every form load, tokens say what the venue checks, and no error or repr shows a byte of a secret."""

import base64
import json
import pickle
import random

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.venues.coinbase.wire_samples import EC_KEY, EC_PEM, NAME, SEED, START, key

from trader247.errors import ConfigurationInvalid
from trader247.model.instant import SECOND
from trader247.venues.coinbase.auth import ApiKey, Signer

ED_KEY = Ed25519PrivateKey.generate()
SEED_BYTES = ED_KEY.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
PUBLIC_BYTES = ED_KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def pem(private: object, form: PrivateFormat = PrivateFormat.PKCS8) -> str:
    return private.private_bytes(Encoding.PEM, form, NoEncryption()).decode()  # type: ignore[attr-defined,no-any-return]


@pytest.mark.parametrize(
    ("secret", "algorithm"),
    [
        (EC_PEM, "ES256"),
        (EC_PEM.replace("\n", "\\n"), "ES256"),
        (pem(EC_KEY), "ES256"),
        (pem(ED_KEY), "EdDSA"),
        (base64.b64encode(SEED_BYTES).decode(), "EdDSA"),
        (base64.b64encode(SEED_BYTES + PUBLIC_BYTES).decode(), "EdDSA"),
    ],
    ids=["sec1", "escaped line ends", "pkcs8", "ed25519 pem", "ed25519 seed", "ed25519 seed and public half"],
)
def test_every_form_of_key_the_venue_hands_out_signs_a_token_its_public_half_accepts(
    secret: str, algorithm: str
) -> None:
    loaded = ApiKey.from_json_text(json.dumps({"name": NAME, "privateKey": secret}))
    token = Signer(loaded, random.Random(SEED)).rest_token("GET", "api.coinbase.com", "/api/v3/brokerage/time", START)
    public = EC_KEY.public_key() if algorithm == "ES256" else ED_KEY.public_key()
    claims = jwt.decode(token, public, algorithms=[algorithm], options={"verify_exp": False, "verify_nbf": False})
    header = jwt.get_unverified_header(token)
    assert claims["uri"] == "GET api.coinbase.com/api/v3/brokerage/time"
    assert (claims["sub"], claims["iss"]) == (NAME, "cdp")
    assert claims["nbf"] <= START // SECOND < claims["exp"] == claims["nbf"] + 120
    assert (header["kid"], header["typ"], header["alg"]) == (NAME, "JWT", algorithm)
    assert len(header["nonce"]) == 64


def test_a_stream_token_names_no_request_and_two_tokens_differ_in_their_nonce() -> None:
    signer = Signer(key(), random.Random(SEED))
    first, second = signer.stream_token(START), signer.stream_token(START)
    claims = jwt.decode(first, EC_KEY.public_key(), algorithms=["ES256"], options={"verify_signature": False})
    assert "uri" not in claims
    assert jwt.get_unverified_header(first)["nonce"] != jwt.get_unverified_header(second)["nonce"]


def test_the_name_may_be_called_id() -> None:
    assert ApiKey.from_json_text(json.dumps({"id": "7c1d", "privateKey": EC_PEM})).name == "7c1d"


WRONG_CURVE = pem(generate_private_key(SECP384R1()))
DAMAGED = base64.b64encode(SEED_BYTES + SEED_BYTES).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "[" * 100_000,
        "not json " + EC_PEM,
        json.dumps({"name": NAME}),
        json.dumps({"name": "", "privateKey": EC_PEM}),
        json.dumps({"name": "ünprintable", "privateKey": EC_PEM}),
        json.dumps({"name": NAME, "privateKey": EC_PEM[:-60]}),
        json.dumps({"name": NAME, "privateKey": WRONG_CURVE}),
        json.dumps({"name": NAME, "privateKey": DAMAGED}),
        json.dumps({"name": NAME, "privateKey": base64.b64encode(b"short").decode()}),
        json.dumps({"name": NAME, "privateKey": 5}),
    ],
)
@pytest.mark.req("SEC1")
def test_an_unusable_key_file_is_refused_without_a_byte_of_it_in_the_text(text: str) -> None:
    with pytest.raises(ConfigurationInvalid) as refused:
        ApiKey.from_json_text(text)
    shown = (
        f"{refused.value} {refused.value.__cause__} {refused.value.__suppress_context__ or refused.value.__context__}"
    )
    for line in [*EC_PEM.splitlines()[1:-1], *WRONG_CURVE.splitlines()[1:-1], DAMAGED]:
        assert line[:12] not in shown


@pytest.mark.req("SEC1")
def test_a_key_shows_its_name_only_and_does_not_travel() -> None:
    shown = repr(key()) + repr(Signer(key(), random.Random(SEED))) + str(key())
    assert NAME in shown
    assert not any(line in shown for line in EC_PEM.splitlines()[1:-1])
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(key())


@settings(deadline=None)
@given(st.text(max_size=200), st.text(max_size=400))
def test_no_text_at_all_makes_a_key_fail_otherwise_than_by_saying_so(name: str, secret: str) -> None:
    for text in (secret, json.dumps({"name": name, "privateKey": secret}), EC_PEM[:30] + secret + EC_PEM[40:]):
        try:
            ApiKey.from_json_text(text)
        except ConfigurationInvalid:
            continue
