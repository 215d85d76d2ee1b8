"""Writing lines without waiting for whoever reads them."""

import io
import threading

from trader247.observe.line_writer import InlineWriter, LineWriter


class StuckStream(io.StringIO):
    """A terminal that is stopped until ``go`` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()
        self.entered = threading.Event()

    def write(self, text: str) -> int:
        self.entered.set()
        assert self.go.wait(10)
        return super().write(text)


def test_lines_come_out_in_order() -> None:
    stream = io.StringIO()
    writer = LineWriter(stream)
    for number in range(100):
        writer.write(str(number))
    writer.close()
    assert stream.getvalue().split() == [str(number) for number in range(100)]


def test_a_stuck_reader_costs_lines_and_never_a_wait() -> None:
    stream = StuckStream()
    writer = LineWriter(stream, lines_max=3)
    writer.write("first")
    assert stream.entered.wait(10)
    for number in range(10):
        writer.write(str(number))
    assert writer.dropped == 7
    stream.go.set()
    writer.close()
    assert stream.getvalue().splitlines()[:2] == ["first", "7 log lines were dropped: nobody read them fast enough"]


def test_a_closed_reader_ends_nothing() -> None:
    stream = io.StringIO()
    stream.close()
    writer = InlineWriter(stream)
    writer.write("into the void")
    writer.close()


def test_a_writer_that_never_wrote_closes_at_once() -> None:
    LineWriter(io.StringIO()).close()
