"""The embedded exchange's shell: the venue that the daemon brings along, served on a loopback port of its own.

It is the outside world under our roof: the daemon reaches it through its sockets only. A crash of it is an outage of
the venue; its books outlive that, because they belong to the driver.
"""

from collections.abc import Awaitable, Callable
from typing import Protocol

import trio

__all__ = ["ExchangeActor", "Host", "Port"]


class Host(Protocol):
    """An exchange that can be served."""

    async def serve(self, listeners: list[trio.SocketListener], task_status: trio.TaskStatus[object]) -> None:
        """Serve until cancelled; started once requests are taken. Closes the listeners at the end."""
        ...


class Port:
    """The loopback port, the same for every incarnation, so that clients find the exchange again."""

    def __init__(self) -> None:
        """Not known before the first start."""
        self.number = 0

    async def listen(self) -> list[trio.SocketListener]:
        """Listeners on the port; the first call takes a free one.

        Raises:
            OSError: the port was taken by somebody else between two incarnations.
        """
        listeners = await trio.open_tcp_listeners(self.number, host="127.0.0.1")
        self.number = listeners[0].socket.getsockname()[1]
        return listeners


class ExchangeActor:
    """Serves the host until cancelled."""

    def __init__(self, host: Host, listen: Callable[[], Awaitable[list[trio.SocketListener]]]) -> None:
        """``listen`` opens the listeners of one incarnation."""
        self._host = host
        self._listen = listen

    async def run(self, ready: Callable[[], None]) -> None:
        """Until cancelled."""
        async with trio.open_nursery() as nursery:
            await nursery.start(self._host.serve, await self._listen())
            ready()
