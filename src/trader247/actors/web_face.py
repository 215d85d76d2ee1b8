"""The web face's shell: takes in facts, and serves the site that shows them.

Nothing trades here and nothing that trades waits for it: its mailbox drops the oldest, its listeners are dropped when
they are slow, and its end, by crash or stop, cuts every connection at once. What the site remembers and where it
listens belong to the topology, so a restart of this actor loses no history and no port.
"""

from collections.abc import Callable
from typing import Protocol

import trio

from trader247.core.status_board import BoardFact
from trader247.runtime.channels import Mailbox

__all__ = ["Site", "WebFace"]


class Site(Protocol):
    """What the shell needs of the web face; ``web/site.py`` is the one there is."""

    @property
    def publish_every_s(self) -> float:
        """Seconds of the loop's clock between two pictures."""
        ...

    def take(self, fact: BoardFact) -> None:
        """Remember, count and tell a fact. Never waits."""
        ...

    def publish(self) -> None:
        """Give the whole picture to those who listen. Never waits."""
        ...

    async def serve(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Until cancelled; started once requests are taken."""
        ...


class WebFace:
    """One incarnation of the face."""

    def __init__(self, inbox: Mailbox[BoardFact], site: Site) -> None:
        """``site`` outlives this incarnation."""
        self._inbox = inbox
        self._site = site

    async def run(self, ready: Callable[[], None]) -> None:
        """Until cancelled. Ready once requests are taken on every socket."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._publish)
            await nursery.start(self._site.serve)
            ready()
            async for envelope in self._inbox:
                self._site.take(envelope.body)

    async def _publish(self) -> None:
        """Late listeners lose nothing by a picture they did not get: the next one is whole again."""
        while True:
            await trio.sleep(self._site.publish_every_s)
            self._site.publish()
