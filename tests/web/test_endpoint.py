"""One path of the web face."""

from trader247.web.endpoint import Endpoint
from trader247.web.reading import status
from trader247.web.routes import ENDPOINTS


def test_what_is_posted_changes_state_and_says_what_its_body_is() -> None:
    assert Endpoint("POST", "/x", status, "x").writes
    assert not Endpoint("GET", "/x", status, "x").writes
    assert all(bool(endpoint.body) == endpoint.writes for endpoint in ENDPOINTS)
