"""Hypercorn on our own sockets, with one thing mended: no client can hold up a stop.

Hypercorn's Trio worker sends under a shield without end, so a client that does not read keeps a graceful stop and even
a cancel waiting until it goes away (measured with 0.18). Here a send is not shielded at all, and one that makes no
progress for ``SEND_S_MAX`` closes the connection. A cancelled send leaves half an answer behind; that connection is
closed by the server's own unwinding right after, so nothing more is ever written to it.
"""

import logging
import socket
from collections.abc import Sequence
from typing import Final, cast

import trio
from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.config import Config
from hypercorn.events import Closed, Event, RawData
from hypercorn.trio.tcp_server import TCPServer
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import ASGIFramework, ConnectionState
from starlette.types import ASGIApp

__all__ = ["SEND_S_MAX", "serve"]

SEND_S_MAX: Final = 10.0
"""Seconds of the loop's clock a client may take to read one piece of an answer: longer than any phone needs to wake."""

KEEP_ALIVE_S: Final = 30.0
CONNECTIONS_MAX: Final = 100


class _Connection(TCPServer):
    """One client."""

    send_s_max = SEND_S_MAX

    async def protocol_send(self, event: Event) -> None:
        """Send without a shield and within a bound."""
        if not isinstance(event, RawData):
            await super().protocol_send(event)
            return
        async with self.send_lock:
            gone = await self._send(event.data)
        if gone:
            await self.protocol.handle(Closed())

    async def _send(self, content: bytes) -> bool:
        try:
            with trio.fail_after(self.send_s_max):
                await self.stream.send_all(content)
        except trio.TooSlowError:
            await trio.aclose_forcefully(self.stream)
            return True
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return True
        return False

    async def _read_data(self) -> None:
        """As hypercorn's, but a client that left takes its idle timer along instead of keeping its place until then."""
        await super()._read_data()
        await self.idle_task.stop()

    async def _idle_timeout(self) -> None:
        """As hypercorn's, but its farewell is bounded too: it may wait for a handler that does not listen."""
        with trio.move_on_after(self.config.keep_alive_timeout):
            await self.context.terminated.wait()
        with trio.move_on_after(1, shield=True):
            await self._initiate_server_close()


def _config(pace: float) -> Config:
    config = Config()
    config.errorlog = logging.getLogger("hypercorn.error")
    config.accesslog = None
    config.include_server_header = False
    config.keep_alive_timeout = KEEP_ALIVE_S * pace
    config.alpn_protocols = ["http/1.1"]
    return config


async def serve(
    app: ASGIApp,
    sockets: Sequence[socket.socket],
    pace: float = 1.0,
    *,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve until cancelled; then every connection is cut at once. The sockets themselves stay open.

    ``pace`` is how many seconds of the loop's clock make a real one: the clients live in real time, and a scaled clock
    must not make them seem slow. ``task_status`` is told as soon as requests are taken.
    """
    config, context = _config(pace), WorkerContext(None)
    wrapped = ASGIWrapper(cast("ASGIFramework", app))
    room = trio.CapacityLimiter(CONNECTIONS_MAX)

    async def connection(stream: trio.SocketStream) -> None:
        if room.available_tokens < 1:
            return
        async with room:
            client = _Connection(
                wrapped, config, context, cast("ConnectionState", {}), cast("trio.SSLStream[trio.SocketStream]", stream)
            )
            client.send_s_max = SEND_S_MAX * pace
            await client.run()

    listeners = [trio.SocketListener(trio.socket.from_stdlib_socket(own.dup())) for own in sockets]
    async with trio.open_nursery() as nursery:
        await nursery.start(trio.serve_listeners, connection, listeners)
        task_status.started()
