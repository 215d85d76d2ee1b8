"""Requests between a life and the venue, in virtual time: noted, delayed, lost, cut and forged as the plan says.

What has left the daemon belongs to the world: it arrives at the venue even if the daemon gave up on it or died
meanwhile, which is where orders come from that nobody waits for (catalogue NW-04).
"""

from typing import Final, NoReturn

import httpx
import trio
from attrs import define, field

from trader247.drivers.memory_venue import MemoryVenue
from trader247.drivers.simulation.hearing import Listener
from trader247.drivers.simulation.life import Life
from trader247.drivers.simulation.plan import Point, Stage
from trader247.drivers.simulation.scene import Scene
from trader247.drivers.simulation.witness import Call
from trader247.venues.coinbase.rest import Purpose
from trader247.venues.simulated.faults.plan import Ending
from trader247.venues.simulated.faults.request_fate import UNTOUCHED, RequestFate
from trader247.venues.simulated.http_shapes import API_PREFIX, Request, Response

__all__ = ["Carrier", "open_stream"]

_READ_S: Final = 5.0
"""As the client's own transport waits for bytes."""

_CONNECT_S: Final = 3.0
"""As the client's own transport waits for a connection."""


@define
class _Delivery:
    """A request under way; ``over`` once its answer is there, or its end."""

    call: Call
    asked: Request
    over: trio.Event = field(factory=trio.Event)
    answer: Response | None = None
    keep_bytes: int | None = None
    ending: Ending | None = None


class Carrier(httpx.AsyncBaseTransport):
    """One pool's transport of one life."""

    def __init__(self, scene: Scene, life: Life, purpose: Purpose) -> None:
        """``purpose`` names the client in the trace."""
        self._scene, self._life, self._purpose = scene, life, purpose

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """See httpx. A request that could not leave raises ``ConnectError``; what comes after counts as sent."""
        scene = self._scene
        if self._life.dead:
            raise httpx.ConnectError("the process is dead")
        if scene.line.is_cut:
            await trio.sleep(_CONNECT_S)
            raise httpx.ConnectTimeout("no answer from the venue")
        body = await request.aread()
        asked = Request(
            request.method,
            request.url.raw_path.decode("ascii"),
            {name.lower(): value for name, value in request.headers.items()},
            body,
        )
        path, _, query = asked.target.partition("?")
        call = Call(scene.now, asked.method, path.removeprefix(API_PREFIX), query, body.decode(), self._purpose.value)
        delivery = _Delivery(call, asked)
        injector = scene.venue.server.injector
        fate = UNTOUCHED if injector is None else injector.request_fate(asked, scene.now)
        self._end_if_dead()
        scene.witness.calls.append(call)
        assert scene.nursery is not None  # noqa: S101 - a scene with a life is open
        scene.nursery.start_soon(self._deliver, delivery, fate)
        with trio.move_on_after(_READ_S):
            await delivery.over.wait()
            return self._answered(delivery)
        raise httpx.ReadTimeout("no byte came")

    def _answered(self, delivery: _Delivery) -> httpx.Response:
        self._end_if_dead()
        answer, call = delivery.answer, delivery.call
        if delivery.ending is not None or answer is None:
            raise httpx.ReadError(f"the connection ended: {delivery.ending}")
        call.answered_at, call.status = self._scene.now, answer.status
        if delivery.keep_bytes is not None and delivery.keep_bytes < len(answer.body):
            raise httpx.RemoteProtocolError("the connection ended in the middle of the answer")
        call.answer = answer.body.decode("utf-8", "replace")
        self._scene.heard.answered(call)
        return httpx.Response(answer.status, headers=dict(answer.headers), stream=httpx.ByteStream(answer.body))

    def _end_if_dead(self) -> None:
        if self._life.dead:
            raise httpx.ReadError("the process is dead")

    async def _deliver(self, delivery: _Delivery, fate: RequestFate) -> None:
        scene, venue = self._scene, self._scene.venue
        await trio.sleep(venue.delay_s + fate.before_s)
        await scene.line.restored()
        if fate.ending_before is not None:
            await self._lose(delivery, fate.ending_before)
            return
        delivery.answer = self._process(delivery, fate, venue)
        scene.reached(Point.CALL, f"{delivery.call.method} {delivery.call.path}", Stage.AFTER)
        await trio.sleep(venue.delay_s + fate.after_s)
        if scene.line.is_cut:
            await self._lose(delivery, Ending.SILENCE)
        elif fate.ending_after is not None:
            await self._lose(delivery, fate.ending_after)
        else:
            delivery.keep_bytes = fate.keep_bytes
            delivery.over.set()

    def _process(self, delivery: _Delivery, fate: RequestFate, venue: MemoryVenue) -> Response | None:
        response = fate.forged
        for _ in range(fate.times):
            if venue.server.injector is not None:
                venue.server.injector.arm(fate)
            response = venue.server.respond(delivery.asked)
            delivery.call.processed_at = self._scene.now
        return fate.forged or response

    @staticmethod
    async def _lose(delivery: _Delivery, ending: Ending) -> None:
        """Silence is the end that the client makes of it itself."""
        if ending is not Ending.SILENCE:
            delivery.ending = ending
            delivery.over.set()
        await trio.lowlevel.checkpoint()


async def open_stream(scene: Scene, life: Life) -> trio.abc.Stream:
    """A connection for WebSocket, as far as the line and the life allow."""
    if scene.line.is_cut:
        await trio.sleep(_CONNECT_S)
        _refuse("no answer from the venue")
    if life.dead:
        _refuse("the process is dead")
    stream = await scene.venue.open_stream()
    assert scene.nursery is not None  # noqa: S101 - a scene with a life is open
    return _CutStream(stream, scene, life)


def _refuse(why: str) -> NoReturn:
    raise ConnectionRefusedError(why)


class _CutStream(trio.abc.Stream):
    """A stream over a line that may be cut: then nothing comes, and nothing leaves."""

    def __init__(self, inner: trio.abc.Stream, scene: Scene, life: Life) -> None:
        self._inner, self._scene, self._life = inner, scene, life
        self._listener = Listener(scene.heard)

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        received = await self._inner.receive_some(max_bytes)
        await self._scene.line.restored()
        if not self._life.dead:
            self._listener.heard(received, self._scene.now)
        return received

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        if not self._life.dead:
            await self._scene.line.restored()
        await self._inner.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        await self._inner.wait_send_all_might_not_block()

    async def aclose(self) -> None:
        await self._inner.aclose()
