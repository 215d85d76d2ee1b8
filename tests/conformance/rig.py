"""The exchange on a real socket in a thread of its own, and other people's clients in a process of their own."""

import json
import os
import queue
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, Final, TypeVar

import pytest
import trio
from attrs import define, field

from trader247.runtime.clock import SystemClock
from trader247.venues.simulated.auth import KeyRing, make_key
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.generated_market import GeneratedMarket
from trader247.venues.simulated.server import serve

Value = TypeVar("Value")

SCRIPT: Final = Path(__file__).with_name("foreign_clients.py")
PRODUCTS: Final = ("BTC-USD", "ETH-USD")
_STEP_S: Final = 0.1
_START_S_MAX: Final = 60
"""For the thread to listen; it makes eight days of minutes first."""


def foreign_python() -> Path:
    """The interpreter of the clients' environment; without it the test is skipped, or fails where CI must have it."""
    named = os.environ.get("TRADER247_CONFORMANCE_PYTHON")
    found = Path(named) if named else Path(sys.prefix) / "conformance" / "bin" / "python"
    if not found.exists():
        reason = f"the official SDK and ccxt are not installed ({found}); run: make conformance"
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@define
class RunningExchange:
    """An exchange that serves loopback in real time until it is stopped."""

    key_text: str = field(factory=lambda: make_key(random.Random(7)), repr=False)
    transfer_key_text: str = field(factory=lambda: make_key(random.Random(8), edwards=True), repr=False)
    exchange: SimulatedExchange = field(init=False)
    host: str = field(init=False)
    _started: queue.Queue[tuple[str, trio.lowlevel.TrioToken]] = field(init=False, factory=queue.Queue)
    _scope: trio.CancelScope = field(init=False, factory=trio.CancelScope)
    _token: trio.lowlevel.TrioToken = field(init=False)
    _thread: threading.Thread = field(init=False)

    def start(self) -> None:
        clock = SystemClock()
        self.exchange = SimulatedExchange(GeneratedMarket(clock.now().utc, products=PRODUCTS, step_s=_STEP_S))
        self._thread = threading.Thread(target=trio.run, args=(self._serve, clock), name="exchange")
        self._thread.start()
        self.host, self._token = self._started.get(timeout=_START_S_MAX)

    async def _serve(self, clock: SystemClock) -> None:
        keys = KeyRing()
        keys.add_file(self.key_text, self.exchange.portfolio_id)
        keys.add_file(self.transfer_key_text, self.exchange.portfolio_id, can_trade=False, can_transfer=True)
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        with self._scope:
            async with trio.open_nursery() as nursery:
                await nursery.start(serve, self.exchange, keys, clock, listeners)
                port = listeners[0].socket.getsockname()[1]
                self._started.put((f"127.0.0.1:{port}", trio.lowlevel.current_trio_token()))

    def look(self, at: Callable[[SimulatedExchange], Value]) -> Value:
        """What ``at`` finds in the exchange, between two steps of it."""
        return trio.from_thread.run_sync(at, self.exchange, trio_token=self._token)

    def stop(self) -> None:
        trio.from_thread.run_sync(self._scope.cancel, trio_token=self._token)
        self._thread.join()


class ForeignError(Exception):
    """A call of theirs raised: the names of its class and of all above it, and the HTTP answer if there was one."""

    def __init__(self, content: dict[str, Any]) -> None:
        super().__init__(f"{content['names'][0]}: {content['text']}")
        self.names: list[str] = content["names"]
        self.status: int | None = content["status"]
        self.body: str = content["body"]


@define
class ForeignClients:
    """The process of the clients. ``ask`` is one call; ``on`` gives a client whose methods are theirs."""

    host: str
    key_file: Path
    called: dict[str, dict[str, None]] = field(factory=dict)
    _process: "subprocess.Popen[str]" = field(init=False)

    def start(self, python: Path) -> None:
        command = [str(python), str(SCRIPT), self.host, str(self.key_file)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, on: str, call: str, *args: object, **kwargs: object) -> Any:
        """Raises:
        ForeignError: the call raised.
        """
        self.called.setdefault(on, {})[call] = None
        pipes = self._pipes()
        pipes[0].write(json.dumps({"on": on, "call": call, "args": args, "kwargs": kwargs}) + "\n")
        pipes[0].flush()
        line = pipes[1].readline()
        assert line, f"the clients' process ended during {on}.{call}; its last words are above"
        answer = json.loads(line)
        if "error" in answer:
            raise ForeignError(answer["error"])
        return answer["result"]

    def on(self, name: str) -> "Foreign":
        return Foreign(self, name)

    def _pipes(self) -> tuple[IO[str], IO[str]]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        return self._process.stdin, self._process.stdout

    def stop(self) -> None:
        for pipe in self._pipes():
            pipe.close()
        self._process.wait()


class Foreign:
    """One of their clients: ``sdk.get_product("BTC-USD")`` is their ``get_product``."""

    def __init__(self, clients: ForeignClients, name: str) -> None:
        self._clients = clients
        self._name = name

    def __getattr__(self, call: str) -> Callable[..., Any]:
        return lambda *args, **kwargs: self._clients.ask(self._name, call, *args, **kwargs)


@define
class Frames:
    """The frames of a stream, checked for their one sequence as they are taken."""

    stream: Foreign
    expected: int = 0

    def next(self) -> Any:
        """The next frame as sent."""
        taken = self.stream.take()
        sent = taken["sent"]
        if sent.get("type") != "error":
            assert sent["sequence_num"] == self.expected, "one sequence over all channels"
            assert taken["typed"]["channel"] == sent["channel"]
            self.expected += 1
        return sent

    def until(self, wanted: Callable[[Any], bool]) -> list[Any]:
        """Frames up to the first that is wanted, which is the last of them; each wait has its own bound."""
        return list(self._until(wanted))

    def _until(self, wanted: Callable[[Any], bool]) -> Iterator[Any]:
        while True:
            frame = self.next()
            yield frame
            if wanted(frame):
                return

    def of(self, channel: str) -> Any:
        """The next frame of a channel."""
        return self.until(lambda frame: frame.get("channel") == channel)[-1]
