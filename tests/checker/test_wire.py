"""What should not have left, and what left as it should not, is found."""

import json
from typing import Any

import pytest
from attrs import evolve
from tests.checker.story import (
    BTC,
    LIMITS,
    PRODUCT,
    WISH,
    D,
    S,
    at,
    breach,
    cancel,
    changed,
    create,
    found,
    healthy,
    intent,
    listing,
    made,
    row,
)

from trader247.checker.evidence import Evidence
from trader247.checker.wire import rates

pytestmark = pytest.mark.req("SE4", "OM3", "E1", "RL1")


def sent_with(**terms: str) -> Evidence:
    """The entry asks for something else; nobody else is told."""
    first, second = healthy().sent
    body = json.loads(first.body)
    body["order_configuration"] = {"limit_limit_gtc": {"base_size": "0.01", "limit_price": "64000"} | terms}
    return healthy(sent=[evolve(first, body=json.dumps(body)), second])


@pytest.mark.invariant("I-10")
def test_an_order_sent_before_it_was_durable_is_found() -> None:
    assert found(healthy(written={"c-1": at(10.05) + 1, "c-2": at(60)})).broken == ["I-10"]


@pytest.mark.invariant("I-10")
def test_an_order_sent_and_never_written_is_found() -> None:
    assert found(healthy(written={"c-1": at(10)})).broken == ["I-10"]


@pytest.mark.invariant("I-10")
def test_a_cancel_of_somebody_elses_order_is_found() -> None:
    other = made("9", "BUY", "60000", 20, 30, state="CANCELLED", filled=D(0))
    evidence = healthy(orders=[*healthy().orders, other], external=["c-9"], sent=[*healthy().sent, cancel(70, "v-9")])
    assert found(evidence).broken == ["I-10"]


@pytest.mark.invariant("I-11")
@pytest.mark.parametrize(
    "terms",
    [
        {"limit_price": "64000.001"},
        {"stop_price": "63000.005"},
        {"base_size": "0.010000001"},
        {"base_size": "0.00005"},
        {"base_size": "1001"},
        {"base_size": "0.0001", "limit_price": "100"},
        {"base_size": "900", "limit_price": "64000"},
    ],
)
def test_an_order_off_its_products_increments_or_bounds_is_found(terms: dict[str, str]) -> None:
    assert found(sent_with(**terms)).broken == ["I-11"]


@pytest.mark.invariant("I-11")
def test_an_order_for_what_is_not_in_the_universe_is_found() -> None:
    assert "I-11" in found(healthy(limits=evolve(LIMITS, products={"ETH-USD": PRODUCT}))).broken


@pytest.mark.invariant("I-12")
@pytest.mark.parametrize(
    "limits",
    [
        {"total_pct": D("0.6")},
        {"per_asset_pct": D("0.6")},
        {"per_theme_pct": D("0.6")},
        {"allocations": {"core": D("0.6")}},
        {"open_positions": 0},
    ],
)
def test_a_buy_over_a_cap_is_found(limits: dict[str, Any]) -> None:
    assert found(healthy(limits=evolve(LIMITS, **limits))).broken == ["I-12"]


@pytest.mark.invariant("I-12")
def test_two_live_buys_count_together_and_an_ended_one_does_not() -> None:
    first, second = made("1", "BUY", "64000", 10.06, 12), made("2", "SELL", "64500", 60.06, 61)
    early = made("0", "BUY", "64000", 8, 30, state="CANCELLED", filled=D(0), size=D("0.07"))
    evidence = healthy(orders=[early, first, second])
    assert "I-12" in found(evidence).broken
    over = evolve(early, ended_at=at(9))
    assert "I-12" not in found(evolve(evidence, orders=[over, first, second])).broken


@pytest.mark.invariant("I-14")
def test_approvals_for_who_is_not_enabled_or_over_its_number_or_budget_are_found() -> None:
    assert found(healthy(limits=evolve(LIMITS, strategies={}))).broken == ["I-14"]
    assert found(healthy(limits=evolve(LIMITS, proposals={"baseline": 0}))).broken == ["I-14"]
    assert found(healthy(limits=evolve(LIMITS, strategies={"baseline": D("0.5")}))).broken == ["I-14"]


@pytest.mark.invariant("I-14")
def test_two_wishes_for_one_instrument_in_one_cycle_are_found() -> None:
    other = {"strategy": "baseline", "symbol": BTC, "side": "SELL", "notional_pct": "0.1"}
    again = row(9.55, "risk_approved", {"proposal": {"proposal_id": WISH[:-1] + "1", "body": other}, "serial": 2})
    assert found(healthy(lambda rows: rows.insert(4, again))).broken == ["I-14"]


@pytest.mark.invariant("I-15")
def test_a_dry_run_that_sends_and_a_request_elsewhere_are_found() -> None:
    assert found(healthy(limits=evolve(LIMITS, mode="DRY_RUN"))).broken == ["I-15"]
    elsewhere = evolve(listing(5), host="api.coinbase.com")
    assert found(healthy(sent=[elsewhere, *healthy().sent])).broken == ["I-15"]


@pytest.mark.invariant("I-18")
def test_more_requests_in_a_second_than_allowed_are_found() -> None:
    burst = [listing(5 + place / 100) for place in range(31)]
    assert found(healthy(sent=[*burst, *healthy().sent])).broken == ["I-18"]
    assert found(healthy(sent=[*burst[1:], *healthy().sent])).broken == []


@pytest.mark.invariant("I-18")
def test_clients_that_ask_too_much_together_are_found() -> None:
    burst = [evolve(listing(5 + place / 100), client=("market", "kill")[place % 2]) for place in range(31)]
    limits = evolve(LIMITS, rates={"all": 30})
    assert found(healthy(sent=[*burst, *healthy().sent], limits=limits)).broken == ["I-18"]
    assert found(healthy(sent=[*burst[1:], *healthy().sent], limits=limits)).broken == []


@pytest.mark.invariant("I-18")
def test_a_cancel_that_waits_over_a_second_is_found() -> None:
    asked = changed(11, "cancel_sent", intent("1"), "PENDING_CANCEL")
    evidence = healthy(lambda rows: rows.insert(8, asked))
    first, second = evidence.sent
    assert found(evolve(evidence, sent=[first, cancel(12.5, "v-1"), second])).broken == ["I-18"]
    assert found(evolve(evidence, sent=[first, cancel(11.5, "v-1"), second])).broken == []


def test_a_cancel_is_late_by_true_time_and_not_by_the_hosts() -> None:
    asked = changed(14, "cancel_sent", intent("1"), "PENDING_CANCEL")
    evidence = healthy(lambda rows: rows.insert(8, asked))
    told = [evolve(row, ahead=3 * S) if "cancel_sent" in row.body else row for row in evidence.rows]
    sent = [evidence.sent[0], cancel(11.5, "v-1"), evidence.sent[1]]
    assert list(rates(evolve(evidence, sent=sent)))
    assert not list(rates(evolve(evidence, sent=sent, rows=told)))


@pytest.mark.parametrize(
    ("kind", "subject", "late"),
    [("frozen", "", False), ("venue_down", "", False), ("hung", "order_gateway", False), ("hung", "market_feed", True)],
)
def test_a_cancel_is_not_late_where_who_passes_it_on_stood_still(kind: str, subject: str, late: bool) -> None:
    asked = changed(11, "cancel_sent", intent("1"), "PENDING_CANCEL")
    evidence = healthy(lambda rows: rows.insert(8, asked), breaches=[breach(kind, 11, 20, subject)])
    assert bool(list(rates(evidence))) == late


def again(seconds: float, status: int | None, answer: str, pause: float = 0.5) -> Evidence:
    """The entry is sent twice; the first was answered so."""
    answered = None if status is None else at(seconds + 0.02)
    first = create("1", "BUY", "64000", seconds, status=status, answer=answer, answered_at=answered)
    return healthy(
        sent=[first, create("1", "BUY", "64000", seconds + pause), healthy().sent[1]],
        written={"c-1": at(9.9), "c-2": at(60)},
    )


@pytest.mark.invariant("I-19")
@pytest.mark.parametrize(
    ("status", "answer"), [(200, '{"success": true}'), (200, '{"success": false}'), (400, "{}"), (403, "{}")]
)
def test_an_order_sent_again_after_a_definitive_answer_is_found(status: int, answer: str) -> None:
    assert found(again(10, status, answer)).broken == ["I-19"]


@pytest.mark.parametrize("status", [429, 503, None])
def test_an_order_may_be_sent_again_where_the_venue_did_not_decide(status: int | None) -> None:
    assert found(again(10, status, "{}")).broken == []


@pytest.mark.invariant("I-19")
def test_a_fifth_attempt_and_one_after_too_long_a_pause_are_found() -> None:
    assert found(again(10, 503, "{}", pause=31)).broken == ["I-19"]
    many = [create("1", "BUY", "64000", 10 + place, status=503, answer="{}") for place in range(5)]
    assert found(healthy(sent=[*many, healthy().sent[1]], written={"c-1": at(9), "c-2": at(60)})).broken == ["I-19"]
