"""Requests, parameters, error bodies."""

import pytest

from trader247.venues.simulated.http_shapes import Params, Request, WireFault, decoded, failed, json_response


def test_repeated_keys_are_lists_and_the_last_value_counts() -> None:
    params = Params("product_ids=A&product_ids=B&limit=5&x=&flag=False")
    assert params.texts("product_ids") == ["A", "B"]
    assert params.text("product_ids") == "B"
    assert params.count("limit", 9, 99) == 5
    assert params.count("x", 9, 99) == 9
    assert Params("limit=1000").count("limit", 9, 99) == 99


@pytest.mark.parametrize("content", [b"[" * 100_000, b'"\xff"', b"", b'{"a":NaN}', b'"\\ud800"', '{"a":' * 5_000])
def test_what_is_no_json_or_nested_beyond_reason_is_nothing(content: str | bytes) -> None:
    assert decoded(content) is None
    assert decoded(b'{"a":1}') == {"a": 1}


@pytest.mark.parametrize("text", ["0", "9" * 5_000, "-1", "x", "1.5", "²"])
def test_a_bad_number_is_an_invalid_argument(text: str) -> None:
    with pytest.raises(WireFault) as caught:
        Params(f"limit={text}").count("limit", 1, 2)
    assert caught.value.response.status == 400
    assert caught.value.response.json()["error"] == "INVALID_ARGUMENT"
    if text != "0":
        with pytest.raises(WireFault):
            Params(f"start={text}").seconds("start")


def test_the_path_is_the_target_without_its_query() -> None:
    request = Request("GET", "/a/b%20c?x=%2F")
    assert (request.path, request.params.text("x")) == ("/a/b c", "/")


def test_errors_have_the_venues_three_fields() -> None:
    assert failed(404, "NOT_FOUND", "gone").response.json() == {
        "error": "NOT_FOUND",
        "error_details": "gone",
        "message": "gone",
    }
    assert json_response({"a": "é"}).body == '{"a":"é"}'.encode()
