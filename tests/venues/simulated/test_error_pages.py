"""Bodies of answers that are none."""

import pytest

from trader247.venues.simulated.error_pages import BodyKind, error_page


def test_a_cdn_answers_in_html_whatever_the_code() -> None:
    for code in (403, 429, 500, 502, 503, 504, 599):
        page = error_page(code, BodyKind.HTML)
        assert page.status == code
        assert page.headers["content-type"].startswith("text/html")
        assert f"<h1>{code} ".encode() in page.body


@pytest.mark.parametrize(
    ("code", "body"),
    [
        (429, {"errors": [{"id": "rate_limit_exceeded", "message": "Too many requests"}]}),
        (500, {"error": "INTERNAL", "error_details": "Internal Server Error", "message": "Internal Server Error"}),
    ],
)
def test_the_venue_answers_in_its_own_json(code: int, body: object) -> None:
    assert error_page(code, BodyKind.JSON).json() == body


def test_plain_texts_are_the_recorded_ones() -> None:
    assert error_page(401, BodyKind.TEXT).body == b"Unauthorized\n"
    assert error_page(502, BodyKind.TEXT).body.startswith(b"go/sg/")


def test_a_wait_is_asked_for_only_where_it_is_said() -> None:
    assert "retry-after" not in error_page(429, BodyKind.JSON).headers
    assert error_page(429, BodyKind.JSON, 7).headers["retry-after"] == "7"
