"""The document and the page made from the table of endpoints."""

import os
import re
from pathlib import Path

import jsonschema
import pytest

from trader247.web.openapi import SCHEMAS, document, reference_page
from trader247.web.routes import ENDPOINTS

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "http-api.md"

ERRORS = (
    (400, "bad_body", "the body is not what the path wants"),
    (400, "not_a_symbol", "not of the form BASE-QUOTE"),
    (400, "bad_key", "the `Idempotency-Key` is empty, long, or holds blanks"),
    (401, "token_missing", "no bearer token was sent"),
    (401, "token_wrong", "it is not the token of this installation"),
    (401, "bad_signature", "a signal is not signed with its strategy's secret"),
    (401, "out_of_time", "a signal's `webhook-timestamp` is more than 300 s off"),
    (403, "foreign_host", "the `Host` is not one of ours"),
    (403, "foreign_origin", "a page of another site asked"),
    (404, "not_found", "no such path (or not on this venue)"),
    (400, "ambiguous_id", "several things begin so"),
    (404, "unknown_id", "the journal knows nothing of this id"),
    (404, "no_webhook", "no strategy of this name takes signals by webhook"),
    (404, "unknown_actor", "no worker of the tree has this name"),
    (405, "wrong_method", "the path has another method"),
    (409, "refused", "the daemon refuses, and says what has to be done first"),
    (409, "in_progress", "a command with this `Idempotency-Key` is not over, or was cut off"),
    (409, "in_doubt", "a run took this `Idempotency-Key` and ended before it said what came of it"),
    (413, "too_long", "a signal is longer than 8192 bytes"),
    (415, "not_json", "the content type is not `application/json`"),
    (422, "bad_configuration", "the files are faulty; every fault is in the text, and nothing was changed"),
    (422, "key_reused", "this `Idempotency-Key`, or this id of a signal, was used with another content"),
    (422, "signal_refused", "a signal is over a limit of its strategy, or not one; the text says which"),
    (422, "failed", "the daemon could not do it, and says why"),
    (429, "locked_out", "five wrong tokens within a minute"),
    (429, "too_many_signals", "sixty signals for this strategy within a minute"),
    (500, "broken", "an error of trader247; trading is not affected"),
    (503, "later", "a signal's id could not be kept; send it again"),
    (503, "too_many_listeners", "16 others listen to the events already"),
)


def test_every_schema_is_one_and_every_reference_leads_somewhere() -> None:
    for schema in SCHEMAS.values():
        jsonschema.Draft202012Validator.check_schema(schema)
    made = document(ENDPOINTS)
    text = str(made)
    for name in {part.split("'")[0] for part in text.split("#/components/schemas/")[1:]}:
        assert name in SCHEMAS


def test_operations_have_names_of_their_own_and_writes_need_the_token() -> None:
    operations = [
        operation | {"method": method}
        for methods in document(ENDPOINTS)["paths"].values()
        for method, operation in methods.items()
    ]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    assert all(("security" in operation) == (operation["method"] == "post") for operation in operations)


@pytest.mark.req("WEB1")
def test_a_signal_needs_a_signature_and_no_token() -> None:
    signal = document(ENDPOINTS)["paths"]["/api/v1/signals/{strategy}"]["post"]
    assert signal["security"] == [{"signature": []}]


def test_path_parameters_are_described() -> None:
    why = document(ENDPOINTS)["paths"]["/api/v1/why/{symbol}"]["get"]
    assert [parameter["name"] for parameter in why["parameters"]] == ["symbol"]


@pytest.mark.req("WEB1")
def test_the_reference_page_is_up_to_date() -> None:
    made = reference_page(ENDPOINTS, ERRORS)
    if os.environ.get("TRADER247_WRITE_PAGES"):
        PAGE.write_text(made, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == made, (
        "docs/reference/http-api.md differs from the code: run this test with TRADER247_WRITE_PAGES=1"
    )


def test_the_page_lists_every_error_the_code_can_give() -> None:
    source = Path(__file__).parents[2] / "src" / "trader247" / "web"
    text = "".join(file.read_text(encoding="utf-8") for file in source.glob("*.py"))
    for status, code, _ in ERRORS:
        assert re.search(rf'\(\s*{status},\s*"{code}"', text), code
