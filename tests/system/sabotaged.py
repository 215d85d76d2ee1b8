"""The program with one thing broken on purpose, for tests that need a whole process to suffer.

    python -m tests.system.sabotaged KIND supervise ...

It breaks once the file ``BREAK`` is in the folder of the environment variable ``SABOTAGE``, and says so on stderr.
"""

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import trio
from attrs import evolve

from trader247.cli.main import main
from trader247.core.order_manager import OrderManager
from trader247.store.recording import Recorder
from trader247.venues.simulated import http_connection
from trader247.venues.simulated.rest_face import RestFace

BREAK = "BREAK"
BROKEN = "sabotage: it is broken now"


def _due() -> bool:
    return (Path(os.environ["SABOTAGE"]) / BREAK).exists()


def _say() -> None:
    sys.stderr.write(f"{BROKEN}\n")
    sys.stderr.flush()


def no_answers() -> None:
    """From an order that the exchange takes on, no request arrives and none is answered; the market goes on."""
    respond, send = RestFace.respond, http_connection._send
    silent = threading.Event()

    def taking(self: Any, request: Any, *rest: Any) -> Any:
        if silent.is_set():
            return respond(self, evolve(request, method="GET", target="/lost"), *rest)
        if request.method == "POST" and request.path.endswith("/orders") and _due():
            silent.set()
            _say()
        return respond(self, request, *rest)

    async def sending(*arguments: Any, **named: Any) -> None:
        if silent.is_set():
            await trio.sleep_forever()
        await send(*arguments, **named)

    RestFace.respond = taking  # type: ignore[method-assign, assignment]
    http_connection._send = sending


def stuck_commit() -> None:
    """A commit never returns."""
    record = Recorder.record

    def recording(self: Any, facts: Any) -> int:
        if _due():
            _say()
            threading.Event().wait()
        return record(self, facts)

    Recorder.record = recording  # type: ignore[method-assign]


def stuck_loop() -> None:
    """The order manager never gives the loop back."""
    handle = OrderManager.handle

    def handling(self: Any, message: Any, now: Any) -> Any:
        if _due():
            _say()
            threading.Event().wait()
        return handle(self, message, now)

    OrderManager.handle = handling  # type: ignore[method-assign]


KINDS: dict[str, Callable[[], None]] = {each.__name__: each for each in (no_answers, stuck_commit, stuck_loop)}

if __name__ == "__main__":
    KINDS[sys.argv.pop(1)]()
    main()
