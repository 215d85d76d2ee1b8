"""Carries out what was decided about a request or a connection: waits, silences, closes, resets. A shell."""

import socket
import struct
from collections.abc import Callable
from typing import Final

import trio

from trader247.model.instant import Instant
from trader247.ports import Clock
from trader247.venues.simulated.faults.injector import FaultInjector
from trader247.venues.simulated.faults.plan import Ending
from trader247.venues.simulated.faults.request_fate import RequestFate
from trader247.venues.simulated.http_shapes import Request, Response

__all__ = ["answer", "end", "reset_on_close"]

_SILENCE_S_MAX: Final = 600.0
"""A silent connection is given up after this: longer than any client waits that has a bound at all."""

_CHUNK: Final = 64 * 1024


async def answer(
    fate: RequestFate,
    stream: trio.abc.Stream,
    request: Request,
    respond: Callable[[Request, Instant], Response],
    *,
    clock: Clock,
    injector: FaultInjector,
) -> Response | None:
    """What the client gets; None where it gets nothing and the caller closes the stream. Safe to cancel.

    The request is processed in one breath even where it is processed twice.
    """
    await trio.sleep(fate.before_s)
    if fate.ending_before is not None:
        await end(stream, fate.ending_before)
        return None
    response = fate.forged
    for _ in range(fate.times):
        injector.arm(fate)
        response = respond(request, clock.now().utc)
    await trio.sleep(fate.after_s)
    if fate.ending_after is not None:
        await end(stream, fate.ending_after)
        return None
    return fate.forged or response


async def end(stream: trio.abc.Stream, ending: Ending) -> None:
    """Prepare a stream so that its closing, which is the caller's, looks like this. SILENCE waits for the client."""
    if ending is Ending.RESET:
        reset_on_close(stream)
    elif ending is Ending.SILENCE:
        with trio.move_on_after(_SILENCE_S_MAX):
            while await stream.receive_some(_CHUNK):
                pass  # what it says is not heard


def reset_on_close(stream: trio.abc.Stream) -> None:
    """Let the closing of a socket be a reset; memory streams know none and just close."""
    if isinstance(stream, trio.SocketStream):
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
