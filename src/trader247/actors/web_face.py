"""The web face's shell: takes in facts, keeps the board and the metrics, serves them, and tells those who listen.

Nothing trades here and nothing that trades waits for it: its mailbox drops the oldest, its listeners are dropped when
they are slow, and its end, by crash or stop, cuts every connection at once. The board, the metrics and the sockets
belong to the topology, so a restart of this actor loses no history and no port.
"""

import socket
from collections.abc import Callable, Sequence

import structlog
import trio
from attrs import frozen

from trader247.core.status_board import BoardFact
from trader247.model.instant import rfc3339
from trader247.observe.narrate import narrate
from trader247.runtime.channels import Mailbox
from trader247.web.ports import Face
from trader247.web.reading import picture
from trader247.web.routes import make_app
from trader247.web.server import serve

__all__ = ["FaceSockets", "WebFace"]


@frozen
class FaceSockets:
    """Where the face listens: over TCP (empty where the web is off) and on the control socket."""

    tcp: Sequence[socket.socket]
    control: Sequence[socket.socket]


class WebFace:
    """One incarnation of the face."""

    def __init__(self, inbox: Mailbox[BoardFact], face: Face, sockets: FaceSockets, *, narrated: bool = True) -> None:
        """``narrated`` also writes the story of the run to the log, one line per fact worth reading."""
        self._inbox = inbox
        self._face = face
        self._sockets = sockets
        self._narrated = narrated

    async def run(self, ready: Callable[[], None]) -> None:
        """Until cancelled. Ready once both sockets take requests."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._publish)
            await nursery.start(serve, make_app(self._face, trusted=True), self._sockets.control)
            if self._sockets.tcp:
                await nursery.start(serve, make_app(self._face), self._sockets.tcp)
            ready()
            async for envelope in self._inbox:
                self._take(envelope.body)

    def _take(self, fact: BoardFact) -> None:
        face, now = self._face, self._face.clock.now()
        face.board.handle(fact, now)
        face.metrics.observe(fact)
        line = narrate(fact)
        if line is None:
            return
        if self._narrated:
            log = structlog.get_logger()
            write = {"info": log.info, "warning": log.warning, "critical": log.critical}[line.level]
            write(line.word, symbol=line.symbol, text=line.text)
        told = {"word": line.word, "symbol": line.symbol, "text": line.text, "level": line.level}
        face.fanout.publish("line", face.redact({"at": rfc3339(now.utc, digits=0), **told}))

    async def _publish(self) -> None:
        """The whole picture, at the pace of the settings: late listeners lose nothing by a frame they did not get."""
        while True:
            await trio.sleep(self._face.settings.publish_every_s)
            if self._face.fanout.listeners:
                self._face.fanout.publish("picture", picture(self._face))
