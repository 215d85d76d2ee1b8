"""The command line's side of the control socket."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from trader247.cli import socket_client
from trader247.cli.socket_client import ControlClient, Declined, NotRunning
from trader247.errors import Trader247Error
from trader247.web.sockets import connect_control, listen_control


@contextmanager
def answering(data_dir: Path, answer: bytes) -> Iterator[None]:
    """One connection gets this answer, whatever it asks."""

    def serve(own: socket.socket) -> None:
        connection, _ = own.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(answer)

    with listen_control(data_dir) as own:
        own.setblocking(True)
        thread = threading.Thread(target=serve, args=(own,))
        thread.start()
        yield
        thread.join(5)


def response(status: str, body: bytes) -> bytes:
    return b"HTTP/1.1 %s\r\ncontent-length: %d\r\n\r\n%s" % (status.encode(), len(body), body)


def test_a_socket_that_a_dead_daemon_left_is_no_daemon(tmp_path: Path) -> None:
    listen_control(tmp_path).close()
    with pytest.raises(NotRunning, match="no daemon answers"):
        ControlClient(tmp_path).ask("/api/v1/status")


def test_a_daemon_that_does_not_answer_is_told_from_one_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket_client, "ANSWER_S_MAX", 0.05)
    with listen_control(tmp_path), pytest.raises(NotRunning, match="did not answer within"):
        ControlClient(tmp_path).ask("/api/v1/status")


def test_a_no_that_comes_before_the_body_was_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = b'{"error": {"code": "not_a_symbol", "text": "not a symbol"}}'

    def ended(data_dir: Path, answer_s_max: float) -> socket.socket:
        own = connect_control(data_dir, answer_s_max)
        with listening.accept()[0] as connection:
            connection.sendall(response("400 Bad Request", body))
        return own

    monkeypatch.setattr(socket_client, "connect_control", ended)
    with listen_control(tmp_path) as listening:
        listening.setblocking(True)
        with pytest.raises(Declined, match="not a symbol"):
            ControlClient(tmp_path).tell("/api/v1/bans/BTC", {"reason": "x"})


def test_an_answer_that_is_no_json_blames_the_version(tmp_path: Path) -> None:
    with answering(tmp_path, response("200 OK", b"hello")), pytest.raises(Trader247Error, match="another version"):
        ControlClient(tmp_path).ask("/x")


def test_an_error_keeps_its_code(tmp_path: Path) -> None:
    body = b'{"error": {"code": "not_found", "text": "no such path"}}'
    with answering(tmp_path, response("404 Not Found", body)), pytest.raises(Declined, match="no such path") as error:
        ControlClient(tmp_path).ask("/x")
    assert error.value.code == "not_found"


def test_a_garbled_answer_is_no_traceback(tmp_path: Path) -> None:
    with answering(tmp_path, b"\x00\x01\r\n\r\n"), pytest.raises(NotRunning):
        ControlClient(tmp_path).ask("/x")


def test_a_no_of_the_health_check_is_an_answer(tmp_path: Path) -> None:
    with answering(tmp_path, response("503 No", b'{"ok": false, "reasons": ["halted"]}')):
        assert ControlClient(tmp_path).ask("/readyz") == {"ok": False, "reasons": ["halted"]}
