"""The simulated exchange on its own, for other clients: market, account, key, limits and faults put on a port.

At any speed but 1 the market's clock runs away from its clients'; tokens are judged by the machine's clock then.
"""

import os
import random
import signal
import socket
import stat
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Final

import trio
from attrs import field, frozen

from trader247.errors import ConfigurationInvalid
from trader247.model.instant import Instant
from trader247.model.money import plain
from trader247.ports import Clock
from trader247.runtime.clock import PacedClock, SystemClock
from trader247.venues.simulated.auth import KeyRing, make_key
from trader247.venues.simulated.exchange import DEFAULT_FUNDS, SimulatedExchange
from trader247.venues.simulated.faults.desk import FaultDesk
from trader247.venues.simulated.faults.plan import FaultPlan
from trader247.venues.simulated.faults.plan_file import read_plan
from trader247.venues.simulated.http_shapes import API_PREFIX
from trader247.venues.simulated.market import MarketSource
from trader247.venues.simulated.market_spec import open_market
from trader247.venues.simulated.rate_limits import RateLimits
from trader247.venues.simulated.server import serve

__all__ = [
    "PERMISSIONS",
    "Standalone",
    "complaints",
    "read_key_file",
    "read_plan_file",
    "serve_alone",
    "write_key_file",
]

PERMISSIONS: Final = ("view", "trade", "transfer")
_FILE_BYTES_MAX: Final = 1024 * 1024
_LOOPBACK: Final = ("127.", "::1", "localhost")


@frozen
class Standalone:
    """What to serve. ``key_text`` is the text of a key file; without one only public paths answer."""

    host: str = "127.0.0.1"
    port: int = 0
    markets: Sequence[str] = ("generated",)
    seed: int = 247
    speed: float = 1.0
    funds: Mapping[str, Decimal] = field(factory=lambda: dict(DEFAULT_FUNDS))
    key_text: str | None = field(default=None, repr=False)
    permissions: Sequence[str] = ("view", "trade")
    plan: FaultPlan | None = None
    has_limits: bool = True


def serve_alone(wanted: Standalone, say: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM. ``say`` gets one line at a time: first the addresses, then each fault injected.

    Raises:
        ConfigurationInvalid: market, key, fault plan or address cannot be used; nothing was started.
    """
    machine = SystemClock()
    clock: Clock = machine
    paced: PacedClock | None = None
    if wanted.speed != 1.0:
        clock = paced = PacedClock(machine.now().utc, wanted.speed)
    start = clock.now().utc
    if wrong := complaints(key_text=wanted.key_text):
        wrong += complaints(wanted.markets, seed=wanted.seed)
        raise ConfigurationInvalid("; ".join(wrong))
    exchange = SimulatedExchange(_market(wanted.markets, start, wanted.seed), funds=wanted.funds, seed=wanted.seed)
    keys = KeyRing(clock=machine)
    name = _take_key(keys, wanted, exchange.portfolio_id)
    desk = None
    if wanted.plan is not None:
        desk = FaultDesk(wanted.plan, wanted.seed, start, on_injected=lambda injected: say(f"fault {injected}"))

    async def main() -> None:
        listeners = await _listen(wanted.host, wanted.port)
        limits = RateLimits() if wanted.has_limits else None
        with ExitStack() as stack, trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
            for listener in listeners:
                stack.callback(listener.socket.close)  # the server closes them too, once it has begun
            async with trio.open_nursery() as nursery:
                served = partial(serve, exchange, keys, clock, listeners, limits=limits, faults=desk)
                await nursery.start(served)
                for line in _welcome(wanted, exchange, name, listeners[0].socket.getsockname()[1]):
                    say(line)
                told = await anext(aiter(signals))
                nursery.cancel_scope.cancel()
        counts = ", ".join(f"{kind} {count}" for kind, count in desk.counts.items()) if desk is not None else ""
        faults = f"; faults injected: {counts or 'none'}" if desk is not None else ""
        say(f"stopped: {signal.Signals(told).name}{faults}")

    try:
        trio.run(main, clock=paced)
    except* ConfigurationInvalid as group:
        raise _only(group) from None


def complaints(markets: Sequence[str] = (), *, seed: int = 0, key_text: str | None = None) -> list[str]:
    """Why a market and the text of a key file could not be served, each by itself; what is not given is right."""
    wrong: list[str] = []
    try:
        if key_text is not None:
            KeyRing().add_file(key_text, "")
    except ConfigurationInvalid as refused:
        wrong.append(str(refused))
    try:
        if markets:
            _market(markets, SystemClock().now().utc, seed)
    except ConfigurationInvalid as refused:
        wrong.append(str(refused))
    return wrong


def _market(texts: Sequence[str], start: Instant, seed: int) -> MarketSource:
    return open_market(list(texts), start=start, seed=seed, shifted=True)


def _only(group: BaseExceptionGroup[ConfigurationInvalid]) -> BaseException:
    inner: BaseException = group
    while isinstance(inner, BaseExceptionGroup):
        inner = inner.exceptions[0]
    return inner


def _take_key(keys: KeyRing, wanted: Standalone, portfolio_id: str) -> str | None:
    if wanted.key_text is None:
        return None
    may = {f"can_{each}": each in wanted.permissions for each in PERMISSIONS}
    return keys.add_file(wanted.key_text, portfolio_id, **may)


def _welcome(wanted: Standalone, exchange: SimulatedExchange, key_name: str | None, port: int) -> list[str]:
    place = f"[{wanted.host}]:{port}" if ":" in wanted.host else f"{wanted.host}:{port}"
    speed = "" if wanted.speed == 1.0 else f", {wanted.speed:g} x real time"
    funds = ", ".join(f"{plain(amount)} {currency}" for currency, amount in wanted.funds.items())
    key = f"{key_name} ({', '.join(wanted.permissions)})" if key_name else "none: only public paths answer"
    named = any("seed=" in text for text in wanted.markets)  # the market's own then, and the one that matters
    seed = "" if named else f", seed {wanted.seed}"
    lines = [
        f"market     {', '.join(exchange.products)} ({', '.join(wanted.markets)}{seed}{speed})",
        *(f"note       {note}" for note in exchange.market.notes),
        f"REST       http://{place}{API_PREFIX}",
        f"WebSocket  ws://{place}/ws",
        f"key        {key}",
        f"account    {exchange.portfolio_id}: {funds or 'empty'}",
    ]
    if wanted.plan is not None:
        lines.append(f"faults     {len(wanted.plan.faults)} in the plan")
    if not wanted.host.startswith(_LOOPBACK):
        lines.append("warning    not on loopback: whoever reaches this port can read and use it, unencrypted")
    return [*lines, "ready; Ctrl-C stops it"]


async def _listen(host: str, port: int) -> list[trio.SocketListener]:
    try:
        return await trio.open_tcp_listeners(port, host=host)
    except socket.gaierror as error:
        raise ConfigurationInvalid(f"--host {host!r} is no address: {error.strerror}; give 127.0.0.1") from None
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise ConfigurationInvalid(
            f"cannot listen on {host}:{port}: {reason}; choose another --port, 0 takes a free one"
        ) from None


def read_key_file(path: Path) -> str:
    """The text of a key file, not yet understood.

    Raises:
        ConfigurationInvalid: it cannot be read; the message shows nothing of what is in it.
    """
    return _text(path, "key file")


def write_key_file(path: Path, rng: random.Random) -> str:
    """Make a key, write it for its owner's eyes only, and give its text; a file that is there already is read instead.

    So the same command works a second time, with the same key, and nothing is ever overwritten.

    Raises:
        ConfigurationInvalid: the file can be neither made nor read.
    """
    text = make_key(rng)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return read_key_file(path)
    except OSError as error:
        raise ConfigurationInvalid(f"the key file {path} cannot be written: {error.strerror}") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text + "\n")
    return text


def read_plan_file(path: Path) -> FaultPlan:
    """The fault plan of a file.

    Raises:
        ConfigurationInvalid: it cannot be read, or is no plan; all that is wrong with it is told at once.
    """
    return read_plan(_text(path, "fault plan"), str(path))


def _text(path: Path, what: str) -> str:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a FIFO would wait for its writer
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise ConfigurationInvalid(
                    f"the {what} {path} is no plain file (a folder, FIFO or device); give a file"
                )
            content = file.read(_FILE_BYTES_MAX + 1)
        if len(content) > _FILE_BYTES_MAX:
            raise ConfigurationInvalid(f"the {what} {path} is larger than {_FILE_BYTES_MAX} bytes")
        return content.decode()
    except OSError as error:
        raise ConfigurationInvalid(f"the {what} {path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigurationInvalid(f"the {what} {path} is no text") from None
