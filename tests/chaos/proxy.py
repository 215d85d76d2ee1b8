"""A wire that can be spoiled: TCP between a daemon and its exchange, both in processes of their own.

It forwards bytes until a ``Fault`` is set, which strikes every chunk that passes from then on, on connections that are
there already and on new ones, until it is taken away. What was struck is counted, so that a test can wait for it.
"""

import socket
import struct
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

import trio
from attrs import Factory, define, field, frozen

HOST = "127.0.0.1"
_CHUNK_BYTES = 65_536
_START_S_MAX = 10.0
_NO_LINGER = struct.pack("ii", 1, 0)
"""SO_LINGER with no time: closing sends a reset and drops what was not sent."""


class Way(StrEnum):
    """Where a chunk goes."""

    OUT = "out"  # to the exchange
    BACK = "back"  # to the daemon


class Kind(StrEnum):
    """What happens to a chunk."""

    LATENCY = "latency"  # it comes ``seconds`` late
    BANDWIDTH = "bandwidth"  # it comes in pieces of ``at`` bytes, ``seconds`` apart
    BLACKHOLE = "blackhole"  # it never comes, and nobody is told
    RESET = "reset"  # ``at`` bytes of it come, then the connection is reset
    TRUNCATE = "truncate"  # ``at`` bytes of it come, then the connection ends in order
    CORRUPT = (
        "corrupt"  # its byte number ``at`` is none of a text any more: TLS, which this wire lacks, lets no other by
    )
    DUPLICATE = "duplicate"  # it comes a second time, over a connection of its own, whose answer is lost


@frozen
class Fault:
    """A value, so that a plan of them can be drawn and shrunk."""

    kind: Kind
    way: Way = Way.BACK
    at: int = 0
    seconds: float = 0.0


class _Cut(Exception):
    """The connection is over."""

    def __init__(self, *, reset: bool) -> None:
        super().__init__()
        self.reset = reset


@define
class Proxy:
    """Listens on ``port`` and forwards to ``target``. ``fault`` and ``struck`` may be used from any thread."""

    target: int
    fault: Fault | None = None
    struck: Counter[Kind] = Factory(Counter)
    port: int = 0
    _listening: threading.Event = Factory(threading.Event)
    _scope: trio.CancelScope = Factory(trio.CancelScope)
    _token: trio.lowlevel.TrioToken | None = field(init=False, default=None)

    def run(self) -> None:
        """Until ``stop``; for a thread."""
        trio.run(self._main)

    def wait(self) -> None:
        """Until it listens."""
        if not self._listening.wait(_START_S_MAX):
            raise AssertionError(f"the proxy does not listen within {_START_S_MAX} s")

    def stop(self) -> None:
        """From any thread."""
        assert self._token is not None
        self._token.run_sync_soon(self._scope.cancel)

    async def _main(self) -> None:
        self._token = trio.lowlevel.current_trio_token()
        listeners = await trio.open_tcp_listeners(0, host=HOST)
        self.port = listeners[0].socket.getsockname()[1]
        self._listening.set()
        with self._scope:
            await trio.serve_listeners(self._connected, listeners)

    async def _connected(self, daemon: trio.SocketStream) -> None:
        try:
            exchange = await trio.open_tcp_stream(HOST, self.target)
        except OSError:
            daemon.socket.close()
            return
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._pump, daemon, exchange, Way.OUT)
                nursery.start_soon(self._pump, exchange, daemon, Way.BACK)
        except* _Cut as cuts:
            if any(isinstance(cut, _Cut) and cut.reset for cut in cuts.exceptions):
                for end in (daemon, exchange):
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        finally:
            for end in (daemon, exchange):
                end.socket.close()  # aclose would end at its checkpoint where the proxy itself is stopped

    async def _pump(self, source: trio.SocketStream, sink: trio.SocketStream, way: Way) -> None:
        try:
            while chunk := await source.receive_some(_CHUNK_BYTES):
                fault = self.fault
                if fault is None or fault.way is not way:
                    await sink.send_all(chunk)
                else:
                    self.struck[fault.kind] += 1
                    await self._spoiled(chunk, sink, fault)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            raise _Cut(reset=True) from None
        raise _Cut(reset=False)

    async def _spoiled(self, chunk: bytes, sink: trio.SocketStream, fault: Fault) -> None:
        match fault.kind:
            case Kind.LATENCY:
                await trio.sleep(fault.seconds)
                await sink.send_all(chunk)
            case Kind.BANDWIDTH:
                for first in range(0, len(chunk), fault.at):
                    await sink.send_all(chunk[first : first + fault.at])
                    await trio.sleep(fault.seconds)
            case Kind.RESET | Kind.TRUNCATE:
                await sink.send_all(chunk[: fault.at])
                raise _Cut(reset=fault.kind is Kind.RESET)
            case Kind.CORRUPT:
                at = fault.at % len(chunk)
                await sink.send_all(chunk[:at] + bytes([chunk[at] ^ 0x80]) + chunk[at + 1 :])
            case Kind.DUPLICATE:
                await sink.send_all(chunk)
                second = await trio.open_tcp_stream(HOST, self.target)
                async with second:
                    await second.send_all(chunk)
                    with trio.move_on_after(fault.seconds):
                        await second.receive_some(_CHUNK_BYTES)
            case Kind.BLACKHOLE:
                pass


@contextmanager
def proxy(target: int) -> Iterator[Proxy]:
    """A proxy in a thread of its own."""
    made = Proxy(target)
    thread = threading.Thread(target=made.run, name="proxy")
    thread.start()
    try:
        made.wait()
        yield made
    finally:
        made.stop()
        thread.join()
