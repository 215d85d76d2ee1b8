"""The two places where the faces listen, opened before anything trades, so that a taken port costs nothing but a line.

The control socket is a file of mode 0600 in the data folder: who may open it may steer. Both sockets outlive the actor
that serves them; each incarnation of it listens on a duplicate.
"""

import errno
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from trader247.errors import AnotherInstanceRuns, ConfigurationInvalid

__all__ = ["CONTROL_NAME", "connect_control", "listen_control", "listen_tcp"]

CONTROL_NAME: Final = "control.sock"
_BACKLOG: Final = 64
_CONNECT_S_MAX: Final = 1.0


def listen_tcp(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        ConfigurationInvalid: the address is taken, not of this machine, or not allowed; the text says what to do.
    """
    shown = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror as error:
        raise ConfigurationInvalid(f"web.host {host!r} is no address: {error.strerror}; give 127.0.0.1") from error
    made = socket.socket(family, kind, protocol)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen(_BACKLOG)
    except OSError as error:
        made.close()
        raise ConfigurationInvalid(_why_not(shown, port, error)) from error
    made.setblocking(False)
    return made


def _why_not(shown: str, port: int, error: OSError) -> str:
    way_out = "choose another with web.port in app.yaml or TRADER247_APP__WEB__PORT=..."
    if error.errno == errno.EADDRINUSE:
        return f"{shown} is taken by another program (see which: ss -ltnp 'sport = :{port}'); stop it, or {way_out}"
    if error.errno == errno.EACCES:
        return f"{shown} needs rights this user does not have (ports under 1024 do); {way_out}"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{shown} is not an address of this machine; set web.host in app.yaml, 127.0.0.1 is always there"
    return f"cannot listen on {shown}: {error.strerror}; {way_out}"


def listen_control(data_dir: Path) -> socket.socket:
    """The control socket of this data folder; one that a dead daemon left behind is replaced.

    Raises:
        AnotherInstanceRuns: somebody answers on it.
        ConfigurationInvalid: the folder cannot hold a socket.
    """
    path = data_dir / CONTROL_NAME
    try:
        connect_control(data_dir).close()
    except OSError:
        pass  # nobody listens there: as it should be
    else:
        raise AnotherInstanceRuns(f"another daemon answers on {path}; stop it, or use another --data-dir")
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with _short(data_dir) as short:
            if path.exists() and stat.S_ISSOCK(path.lstat().st_mode):
                path.unlink()
            umask = os.umask(0o177)
            try:
                made.bind(short)
            finally:
                os.umask(umask)
        made.listen(_BACKLOG)
    except OSError as error:
        made.close()
        raise ConfigurationInvalid(
            f"cannot make the control socket {path}: {error.strerror}; check data_dir"
        ) from error
    made.setblocking(False)
    return made


def connect_control(data_dir: Path, timeout_s: float = _CONNECT_S_MAX) -> socket.socket:
    """A connection to the daemon of this data folder; ``timeout_s`` bounds each later read and write too.

    Raises:
        OSError: nobody listens there.
    """
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    made.settimeout(timeout_s)
    try:
        with _short(data_dir) as short:
            made.connect(short)
    except OSError:
        made.close()
        raise
    return made


@contextmanager
def _short(data_dir: Path) -> Iterator[str]:
    """A name of the socket that fits into the 107 bytes the kernel allows, however deep the folder is."""
    folder = os.open(data_dir, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{CONTROL_NAME}"
    finally:
        os.close(folder)
