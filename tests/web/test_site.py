"""The site as its actor knows it."""

import pytest
from structlog.testing import capture_logs
from tests.board_samples import fill, halted, portfolio, quote
from tests.face_samples import face

from trader247.runtime.snapshot import Node
from trader247.web.site import FaceSockets, WebSite

NOWHERE = FaceSockets([], [])


async def test_a_fact_is_remembered_counted_and_told() -> None:
    made, _ = face(portfolio())
    listener = made.fanout.subscribe()
    assert listener is not None
    with capture_logs() as lines:
        site = WebSite(made, NOWHERE)
        site.take(fill())
        site.take(quote())
    assert len(made.board.fills()) == 1
    assert made.metrics.registry.get_sample_value("trader_fills_total", {"side": "BUY"}) == 1
    assert [line["event"] for line in lines] == ["bought"]
    assert listener.frames.receive_nowait().startswith(b"event: line\n")


async def test_a_picture_is_made_only_where_somebody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    made, control = face(portfolio())
    looked: list[int] = []
    node = control.node

    def look(_control: object) -> Node:
        looked.append(1)
        return node

    monkeypatch.setattr(type(control), "tree", look)
    site = WebSite(made, NOWHERE, narrated=False)
    site.publish()
    assert looked == []
    made.fanout.subscribe()
    site.publish()
    assert looked == [1]


def test_a_silent_site_writes_no_story() -> None:
    made, _ = face(portfolio())
    with capture_logs() as lines:
        WebSite(made, NOWHERE, narrated=False).take(halted())
    assert lines == []
    assert made.board.facts.halt is not None
