"""Frames on a pipe: four bytes of length, most significant first, then so many bytes. Nothing longer than a bound.

For two processes of one machine of which one does not trust the other. What a frame means is not known here.
"""

import os
from typing import Final

__all__ = ["FRAME_BYTES_MAX", "FrameFault", "body_of", "framed", "read_frame", "write_frame"]

FRAME_BYTES_MAX: Final = 4 * 1024 * 1024
"""Bytes in a frame: a snapshot of 100 instruments is 40 KB, a thousand proposals with the longest reasons are 2 MB."""
_LENGTH: Final = 4
_CHUNK: Final = 65_536
"""Bytes a pipe holds."""


class FrameFault(Exception):
    """What came through the pipe is no frame, or the pipe ended inside one."""


def framed(body: bytes) -> bytes:
    """The body with its length before it.

    Raises:
        FrameFault: it is longer than a frame may be.
    """
    if len(body) > FRAME_BYTES_MAX:
        raise FrameFault(f"{len(body)} bytes do not fit into a frame of at most {FRAME_BYTES_MAX}")
    return len(body).to_bytes(_LENGTH, "big") + body


def body_of(received: bytes | bytearray) -> bytes | None:
    """The body of a frame that begins these bytes, or None while more of it has to come.

    Raises:
        FrameFault: the frame is too long, or something follows it.
    """
    if len(received) < _LENGTH:
        return None
    length = int.from_bytes(received[:_LENGTH], "big")
    if length > FRAME_BYTES_MAX:
        raise FrameFault(f"a frame of {length} bytes, at most {FRAME_BYTES_MAX} are taken")
    if len(received) > _LENGTH + length:
        raise FrameFault(f"{len(received) - _LENGTH - length} bytes behind the end of a frame")
    return bytes(received[_LENGTH:]) if len(received) == _LENGTH + length else None


def read_frame(descriptor: int) -> bytes | None:
    """The next frame's body, blocking; None where the pipe ended before it began.

    Raises:
        FrameFault: the pipe ended inside the frame, or the frame is too long.
    """
    head = _exactly(descriptor, _LENGTH)
    if not head:
        return None
    length = int.from_bytes(head, "big")
    if len(head) < _LENGTH or length > FRAME_BYTES_MAX:
        raise FrameFault(f"{len(head)} bytes of a length, or a length of {length}")
    body = _exactly(descriptor, length)
    if len(body) < length:
        raise FrameFault(f"the pipe ended after {len(body)} of {length} bytes")
    return body


def write_frame(descriptor: int, body: bytes) -> None:
    """The body as a frame, blocking until the pipe has taken it.

    Raises:
        FrameFault: it is longer than a frame may be.
        OSError: nobody reads any more.
    """
    rest = memoryview(framed(body))
    while rest:  # ends: each write takes at least a byte, or raises
        rest = rest[os.write(descriptor, rest) :]


def _exactly(descriptor: int, count: int) -> bytes:
    """So many bytes, or fewer where the pipe ends."""
    found = bytearray()
    while len(found) < count:
        part = os.read(descriptor, min(count - len(found), _CHUNK))
        if not part:
            break
        found += part
    return bytes(found)
