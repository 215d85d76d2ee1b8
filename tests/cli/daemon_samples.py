"""A face on a control socket, and the command line run against it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import trio
from click.testing import CliRunner, Result
from tests.face_samples import NotedControl, SetClock, face

from trader247.actors.web_face import WebFace
from trader247.cli.main import main
from trader247.core.status_board import BoardFact
from trader247.runtime.channels import Mailbox
from trader247.runtime.offload import ThreadOffload
from trader247.runtime.switchboard import Switchboard
from trader247.web.site import FaceSockets, WebSite
from trader247.web.sockets import listen_control


@asynccontextmanager
async def daemon(data_dir: Path, *facts: BoardFact, **settings: Any) -> AsyncIterator[NotedControl]:
    """A daemon that has seen these facts, for as long as the block lasts."""
    made, control = face(*facts, **settings)
    inbox: Mailbox[BoardFact] = Mailbox("web_face", Switchboard(SetClock()))
    with listen_control(data_dir) as own, trio.fail_after(20):
        async with trio.open_nursery() as nursery:
            ready = trio.Event()
            nursery.start_soon(WebFace(inbox, WebSite(made, FaceSockets([], [own]))).run, ready.set)
            await ready.wait()
            yield control
            nursery.cancel_scope.cancel()


def call(*args: str) -> Result:
    """The command line in this process."""
    return CliRunner().invoke(main, args)


async def typed(data_dir: Path, *args: str) -> Result:
    """The command line in a thread, beside the daemon."""
    return await ThreadOffload().run(lambda: call(*args, "--data-dir", str(data_dir)))
