"""What of the daemon can be seen without a process: the rest is shown by tests that start one."""

import pytest
import trio
from tests.builders import order

from trader247.drivers.live import _DrainSink, _first
from trader247.messages.orders import Drained


@pytest.mark.req("SUP6")
async def test_the_driver_hears_that_nothing_is_working_any_more_or_how_much_is_left() -> None:
    sink = _DrainSink()
    assert not sink.done.is_set()
    sink.post(Drained((order(),)))
    with trio.fail_after(1):
        await sink.done.wait()
    assert sink.left == 1


def test_the_error_that_is_shown_is_the_first_inside_all_groups() -> None:
    inner = ExceptionGroup("inner", [OSError("the port is taken"), ValueError("later")])
    assert str(_first(ExceptionGroup("outer", [inner, KeyError("x")]))) == "the port is taken"
