"""Silences are noted where bytes do not arrive, whatever the daemon makes of it."""

import json

import pytest
from tests.drivers.simulation.histories import event, fault, lived

from trader247.drivers.simulation.hearing import Hearing, Listener
from trader247.drivers.simulation.history import START
from trader247.drivers.simulation.witness import Call, Witness
from trader247.model.instant import SECOND, Instant

pytestmark = pytest.mark.req("SE4", "ST1")

TICKER = b'{"channel":"ticker","events":[{"tickers":[{"product_id":"BTC-USD"}]}]}'
USER = b'{"channel":"subscriptions","events":[{"subscriptions":{"user":["x"]}}]}'


def after(seconds: float) -> Instant:
    return Instant(START + round(seconds * SECOND))


def noted(witness: Witness) -> list[tuple[str, str, float, float]]:
    """Kind, subject, from and to in seconds."""
    return [
        (each.kind, each.subject, (each.at - START) / SECOND, ((each.until or START) - START) / SECOND)
        for each in witness.breaches
    ]


def answer(seconds: float, bids: list[str]) -> Call:
    books = {"pricebooks": [{"product_id": "BTC-USD", "bids": bids, "asks": ["x"]}]}
    call = Call(after(seconds), "GET", "/best_bid_ask", "", "", "market", answer=json.dumps(books))
    call.answered_at, call.status = after(seconds), 200
    return call


def test_a_quote_is_stale_from_its_age_on_until_the_next_one_arrives() -> None:
    hearing = Hearing(Witness(), 5.0)
    line = Listener(hearing)
    line.heard(TICKER, after(0))
    line.heard(TICKER, after(5))
    line.heard(b'{"channel":"heartbeats"}', after(9))
    hearing.answered(answer(11, []))
    hearing.answered(answer(12, ["x"]))
    assert noted(hearing.witness) == [("stale", "BTC-USD", 10.0, 12.0)]


@pytest.mark.parametrize("text", ["no JSON", "[]", "{}"])
def test_an_answer_without_prices_is_no_quote(text: str) -> None:
    hearing = Hearing(Witness(), 5.0)
    call = answer(1, ["x"])
    call.answer = text
    hearing.answered(call)
    hearing.over(after(60))
    assert noted(hearing.witness) == []


def test_what_was_never_heard_is_missing_and_not_silent_and_a_life_that_ends_ends_its_silences() -> None:
    hearing = Hearing(Witness(), 5.0)
    hearing.over(after(30))
    hearing.quoted(["BTC-USD"], after(40))
    hearing.over(after(50))
    hearing.quoted(["BTC-USD"], after(80))
    assert noted(hearing.witness) == [("stale", "BTC-USD", 45.0, 50.0)]


def test_a_process_that_stood_still_was_not_spoken_to() -> None:
    hearing = Hearing(Witness(), 5.0)
    hearing.quoted(["BTC-USD"], after(0))
    hearing.stood_still(after(30))
    hearing.quoted(["BTC-USD"], after(34))
    assert noted(hearing.witness) == []


@pytest.mark.parametrize("kind", ["clock_step", "clock_drift", "venue_clock"])
def test_while_a_clock_is_wrong_nobody_knows_how_old_a_quote_is(kind: str) -> None:
    hearing = Hearing(Witness(), 5.0)
    hearing.quoted(["BTC-USD"], after(0))
    hearing.witness.breach(kind, after(2), 1.0)
    hearing.quoted(["BTC-USD"], after(20))
    assert [each.kind for each in hearing.witness.breaches] == [kind]


def test_the_user_stream_is_down_while_no_byte_of_its_connection_arrives() -> None:
    hearing = Hearing(Witness(), 5.0)
    line, other = Listener(hearing), Listener(hearing)
    line.heard(USER, after(0))
    line.heard(b'{"channel":"heartbeats"}', after(1))
    line.heard(b"", after(2))
    other.heard(TICKER, after(4))
    Listener(hearing).heard(USER, after(30))
    assert noted(hearing.witness) == [("user_stream_down", "", 3.0, 30.0)]


@pytest.mark.fault("MD-01", "WS-01", "NW-11")
def test_a_market_that_nobody_vouches_for_is_stale_in_truth_and_a_refused_stream_is_down() -> None:
    refusals = [fault("market", "gap", symbol="BTC-USD", for_s=40.0)]
    refusals += [fault("rest", "server_error", event("call", "GET /best_bid_ask", nth, 60.0)) for nth in range(1, 60)]
    refusals += [fault("stream", "refuse", event("connection", "*", nth, 60.0)) for nth in range(1, 60)]
    seen = lived(fault("stream", "stall", event("frame", "user", 1, 60.0), for_s=60.0), *refusals, minutes=3.0)
    kinds = {(each.kind, each.subject) for each in seen.evidence.breaches}
    assert {("stale", "BTC-USD"), ("user_stream_down", "")} <= kinds
    assert seen.alerts("staleness:BTC-USD")
    assert seen.alerts("user_stream_down")
