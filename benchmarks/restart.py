"""From ``python -m trader247 supervise`` to a minted entry permit, over a long journal and many working orders.

Builds, with the store's and the daemon's own code, a database of 100,000 journal rows (10,000 round trips: 20,000
orders and as many fills over a month) and an embedded exchange where 100 orders of ours rest; the daemon that placed
them was killed with SIGKILL. Each round starts on a fresh copy of both. The first table is the whole program as a
person starts it, timed from outside; the second the same with clocks inside. Real milliseconds from the start of the
process, medians over the rounds.

    python benchmarks/restart.py [--rounds 5] [--round-trips 10000] [--profile]
"""

import argparse
import cProfile
import functools
import json
import os
import pstats
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from attrs import evolve

from trader247.cli import main as cli
from trader247.cli.socket_client import ControlClient, NotRunning
from trader247.core.ledger import Ledger
from trader247.core.order_manager import OrderManager
from trader247.core.permit import PermitDesk
from trader247.core.reconciler import Reconciler
from trader247.drivers import live, starting
from trader247.drivers.disk import open_disk
from trader247.drivers.embedded import FUNDS, embedded_venue
from trader247.messages.control import PermitRenewed
from trader247.messages.orders import AccountOpened, FillBooked, OrderChanged
from trader247.model import ids
from trader247.model import order as o
from trader247.model.instant import DAY, SECOND, Instant
from trader247.model.instrument import Symbol
from trader247.model.mode import OrderKind
from trader247.model.money import Notional, Price, Quantity
from trader247.model.order import OrderStatus
from trader247.model.portfolio import Balance
from trader247.ports import Recorded
from trader247.runtime.clock import SystemClock
from trader247.venues.simulated import generated_market
from trader247.venues.simulated.market_spec import open_market

ORDERS = 100
ORDERS_AT_ONCE = 25
BATCH = 512
START_S_MAX = 120.0
OPTIONS = ("--set", "policy.execution.entry_ttl_s=3600", "--set", "strategies.baseline.enabled=false")
_SOCKETS = shutil.ignore_patterns("*.sock")
PLACES = (
    "imports", "exchange's books read", "database open and checked", "books loaded", "reconciled", "permit minted",
)  # fmt: skip


# ------------------------------------------------------------------------------------------------------ the history
def _round_trip(number: int, at: int, ledger: Any) -> Iterator[Any]:
    """An entry and the exit that earns exactly both fees, so that the account is worth what it was."""
    legs = ((o.Side.BUY, OrderKind.ENTRY, "60000"), (o.Side.SELL, OrderKind.EXIT, "60480"))
    for leg, (side, kind, price) in enumerate(legs):
        intent_id = ids.intent_id(ids.RunEpoch("0123456789"), 2 * number + leg + 1)
        intent = o.OrderIntent(
            intent_id,
            ids.client_order_id(intent_id),
            None,
            ids.StrategyName("baseline"),
            Symbol("BTC-USD"),
            kind,
            side,
            o.Style.POST_ONLY,
            Quantity(Decimal("0.001")),
            Price(Decimal(price)),
            Notional(Decimal(61)),
            "benchmark",
            Instant(at + leg * 60 * SECOND),
        )
        now = Instant(intent.created_at + SECOND)
        venue_id, fee = ids.VenueOrderId(f"venue-{intent_id}"), Notional(Decimal("0.24"))
        placed = o.Order(intent, o.OrderStatus.NEW, now)
        opened = evolve(placed, status=o.OrderStatus.OPEN, venue_order_id=venue_id)
        fill = o.Fill(
            ids.FillId(f"fill-{intent_id}"), venue_id, intent.symbol, side, intent.limit_price, intent.quantity, fee,
            o.Liquidity.MAKER, now,
        )  # fmt: skip
        filled = evolve(opened, status=o.OrderStatus.FILLED, filled=intent.quantity)
        cost = Notional(intent.limit_price * intent.quantity)
        booked = evolve(filled, booked=intent.quantity, booked_notional=cost, fees=fee, fill_ids=(fill.fill_id,))
        booking = ledger.book(fill, booked)
        yield OrderChanged(placed, "made")
        yield OrderChanged(evolve(placed, status=o.OrderStatus.SUBMITTED), "sent")
        yield OrderChanged(opened, "acknowledged")
        yield OrderChanged(filled, "filled")
        yield FillBooked(fill, booked, booking.position, booking.realised, ledger.total("USD"))


def write_history(folder: Path, round_trips: int) -> None:
    """The journal and its projections, through the recorder, over the exchange's fresh account."""
    clock, rng = SystemClock(), random.Random(1)
    now = clock.now().utc
    embedded = embedded_venue(open_market("generated", start=now), folder, clock, rng, 247)
    embedded.books.close()
    epoch = ids.run_epoch(rng)
    began = Instant(now - 31 * DAY)
    disk = open_disk(
        folder,
        folder,
        venue="embedded",
        account_id=embedded.account_id,
        epoch=epoch,
        config_hash="benchmark",
        now=began,
    )
    store = disk.open_recorder(lambda _why: None)
    ledger = Ledger()
    balances = tuple(Balance(currency, amount, Decimal(0)) for currency, amount in FUNDS.items())
    ledger.open(balances)
    facts = [Recorded(AccountOpened(balances), began, None)]
    step = 30 * DAY // round_trips
    for number in range(round_trips):
        at = began + number * step
        facts += [Recorded(fact, Instant(at + 2 * SECOND), None) for fact in _round_trip(number, at, ledger)]
        if len(facts) >= BATCH or number == round_trips - 1:
            store.record(facts)
            facts = []
    disk.record_clean_stop(Instant(began + 30 * DAY))
    disk.close()


def place_and_die(folder: Path) -> None:
    """A daemon places the orders, in a market five per cent under the next one's, so that they rest; then SIGKILL."""
    from benchmarks.kill_switch import _approval, _Watching  # noqa: PLC0415 - on the path of the child only

    characters = generated_market._CHARACTERS
    characters |= {name: evolve(each, price=each.price * 0.95) for name, each in characters.items()}
    assemble = live.Daemon._assemble

    def assembled(daemon: live.Daemon) -> None:
        assemble(daemon)
        box, resting = daemon._topology.box, {OrderStatus.OPEN, OrderStatus.PARTIAL_FILL}
        statuses: dict[str, OrderStatus] = {}
        posted = 0

        def seen(message: object) -> None:
            nonlocal posted
            if isinstance(message, PermitRenewed) and message.entry_until is not None:
                over = sum(status.terminal for status in statuses.values())
                for _ in range(min(ORDERS - posted + over, ORDERS_AT_ONCE)):
                    posted += 1
                    box.order_manager.post(_approval(posted, daemon.start.clock.now()))
            if isinstance(message, OrderChanged):
                statuses[message.order.intent.intent_id] = message.order.status
                if sum(status in resting for status in statuses.values()) == ORDERS:
                    os.kill(os.getpid(), signal.SIGKILL)

        _Watching(box.board, seen)

    live.Daemon._assemble = assembled  # type: ignore[method-assign, assignment]
    _main(folder)


def _main(folder: Path) -> None:

    sys.argv[1:] = _arguments(folder)
    cli.main()


def _arguments(folder: Path) -> list[str]:
    return ["supervise", "--mode", "paper", "--data-dir", str(folder), "--port", "0", "--log-format", "json", *OPTIONS]


# -------------------------------------------------------------------------------------------------- clocks inside
def run_with_clocks(folder: Path, *, profile: bool) -> None:
    """The program with a clock at five places; says on stderr what they showed, then dies."""
    profiler = cProfile.Profile() if profile else None

    begun = int(os.environ["BEGUN_NS"])
    marks: dict[str, float] = {}

    def mark(name: str) -> None:
        marks.setdefault(name, (time.monotonic_ns() - begun) / 1e6)

    def after(owner: Any, method: str, name: str, holds: Callable[[Any, Any], object] = lambda *_: True) -> None:
        inner = getattr(owner, method)

        @functools.wraps(inner)
        def wrapped(*arguments: Any, **named: Any) -> Any:
            result = inner(*arguments, **named)
            if holds(arguments[0], result):
                mark(name)
                if name == PLACES[-1]:
                    _told(marks, profiler)
            return result

        setattr(owner, method, wrapped)

    mark(PLACES[0])
    after(starting, "embedded_venue", PLACES[1])
    after(starting, "open_disk", PLACES[2])
    after(OrderManager, "_load", PLACES[3])
    after(Reconciler, "_ended", PLACES[4], lambda one, _: one._clean_at is not None)
    after(PermitDesk, "_mint", PLACES[5], lambda _, permit: permit.entry_until is not None)
    if profiler is not None:
        profiler.enable()
    _main(folder)


def _told(marks: dict[str, float], profiler: cProfile.Profile | None) -> None:
    if profiler is not None:
        profiler.disable()
        pstats.Stats(profiler, stream=sys.stderr).sort_stats("tottime").print_stats(30)
    print(json.dumps(marks), file=sys.stderr, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)


# ------------------------------------------------------------------------------------------------------- the rounds
def _started(command: list[str]) -> subprocess.Popen[str]:
    path = f"{Path(__file__).parents[1] / 'src'}:{Path(__file__).parents[1]}"
    environ = {**os.environ, "PYTHONPATH": path, "BEGUN_NS": str(time.monotonic_ns())}
    return subprocess.Popen(
        [sys.executable, *command], env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )


def from_outside(folder: Path) -> float:
    """Milliseconds until the control socket says that entries are permitted; it is asked every 10 ms."""
    begun = time.monotonic()
    with _started(["-m", "trader247", *_arguments(folder)]) as process:
        try:
            while time.monotonic() < begun + START_S_MAX:
                try:
                    status = ControlClient(folder).ask("/api/v1/status")
                except NotRunning:
                    status = None
                if status and status["permit"]["entry"]:
                    working = status["counts"]["working_orders"]
                    assert working >= ORDERS * 0.9, f"{working} of {ORDERS} orders work"
                    return (time.monotonic() - begun) * 1e3
                time.sleep(0.01)
        finally:
            process.kill()
        raise AssertionError(f"no permit within {START_S_MAX} s: {process.communicate()[1]}")


def from_inside(folder: Path, *more: str) -> str:
    """What the clocks showed, and the profile before it, if asked for."""
    return _to_its_end([__file__, "--inside", str(folder), *more])


def _to_its_end(command: list[str]) -> str:
    """What it said, once it has killed itself."""
    with _started(command) as process:
        try:
            said = process.communicate(timeout=START_S_MAX)[1]
        finally:
            process.kill()
    assert process.returncode == -signal.SIGKILL, said
    return said


def rounds(world: Path, count: int) -> None:
    """Both tables."""
    outside, inside = [], []
    for number in range(count + 1):  # the first one warms the file cache and is not counted
        for measure in (lambda f: outside.append(from_outside(f)), lambda f: inside.append(from_inside(f))):
            with tempfile.TemporaryDirectory() as place:
                measure(shutil.copytree(world, Path(place) / "data", ignore=_SOCKETS))  # type: ignore[no-untyped-call]
        print(f"round {number} of {count} done", file=sys.stderr)
    marks = [json.loads(text.splitlines()[-1]) for text in inside[1:]]
    print(f"{'from outside, until the permit is seen':<42}{'median':>8}{'worst':>8}")
    print(f"{'python -m trader247 supervise':<42}{statistics.median(outside[1:]):>8.0f}{max(outside[1:]):>8.0f}\n")
    print(f"{'from inside':<42}{'median':>8}{'worst':>8}{'of it':>8}")
    before = 0.0
    for name in PLACES:
        taken = [each[name] for each in marks]
        median = statistics.median(taken)
        print(f"{name:<42}{median:>8.0f}{max(taken):>8.0f}{median - before:>8.0f}")
        before = median
    after_imports = statistics.median(each[PLACES[-1]] - each[PLACES[0]] for each in marks)
    print(f"{'permit minted, imports apart':<42}{after_imports:>8.0f}{'':>8}   allowed 3000")


def main() -> None:
    """Build the world, then measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--round-trips", type=int, default=10_000)
    parser.add_argument("--profile", action="store_true", help="one start under cProfile instead of the tables")
    parser.add_argument("--place", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.place:
        place_and_die(asked.place)
    elif asked.inside:
        run_with_clocks(asked.inside, profile=asked.profile)
    else:
        with tempfile.TemporaryDirectory() as place:
            world = Path(place) / "data"
            world.mkdir(mode=0o700)
            write_history(world, asked.round_trips)
            _to_its_end([__file__, "--place", str(world)])
            if asked.profile:
                print(from_inside(world, "--profile"))
            else:
                rounds(world, asked.rounds)


if __name__ == "__main__":
    main()
