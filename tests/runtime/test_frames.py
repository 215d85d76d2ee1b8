"""Frames on a pipe between two processes of which one is not trusted."""

import os
from collections.abc import Iterator

import pytest

from trader247.runtime.frames import FRAME_BYTES_MAX, FrameFault, body_of, framed, read_frame, write_frame

pytestmark = pytest.mark.req("SUP5")


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        try:
            os.close(end)
        except OSError:
            continue


@pytest.mark.parametrize("body", [b"", b"x", b"a body of some length"])
def test_a_body_comes_out_as_it_went_in(pipe: tuple[int, int], body: bytes) -> None:
    write_frame(pipe[1], body)
    assert read_frame(pipe[0]) == body
    assert body_of(framed(body)) == body


def test_frames_come_one_by_one_and_then_the_pipe_ends(pipe: tuple[int, int]) -> None:
    write_frame(pipe[1], b"one")
    write_frame(pipe[1], b"two")
    os.close(pipe[1])
    assert [read_frame(pipe[0]) for _ in range(3)] == [b"one", b"two", None]


def test_a_frame_that_has_not_come_whole_is_waited_for() -> None:
    whole = framed(b"body")
    assert [body_of(whole[:count]) for count in range(len(whole))] == [None] * len(whole)


def test_what_is_too_long_is_neither_sent_nor_taken() -> None:
    long = FRAME_BYTES_MAX + 1
    with pytest.raises(FrameFault, match="4194305 bytes do not fit"):
        framed(bytes(long))
    with pytest.raises(FrameFault, match="a frame of 4194305 bytes, at most 4194304 are taken"):
        body_of(long.to_bytes(4, "big"))


def test_what_follows_a_frame_is_refused_where_one_was_asked_for() -> None:
    with pytest.raises(FrameFault, match="3 bytes behind the end"):
        body_of(framed(b"body") + b"and")


@pytest.mark.parametrize(("sent", "word"), [(b"\0\0", "2 bytes of a length"), (b"\0\0\0\5ab", "after 2 of 5 bytes")])
def test_a_pipe_that_ends_inside_a_frame_is_a_fault(pipe: tuple[int, int], sent: bytes, word: str) -> None:
    os.write(pipe[1], sent)
    os.close(pipe[1])
    with pytest.raises(FrameFault, match=word):
        read_frame(pipe[0])


def test_a_length_beyond_all_bounds_is_a_fault_before_anything_is_read(pipe: tuple[int, int]) -> None:
    os.write(pipe[1], b"\xff\xff\xff\xff")
    with pytest.raises(FrameFault, match="a length of 4294967295"):
        read_frame(pipe[0])
