"""Live events, and those who do not read them."""

import json

import pytest
import trio
import trio.testing
from starlette.types import Message

from trader247.web.events import FRAMES_MAX, STORY_MAX, EventStream, Fanout, frame

pytestmark = pytest.mark.req("WEB1")


def test_a_frame_is_one_event_of_one_data_line() -> None:
    made = frame("line", {"text": "a\nb"})
    assert made == b'event: line\ndata: {"text":"a\\nb"}\n\n'


async def test_every_listener_gets_what_is_published_after_it_came() -> None:
    fanout = Fanout()
    first = fanout.subscribe()
    fanout.publish("n", 1)
    second = fanout.subscribe()
    fanout.publish("n", 2)
    assert first is not None
    assert second is not None
    assert [first.frames.receive_nowait() for _ in range(2)] == [frame("n", 1), frame("n", 2)]
    assert second.frames.receive_nowait() == frame("n", 2)


async def test_a_listener_that_does_not_read_is_dropped_and_the_others_are_not() -> None:
    fanout = Fanout()
    slow, quick = fanout.subscribe(), fanout.subscribe()
    assert slow is not None
    assert quick is not None
    for number in range(FRAMES_MAX + 1):
        fanout.publish("n", number)
        quick.frames.receive_nowait()
    assert (fanout.listeners, fanout.dropped) == ({quick}, 1)
    assert len([made async for made in slow.frames]) == FRAMES_MAX


async def test_there_is_a_bound_on_listeners() -> None:
    fanout = Fanout(listeners_max=2)
    assert [fanout.subscribe() is not None for _ in range(3)] == [True, True, False]


class Browser:
    """Collects what is sent until it leaves."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.left = trio.Event()

    async def receive(self) -> Message:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        await trio.lowlevel.checkpoint()
        self.sent.append(message)

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)


async def test_a_stream_begins_with_the_whole_picture_and_ends_when_the_browser_leaves() -> None:
    fanout, browser = Fanout(), Browser()
    listener = fanout.subscribe()
    assert listener is not None
    async with trio.open_nursery() as nursery:
        stream = EventStream(listener, frame("picture", {"a": 1}))
        nursery.start_soon(stream, {"type": "http"}, browser.receive, browser.send)
        await trio.testing.wait_all_tasks_blocked()
        fanout.publish("line", {"text": "bought"})
        await trio.testing.wait_all_tasks_blocked()
        browser.left.set()
    assert browser.body == b'retry: 2000\n\nevent: picture\ndata: {"a":1}\n\nevent: line\ndata: {"text":"bought"}\n\n'
    headers = dict(browser.sent[0]["headers"])
    assert headers[b"content-type"].startswith(b"text/event-stream")
    assert b"content-length" not in headers
    assert fanout.listeners == set()


async def test_a_dropped_listeners_stream_ends_in_order_so_that_the_browser_comes_back() -> None:
    fanout, browser = Fanout(), Browser()
    listener = fanout.subscribe()
    assert listener is not None
    async with trio.open_nursery() as nursery:
        nursery.start_soon(EventStream(listener, b""), {"type": "http"}, browser.receive, browser.send)
        await trio.testing.wait_all_tasks_blocked()
        listener.leave()
    assert browser.sent[-1] == {"type": "http.response.body", "body": b"", "more_body": False}


def test_nothing_is_encoded_where_nobody_listens() -> None:
    Fanout().publish("n", object())
    with pytest.raises(TypeError):
        json.dumps(object())


async def test_who_comes_late_can_still_read_the_story_and_it_is_bounded() -> None:
    fanout = Fanout()
    for number in range(STORY_MAX + 5):
        fanout.publish("line", number, keep=True)
    assert fanout.story[0] == frame("line", 5)
    assert len(fanout.story) == STORY_MAX
