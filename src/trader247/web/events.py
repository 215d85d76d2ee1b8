"""Live events for whoever listens, without ever waiting for one who does not read.

A frame is encoded once and shared. A listener has room for a bounded number of frames; one that falls behind is
dropped, and its browser comes back by itself (server-sent events reconnect) and starts from a whole picture.
"""

from collections import deque
from typing import Final

import msgspec
import trio
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

__all__ = ["EventStream", "Fanout", "Listener", "frame"]

LISTENERS_MAX: Final = 16
"""Tabs and scripts of one operator; more are told to come back later."""

FRAMES_MAX: Final = 64
"""Frames that may wait for one listener: half a minute of a busy daemon, some 2 MB at most."""

STORY_MAX: Final = 100
"""Lines of the story that a new listener gets to read first."""

RETRY_MS: Final = 2_000


def frame(event: str, content: object) -> bytes:
    """One server-sent event; JSON has no raw newline, so one data line is enough."""
    return b"event: %s\ndata: %s\n\n" % (event.encode("ascii"), msgspec.json.encode(content))


class Listener:
    """One who reads along."""

    def __init__(self, fanout: "Fanout") -> None:
        """Made by ``Fanout.subscribe``."""
        self._fanout = fanout
        self.inbox, self.frames = trio.open_memory_channel[bytes](FRAMES_MAX)

    def leave(self) -> None:
        """No more frames are wanted."""
        self._fanout.listeners.discard(self)
        self.inbox.close()


class Fanout:
    """Every listener, and how many were dropped for being slow."""

    def __init__(self, listeners_max: int = LISTENERS_MAX) -> None:
        """``listeners_max`` bounds memory and work per frame."""
        self.listeners: set[Listener] = set()
        self.story: deque[bytes] = deque(maxlen=STORY_MAX)
        self.dropped = 0
        self._listeners_max = listeners_max

    def subscribe(self) -> Listener | None:
        """A new listener, or None where there are too many already."""
        if len(self.listeners) >= self._listeners_max:
            return None
        listener = Listener(self)
        self.listeners.add(listener)
        return listener

    def publish(self, event: str, content: object, *, keep: bool = False) -> None:
        """Give the event to every listener, and ``keep`` it for those who come later. Never waits.

        Encodes nothing where nobody listens and nothing is kept.
        """
        if not self.listeners and not keep:
            return
        made = frame(event, content)
        if keep:
            self.story.append(made)
        for listener in tuple(self.listeners):
            try:
                listener.inbox.send_nowait(made)
            except trio.WouldBlock:
                self.dropped += 1
                listener.leave()
            except trio.BrokenResourceError:
                listener.leave()


class EventStream(Response):
    """The endless answer to a listener: first the whole picture, then what is published. Ends when either side goes."""

    media_type = "text/event-stream"

    def __init__(self, listener: Listener, first: bytes) -> None:
        """``first`` are the frames that bring the listener up to date."""
        super().__init__(headers={"cache-control": "no-store", "x-accel-buffering": "no"})
        del self.headers["content-length"]
        self._listener = listener
        self._first = b"retry: %d\n\n%s" % (RETRY_MS, first)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - the ASGI signature
        """Send until the client is gone, the listener was dropped, or the server stops."""
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._until_gone, receive, nursery.cancel_scope)
                await self._send_all(send)
                nursery.cancel_scope.cancel()
        finally:
            self._listener.leave()
            self._listener.frames.close()

    async def _send_all(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self._first, "more_body": True})
        async for made in self._listener.frames:
            await send({"type": "http.response.body", "body": made, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _until_gone(self, receive: Receive, scope: trio.CancelScope) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        scope.cancel()
