"""A place leaves once and ends in the truth; a cancel goes its own way, in hundreds, whatever fails before it."""

import json
import random
from typing import Any

import httpx
import pytest
import trio
from tests.venues.coinbase.wire_samples import TrioClock, answer, client, intent, key, order_row, reply, venue
from trio.testing import MockClock

from trader247.errors import (
    ConfigurationInvalid,
    Failure,
    GateClosed,
    OutcomeUnknown,
    VenueError,
    VenueRejected,
    VenueUnavailable,
)
from trader247.model.ids import VenueOrderId
from trader247.model.venue import CancelAnswer
from trader247.ports import Gate, Venue
from trader247.venues.coinbase.rest import Purpose
from trader247.venues.coinbase.venue import CoinbaseVenue, coinbase_venue

SENT = intent()
OPEN: Gate = lambda: None


def accepted(**changes: Any) -> dict[str, Any]:
    found = {"order_id": "venue-1", "product_id": "BTC-USD", "side": "BUY", "client_order_id": SENT.client_order_id}
    return {"success": True, "success_response": {**found, **changes}, "order_configuration": {}}


def as_a_port(made: CoinbaseVenue) -> Venue:
    return made


async def test_an_accepted_order_gets_the_venues_id(autojump_clock: MockClock) -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return reply(accepted())

    placed = await as_a_port(venue(handler)).place(SENT, OPEN)
    assert (placed.venue_order_id, placed.client_order_id) == ("venue-1", SENT.client_order_id)
    (request,) = seen
    assert (request.method, request.url.path) == ("POST", "/api/v3/brokerage/orders")
    assert json.loads(request.content)["client_order_id"] == SENT.client_order_id


@pytest.mark.fault("RA-07", "RA-10")
async def test_the_flag_and_the_id_decide_not_an_error_beside_them(autojump_clock: MockClock) -> None:
    said = {**accepted(attached_order_id=""), "error_response": {"error": "UNKNOWN_FAILURE_REASON"}}
    assert (await venue(answer(said)).place(SENT, OPEN)).venue_order_id == "venue-1"


REFUSED = {
    "success": False,
    "error_response": {
        "error": "UNKNOWN_FAILURE_REASON",
        "message": "",
        "error_details": "",
        "preview_failure_reason": "PREVIEW_INVALID_LIMIT_PRICE_POST_ONLY",
    },
}


@pytest.mark.fault("RA-05", "RA-20")
@pytest.mark.req("FC1")
async def test_a_refusal_with_status_200_is_a_definite_no(autojump_clock: MockClock) -> None:
    with pytest.raises(VenueRejected, match="POST_ONLY") as refused:
        await venue(answer(REFUSED)).place(SENT, OPEN)
    assert refused.value.failure is Failure.INVALID_ORDER


@pytest.mark.parametrize(
    "said",
    [
        "<html>Please log in</html>",
        "",
        "{",
        {},
        {"success": "true"},
        {"success": True},
        accepted(order_id=""),
        accepted(client_order_id="somebody else's"),
        {"success": False, "error_response": {"error": "DUPLICATE_CLIENT_ORDER_ID"}},
        b"\xff\xfe",
    ],
)
@pytest.mark.req("OM2")
@pytest.mark.fault("RA-06", "RA-07", "NW-07")
async def test_an_answer_that_proves_nothing_leaves_the_outcome_unknown(said: Any, autojump_clock: MockClock) -> None:
    with pytest.raises(OutcomeUnknown):
        await venue(answer(said)).place(SENT, OPEN)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (httpx.ConnectError("no"), VenueUnavailable),
        (httpx.ReadTimeout("no"), OutcomeUnknown),
        (reply("<html>", 502), OutcomeUnknown),
        (reply("", 503), OutcomeUnknown),
        (reply("Unauthorized\n", 401), VenueUnavailable),
        (reply({"errors": [{"id": "rate_limit_exceeded"}]}, 429), VenueUnavailable),
        (reply({"error": "INVALID_ARGUMENT"}, 400), VenueRejected),
    ],
)
@pytest.mark.req("OM2", "CB1")
@pytest.mark.fault("RA-03", "RA-04", "NW-03")
async def test_a_place_is_sent_exactly_once_whatever_happens(
    fault: Any, error: type[VenueError], autojump_clock: MockClock
) -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if isinstance(fault, Exception):
            raise fault
        found: httpx.Response = fault
        return found

    with pytest.raises(error):
        await venue(handler).place(SENT, OPEN)
    assert len(seen) == 1


async def test_a_closed_gate_keeps_the_order_here(autojump_clock: MockClock) -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return reply(accepted())

    made = venue(handler)
    with pytest.raises(GateClosed, match="halted by the operator"):
        await made.place(SENT, lambda: "halted by the operator")
    assert not seen


# ------------------------------------------------------------------------------------------ an identifier that is taken
def there(**changes: Any) -> dict[str, Any]:
    """The order the venue has under the intent's identifier; the intent's own unless changed."""
    terms = {"limit_limit_gtc": {"base_size": "0.00000001", "limit_price": "60000.00", "post_only": True}}
    return order_row(
        **{"order_id": "venue-1", "client_order_id": SENT.client_order_id, "order_configuration": terms, **changes}
    )


OTHER = {"limit_limit_gtc": {"base_size": "0.5", "limit_price": "60000.00", "post_only": True}}
TAKEN = {"success": False, "error_response": {"error": "DUPLICATE_CLIENT_ORDER_ID"}}


def having(created: Any, *rows: dict[str, Any], status: int = 200) -> Any:
    """A venue that answers creates so, and lists these orders."""

    def handler(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return reply(created, status)
        return reply({"orders": list(rows), "has_next": False, "cursor": ""})

    return handler


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.req("OM2")
async def test_an_identifier_that_is_taken_by_the_same_order_is_adopted(status: int, autojump_clock: MockClock) -> None:
    created = TAKEN if status == 200 else {"error": "DUPLICATE_CLIENT_ORDER_ID"}
    placed = await venue(having(created, order_row(), there(), status=status)).place(SENT, OPEN)
    assert (placed.venue_order_id, placed.client_order_id) == ("venue-1", SENT.client_order_id)


@pytest.mark.parametrize("changes", [{"side": "SELL"}, {"product_id": "ETH-USD"}, {"order_configuration": OTHER}])
@pytest.mark.req("OM2")
async def test_an_identifier_that_is_taken_by_another_order_names_both(
    changes: dict[str, Any], autojump_clock: MockClock
) -> None:
    with pytest.raises(OutcomeUnknown, match=f"{SENT.client_order_id} belongs to another order.*venue-1"):
        await venue(having(TAKEN, there(**changes))).place(SENT, OPEN)


@pytest.mark.parametrize("handler", [having(TAKEN), having(TAKEN, order_row())])
@pytest.mark.req("OM2")
async def test_an_identifier_that_is_taken_by_an_order_nobody_sees_stays_unknown(
    handler: Any, autojump_clock: MockClock
) -> None:
    with pytest.raises(OutcomeUnknown, match="already has an order"):
        await venue(handler).place(SENT, OPEN)


@pytest.mark.req("OM2")
async def test_the_whole_of_a_place_ends_within_ten_seconds_even_where_the_comparison_hangs(
    autojump_clock: MockClock,
) -> None:
    async def handler(request: httpx.Request) -> httpx.Response:
        await trio.sleep(4 if request.method == "POST" else 60)
        return reply(TAKEN)

    with pytest.raises(OutcomeUnknown, match="already has an order"):
        await venue(handler).place(SENT, OPEN)
    assert trio.current_time() == pytest.approx(10)


@pytest.mark.req("OM2")
async def test_the_echo_of_new_terms_is_not_believed_where_the_identifier_was_sent_before(
    autojump_clock: MockClock,
) -> None:
    made = venue(having(accepted(), there()))
    assert (await made.place(SENT, OPEN)).venue_order_id == "venue-1"
    assert (await made.place(SENT, OPEN)).venue_order_id == "venue-1"
    changed = intent(quantity="0.25")
    with pytest.raises(OutcomeUnknown, match="belongs to another order"):
        await made.place(changed, OPEN)


async def test_what_had_no_effect_was_not_sent_before(autojump_clock: MockClock) -> None:
    answers = [reply("Unauthorized\n", 401), reply(accepted())]
    made = venue(lambda _request: answers.pop(0))
    with pytest.raises(VenueUnavailable):
        await made.place(SENT, OPEN)
    assert (await made.place(SENT, OPEN)).venue_order_id == "venue-1"


@pytest.mark.parametrize("changes", [{"product_id": "ETH-USD"}, {"side": "SELL"}])
async def test_a_success_for_another_order_than_asked_is_unknown(
    changes: dict[str, str], autojump_clock: MockClock
) -> None:
    with pytest.raises(OutcomeUnknown, match="look it up"):
        await venue(answer(accepted(**changes))).place(SENT, OPEN)


# --------------------------------------------------------------------------------------------------------- cancels
def cancelling(seen: list[list[str]], fail: int = -1) -> Any:
    def handler(request: httpx.Request) -> httpx.Response:
        ids = json.loads(request.content)["order_ids"]
        seen.append(ids)
        if len(seen) - 1 == fail:
            return reply({"error": "INVALID_ARGUMENT"}, 400)
        return reply({"results": [{"success": True, "failure_reason": "", "order_id": one} for one in reversed(ids)]})

    return handler


async def test_cancels_go_out_in_hundreds_and_are_answered_in_the_order_asked(autojump_clock: MockClock) -> None:
    seen: list[list[str]] = []
    orders = [VenueOrderId(str(number)) for number in range(250)]
    found = await venue(cancelling(seen)).cancel([*orders, VenueOrderId(""), orders[0]])
    assert [len(one) for one in seen] == [100, 100, 50]
    assert found[:250] == tuple(CancelAnswer(order, accepted=True) for order in orders)
    assert not found[250].accepted
    assert found[251] == found[0]


async def test_nothing_to_cancel_sends_nothing(autojump_clock: MockClock) -> None:
    assert await venue(answer("never", 500)).cancel([]) == ()


async def test_a_failed_hundred_does_not_keep_the_next_ones_from_being_cancelled(autojump_clock: MockClock) -> None:
    seen: list[list[str]] = []
    with pytest.raises(VenueRejected):
        await venue(cancelling(seen, fail=0)).cancel([VenueOrderId(str(number)) for number in range(150)])
    assert [len(one) for one in seen] == [100, 50]


async def test_a_cancel_uses_its_own_client(autojump_clock: MockClock) -> None:
    seen: list[list[str]] = []
    dead = answer("", 500)
    made = CoinbaseVenue(
        client(dead, Purpose.MARKET), client(dead), client(cancelling(seen), Purpose.KILL), TrioClock()
    )
    assert (await made.cancel([VenueOrderId("a")]))[0].accepted


@pytest.mark.req("OM2")
async def test_an_unreadable_answer_to_a_cancel_is_unknown(autojump_clock: MockClock) -> None:
    with pytest.raises(OutcomeUnknown, match="batch_cancel"):
        await venue(answer("<html>")).cancel([VenueOrderId("a")])


@pytest.mark.req("OM2")
async def test_a_cancel_is_carried_to_its_end_by_a_caller_that_is_being_stopped(autojump_clock: MockClock) -> None:
    seen: list[list[str]] = []
    with trio.CancelScope() as scope:
        scope.cancel()
        assert (await venue(cancelling(seen)).cancel([VenueOrderId("a")]))[0].accepted


async def test_one_line_builds_a_venue_and_it_closes() -> None:
    made = coinbase_venue("http://127.0.0.1:1", key(), TrioClock(), random.Random(1))
    with pytest.raises(VenueUnavailable):
        await made.place(SENT, OPEN)
    await made.aclose()
    with pytest.raises(ConfigurationInvalid):
        coinbase_venue("ftp://x", None, TrioClock(), random.Random(1))
