"""Frames on their way."""

import pytest
from tests.drivers.simulation.histories import event, fault, lived

from trader247.drivers.simulation.layers.stream import KINDS

pytestmark = pytest.mark.req("SE4")


@pytest.mark.fault("WS-01")
def test_a_silent_stream_is_noticed_and_quotes_are_asked_for_meanwhile() -> None:
    seen = lived(fault("stream", "stall", event("frame", "ticker"), for_s=60.0))
    asked = [(call.at - seen.evidence.began) / 10**9 for call in seen.calls("/best_bid_ask")]
    assert seen.struck == ["stream.stall"]
    assert [at for at in asked if 32 < at < 45]


@pytest.mark.fault("WS-03", "WS-04", "WS-05", "WS-07", "WS-15", "WS-17")
def test_a_stream_on_which_everything_goes_wrong_loses_no_fill() -> None:
    frames = [kind for kind in KINDS if kind not in {"refuse", "stall"}]
    plan = [fault("stream", kind, event("frame", "user", after_s=20.0 + 10 * at)) for at, kind in enumerate(frames)]
    seen = lived(*plan, fault("stream", "refuse", event("connection")), minutes=3.0)
    assert len(seen.struck) >= 8
    assert set(seen.evidence.books.fills) == {fill.entry_id for fill in seen.evidence.fills}
