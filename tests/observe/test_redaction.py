"""No secret leaves in any form a library likes to show it in."""

import base64
import json
import logging
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trader247.observe.redaction import MASK, RedactingFilter, Redactor

pytestmark = pytest.mark.req("SEC1")

PEM = "-----BEGIN EC PRIVATE KEY-----\n" + "MHcCAQEEIKX0abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOP/+12\n" * 3
PEM += "-----END EC PRIVATE KEY-----\n"
JWT = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJvcmdzL2FiYyJ9.c2lnbmF0dXJlLWJ5dGVz"


def fail() -> None:
    raise KeyError("hunter2hunter2")


secrets = st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF, exclude_categories=("Cs", "Z")), min_size=8)
around = st.text(max_size=20)


@given(secrets, around, around, st.integers(0, 7))
def test_a_registered_secret_is_found_in_every_form_and_place(secret: str, before: str, after: str, form: int) -> None:
    raw = secret.encode()
    forms = (
        secret,
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        repr(secret)[1:-1],
        raw.hex(),
        base64.b64encode(raw).decode().rstrip("="),
        base64.urlsafe_b64encode(b"user:" + raw + b"@host").decode(),
    )
    redacted = Redactor([secret]).text(before + forms[form] + after)
    assert MASK in redacted
    core = forms[form] if form < 6 else base64.b64encode(raw[3:-3]).decode().rstrip("=")[:-2]
    assert len(core) < 6 or core not in redacted


@given(secrets)
def test_a_secret_inside_a_longer_base64_text_leaves_none_of_its_own_characters(secret: str) -> None:
    raw = secret.encode()
    for before in (b"", b"a", b"ab", b"abc"):
        whole = base64.b64encode(before + raw + b"zz").decode()
        masked = Redactor([secret]).text(whole)
        assert MASK in masked
        assert len(masked) - len(MASK) <= len(base64.b64encode(before)) + 6


@pytest.mark.parametrize("before", ["", "key = ", "Traceback ... "])
@pytest.mark.parametrize("pem", [PEM, PEM.replace("\n", "\\n"), PEM[:120], "x" + PEM])
def test_a_pem_block_is_masked_whole_cut_off_or_with_its_newlines_spelled_out(before: str, pem: str) -> None:
    masked = Redactor().text(before + pem)
    assert "MHcCAQEE" not in masked
    assert MASK in masked


def test_what_follows_a_pem_block_is_still_there() -> None:
    assert Redactor().text(f"a {PEM} (b)") == f"a {MASK}\n (b)"


@pytest.mark.parametrize(
    "text",
    [JWT, f"Authorization: Bearer {JWT}", "authorization: bearer abcdef0123456789", f"?jwt={JWT}&x=1"],
)
def test_tokens_are_masked_by_their_shape(text: str) -> None:
    masked = Redactor().text(text)
    assert "eyJ" not in masked
    assert "abcdef0123456789" not in masked


def test_a_bot_token_is_masked_by_its_shape() -> None:
    assert Redactor().text("https://t/bot123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsawx/send").count(MASK) == 1


def test_ordinary_text_stays_as_it_is() -> None:
    text = "bought BTC-USD 0.0123 @ 61,234.50 order 3f0c2f3e-9c3b-5b6e-8a53-0a5c0d1e2f3a bearer of news"
    assert Redactor(["sup3rsecret"]).text(text) == text


def test_each_line_of_a_secret_of_several_lines_is_masked_alone() -> None:
    body = PEM.splitlines()[1]
    assert body not in Redactor([PEM]).text(f"second line was {body}.")


def test_structures_are_redacted_at_any_depth_keys_included() -> None:
    redactor = Redactor(["hunter2hunter2"])
    deep: object = "hunter2hunter2"
    for _ in range(40):
        deep = {"k": [deep]}
    assert "hunter2" not in repr(redactor.value({"hunter2hunter2": deep, "b": b"hunter2hunter2", "n": 1}))


def test_a_traceback_is_redacted_with_its_causes_and_notes() -> None:
    redactor = Redactor(["hunter2hunter2"])
    shown = ""
    try:
        try:
            fail()
        except KeyError as cause:
            cause.add_note("token hunter2hunter2")
            raise RuntimeError("while using hunter2hunter2") from cause
    except RuntimeError as error:
        shown = redactor.error(error)
    assert "hunter2" not in shown
    assert "KeyError" in shown


def test_a_secret_too_short_to_be_told_from_text_is_refused_without_being_shown() -> None:
    with pytest.raises(ValueError, match="fewer than 6") as refused:
        Redactor(["abc"])
    assert "abc" not in str(refused.value)


def test_a_redactor_does_not_show_its_secrets() -> None:
    assert "hunter2" not in repr(Redactor(["hunter2hunter2"]))


def test_records_of_the_standard_library_are_redacted_arguments_and_traceback_too() -> None:
    keep = RedactingFilter(Redactor(["hunter2hunter2"]))
    with pytest.raises(KeyError) as failed:
        fail()
    trace = (KeyError, failed.value, failed.tb)
    record = logging.LogRecord("httpx", logging.WARNING, "f", 1, "GET %s", ("/?key=hunter2hunter2",), trace)
    assert keep.filter(record)
    assert "hunter2" not in logging.Formatter().format(record)
    assert "KeyError" in (record.exc_text or "")


def test_a_record_with_arguments_that_do_not_fit_still_passes_redacted() -> None:
    record = logging.LogRecord("x", logging.WARNING, "f", 1, "%d and %d", ("hunter2hunter2",), None)
    assert RedactingFilter(Redactor(["hunter2hunter2"])).filter(record)
    assert "hunter2" not in record.getMessage()
