"""Each way of spoiling the wire does what it is called, before anything is concluded from it."""

import queue
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from tests.chaos.proxy import HOST, Fault, Kind, Proxy, Way, proxy

pytestmark = pytest.mark.timeout(30)

HELLO = b"0123456789"


@contextmanager
def echo() -> Iterator[tuple[int, queue.SimpleQueue[bytes]]]:
    """A server that says what it hears, and what it heard on each connection that is over."""
    heard: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    server = socket.create_server((HOST, 0))

    def serve_one(connection: socket.socket) -> None:
        mine = b""
        with connection:
            try:
                while part := connection.recv(4096):
                    mine += part
                    connection.sendall(part)
            except ConnectionError:
                pass
        heard.put(mine)

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            thread = threading.Thread(target=serve_one, args=(connection,))
            thread.start()
            threads.append(thread)

    threads: list[threading.Thread] = []
    accepting = threading.Thread(target=serve)
    accepting.start()
    yield server.getsockname()[1], heard
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    accepting.join()
    for thread in threads:
        thread.join()


def said(through: Proxy, fault: Fault | None) -> bytes:
    """What comes back for HELLO, to the end or to as many bytes."""
    through.fault = fault
    answer = b""
    with socket.create_connection((HOST, through.port), timeout=5) as client:
        client.sendall(HELLO)
        while len(answer) < len(HELLO) and (part := client.recv(4096)):
            answer += part
    return answer


def test_without_a_fault_it_forwards() -> None:
    with echo() as (target, _), proxy(target) as through:
        assert said(through, None) == HELLO
        assert not through.struck


@pytest.mark.parametrize("way", Way)
@pytest.mark.parametrize(
    ("fault", "back"),
    [
        (Fault(Kind.LATENCY, seconds=0.05), HELLO),
        (Fault(Kind.BANDWIDTH, at=3, seconds=0.01), HELLO),
        (Fault(Kind.CORRUPT, at=4), b"0123\xb456789"),
        (Fault(Kind.TRUNCATE, at=4), b"0123"),
    ],
)
def test_late_slow_garbled_or_cut_off(fault: Fault, back: bytes, way: Way) -> None:
    with echo() as (target, _), proxy(target) as through:
        spoiled = said(through, Fault(fault.kind, way, fault.at, fault.seconds))
        assert spoiled == back or (fault.kind is Kind.TRUNCATE and back.startswith(spoiled))
        assert through.struck[fault.kind]


def test_a_reset_is_an_error_and_no_end() -> None:
    with echo() as (target, _), proxy(target) as through, pytest.raises(ConnectionResetError):
        said(through, Fault(Kind.RESET))


def test_a_black_hole_says_nothing_and_ends_nothing() -> None:
    with echo() as (target, _), proxy(target) as through:
        through.fault = Fault(Kind.BLACKHOLE)
        with socket.create_connection((HOST, through.port), timeout=0.2) as client:
            client.sendall(HELLO)
            with pytest.raises(TimeoutError):
                client.recv(1)


def test_a_duplicate_is_heard_twice_and_answered_once() -> None:
    with echo() as (target, heard):
        with proxy(target) as through:
            assert said(through, Fault(Kind.DUPLICATE, Way.OUT, seconds=1.0)) == HELLO
            assert [heard.get(timeout=20) for _ in range(2)] == [HELLO, HELLO]
        assert through.struck[Kind.DUPLICATE]
