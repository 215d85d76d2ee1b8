"""A request is read as what it asks for, and an answer as what it decides."""

import json

import pytest
from attrs import evolve
from tests.checker.story import BTC, D, cancel, create, listing

from trader247.checker.sent import Create

pytestmark = pytest.mark.req("SE4")


def test_a_request_for_an_order_is_read() -> None:
    read = Create.of(create("1", "BUY", "64000", 1))
    assert (read.client_order_id, read.symbol, read.side) == ("c-1", BTC, "BUY")
    assert (read.size, read.limit, read.stop) == (D("0.01"), D(64_000), None)
    assert read.accepted


@pytest.mark.parametrize("name", ["stop_price", "stop_trigger_price"])
def test_a_trigger_is_read_under_either_name(name: str) -> None:
    sent = create("1", "SELL", "64000", 1)
    body = json.loads(sent.body)
    body["order_configuration"] = {"x": {"base_size": "1", "limit_price": "2", name: "3"}}
    assert Create.of(evolve(sent, body=json.dumps(body))).stop == D(3)


@pytest.mark.parametrize(
    ("status", "refused"), [(400, True), (401, True), (408, False), (429, False), (500, False), (None, False)]
)
def test_an_error_decides_only_where_the_venue_refuses_the_request_itself(status: int | None, refused: bool) -> None:
    assert Create.of(create("1", "BUY", "1", 1, status=status, answer="{}")).refused is refused


def test_a_body_that_lacks_what_an_order_must_say_is_no_silence() -> None:
    with pytest.raises(KeyError, match="client_order_id"):
        Create.of(create("1", "BUY", "1", 1, body=json.dumps({"order_configuration": {"x": {}}})))


def test_requests_are_told_apart() -> None:
    assert (cancel(1, "v-1").cancels, cancel(1, "v-1").creates) == (True, False)
    assert (listing(1).cancels, listing(1).creates) == (False, False)
