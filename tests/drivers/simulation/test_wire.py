"""Requests of a life on their way."""

import pytest
from tests.drivers.simulation.histories import event, fault, lived


@pytest.mark.fault("NW-04", "PR-01")
def test_a_request_that_has_left_arrives_though_its_daemon_died() -> None:
    order = event("call", "POST /orders")
    seen = lived(
        fault("network", "slow", order, seconds=8.0), fault("process", "crash", event("write", "*OrderChanged*", nth=4))
    )
    late = [call for call in seen.evidence.sent if call.processed_at and call.processed_at - call.at > 8 * 10**9]
    assert late
    assert late[0].answered_at is None


@pytest.mark.fault("NW-03")
def test_a_reset_is_seen_at_once_and_silence_only_when_the_client_gives_up() -> None:
    for ending, least_s in (("reset", 0.0), ("silence", 5.0)):
        seen = lived(fault("network", "answer_lost", event("call", "POST /orders"), ending=ending))
        (lost,) = [call for call in seen.evidence.sent if call.creates and call.answered_at is None]
        doubted = [row for row in seen.evidence.rows if row.kind == "order_changed" and '"doubted"' in row.body]
        assert least_s <= (doubted[0].at - lost.at) / 10**9 < least_s + 1


@pytest.mark.fault("NW-01")
def test_a_stream_over_a_cut_line_brings_nothing_and_is_made_anew() -> None:
    seen = lived(fault("network", "partition", for_s=15.0))
    assert seen.alerts("stream_down")
    assert seen.evidence.permits[-1].entry
