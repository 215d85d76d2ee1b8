"""Where the faces listen."""

import os
import socket
import stat
from pathlib import Path

import pytest

from trader247.errors import AnotherInstanceRuns, ConfigurationInvalid
from trader247.web.sockets import CONTROL_NAME, connect_control, listen_control, listen_tcp

pytestmark = pytest.mark.req("WEB1")


def test_a_taken_port_is_one_clear_error_before_anything_trades() -> None:
    with listen_tcp("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(ConfigurationInvalid) as taken:
            listen_tcp("127.0.0.1", port)
    text = str(taken.value)
    assert f"127.0.0.1:{port} is taken" in text
    assert "ss -ltnp" in text
    assert "TRADER247_APP__WEB__PORT" in text
    assert taken.value.exit_code == 2
    assert "\n" not in text


@pytest.mark.parametrize(("host", "why"), [("192.0.2.1", "not an address of this machine"), ("no such", "no address")])
def test_an_address_that_is_not_ours_says_which_one_is(host: str, why: str) -> None:
    with pytest.raises(ConfigurationInvalid, match=why) as refused:
        listen_tcp(host, 9247)
    assert "127.0.0.1" in str(refused.value)


def test_the_control_socket_is_for_its_owner_only(tmp_path: Path) -> None:
    with listen_control(tmp_path):
        mode = (tmp_path / CONTROL_NAME).lstat().st_mode
        assert stat.S_ISSOCK(mode)
        assert stat.S_IMODE(mode) == 0o600


def test_a_socket_left_behind_is_replaced_and_one_that_answers_is_not(tmp_path: Path) -> None:
    listen_control(tmp_path).close()
    with listen_control(tmp_path), pytest.raises(AnotherInstanceRuns, match="another daemon answers"):
        listen_control(tmp_path)


def test_a_deep_folder_is_no_obstacle(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    deep.mkdir(parents=True)
    with listen_control(deep) as own, connect_control(deep) as there:
        own.setblocking(True)
        here, _ = own.accept()
        with here:
            there.sendall(b"x")
            assert here.recv(1) == b"x"


def test_a_folder_that_cannot_hold_a_socket_is_named(tmp_path: Path) -> None:
    (tmp_path / CONTROL_NAME).mkdir()
    with pytest.raises(ConfigurationInvalid, match=r"cannot make the control socket .*control\.sock"):
        listen_control(tmp_path)


def test_nobody_there_is_an_os_error_at_once(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        connect_control(tmp_path)


def test_the_umask_of_the_process_is_left_as_it_was(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        listen_control(tmp_path).close()
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)


def test_a_listening_socket_does_not_block() -> None:
    with listen_tcp("127.0.0.1", 0) as own:
        assert own.getblocking() is False
        assert own.family == socket.AF_INET
