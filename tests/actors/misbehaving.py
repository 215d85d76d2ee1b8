"""What runs in a real child process in the tests: strategies that do what no strategy may, each under its name."""

import os
import signal
import socket
import sys
import urllib.request
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from trader247.drivers.worker_main import serve
from trader247.messages.trading import CycleContext, TradeProposal
from trader247.messages.worker_wire import Answer, Setup, encoded, setup_in
from trader247.model.ids import CycleId, StrategyName
from trader247.model.order import Side
from trader247.runtime.frames import FRAME_BYTES_MAX, framed

SECRET: Final = "TRADER247_TEST_SECRET"  # the name of one


class Acting:
    """A strategy of this name that does this."""

    def __init__(self, name: StrategyName, act: Callable[[CycleContext], Any]) -> None:
        self.name = name
        self._act = act

    def generate_proposals(self, context: CycleContext) -> list[TradeProposal]:
        found: list[TradeProposal] = self._act(context)
        return found


def wishes(context: CycleContext, name: str, reason: str = "it is there", times: int = 1) -> list[TradeProposal]:
    """One wish for each instrument that is not held."""
    held = {position.symbol for position in context.positions if position.quantity}
    return [
        TradeProposal(
            view.symbol,
            Side.BUY,
            Decimal("0.8"),
            Decimal("0.1"),
            Decimal("0.1"),
            0.9,
            StrategyName(name),
            reason,
            60,
        )
        for view in context.instruments
        if view.symbol not in held
    ] * times


def tried(deed: Callable[[], object]) -> str:
    """What became of a forbidden deed."""
    try:
        return f"done: {deed()}"
    except OSError as error:
        return f"{type(error).__name__}: {error}"


def write_raw(body: bytes) -> list[TradeProposal]:
    """Past every check of ours in the child, to each descriptor there may be; and then no word more."""
    for descriptor in range(3, 16):
        try:
            os.write(descriptor, body)
        except OSError:
            continue
    return forever()


def forever() -> list[TradeProposal]:
    while True:
        pass


def deeds(setup: Setup) -> dict[str, Callable[[CycleContext], Any]]:
    name = setup.name
    parent = os.getppid()
    foreign = Answer(CycleId("0000000000-c77"))
    shouted: dict[str, Callable[[CycleContext], Any]] = {
        "loops": lambda context: forever(),
        "hoards": lambda context: wishes(context, str(len(bytearray(2 * 1024**3)))),
        "exits": lambda context: os._exit(7),
        "leaves": lambda context: sys.exit("enough"),
        "raises": lambda context: context.instruments[77],
        "moody": lambda context: wishes(context, name) if context.cycle.endswith("c2") else sys.exit("not today"),
        "prints": lambda context: (sys.stdout.write("x" * 100_000), wishes(context, name))[1],
        "nonsense": lambda context: ["buy!"],
        "forges": lambda context: wishes(context, "another"),
        "garbage": lambda context: write_raw(framed(b"\xc1 no MessagePack")),
        "bloats": lambda context: write_raw((FRAME_BYTES_MAX + 1).to_bytes(4, "big") + b"x"),
        "lags": lambda context: write_raw(framed(encoded(foreign))),
        "alpha": lambda context: [wish for wish in wishes(context, name) if wish.symbol == "BTC-USD"],
        "beta": lambda context: [wish for wish in wishes(context, name) if wish.symbol != "BTC-USD"],
        "floods": lambda context: wishes(context, name, times=10_000),
        "lies": lambda context: write_raw(framed(encoded(Answer(context.cycle, tuple(wishes(context, "another")))))),
        "connects": lambda context: wishes(context, name, tried(socket.socket)),
        "downloads": lambda context: wishes(
            context,
            name,
            tried(lambda: urllib.request.urlopen("http://127.0.0.1:1/")),
        ),
        "spies": lambda context: wishes(context, name, f"{os.environ.get(SECRET)} {sorted(os.environ)}"),
        "peeks": lambda context: wishes(context, name, tried(Path(f"/proc/{parent}/environ").read_bytes)),
        "kills": lambda context: wishes(context, name, tried(lambda: os.kill(parent, signal.SIGTERM))),
        "forks": lambda context: wishes(context, name, tried(os.fork)),
        "writes": lambda context: wishes(context, name, tried(lambda: Path("notes").write_text("x"))),
    }
    return shouted


def make(setup: Setup) -> Acting:
    if setup.name == "stillborn":
        raise LookupError("no model file")
    return Acting(setup.name, deeds(setup).get(setup.name, lambda context: wishes(context, setup.name)))


def main() -> None:
    serve(lambda body, _outline: make(setup_in(body)))
