"""A gate is asked as the first byte is about to leave, and at no other step of a request."""

import pytest

from trader247.errors import GateClosed
from trader247.venues.coinbase.departure import Departure


async def test_the_gate_is_asked_at_the_last_step_only() -> None:
    asked: list[str] = []

    def gate() -> str | None:
        asked.append("asked")
        return "halted"

    leaving = Departure(gate)
    await leaving.step("connection.connect_tcp.started", {})
    await leaving.step("http11.receive_response_headers.started", {})
    assert not asked
    with pytest.raises(GateClosed, match="not sent: halted"):
        await leaving.step("http11.send_request_headers.started", {})


async def test_an_open_gate_and_no_gate_let_pass() -> None:
    for gate in (None, lambda: None):
        leaving = Departure(gate)
        leaving.ask_gate()
        await leaving.step("http11.send_request_headers.started", {})
        assert not leaving.ever
