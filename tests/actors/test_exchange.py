"""The embedded exchange's shell: one port for every incarnation."""

from __future__ import annotations

import pytest
import trio

from trader247.actors.exchange import ExchangeActor, Port

pytestmark = pytest.mark.req("SUP1")


class Host:
    """Serves nothing but says when, and closes what it was given."""

    def __init__(self) -> None:
        self.served = 0

    async def serve(self, listeners: list[trio.SocketListener], task_status: trio.TaskStatus[object]) -> None:
        try:
            task_status.started()
            self.served += 1
            await trio.sleep_forever()
        finally:
            for listener in listeners:
                listener.socket.close()


async def test_it_is_ready_once_the_host_takes_requests_and_the_next_incarnation_has_the_same_port() -> None:
    host, port = Host(), Port()
    numbers = []
    with trio.fail_after(5):
        for _ in range(3):
            async with trio.open_nursery() as nursery:
                ready = trio.Event()
                nursery.start_soon(ExchangeActor(host, port.listen).run, ready.set)
                await ready.wait()
                async with await trio.open_tcp_stream("127.0.0.1", port.number):
                    numbers.append(port.number)
                nursery.cancel_scope.cancel()
    assert host.served == 3
    assert len(set(numbers)) == 1


async def test_a_host_that_cannot_serve_is_a_failed_start() -> None:
    class Broken(Host):
        async def serve(self, listeners: list[trio.SocketListener], task_status: trio.TaskStatus[object]) -> None:
            for listener in listeners:
                listener.socket.close()
            await trio.lowlevel.checkpoint()
            raise OSError("no books")

    ready = trio.Event()
    with pytest.RaisesGroup(OSError):
        await ExchangeActor(Broken(), Port().listen).run(ready.set)
    assert not ready.is_set()


async def test_the_port_is_only_on_the_loopback() -> None:
    port = Port()
    (listener,) = await port.listen()
    assert listener.socket.getsockname() == ("127.0.0.1", port.number)
    await listener.aclose()


async def test_a_port_that_somebody_else_took_is_an_error_with_its_cause() -> None:
    port, other = Port(), Port()
    (theirs,) = await other.listen()
    port.number = other.number
    with pytest.raises(OSError, match="in use"):
        await port.listen()
    await theirs.aclose()
