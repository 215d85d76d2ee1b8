"""What a history leaves for its judge."""

from functools import cache

import pytest
from tests.drivers.simulation.histories import Lived, busy, event, fault, lived

from trader247.drivers.simulation.evidence import limits_of
from trader247.model.instant import SECOND
from trader247.model.mode import Mode

pytestmark = pytest.mark.req("SE4")


@cache
def seen() -> Lived:
    return lived(fault("rest", "server_error", event("call", "GET /accounts")))


def test_every_order_of_the_wire_is_written_down_before_and_at_the_venue_after() -> None:
    evidence = seen().evidence
    creates = [call for call in evidence.sent if call.creates]
    assert len(creates) >= len(evidence.orders) > 3
    for order in evidence.orders:
        (asked,) = [call for call in creates if order.client_order_id in call.body]
        assert evidence.written[order.client_order_id] <= asked.at <= order.created_at


def test_requests_are_in_the_order_in_which_they_left_and_name_their_client() -> None:
    sent = seen().evidence.sent
    assert [call.at for call in sent] == sorted(call.at for call in sent)
    assert {call.client for call in sent} <= {"market", "trading", "kill"}
    assert all(call.path.startswith("/") and "?" not in call.path for call in sent)


def test_faults_are_told_in_words_and_the_end_of_the_last_one_is_known() -> None:
    evidence = seen().evidence
    assert [(told.layer, told.kind) for told in evidence.faults] == [("rest", "server_error")]
    assert "GET /accounts" in evidence.faults[0].text
    assert evidence.healed == seen().past.healed


def test_limits_are_those_of_the_configuration() -> None:
    limits = limits_of(busy().configuration, seen().past.scene.exchange, Mode.PAPER)
    assert limits.total_pct == busy().configuration.policy.caps.total_pct
    assert (limits.cooldown_s, limits.cooldown_after_stop_s) == (3.0, 12.0)
    assert limits.products.keys() == {"BTC-USD", "ETH-USD", "SOL-USD"}


def test_mailboxes_leases_and_rates_are_there_to_be_looked_at() -> None:
    evidence = seen().evidence
    assert {"journal", "order_manager", "strategy:baseline"} <= {bar.name for bar in evidence.bars}
    assert all(0 <= bar.seen <= bar.bound for bar in evidence.bars)
    assert any(bar.seen for bar in evidence.bars)
    granted = [permit for permit in evidence.permits if permit.entry or permit.exit]
    assert granted
    assert all(permit.until is not None and permit.until > permit.at for permit in granted)
    assert evidence.limits.rates == {"all": 40}


def test_a_row_and_an_alert_of_a_host_that_is_wrong_are_told_in_true_time() -> None:
    evidence = lived(fault("clock", "step", seconds=-300.0, for_s=20.0)).evidence
    told = [row.told_at for row in evidence.rows]
    assert told == sorted(told)
    assert any(row.ahead == -300 * SECOND for row in evidence.rows)
    assert all(0 <= alert.at - alert.so_from < 2 * SECOND for alert in evidence.alerts)


def test_the_secrets_to_be_looked_for_are_the_lines_of_the_key() -> None:
    canaries = seen().evidence.canaries
    assert canaries
    assert all(line in seen().past.scene.venue.key_text for line in canaries)
