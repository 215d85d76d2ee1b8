"""The site as its actor knows it: facts in, pictures and answers out, over TCP and over the control socket."""

import socket
from collections.abc import Sequence

import structlog
import trio
from attrs import frozen

from trader247.core.status_board import BoardFact
from trader247.messages.control import AlertChanged
from trader247.model.instant import rfc3339
from trader247.observe.narrate import narrate
from trader247.web.ports import Face
from trader247.web.reading import picture
from trader247.web.routes import make_app
from trader247.web.server import serve

__all__ = ["FaceSockets", "WebSite"]


@frozen
class FaceSockets:
    """Where the face listens: over TCP (empty where the web is off) and on the control socket."""

    tcp: Sequence[socket.socket]
    control: Sequence[socket.socket]


class WebSite:
    """Outlives the incarnations of its actor: the board, the metrics, the listeners and the sockets are kept."""

    def __init__(self, face: Face, sockets: FaceSockets, *, narrated: bool = True) -> None:
        """``narrated`` also writes the story of the run to the log, one line per fact worth reading."""
        self._face = face
        self._sockets = sockets
        self._narrated = narrated

    @property
    def publish_every_s(self) -> float:
        """As in the settings."""
        return self._face.settings.publish_every_s

    def take(self, fact: BoardFact) -> None:
        """Remember the fact, count it, and tell its line, if it has one, to the log and to those who listen."""
        face, now = self._face, self._face.clock.now()
        face.board.handle(fact, now)
        face.metrics.observe(fact)
        line = narrate(fact)
        if line is None:
            return
        if self._narrated and not isinstance(fact, AlertChanged):  # alerts have a channel of their own in the log
            log = structlog.get_logger()
            write = {"info": log.info, "warning": log.warning, "critical": log.critical}[line.level]
            write(line.word, **({"symbol": line.symbol} if line.symbol else {}), text=line.text)
        told = {"word": line.word, "symbol": line.symbol, "text": line.text, "level": line.level}
        face.fanout.publish("line", face.redact({"at": rfc3339(now.utc, digits=0), **told}), keep=True)

    def publish(self) -> None:
        """The whole picture, made only where somebody listens."""
        if self._face.fanout.listeners:
            self._face.fanout.publish("picture", picture(self._face))

    async def serve(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Both sockets, until cancelled. The control socket comes first."""
        pace = max(1.0, self.publish_every_s)  # a picture a second is what people get, however fast the clock runs
        async with trio.open_nursery() as nursery:
            await nursery.start(serve, make_app(self._face, trusted=True), self._sockets.control, pace)
            if self._sockets.tcp:
                await nursery.start(serve, make_app(self._face), self._sockets.tcp, pace)
            task_status.started()
